"""Bills on their tables: many written in a few statements, read with their lines and evidence."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain import customers
from yizhan.domain.billing.evidence import Summary, pack_charges, pack_summary, unpack_summary
from yizhan.domain.billing.model import (
    AlreadyBilled,
    Bill,
    BillLine,
    Cycle,
    NoSuchBill,
    bill_id_of,
    bill_number,
    tax_of,
)
from yizhan.domain.billing.monthly import LineResult
from yizhan.kernel.text import Text
from yizhan.platform.db import Connection
from yizhan.platform.work import UnitOfWork

BILL = (
    "customer_id, account_id, id, number, period_start, period_end, total_fen, tax_fen,"
    " settled_fen, issued_at, due_date, origin"
)

_ADD_BILLS = """
INSERT INTO bill (customer_id, account_id, period_start, period_end, id, number, total_fen,
                  tax_fen, settled_fen, issued_at, due_date, origin)
SELECT c, a, s, e, i, n, t, x, p, $10, d, 'run'
  FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::date[], $5::uuid[], $6::text[],
              $7::bigint[], $8::bigint[], $9::bigint[], $11::date[])
       AS b (c, a, s, e, i, n, t, x, p, d)
ON CONFLICT (customer_id, account_id, period_start) DO NOTHING
"""
_LINE_COLUMNS = (
    "customer_id",
    "bill_id",
    "position",
    "line_id",
    "kind",
    "key",
    "item",
    "amount_fen",
    "text_zh",
    "text_en",
    "facts",
)
_EVIDENCE_COLUMNS = (
    "customer_id",
    "bill_id",
    "account_id",
    "line_id",
    "period_start",
    "total_fen",
    "summary",
    "charges",
)


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """A closed month rated again: its evidence goes with the bill that carries the difference."""

    period_start: date
    result: LineResult
    before: int
    records: tuple[UUID, ...]


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A bill about to be written."""

    account: customers.Account
    cycle: Cycle
    lines: tuple[BillLine, ...]
    results: tuple[LineResult, ...]
    corrections: tuple[Correction, ...] = ()
    settled: int = 0

    @property
    def id(self) -> UUID:
        """The bill's id."""
        return bill_id_of(self.account.id, self.cycle.start)

    @property
    def number(self) -> str:
        """The bill's number."""
        return bill_number(self.account.number, self.cycle.start)

    @property
    def total(self) -> int:
        """Fen: the sum of the lines."""
        return sum(line.amount for line in self.lines)


async def add(work: UnitOfWork, drafts: Sequence[Draft]) -> None:
    """Write bills with lines and evidence. Raises ``AlreadyBilled`` if one of them is there."""
    status = await work.db.execute(
        _ADD_BILLS,
        [one.account.customer_id for one in drafts],
        [one.account.id for one in drafts],
        [one.cycle.start for one in drafts],
        [one.cycle.end for one in drafts],
        [one.id for one in drafts],
        [one.number for one in drafts],
        [one.total for one in drafts],
        [tax_of(one.lines) for one in drafts],
        [one.settled for one in drafts],
        work.now,
        [one.cycle.due_date(work.today) for one in drafts],
    )
    if status != f"INSERT 0 {len(drafts)}":
        raise AlreadyBilled("Another run billed these accounts meanwhile.")
    lines = [_line_row(one, place, line) for one in drafts for place, line in enumerate(one.lines)]
    if lines:
        await work.db.copy_records_to_table("bill_line", records=lines, columns=_LINE_COLUMNS)
    evidence = [row for one in drafts for row in _evidence_rows(one)]
    if evidence:
        await work.db.copy_records_to_table(
            "bill_evidence", records=evidence, columns=_EVIDENCE_COLUMNS
        )


def _line_row(draft: Draft, place: int, line: BillLine) -> tuple[Any, ...]:
    return (
        draft.account.customer_id,
        draft.id,
        place,
        line.line_id,
        line.kind,
        line.key,
        line.item,
        line.amount,
        line.text.zh,
        line.text.en,
        line.facts,
    )


def _evidence_rows(draft: Draft) -> list[tuple[Any, ...]]:
    months = [(draft.cycle.start, result) for result in draft.results]
    months += [(one.period_start, one.result) for one in draft.corrections]
    return [
        (
            draft.account.customer_id,
            draft.id,
            draft.account.id,
            result.line_id,
            period_start,
            result.total,
            pack_summary(result),
            pack_charges([month for _, month in result.parts]),
        )
        for period_start, result in months
    ]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a line's month came to when it was last computed, and by what."""

    line_id: UUID
    account_id: UUID
    bill_id: UUID
    period_start: date
    total: int
    summary: Summary


async def latest_evidence(
    db: Connection,
    accounts: Collection[tuple[UUID, UUID]],
    *,
    since: date,
    before: date,
) -> dict[tuple[UUID, date], Kept]:
    """Per line and month in ``[since, before)`` the newest evidence of accounts' bills.

    *accounts* are (customer, account). Charges stay where they are: they are large.
    """
    rows = await db.fetch(
        "SELECT DISTINCT ON (e.line_id, e.period_start) e.line_id, e.account_id, e.bill_id,"
        " e.period_start, e.total_fen, e.summary FROM bill_evidence e"
        " JOIN bill b ON b.customer_id = e.customer_id AND b.account_id = e.account_id"
        " AND b.id = e.bill_id AND b.period_start >= $3"
        " WHERE (e.customer_id, e.account_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))"
        " AND e.period_start >= $3 AND e.period_start < $4"
        " ORDER BY e.line_id, e.period_start, b.period_start DESC",
        [customer_id for customer_id, _ in accounts],
        [account_id for _, account_id in accounts],
        since,
        before,
    )
    return {
        (row["line_id"], row["period_start"]): Kept(
            line_id=row["line_id"],
            account_id=row["account_id"],
            bill_id=row["bill_id"],
            period_start=row["period_start"],
            total=row["total_fen"],
            summary=unpack_summary(row["summary"]),
        )
        for row in rows
    }


async def billed(
    db: Connection, accounts: Collection[tuple[UUID, UUID]], period_start: date
) -> set[UUID]:
    """Those of (customer, account) that have a bill of this period."""
    rows = await db.fetch(
        "SELECT account_id FROM bill WHERE (customer_id, account_id) IN"
        " (SELECT * FROM unnest($1::uuid[], $2::uuid[])) AND period_start = $3",
        [customer_id for customer_id, _ in accounts],
        [account_id for _, account_id in accounts],
        period_start,
    )
    return {row["account_id"] for row in rows}


async def forget_failures(
    db: Connection, accounts: Collection[tuple[UUID, UUID]], period_start: date
) -> None:
    """Take accounts (customer, account) that are billed now off the list of failures."""
    await db.execute(
        "DELETE FROM bill_failure WHERE (customer_id, account_id) IN"
        " (SELECT * FROM unnest($1::uuid[], $2::uuid[])) AND period_start = $3",
        [customer_id for customer_id, _ in accounts],
        [account_id for _, account_id in accounts],
        period_start,
    )


async def get(db: Connection, customer_id: UUID, bill_id: UUID) -> Bill:
    """One bill with its lines. Raises ``NoSuchBill``."""
    row = await db.fetchrow(
        f"SELECT {BILL} FROM bill WHERE customer_id = $1 AND id = $2", customer_id, bill_id
    )
    if row is None:
        raise NoSuchBill("There is no such bill.", bill_id=bill_id)
    lines = await db.fetch(
        "SELECT line_id, kind, key, item, amount_fen, text_zh, text_en, facts FROM bill_line"
        " WHERE customer_id = $1 AND bill_id = $2 ORDER BY position",
        customer_id,
        bill_id,
    )
    return Bill(**dict(row), lines=tuple(_line_of(line) for line in lines))


def _line_of(row: Any) -> BillLine:
    return BillLine(
        line_id=row["line_id"],
        kind=row["kind"],
        key=row["key"],
        item=row["item"],
        amount=row["amount_fen"],
        text=Text(zh=row["text_zh"], en=row["text_en"]),
        facts=row["facts"],
    )
