"""One account's month, rated: from what its lines held and used to what stands on the bill.

Pure: the same input gives the same bill, today and when somebody asks in two years.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.billing.model import BillLine, Held, NoPlan, Stretch, bill_lines
from yizhan.domain.rating import (
    Carry,
    Context,
    LineUsage,
    RatedMonth,
    Usage,
    rate_account,
    rate_month,
)
from yizhan.domain.tariff import Plan, Scope
from yizhan.kernel.period import Period

PlanOf = Callable[[Stretch], Plan]
"""The plan of a stretch, add-ons combined."""

_MONTHS_OF_A_CONTRACT_YEAR = 12


class LineInput(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the account. ``customer_id`` is its owner, who may be another than the payer."""

    customer_id: UUID
    line_id: UUID
    stretches: tuple[Stretch, ...]
    usages: Sequence[Usage]
    carry: Carry = Carry()


class LineResult(msgspec.Struct, frozen=True, kw_only=True):
    """A line's month: each stretch as it was rated."""

    customer_id: UUID
    line_id: UUID
    parts: tuple[tuple[Held, RatedMonth], ...]

    @property
    def total(self) -> int:
        """Fen."""
        return sum(month.total for _, month in self.parts)

    @property
    def carry(self) -> Carry:
        """What goes on into the next period."""
        return self.parts[-1][1].carry

    @property
    def lines(self) -> list[BillLine]:
        """What it puts on the bill."""
        return [
            line
            for held, month in self.parts
            for line in bill_lines(self.line_id, held.stretch, month)
        ]


def rate(
    inputs: Sequence[LineInput], period: Period, plan_of: PlanOf, zone: ZoneInfo
) -> list[LineResult]:
    """Rate all lines of an account in one period, pools included.

    Raises ``NoPlan`` for usage no plan answers for, and what rating raises for a record.
    """
    given: list[LineUsage] = []
    owners: list[tuple[LineInput, Stretch]] = []
    for line in inputs:
        shares = _share(line)
        for place, (stretch, usages) in enumerate(zip(line.stretches, shares, strict=True)):
            carry = _year_over(line.carry, stretch) if place == 0 else Carry()
            given.append(
                LineUsage(
                    line_id=_identity(line.line_id, place),
                    plan=plan_of(stretch),
                    usages=_identified(usages, line.line_id, place),
                    context=_context(stretch, carry),
                )
            )
            owners.append((line, stretch))
    months = _rate(given, period, zone)
    parts: dict[UUID, list[tuple[Held, RatedMonth]]] = {line.line_id: [] for line in inputs}
    for (line, stretch), one in zip(owners, given, strict=True):
        month = months[one.line_id]
        held = Held(
            stretch=stretch,
            carry_in=one.context.carry,
            carry_out=month.carry,
            scale=month.scale,
            total=month.total,
        )
        parts[line.line_id].append((held, month))
    return [
        LineResult(
            customer_id=line.customer_id, line_id=line.line_id, parts=tuple(parts[line.line_id])
        )
        for line in inputs
        if parts[line.line_id]
    ]


def _rate(given: Sequence[LineUsage], period: Period, zone: ZoneInfo) -> dict[UUID, RatedMonth]:
    pooled = any(
        allowance.scope is Scope.ACCOUNT for one in given for allowance in one.plan.allowances
    )
    if pooled:
        return rate_account(given, period, tz=zone)
    return {
        one.line_id: rate_month(one.plan, one.usages, period, tz=zone, context=one.context)
        for one in given
    }


def _context(stretch: Stretch, carry: Carry) -> Context:
    return Context(
        active_from=stretch.active_from,
        active_to=stretch.active_to,
        started_by=stretch.started_by,
        ended_by=stretch.ended_by,
        months_since_start=stretch.months_since_start,
        carry=carry,
    )


def _year_over(carry: Carry, stretch: Stretch) -> Carry:
    """Tiers over a contract year begin anew with each year."""
    if carry.tiers and stretch.months_since_start % _MONTHS_OF_A_CONTRACT_YEAR == 0:
        return msgspec.structs.replace(carry, tiers={})
    return carry


def _share(line: LineInput) -> list[Sequence[Usage]]:
    """The line's records by stretch; parts of a session stay with its first."""
    if len(line.stretches) == 1:
        only = line.stretches[0]
        if only.active_from is None and only.active_to is None:
            return [line.usages]
    begun: dict[str, datetime] = {}
    for usage in sorted(line.usages, key=lambda one: (one.sequence, one.at)):
        if usage.session:
            begun.setdefault(usage.session, usage.at)
    shares: list[list[Usage]] = [[] for _ in line.stretches]
    for usage in line.usages:
        at = begun.get(usage.session, usage.at) if usage.session else usage.at
        for stretch, share in zip(line.stretches, shares, strict=True):
            if stretch.start <= at < stretch.end:
                share.append(usage)
                break
        else:
            raise NoPlan(
                "The line was used at {at} and had no plan then. Correct its products or the"
                " record.",
                line_id=line.line_id,
                usage_id=usage.id,
                at=usage.at,
            )
    return list(shares)


def _identity(line_id: UUID, place: int) -> UUID:
    """The engine knows one plan a line; a second stretch goes by a name of its own."""
    return line_id if place == 0 else uuid5(line_id, str(place))


def _identified(usages: Sequence[Usage], line_id: UUID, place: int) -> tuple[Usage, ...]:
    if place == 0:
        return tuple(usages)
    identity = _identity(line_id, place)
    return tuple(msgspec.structs.replace(usage, line_id=identity) for usage in usages)


def same_outcome(first: Carry, second: Carry) -> bool:
    """Whether what two ratings hand to the next month is the same."""
    return bool(msgspec.to_builtins(first) == msgspec.to_builtins(second))
