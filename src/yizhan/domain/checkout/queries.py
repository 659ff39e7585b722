"""Reading payments through the provider, refunds, what was told, and differences."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from yizhan.domain import contacts
from yizhan.domain.checkout import permissions, settling, store
from yizhan.domain.checkout.model import (
    Found,
    Heard,
    Intent,
    NoSuchIntent,
    Refund,
    Settlement,
    Token,
)
from yizhan.kernel.actor import ActorKind
from yizhan.platform.work import UnitOfWork

FOUND = (
    "customer_id, id, provider, day, kind, reference, intent_id, ours_fen, theirs_fen, ours_state,"
    " theirs_state, found_at, gone_at, case_id, case_number"
)


async def get(work: UnitOfWork, intent_id: UUID) -> Intent:
    """One payment; a customer sees what he pays or is paid for him. Raises ``NoSuchIntent``."""
    intent = store.intent_of(
        await work.db.fetchrow(
            f"SELECT {store.INTENT} FROM checkout_intent WHERE order_no = $1", intent_id.hex
        )
    )
    if work.actor.kind is ActorKind.CUSTOMER:
        if work.actor.id is None or work.actor.id not in (intent.customer_id, intent.payer_id):
            raise NoSuchIntent("There is no such payment.")
    else:
        work.actor.require(permissions.READ)
    return intent


async def find_by_payment(work: UnitOfWork, customer_id: UUID, payment_id: UUID) -> Intent | None:
    """The payment through the provider behind a receipt; None for cash."""
    work.actor.require(permissions.READ)
    row = await work.db.fetchrow(
        f"SELECT {store.INTENT} FROM checkout_intent WHERE customer_id = $1 AND payment_id = $2",
        customer_id,
        payment_id,
    )
    return store.intent_of(row) if row else None


async def list_of_customer(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 50, before: UUID | None = None
) -> Sequence[Intent]:
    """What was paid or tried for a customer's accounts, newest first."""
    own = work.actor.kind is ActorKind.CUSTOMER and work.actor.id == customer_id
    if not own:
        work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {store.INTENT} FROM checkout_intent WHERE customer_id = $1"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $2",
        customer_id,
        limit,
        before,
    )
    return [store.intent_of(row) for row in rows]


async def list_begun(work: UnitOfWork, customer_id: UUID, *, limit: int = 20) -> Sequence[Intent]:
    """Payments a customer finds no receipt of among his own: under way, refused, lapsed, held, or
    for somebody else. Newest first."""
    if work.actor.kind is not ActorKind.CUSTOMER or work.actor.id != customer_id:
        work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"(SELECT {store.INTENT} FROM checkout_intent WHERE customer_id = $1 AND payment_id IS NULL"
        " ORDER BY id DESC LIMIT $2) UNION ALL"
        f" (SELECT {store.INTENT} FROM checkout_intent WHERE payer_id = $1 AND customer_id <> $1"
        " ORDER BY id DESC LIMIT $2)",
        customer_id,
        limit,
    )
    found = sorted((store.intent_of(row) for row in rows), key=lambda one: one.id, reverse=True)
    return found[:limit]


async def of_payments(
    work: UnitOfWork, customer_id: UUID, payment_ids: Sequence[UUID]
) -> dict[UUID, Intent]:
    """The payments through the provider behind receipts, by receipt; cash has none."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {store.INTENT} FROM checkout_intent"
        " WHERE customer_id = $1 AND payment_id = ANY($2)",
        customer_id,
        list(payment_ids),
    )
    return {row["payment_id"]: store.intent_of(row) for row in rows}


async def get_token(work: UnitOfWork, customer_id: UUID, token_id: UUID) -> Token:
    """A card or wallet, also one that still waits to be allowed. Raises ``NoSuchToken``."""
    await contacts.require_verified(work, customer_id)
    token, _ = await store.get_token(work.db, token_id, customer_id)
    return token


async def get_refund(work: UnitOfWork, customer_id: UUID, refund_id: UUID) -> Refund:
    """One refund. Raises ``NoSuchRefund``."""
    work.actor.require(permissions.READ)
    return store.refund_of(
        await work.db.fetchrow(
            f"SELECT {store.REFUND} FROM checkout_refund WHERE customer_id = $1 AND id = $2",
            customer_id,
            refund_id,
        )
    )


async def list_refunds(work: UnitOfWork, customer_id: UUID, *, limit: int = 50) -> Sequence[Refund]:
    """A customer's refunds, newest first."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {store.REFUND} FROM checkout_refund WHERE customer_id = $1"
        " ORDER BY id DESC LIMIT $2",
        customer_id,
        limit,
    )
    return [store.refund_of(row) for row in rows]


async def list_refunds_waiting(work: UnitOfWork, *, limit: int = 50) -> Sequence[Refund]:
    """Refunds that wait for a second person, oldest first."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {store.REFUND} FROM checkout_refund WHERE state = 'waiting'"
        " ORDER BY requested_at LIMIT $1",
        limit,
    )
    return [store.refund_of(row) for row in rows]


async def list_settlements(work: UnitOfWork, *, limit: int = 60) -> Sequence[Settlement]:
    """The days whose files were read, newest first."""
    work.actor.require(permissions.RECONCILE)
    rows = await work.db.fetch(
        f"SELECT {settling.SETTLEMENT} FROM checkout_settlement s ORDER BY s.day DESC LIMIT $1",
        limit,
    )
    return [Settlement(**dict(row)) for row in rows]


async def list_differences(
    work: UnitOfWork, day: date | None = None, *, limit: int = 500
) -> Sequence[Found]:
    """The differences of a day, those still there first."""
    work.actor.require(permissions.RECONCILE)
    rows = await work.db.fetch(
        f"SELECT {FOUND} FROM checkout_difference WHERE ($1::date IS NULL OR day = $1)"
        " ORDER BY gone_at IS NOT NULL, day DESC, kind, reference LIMIT $2",
        day,
        limit,
    )
    return [Found(**dict(row)) for row in rows]


async def list_heard(
    work: UnitOfWork, *, order_no: str | None = None, limit: int = 100
) -> Sequence[Heard]:
    """What was told of an order; without one, what was told and not taken. Newest first."""
    work.actor.require(permissions.RECONCILE)
    rows = await work.db.fetch(
        "SELECT id, received_at, way, order_no, kind, verdict, reason, address"
        " FROM checkout_notice WHERE CASE WHEN $1::text IS NULL"
        " THEN verdict NOT IN ('taken', 'repeated') ELSE order_no = $1 END"
        " ORDER BY received_at DESC LIMIT $2",
        order_no,
        limit,
    )
    return [Heard(**dict(row)) for row in rows]


async def note_case(
    work: UnitOfWork, customer_id: UUID, difference_id: UUID, *, case_id: UUID, number: str
) -> None:
    """Remember which case was opened for a difference."""
    await work.db.execute(
        "UPDATE checkout_difference SET case_id = $3, case_number = $4"
        " WHERE customer_id = $1 AND id = $2",
        customer_id,
        difference_id,
        case_id,
        number,
    )
