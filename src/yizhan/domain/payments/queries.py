"""Reading receipts and adjustments."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from yizhan.domain.payments import permissions, store
from yizhan.domain.payments.model import (
    Adjustment,
    NoSuchAdjustment,
    NoSuchPayment,
    Receipt,
    Till,
)
from yizhan.platform.work import UnitOfWork


async def get_receipt(work: UnitOfWork, customer_id: UUID, payment_id: UUID) -> Receipt:
    """One receipt. Raises ``NoSuchPayment``."""
    work.actor.require(permissions.READ)
    row = await work.db.fetchrow(
        f"SELECT {store.RECEIPT} {store.FROM_PAYMENT} WHERE p.customer_id = $1 AND p.id = $2",
        customer_id,
        payment_id,
    )
    if row is None:
        raise NoSuchPayment("There is no such payment.", payment_id=payment_id)
    return Receipt(**dict(row))


async def list_of_customer(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 50, before: UUID | None = None
) -> Sequence[Receipt]:
    """A customer's receipts, newest first; *before* is the id of the last one already seen."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {store.RECEIPT} {store.FROM_PAYMENT} WHERE p.customer_id = $1"
        " AND ($3::uuid IS NULL OR p.id < $3) ORDER BY p.id DESC LIMIT $2",
        customer_id,
        limit,
        before,
    )
    return [Receipt(**dict(row)) for row in rows]


async def paid_on(
    work: UnitOfWork, customer_id: UUID, account_id: UUID, *, without: Sequence[str] = ()
) -> int:
    """Fen paid on an account in all, less what was reversed; *without* some methods.

    For rooms above, which answer for who may.
    """
    return await work.db.fetchval(  # type: ignore[no-any-return]
        "SELECT coalesce(sum(CASE kind WHEN 'payment' THEN amount ELSE -amount END), 0)::bigint"
        " FROM payment WHERE customer_id = $1 AND account_id = $2 AND method <> ALL ($3::text[])",
        customer_id,
        account_id,
        list(without),
    )


async def list_of_till(
    work: UnitOfWork, staff_id: UUID, day: date, *, limit: int = 200, after: int = 0
) -> Sequence[Receipt]:
    """The receipts of a till and day in their order; *after* is the last number already seen."""
    work.actor.require(permissions.TAKE if work.actor.id == staff_id else permissions.REVERSE)
    rows = await work.db.fetch(
        f"SELECT {store.RECEIPT} {store.FROM_PAYMENT} WHERE p.till_id = $1 AND p.day = $2"
        " AND p.number > $4 ORDER BY p.number LIMIT $3",
        staff_id,
        day,
        limit,
        after,
    )
    return [Receipt(**dict(row)) for row in rows]


async def find_till(work: UnitOfWork, staff_id: UUID, day: date) -> Till | None:
    """A till on a day; none if it took nothing."""
    row = await work.db.fetchrow(
        "SELECT staff_id, day, code, last_number, opened_at, closed_at FROM till_day"
        " WHERE staff_id = $1 AND day = $2",
        staff_id,
        day,
    )
    return Till(**dict(row)) if row else None


async def get_adjustment(work: UnitOfWork, customer_id: UUID, adjustment_id: UUID) -> Adjustment:
    """One adjustment. Raises ``NoSuchAdjustment``."""
    work.actor.require(permissions.READ)
    row = await work.db.fetchrow(
        f"SELECT {store.ADJUSTMENT} FROM adjustment WHERE customer_id = $1 AND id = $2",
        customer_id,
        adjustment_id,
    )
    if row is None:
        raise NoSuchAdjustment("There is no such adjustment.")
    return Adjustment(**dict(row))


async def list_adjustments(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 50
) -> Sequence[Adjustment]:
    """A customer's adjustments, newest first."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {store.ADJUSTMENT} FROM adjustment WHERE customer_id = $1"
        " ORDER BY id DESC LIMIT $2",
        customer_id,
        limit,
    )
    return [Adjustment(**dict(row)) for row in rows]


async def list_waiting(work: UnitOfWork, *, limit: int = 50) -> Sequence[Adjustment]:
    """Adjustments that wait for somebody, the most urgent first."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {store.ADJUSTMENT} FROM adjustment WHERE state = 'requested'"
        " ORDER BY deadline LIMIT $1",
        limit,
    )
    return [Adjustment(**dict(row)) for row in rows]
