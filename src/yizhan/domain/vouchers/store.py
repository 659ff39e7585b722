"""Batches, cards, what was asked about them, tries and guards, on their tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from yizhan.domain.vouchers.guard import WINDOW, Guard
from yizhan.domain.vouchers.model import Act, Batch, NoSuchAct, NoSuchBatch, Voucher
from yizhan.kernel.ids import new_id
from yizhan.platform.db import Connection
from yizhan.platform.work import UnitOfWork

BATCH = (
    "id, number, value_fen, size, expires_on, note, made, key, ordered_at, ordered_by,"
    " ordered_name, printed_at, printed_by, printed_name"
)
ACT = (
    "id, batch_id, kind, first_serial, last_serial, state, cards, value_fen, moved_fen, note, key,"
    " at, by_id, by_name, decided_at, decided_by, decided_name"
)
VOUCHER = (
    "v.serial, v.batch_id, v.value_fen, v.state, b.expires_on, v.customer_id, v.account_id,"
    " v.payment_id, v.receipt, v.number, v.key, v.redeemed_at"
)
FROM_VOUCHER = "FROM voucher v JOIN voucher_batch b ON b.id = v.batch_id"

_MOVE = """
WITH hit AS (
    SELECT serial, state, value_fen FROM voucher
     WHERE serial BETWEEN $1 AND $2 AND state = ANY($3) ORDER BY serial FOR UPDATE
), moved AS (
    UPDATE voucher v SET state = $4 FROM hit WHERE v.serial = hit.serial
    RETURNING hit.state, hit.value_fen
)
SELECT count(*)::int AS cards, coalesce(sum(value_fen), 0)::bigint AS value_fen,
       coalesce(sum(value_fen) FILTER (WHERE state = 'active'), 0)::bigint AS was_active_fen
  FROM moved
"""
_GUARD = """
INSERT INTO voucher_guard AS g (key, window_ends)
SELECT key, $2 FROM unnest($1::text[]) AS key ORDER BY key
ON CONFLICT (key) DO UPDATE SET tries = g.tries
RETURNING key, tries, window_ends, locked_until
"""


async def add_batch(db: Connection, batch: Batch, liability: UUID) -> bool:
    """Keep a batch to be made; False if its key was used before. The database numbers it."""
    status = await db.execute(
        "INSERT INTO voucher_batch (id, value_fen, size, expires_on, note, liability, key,"
        " ordered_at, ordered_by, ordered_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (key) DO NOTHING",
        batch.id,
        batch.value_fen,
        batch.size,
        batch.expires_on,
        batch.note,
        liability,
        batch.key,
        batch.ordered_at,
        batch.ordered_by,
        batch.ordered_name,
    )
    return bool(status == "INSERT 0 1")


async def batch_by_key(db: Connection, key: str) -> Batch:
    """The batch a key ordered. Raises ``NoSuchBatch``."""
    return _batch(await db.fetchrow(f"SELECT {BATCH} FROM voucher_batch WHERE key = $1", key))


async def get_batch(db: Connection, batch_id: UUID, *, lock: bool = False) -> Batch:
    """One batch, locked if asked. Raises ``NoSuchBatch``."""
    rest = " FOR UPDATE" if lock else ""
    return _batch(
        await db.fetchrow(f"SELECT {BATCH} FROM voucher_batch WHERE id = $1{rest}", batch_id)
    )


def _batch(row: Any) -> Batch:
    if row is None:
        raise NoSuchBatch("There is no such batch of cards.")
    return Batch(**dict(row))


async def add_cards(
    db: Connection, batch: Batch, cards: Sequence[tuple[int, bytes]], *, part: int, sealed: bytes
) -> None:
    """Write some cards by their hashes, and what the printer will get, sealed."""
    await db.copy_records_to_table(
        "voucher",
        columns=("serial", "batch_id", "secret_hash", "value_fen"),
        records=[(serial, batch.id, hashed, batch.value_fen) for serial, hashed in cards],
    )
    await db.execute(
        "INSERT INTO voucher_print (batch_id, part, sealed) VALUES ($1, $2, $3)",
        batch.id,
        part,
        sealed,
    )
    await db.execute(
        "UPDATE voucher_batch SET made = made + $2 WHERE id = $1", batch.id, len(cards)
    )


async def take_parts(work: UnitOfWork, batch: Batch) -> list[tuple[int, bytes]]:
    """What the printer gets, in order; it is gone from here and the batch says who took it."""
    rows = await work.db.fetch(
        "DELETE FROM voucher_print WHERE batch_id = $1 RETURNING part, sealed", batch.id
    )
    await work.db.execute(
        "UPDATE voucher_batch SET printed_at = $2, printed_by = $3, printed_name = $4"
        " WHERE id = $1",
        batch.id,
        work.now,
        work.actor.id,
        work.actor.name,
    )
    return sorted((row["part"], row["sealed"]) for row in rows)


async def move(
    db: Connection, first: int, last: int, *, out_of: Sequence[str], into: str
) -> tuple[int, int, int]:
    """Move the cards of a range that stand in *out_of*: how many, their value, and of those
    that were in force."""
    row = await db.fetchrow(_MOVE, first, last, list(out_of), into)
    return row["cards"], row["value_fen"], row["was_active_fen"]


async def count(db: Connection, first: int, last: int, states: Sequence[str]) -> tuple[int, int]:
    """How many cards of a range stand in *states*, and their value."""
    row = await db.fetchrow(
        "SELECT count(*)::int AS cards, coalesce(sum(value_fen), 0)::bigint AS value_fen"
        " FROM voucher WHERE serial BETWEEN $1 AND $2 AND state = ANY($3)",
        first,
        last,
        list(states),
    )
    return row["cards"], row["value_fen"]


async def add_act(db: Connection, act: Act) -> bool:
    """Keep what was asked or done; False if its key was used before."""
    status = await db.execute(
        "INSERT INTO voucher_act (id, batch_id, kind, first_serial, last_serial, state, cards,"
        " value_fen, moved_fen, note, key, at, by_id, by_name) VALUES ($1, $2, $3, $4, $5, $6,"
        " $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (key) DO NOTHING",
        act.id,
        act.batch_id,
        act.kind,
        act.first_serial,
        act.last_serial,
        act.state,
        act.cards,
        act.value_fen,
        act.moved_fen,
        act.note,
        act.key,
        act.at,
        act.by_id,
        act.by_name,
    )
    return bool(status == "INSERT 0 1")


async def settle_act(
    db: Connection, act_id: UUID, *, state: str, cards: int, value_fen: int, moved_fen: int
) -> None:
    """What an act came to."""
    await db.execute(
        "UPDATE voucher_act SET state = $2, cards = $3, value_fen = $4, moved_fen = $5"
        " WHERE id = $1",
        act_id,
        state,
        cards,
        value_fen,
        moved_fen,
    )


async def note_decision(work: UnitOfWork, act_id: UUID) -> None:
    """Who decided, and when."""
    await work.db.execute(
        "UPDATE voucher_act SET decided_at = $2, decided_by = $3, decided_name = $4 WHERE id = $1",
        act_id,
        work.now,
        work.actor.id,
        work.actor.name,
    )


async def get_act(
    db: Connection, act_id: UUID | None = None, *, key: str = "", lock: bool = False
) -> Act:
    """One act by its id or key, locked if asked. Raises ``NoSuchAct``."""
    rest = " FOR UPDATE" if lock else ""
    row = await db.fetchrow(
        f"SELECT {ACT} FROM voucher_act WHERE id = $1 OR key = $2{rest}", act_id, key
    )
    if row is None:
        raise NoSuchAct("Nothing like that was asked for.")
    return Act(**dict(row))


async def lock_voucher(db: Connection, secret_hash: bytes) -> Voucher | None:
    """The card of a secret, locked; None if there is none."""
    row = await db.fetchrow(
        f"SELECT {VOUCHER} {FROM_VOUCHER} WHERE v.secret_hash = $1 FOR UPDATE OF v", secret_hash
    )
    return Voucher(**dict(row)) if row else None


async def used_by_key(db: Connection, customer_id: UUID, key: str) -> int | None:
    """The serial number of the card a key used for this customer."""
    found: int | None = await db.fetchval(
        "SELECT serial FROM voucher WHERE customer_id = $1 AND key = $2 AND state = 'redeemed'",
        customer_id,
        key,
    )
    return found


async def redeem(work: UnitOfWork, card: Voucher) -> None:
    """Keep that a card was used: *card* says by whom."""
    await work.db.execute(
        "UPDATE voucher SET state = 'redeemed', customer_id = $2, account_id = $3,"
        " payment_id = $4, receipt = $5, number = $6, key = $7, redeemed_at = $8"
        " WHERE serial = $1",
        card.serial,
        card.customer_id,
        card.account_id,
        card.payment_id,
        card.receipt,
        card.number,
        card.key,
        card.redeemed_at,
    )


async def add_try(
    work: UnitOfWork,
    *,
    customer_id: UUID,
    account_id: UUID,
    number: str,
    caller: str | None,
    outcome: str,
    serial: int | None,
) -> None:
    """Keep a try, without what was tried."""
    actor = work.actor
    await work.db.execute(
        "INSERT INTO voucher_try (customer_id, id, at, account_id, number, caller, outcome, serial,"
        " actor_kind, actor_id, actor_name, channel, contact_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        customer_id,
        new_id(),
        work.now,
        account_id,
        number,
        caller,
        outcome,
        serial,
        actor.kind.value,
        actor.id,
        actor.name,
        actor.channel,
        work.contact_id,
    )


async def lock_guards(db: Connection, keys: Mapping[str, int], now: datetime) -> list[Guard]:
    """The guards of a try, locked in one order, so that tries at one moment are judged in turn."""
    rows = await db.fetch(_GUARD, sorted(keys), now + WINDOW)
    return [Guard(**dict(row)) for row in rows]


async def put_guards(db: Connection, guards: Sequence[Guard]) -> None:
    """Keep what the guards count now."""
    await db.executemany(
        "UPDATE voucher_guard SET tries = $2, window_ends = $3, locked_until = $4 WHERE key = $1",
        [(one.key, one.tries, one.window_ends, one.locked_until) for one in guards],
    )


async def drop_guards(db: Connection, keys: Sequence[str]) -> int:
    """Wipe slates; how many there were."""
    status = await db.execute("DELETE FROM voucher_guard WHERE key = ANY($1)", list(keys))
    return int(status.rsplit(" ", 1)[1])
