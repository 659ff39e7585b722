"""Reading batches, cards and tries. No secret can be read."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from yizhan.domain.vouchers import permissions, store
from yizhan.domain.vouchers.model import Act, Batch, NoSuchVoucher, Try, Voucher
from yizhan.platform.work import UnitOfWork


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a batch stands: cards and face value by state."""

    cards: Mapping[str, int]
    value_fen: Mapping[str, int]


async def list_batches(
    work: UnitOfWork, *, limit: int = 50, before: UUID | None = None
) -> Sequence[Batch]:
    """Batches, the newest first; *before* is the id of the last one already seen."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {store.BATCH} FROM voucher_batch WHERE $2::uuid IS NULL OR id < $2"
        " ORDER BY id DESC LIMIT $1",
        limit,
        before,
    )
    return [Batch(**dict(row)) for row in rows]


async def get_batch(work: UnitOfWork, batch_id: UUID) -> Batch:
    """One batch. Raises ``NoSuchBatch``."""
    work.actor.require(permissions.READ)
    return await store.get_batch(work.db, batch_id)


async def standing(work: UnitOfWork, batch: Batch) -> Standing:
    """How many cards of a batch are in which state, and what they are worth."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        "SELECT state, count(*)::int AS cards, sum(value_fen)::bigint AS value_fen FROM voucher"
        " WHERE serial BETWEEN $1 AND $2 GROUP BY state",
        batch.first,
        batch.last,
    )
    return Standing(
        cards={row["state"]: row["cards"] for row in rows},
        value_fen={row["state"]: row["value_fen"] for row in rows},
    )


async def list_acts(work: UnitOfWork, batch_id: UUID, *, limit: int = 50) -> Sequence[Act]:
    """What was done with a batch, the newest first."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {store.ACT} FROM voucher_act WHERE batch_id = $1 ORDER BY at DESC, id DESC"
        " LIMIT $2",
        batch_id,
        limit,
    )
    return [Act(**dict(row)) for row in rows]


async def list_waiting(work: UnitOfWork, *, limit: int = 50) -> Sequence[Act]:
    """Cards to be put out of force that wait for a second person, the oldest first."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {store.ACT} FROM voucher_act WHERE state = 'waits' ORDER BY at LIMIT $1", limit
    )
    return [Act(**dict(row)) for row in rows]


async def get_voucher(work: UnitOfWork, serial: int) -> Voucher:
    """One card by its serial number: its state, and who used it. Raises ``NoSuchVoucher``."""
    work.actor.require(permissions.READ)
    row = await work.db.fetchrow(
        f"SELECT {store.VOUCHER} {store.FROM_VOUCHER} WHERE v.serial = $1", serial
    )
    if row is None:
        raise NoSuchVoucher("There is no card with the serial number {serial}.", serial=serial)
    return Voucher(**dict(row))


async def list_tries(work: UnitOfWork, serial: int, *, limit: int = 50) -> Sequence[Try]:
    """Who tried to use a card with the right secret, the latest first."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        "SELECT at, customer_id, number, outcome, actor_name, channel, caller FROM voucher_try"
        " WHERE serial = $1 ORDER BY at DESC LIMIT $2",
        serial,
        limit,
    )
    return [Try(**dict(row)) for row in rows]


async def list_tries_of_customer(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 50
) -> Sequence[Try]:
    """Tries to put cards on this customer's accounts, the latest first."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        "SELECT at, customer_id, number, outcome, actor_name, channel, caller FROM voucher_try"
        " WHERE customer_id = $1 ORDER BY id DESC LIMIT $2",
        customer_id,
        limit,
    )
    return [Try(**dict(row)) for row in rows]
