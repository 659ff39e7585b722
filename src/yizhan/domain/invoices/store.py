"""Invoices on their tables: taking the next number, what is invoiced, what went back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from yizhan.domain.invoices.model import Invoice, Subject
from yizhan.platform.work import UnitOfWork

COLUMNS = (
    "customer_id, id, account_id, colour, year, number, issued_at, subject, subject_id,"
    " subject_number, title_kind, title, taxpayer, amount_fen, tax_fen, reverses, reason, key,"
    " actor_name"
)
_FOUND = (
    "SELECT "
    + ", ".join(f"i.{name.strip()}" for name in COLUMNS.split(","))
    + ", r.id AS taken_back_by FROM invoice i"
    " LEFT JOIN invoice r ON r.customer_id = i.customer_id AND r.reverses = i.id"
)


def invoice_of(row: Any) -> Invoice:
    """A row as a value."""
    return Invoice(**{**dict(row), "subject": Subject(row["subject"])})


async def hold_account(work: UnitOfWork, account_id: UUID) -> None:
    """Let one at a time reckon what of an account may be invoiced, until the act ends."""
    await work.db.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 250))", str(account_id)
    )


async def next_number(work: UnitOfWork, year: int) -> int:
    """The next number of the year; others wait until the act ends, so none is ever missing."""
    return await work.db.fetchval(  # type: ignore[no-any-return]
        "INSERT INTO invoice_series AS s (year, last_number) VALUES ($1, 1)"
        " ON CONFLICT (year) DO UPDATE SET last_number = s.last_number + 1 RETURNING last_number",
        year,
    )


async def add(work: UnitOfWork, one: Invoice) -> None:
    """Insert an invoice."""
    await work.db.execute(
        f"INSERT INTO invoice ({COLUMNS}, actor_id, contact_id) VALUES ($1, $2, $3, $4, $5, $6, $7,"
        " $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
        one.customer_id, one.id, one.account_id, one.colour, one.year, one.number, one.issued_at,
        one.subject.value, one.subject_id, one.subject_number, one.title_kind, one.title,
        one.taxpayer, one.amount_fen, one.tax_fen, one.reverses, one.reason, one.key,
        one.actor_name, work.actor.id, work.contact_id,
    )  # fmt: skip


async def find(work: UnitOfWork, customer_id: UUID, invoice_id: UUID) -> Invoice | None:
    """An invoice, or None."""
    row = await work.db.fetchrow(
        f"{_FOUND} WHERE i.customer_id = $1 AND i.id = $2", customer_id, invoice_id
    )
    return invoice_of(row) if row else None


async def find_by_key(work: UnitOfWork, customer_id: UUID, key: str) -> Invoice | None:
    """The invoice a key asked for, or None."""
    row = await work.db.fetchrow(
        f"{_FOUND} WHERE i.customer_id = $1 AND i.key = $2", customer_id, key
    )
    return invoice_of(row) if row else None


async def list_of_customer(
    work: UnitOfWork, customer_id: UUID, *, limit: int, before: UUID | None
) -> Sequence[Invoice]:
    """A customer's invoices, newest first."""
    rows = await work.db.fetch(
        f"{_FOUND} WHERE i.customer_id = $1 AND ($3::uuid IS NULL OR i.id < $3)"
        " ORDER BY i.id DESC LIMIT $2",
        customer_id,
        limit,
        before,
    )
    return [invoice_of(row) for row in rows]


async def standing(work: UnitOfWork, customer_id: UUID, account_id: UUID) -> list[Invoice]:
    """An account's blue invoices that were not taken back, newest first."""
    rows = await work.db.fetch(
        f"{_FOUND} WHERE i.customer_id = $1 AND i.account_id = $2 AND i.colour = 'blue'"
        " AND r.id IS NULL ORDER BY i.id DESC LIMIT 5000",
        customer_id,
        account_id,
    )
    return [invoice_of(row) for row in rows]


async def invoiced(
    work: UnitOfWork, customer_id: UUID, account_id: UUID, subject_id: UUID
) -> asyncpg.Record:
    """Fen invoiced less taken back: ``about`` one thing, and ``in_all`` on the account."""
    return await work.db.fetchrow(
        "SELECT coalesce(sum(f) FILTER (WHERE subject_id = $3), 0)::bigint AS about,"
        " coalesce(sum(f), 0)::bigint AS in_all FROM (SELECT subject_id,"
        "  CASE colour WHEN 'blue' THEN amount_fen ELSE -amount_fen END AS f FROM invoice"
        "  WHERE customer_id = $1 AND account_id = $2) i",
        customer_id,
        account_id,
        subject_id,
    )


async def went_back(work: UnitOfWork, customer_id: UUID, account_id: UUID) -> int:
    """Fen of an account that were refunded, or taken back by the provider."""
    return await work.db.fetchval(  # type: ignore[no-any-return]
        "SELECT coalesce(sum(amount_fen), 0)::bigint FROM invoice_money_back"
        " WHERE customer_id = $1 AND account_id = $2",
        customer_id,
        account_id,
    )


async def note_back(
    work: UnitOfWork, customer_id: UUID, source_id: UUID, account_id: UUID, amount: int
) -> None:
    """Keep that money went back; told twice it counts once."""
    await work.db.execute(
        "INSERT INTO invoice_money_back (customer_id, id, account_id, amount_fen, at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        customer_id,
        source_id,
        account_id,
        amount,
        work.now,
    )


async def forget_back(work: UnitOfWork, customer_id: UUID, source_id: UUID) -> None:
    """The refund failed: the money is on the account again."""
    await work.db.execute(
        "UPDATE invoice_money_back SET amount_fen = 0 WHERE customer_id = $1 AND id = $2",
        customer_id,
        source_id,
    )
