"""Bills as values: what a line held when, how a month becomes bill lines and ledger entries.

Money is in fen. Periods are half-open local days. Nothing is read or written here.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.rating import Carry, Line, RatedMonth
from yizhan.domain.subscriptions import Product, ProductKind
from yizhan.kernel.errors import Conflict, Invalid, NotFound, Refused
from yizhan.kernel.period import Period, add_months, cycle_containing, midnight
from yizhan.kernel.text import Text

_VERSION_8 = (0x8 << 76) | (0b10 << 62)
LEAST_TO_PAY = timedelta(days=10)
"""Between a bill and its due date, however late it is made."""
_NOT_VERSION = ~((0xF << 76) | (0b11 << 62))


class NoSuchBill(NotFound):
    """No bill like that."""

    code = "billing.no_such_bill"


class NoPlan(Refused):
    """A line was used while it had no plan: nothing says what that costs."""

    code = "billing.no_plan"


class NeverBilled(Refused):
    """Records came late for a month that was never billed here."""

    code = "billing.never_billed"


class AlreadyBilled(Conflict):
    """Another run was faster."""

    code = "billing.already_billed"


class NotOver(Invalid):
    """The month has not ended."""

    code = "billing.month_not_over"


class Cycle(msgspec.Struct, frozen=True):
    """One bill period of an account, in local days."""

    start: date
    end: date

    @classmethod
    def of_month(cls, month: date, cycle_day: int) -> "Cycle":
        """The period that the run of *month* bills: the one that begins in it."""
        return cls(month.replace(day=cycle_day), add_months(month.replace(day=cycle_day), 1))

    @classmethod
    def containing(cls, day: date, cycle_day: int) -> "Cycle":
        """The period that holds *day*."""
        return cls(*cycle_containing(day, cycle_day))

    @property
    def before(self) -> "Cycle":
        """The period before."""
        return Cycle(add_months(self.start, -1), self.start)

    def due_date(self, issued: date) -> date:
        """Until when its bill is to be paid: the last day of the period that follows.

        A bill that comes late is due at the end of a period too, ten days off or more.
        """
        cycle_day = self.start.day
        return max(
            add_months(self.end, 1), cycle_containing(issued + LEAST_TO_PAY, cycle_day)[1]
        ) - timedelta(days=1)

    def moments(self, zone: ZoneInfo) -> Period:
        """The same as moments."""
        return Period(midnight(self.start, zone), midnight(self.end, zone))


def bill_id_of(account_id: UUID, period_start: date) -> UUID:
    """A bill's id follows from whose and when it is (a UUID of version 8: RFC 9562, 5.8)."""
    digest = blake2b(
        account_id.bytes, digest_size=16, salt=period_start.toordinal().to_bytes(16, "big")
    ).digest()
    value = int.from_bytes(digest, "big") & _NOT_VERSION
    return UUID(int=value | _VERSION_8)


def bill_number(account_number: str, period_start: date) -> str:
    """What is printed: the month, then the account."""
    return f"{period_start:%Y%m}-{account_number}"


# ---------------------------------------------------------------- what a line held


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a period in which a line had one plan; moments for usage, days for fees."""

    plan: str
    version: int
    add_ons: tuple[tuple[str, int], ...]
    """Id and version of each."""
    start: datetime
    end: datetime
    active_from: date | None
    active_to: date | None
    started_by: str
    ended_by: str
    months_since_start: int


def stretches(products: Sequence[Product], period: Period, zone: ZoneInfo) -> tuple[Stretch, ...]:
    """The plans a line had in *period*, in order.

    An add-on counts, and costs, for every stretch it touches: who takes a pack in the middle of a
    month has it for the month.
    """
    plans = sorted(
        (one for one in products if one.kind is ProductKind.PLAN), key=lambda one: one.valid_from
    )
    found = []
    for place, plan in enumerate(plans):
        start = max(plan.valid_from, period.start)
        end = min(plan.valid_to or period.end, period.end)
        if start >= end:
            continue
        before = place > 0 and plans[place - 1].valid_to == plan.valid_from
        after = place + 1 < len(plans) and plans[place + 1].valid_from == plan.valid_to
        first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        found.append(
            Stretch(
                plan=plan.plan_id,
                version=plan.version,
                add_ons=tuple(
                    sorted(
                        (one.plan_id, one.version)
                        for one in products
                        if one.kind is ProductKind.ADD_ON
                        and one.valid_from < end
                        and (one.valid_to is None or one.valid_to > start)
                    )
                ),
                start=start,
                end=end,
                active_from=first if start > period.start else None,
                active_to=last if end < period.end else None,
                started_by="change" if before else "start",
                ended_by="change" if after else "end",
                months_since_start=_months_held(plan.valid_from, period, zone),
            )
        )
    return tuple(found)


def _months_held(since: datetime, period: Period, zone: ZoneInfo) -> int:
    """Periods the plan was held before this one; the one it began in counts as one."""
    if since >= period.start:
        return 0
    begun, now = since.astimezone(zone).date(), period.start.astimezone(zone).date()
    months = (now.year - begun.year) * 12 + now.month - begun.month
    return max(1, months + (begun.day < now.day))


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch as it was rated: what it was given and what it left. Kept with the bill."""

    stretch: Stretch
    carry_in: Carry
    carry_out: Carry
    scale: int
    total: int


# ---------------------------------------------------------------- what stands on a bill


class BillLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a bill. ``kind`` and ``facts`` are those of ``rating.Line``, or ``adjustment``.

    ``line_id`` is the line it is about; none for what is the account's own.
    """

    line_id: UUID | None
    kind: str
    key: str
    item: str
    amount: int
    text: Text
    facts: Mapping[str, Any] = {}


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A bill. ``open_fen`` is what is still to be paid of it."""

    customer_id: UUID
    account_id: UUID
    id: UUID
    number: str
    period_start: date
    period_end: date
    total_fen: int
    tax_fen: int
    settled_fen: int
    issued_at: datetime
    due_date: date
    origin: str
    open_fen: int = 0
    state: str = "open"
    """``paid``, ``open``, ``partly_paid`` or ``overdue``."""
    lines: tuple[BillLine, ...] = ()


_FACTS = ("records", "quantity", "unit", "base", "counted", "days", "of_days", "size", "left")


def bill_lines(line_id: UUID, held: Stretch, month: RatedMonth) -> list[BillLine]:
    """What a rated stretch puts on the bill."""
    return [
        BillLine(
            line_id=line_id,
            kind=line.kind,
            key=line.key,
            item=line.item,
            amount=line.amount,
            text=line.text,
            facts=_facts_of(line, held),
        )
        for line in month.lines
    ]


def _facts_of(line: Line, held: Stretch) -> dict[str, Any]:
    facts: dict[str, Any] = {name: value for name in _FACTS if (value := getattr(line, name))}
    if line.percent:
        facts["percent"] = format(line.percent.normalize(), "f")
    if line.included:
        facts["included"] = True
    facts["plan"] = held.plan
    return facts


def adjustment_line(
    line_id: UUID, period_start: date, before: int, after: int, records: int
) -> BillLine:
    """The difference a closed month makes, on a later bill."""
    return BillLine(
        line_id=line_id,
        kind="adjustment",
        key=f"{period_start:%Y-%m}",
        item="",
        amount=after - before,
        text=Text(
            zh=f"{period_start.year} 年 {period_start.month} 月账单更正",
            en=f"Correction of the bill of {period_start:%Y-%m}",
        ),
        facts={"before": before, "after": after, "records": records},
    )


def tax_of(lines: Iterable[BillLine]) -> int:
    """The tax contained in a bill, in fen."""
    return sum(
        line.facts.get("counted", 0) if line.facts.get("included") else line.amount
        for line in lines
        if line.kind == "tax"
    )


_REVENUE = {
    "recurring": "recurring",
    "usage": "usage",
    "tier": "usage",
    "minimum": "minimum",
    "adjustment": "adjustment",
}


def revenue_by_kind(lines: Iterable[BillLine]) -> dict[str, int]:
    """What each revenue account earns by these lines, in fen; ``tax:CODE`` for taxes on top."""
    earned: dict[str, int] = {}
    for line in lines:
        kind = f"tax:{line.key}" if line.kind == "tax" else _REVENUE.get(line.kind, "reduction")
        earned[kind] = earned.get(kind, 0) + line.amount
    return {kind: amount for kind, amount in earned.items() if amount}


def contained_tax(lines: Iterable[BillLine]) -> dict[str, int]:
    """Tax contained in prices, by its code: it leaves the revenue again."""
    found: dict[str, int] = {}
    for line in lines:
        if line.kind == "tax" and line.facts.get("included"):
            found[line.key] = found.get(line.key, 0) + int(line.facts.get("counted", 0))
    return {code: amount for code, amount in found.items() if amount > 0}


def with_standing(bills: Sequence[Bill], owed: int, *, today: date) -> list[Bill]:
    """Bills of one account with what is open of each: payments fill the oldest first.

    The oldest by issue: a bill that came late takes nothing from what was paid before it came.
    *owed* is what the account owes in all.
    """
    left = max(0, owed)
    found = []
    for bill in sorted(bills, key=lambda one: (one.issued_at, one.period_start), reverse=True):
        payable = max(0, bill.total_fen - bill.settled_fen)
        open_fen = min(payable, left)
        left -= open_fen
        state = "paid"
        if open_fen:
            state = "open" if open_fen == payable else "partly_paid"
            if bill.due_date < today:
                state = "overdue"
        found.append(msgspec.structs.replace(bill, open_fen=open_fen, state=state))
    return found
