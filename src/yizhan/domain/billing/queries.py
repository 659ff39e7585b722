"""Reading bills: a customer's list, one with its lines, its records, the runs and what failed."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain import customers, ledger
from yizhan.domain.billing import permissions, store
from yizhan.domain.billing.evidence import KeptCharge, Summary, unpack_charges, unpack_summary
from yizhan.domain.billing.model import Bill, Cycle, NoSuchBill, with_standing
from yizhan.domain.ledger import Bucket
from yizhan.kernel.actor import ActorKind
from yizhan.platform.work import UnitOfWork

ACCOUNTS_MAX = 50
BILLS_MAX = 500


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What one line's month on a bill was computed from."""

    customer_id: UUID
    bill_id: UUID
    account_id: UUID
    line_id: UUID
    period_start: date
    total: int
    summary: Summary
    charges: tuple[KeptCharge, ...]


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """A run and how far it came."""

    id: UUID
    month: date
    started_at: datetime
    started_by: str
    finished_at: datetime | None
    accounts: int
    billed: int
    failed: int
    total_fen: int


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts whose period is over, and how many of them have their bill."""

    accounts: int
    billed: int


class FailedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account that has no bill of a month, and why."""

    customer_id: UUID
    account_id: UUID
    period_start: date
    run_id: UUID
    at: datetime
    code: str
    reason: str
    facts: dict[str, Any]

    @property
    def message(self) -> str:
        """The reason with its facts, in English; the sentence itself is the key of the Chinese."""
        try:
            return self.reason.format(**self.facts)
        except (KeyError, IndexError, ValueError):
            return self.reason


def may_read(work: UnitOfWork, customer_id: UUID) -> None:
    """A customer sees his own bills; anybody else needs the right."""
    if work.actor.kind is ActorKind.CUSTOMER and work.actor.id == customer_id:
        return
    work.actor.require(permissions.READ)


async def list_bills(
    work: UnitOfWork,
    customer_id: UUID,
    *,
    account_id: UUID | None = None,
    limit: int = 12,
    before: date | None = None,
) -> Sequence[Bill]:
    """A customer's bills with what is open of each, the newest period first, without lines.

    *before* is the first day of the last period already seen.
    """
    may_read(work, customer_id)
    rows = await work.db.fetch(
        f"SELECT {store.BILL} FROM bill WHERE customer_id = $1"
        " AND ($2::uuid IS NULL OR account_id = $2) ORDER BY period_start DESC, account_id"
        " LIMIT $3",
        customer_id,
        account_id,
        BILLS_MAX,
    )
    bills = await _with_standing(work, customer_id, [Bill(**dict(row)) for row in rows])
    return [one for one in bills if before is None or one.period_start < before][:limit]


async def _with_standing(
    work: UnitOfWork, customer_id: UUID, bills: Sequence[Bill]
) -> Sequence[Bill]:
    accounts = list({one.account_id: None for one in bills})
    balances = await ledger.balances_of_many(work, [(customer_id, one) for one in accounts])
    found: list[Bill] = []
    for account_id in accounts:
        owed = balances.get(
            (account_id, Bucket.RECEIVABLE), ledger.Balance(bucket=Bucket.RECEIVABLE)
        )
        mine = [one for one in bills if one.account_id == account_id]
        found += with_standing(mine, owed.amount, today=work.today)
    found.sort(key=lambda one: (one.period_start, one.account_id.int), reverse=True)
    return found


async def get_bill(work: UnitOfWork, customer_id: UUID, bill_id: UUID) -> Bill:
    """One bill with its lines and what is open of it. Raises ``NoSuchBill``."""
    may_read(work, customer_id)
    bill = await store.get(work.db, customer_id, bill_id)
    rows = await work.db.fetch(
        f"SELECT {store.BILL} FROM bill WHERE customer_id = $1 AND account_id = $2"
        " AND issued_at >= $3 ORDER BY issued_at DESC LIMIT $4",
        customer_id,
        bill.account_id,
        bill.issued_at,
        BILLS_MAX,
    )
    stood = await _with_standing(work, customer_id, [Bill(**dict(row)) for row in rows])
    mine = next(one for one in stood if one.id == bill_id)
    return msgspec.structs.replace(bill, open_fen=mine.open_fen, state=mine.state)


async def find_previous(work: UnitOfWork, bill: Bill) -> Bill | None:
    """The account's bill of the period before, with its lines; none if there is none."""
    may_read(work, bill.customer_id)
    bill_id = await work.db.fetchval(
        "SELECT id FROM bill WHERE customer_id = $1 AND account_id = $2 AND period_start < $3"
        " ORDER BY period_start DESC LIMIT 1",
        bill.customer_id,
        bill.account_id,
        bill.period_start,
    )
    return None if bill_id is None else await store.get(work.db, bill.customer_id, bill_id)


async def get_evidence(work: UnitOfWork, customer_id: UUID, bill_id: UUID) -> Sequence[Evidence]:
    """What a bill was computed from, line by line; corrected months after the bill's own."""
    may_read(work, customer_id)
    rows = await work.db.fetch(
        "SELECT customer_id, bill_id, account_id, line_id, period_start, total_fen, summary,"
        " charges FROM bill_evidence WHERE customer_id = $1 AND bill_id = $2"
        " ORDER BY period_start DESC, line_id",
        customer_id,
        bill_id,
    )
    return [
        Evidence(
            customer_id=row["customer_id"],
            bill_id=row["bill_id"],
            account_id=row["account_id"],
            line_id=row["line_id"],
            period_start=row["period_start"],
            total=row["total_fen"],
            summary=unpack_summary(row["summary"]),
            charges=unpack_charges(row["charges"]),
        )
        for row in rows
    ]


async def list_runs(work: UnitOfWork, *, limit: int = 20) -> Sequence[RunReport]:
    """The latest runs, newest first."""
    work.actor.require(permissions.RUN)
    rows = await work.db.fetch(
        "SELECT id, month, started_at, started_by, finished_at, accounts, billed, failed,"
        " total_fen FROM bill_run ORDER BY started_at DESC LIMIT $1",
        limit,
    )
    return [RunReport(**dict(row)) for row in rows]


async def how_far(work: UnitOfWork, month: date) -> Coverage:
    """How many accounts whose period of *month* is over have their bill of it."""
    work.actor.require(permissions.RUN)
    accounts = billed = 0
    for cycle_day in await customers.list_cycle_days(work):
        cycle = Cycle.of_month(month, cycle_day)
        if cycle.end > work.today:
            continue
        period = cycle.moments(work.zone)
        accounts += await customers.count_accounts_of_cycle(
            work, cycle_day, opened_before=period.end, closed_after=period.start
        )
        billed += int(
            await work.db.fetchval("SELECT count(*) FROM bill WHERE period_start = $1", cycle.start)
        )
    return Coverage(accounts=accounts, billed=min(billed, accounts))


async def count_waiting(work: UnitOfWork, month: date) -> int:
    """How many accounts have no bill of *month* yet, though their period is over."""
    far = await how_far(work, month)
    return far.accounts - far.billed


async def get_run(work: UnitOfWork, run_id: UUID) -> RunReport:
    """One run. Raises ``NoSuchBill`` when there is none."""
    work.actor.require(permissions.RUN)
    row = await work.db.fetchrow(
        "SELECT id, month, started_at, started_by, finished_at, accounts, billed, failed,"
        " total_fen FROM bill_run WHERE id = $1",
        run_id,
    )
    if row is None:
        raise NoSuchBill("There is no such bill run.", run_id=run_id)
    return RunReport(**dict(row))


async def list_failures(
    work: UnitOfWork, *, month: date | None = None, limit: int = 100
) -> Sequence[FailedAccount]:
    """Accounts that wait for their bill and why, the oldest month first."""
    work.actor.require(permissions.RUN)
    rows = await work.db.fetch(
        "SELECT customer_id, account_id, period_start, run_id, at, code, reason, facts"
        " FROM bill_failure WHERE ($1::date IS NULL OR date_trunc('month', period_start) = $1)"
        " ORDER BY period_start, at LIMIT $2",
        month.replace(day=1) if month else None,
        limit,
    )
    return [FailedAccount(**dict(row)) for row in rows]
