"""From what an account's lines held and used to a draft bill, closed months put right first.

Pure. A closed month is never rewritten: it is rated again with all that is known now, in
event-time order and under the plan versions it was billed with, and the difference becomes a line
of this bill. What the new rating carries on (rolled-over units, tiers) goes on into the months
after it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain import customers, ledger
from yizhan.domain.billing.model import (
    BillLine,
    Cycle,
    NeverBilled,
    NoPlan,
    Stretch,
    adjustment_line,
    contained_tax,
    revenue_by_kind,
)
from yizhan.domain.billing.monthly import LineInput, PlanOf, rate, same_outcome
from yizhan.domain.billing.store import Correction, Draft, Kept
from yizhan.domain.ledger import Bucket
from yizhan.domain.rating import Carry, Usage


class LineMonth(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one line for the month to be billed."""

    customer_id: UUID
    line_id: UUID
    stretches: tuple[Stretch, ...]
    usages: Sequence[Usage]


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """Closed months with records that came or went late: per line and month, which."""

    records: Mapping[tuple[UUID, date], tuple[UUID, ...]]
    usages: Mapping[tuple[UUID, date], Sequence[Usage]]
    """All records of these months and of the closed months after them, as known now."""

    @property
    def since(self) -> date:
        """The earliest month touched."""
        return min(month for _, month in self.records)


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """All a draft is made of."""

    account: customers.Account
    cycle: Cycle
    lines: tuple[LineMonth, ...]
    kept: Mapping[tuple[UUID, date], Kept]
    late: Late | None = None
    prepaid_available: int = 0
    owed: int = 0


def draft(given: Given, plan_of: PlanOf, zone: ZoneInfo) -> Draft | None:
    """The account's bill, or none when it had no line to bill.

    Raises ``NoPlan``, ``NeverBilled`` and what rating raises for a record.
    """
    corrections, carries = _correct(given, plan_of, zone)
    inputs = []
    for line in given.lines:
        if not line.stretches:
            if line.usages:
                raise NoPlan(
                    "The line was used at {at} and had no plan then. Correct its products or the"
                    " record.",
                    line_id=line.line_id,
                    usage_id=line.usages[0].id,
                    at=line.usages[0].at,
                )
            continue
        inputs.append(
            LineInput(
                customer_id=line.customer_id,
                line_id=line.line_id,
                stretches=line.stretches,
                usages=line.usages,
                carry=carries.get(line.line_id) or _kept_carry(given, line.line_id),
            )
        )
    results = rate(inputs, given.cycle.moments(zone), plan_of, zone)
    lines = [line for result in results for line in result.lines]
    lines += _adjustments(corrections)
    if not lines:
        return None
    total = sum(line.amount for line in lines)
    settled = 0
    if given.account.payment_kind is customers.PaymentKind.PREPAID:
        settled = max(0, min(given.prepaid_available, given.owed + total))
    return Draft(
        account=given.account,
        cycle=given.cycle,
        lines=tuple(lines),
        results=tuple(results),
        corrections=tuple(corrections),
        settled=settled,
    )


def _kept_carry(given: Given, line_id: UUID) -> Carry:
    kept = given.kept.get((line_id, given.cycle.before.start))
    return kept.summary.parts[-1].carry_out if kept else Carry()


def _adjustments(corrections: Sequence[Correction]) -> list[BillLine]:
    return [
        adjustment_line(
            one.result.line_id, one.period_start, one.before, one.result.total, len(one.records)
        )
        for one in corrections
        if one.result.total != one.before
    ]


def _correct(
    given: Given, plan_of: PlanOf, zone: ZoneInfo
) -> tuple[list[Correction], dict[UUID, Carry]]:
    """Closed months rated again, oldest first, and what they carry into the month to be billed."""
    if given.late is None:
        return [], {}
    corrections: list[Correction] = []
    carries: dict[UUID, Carry] = {}
    cycle = Cycle.containing(given.late.since, given.account.cycle_day)
    while cycle.start < given.cycle.start:
        months = _months_to_correct(given, given.late, cycle, carries)
        results = rate(months, cycle.moments(zone), plan_of, zone) if months else []
        carries = {}
        for result in results:
            kept = given.kept[result.line_id, cycle.start]
            records = given.late.records.get((result.line_id, cycle.start), ())
            carried_on = not same_outcome(result.carry, kept.summary.parts[-1].carry_out)
            if carried_on:
                carries[result.line_id] = result.carry
            if records or carried_on or result.total != kept.total:
                corrections.append(
                    Correction(
                        period_start=cycle.start,
                        result=result,
                        before=kept.total,
                        records=records,
                    )
                )
        cycle = Cycle(cycle.end, Cycle.containing(cycle.end, given.account.cycle_day).end)
    return corrections, carries


def _months_to_correct(
    given: Given, late: Late, cycle: Cycle, carries: Mapping[UUID, Carry]
) -> list[LineInput]:
    """The account's lines in a closed month, if anything of it has to be rated again."""
    touched = {line_id for line_id, month in late.records if month == cycle.start}
    for line_id in touched:
        if (line_id, cycle.start) not in given.kept:
            raise NeverBilled(
                "Records came late for {month}, which was never billed here. Dismiss them or bill"
                " that month first.",
                line_id=line_id,
                month=f"{cycle.start:%Y-%m}",
            )
    if not touched and not carries:
        return []
    return [
        LineInput(
            customer_id=line.customer_id,
            line_id=line.line_id,
            stretches=tuple(part.stretch for part in kept.summary.parts),
            usages=late.usages.get((line.line_id, cycle.start), ()),
            carry=carries.get(line.line_id, kept.summary.parts[0].carry_in),
        )
        for line in given.lines
        if (kept := given.kept.get((line.line_id, cycle.start))) is not None
    ]


def entries(draft: Draft) -> list[ledger.Entry]:
    """What a bill moves in the ledger: what was earned, the tax in it, and what prepaid pays."""
    account = draft.account
    receivable = ledger.held(account.customer_id, account.id, Bucket.RECEIVABLE)
    moves: list[tuple[str, ledger.Holder, ledger.Holder, int]] = []
    for kind, amount in revenue_by_kind(draft.lines).items():
        bucket, name = (Bucket.TAX, kind[4:]) if kind.startswith("tax:") else (Bucket.REVENUE, kind)
        sides = (receivable, ledger.house(bucket, name))
        moves.append((kind, *(sides if amount > 0 else sides[::-1]), abs(amount)))
    for code, amount in contained_tax(draft.lines).items():
        ours = ledger.house(Bucket.REVENUE, "tax_contained")
        moves.append((f"contained:{code}", ours, ledger.house(Bucket.TAX, code), amount))
    if draft.settled:
        prepaid = ledger.held(account.customer_id, account.id, Bucket.PREPAID)
        moves.append(("settlement", prepaid, receivable, draft.settled))
    return [
        ledger.Entry(
            customer_id=account.customer_id,
            debit=debit,
            credit=credit,
            amount=amount,
            kind="settlement" if what == "settlement" else "bill",
            key=f"bill:{draft.number}:{what}",
            reference=draft.id,
        )
        for what, debit, credit, amount in moves
    ]
