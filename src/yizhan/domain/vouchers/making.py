"""How cards come to be: ordered, made by the worker a part at a time, handed out once.

A secret is in the clear only between the generator and the seal, and again in the answer that
hands the batch out. What stays is its keyed hash.
"""

from datetime import date, datetime, time
from uuid import UUID

from yizhan.domain.vouchers import permissions, store
from yizhan.domain.vouchers.books import liability_of
from yizhan.domain.vouchers.events import BatchMade, BatchOrdered, BatchPrinted
from yizhan.domain.vouchers.model import (
    Batch,
    KeyReused,
    checked_key,
    checked_order,
    checked_text,
    found_by,
    new_secret,
    serial_of,
)
from yizhan.kernel.ids import NIL, new_id
from yizhan.kernel.money import yuan
from yizhan.platform import vault
from yizhan.platform.work import UnitOfWork

MAKE_JOB = "vouchers.make"
EXPIRE_JOB = "vouchers.expire"
SLICE = 5_000
HEADER = "serial,secret,value_yuan,expires_on\n"


async def order_batch(
    work: UnitOfWork, *, value_fen: int, size: int, expires_on: date, note: str, key: str
) -> Batch:
    """Have *size* cards made, each worth *value_fen* until the day *expires_on* begins.

    The worker makes them; ``get_batch`` shows how far it is. Once for its *key*.
    """
    work.actor.require(permissions.MAKE)
    checked_order(value_fen, size, expires_on, today=work.today)
    asked = Batch(
        id=new_id(),
        number=0,
        value_fen=value_fen,
        size=size,
        expires_on=expires_on,
        note=checked_text(note, "note"),
        made=0,
        key=checked_key(key),
        ordered_at=work.now,
        ordered_by=work.actor.id,
        ordered_name=work.actor.name,
    )
    if not await store.add_batch(work.db, asked, liability_of(asked.id).id):
        known = await store.batch_by_key(work.db, key)
        if (known.value_fen, known.size, known.expires_on) != (value_fen, size, expires_on):
            raise KeyReused("The key “{key}” already ordered other cards.", key=key)
        return known
    batch = await store.get_batch(work.db, asked.id)
    await work.later(MAKE_JOB, {"batch_id": batch.id}, key=str(batch.id))
    await work.later(
        EXPIRE_JOB,
        {"batch_id": batch.id},
        run_at=datetime.combine(expires_on, time(), work.zone),
        key=str(batch.id),
    )
    work.record(
        BatchOrdered(
            customer_id=NIL,
            batch_id=batch.id,
            number=batch.number,
            size=size,
            value_fen=value_fen,
            expires_on=expires_on,
        )
    )
    return batch


async def make_some(work: UnitOfWork, batch_id: UUID, *, most: int = SLICE) -> Batch:
    """Make the next cards of a batch, and have the rest made after them.

    Part of the worker's transaction: a part that was killed is simply made again, with other
    secrets.
    """
    batch = await store.get_batch(work.db, batch_id, lock=True)
    count = min(most, batch.size - batch.made)
    if count <= 0:
        return batch
    keeper = vault.current()
    lines, cards = [], []
    for running in range(batch.made + 1, batch.made + count + 1):
        serial, secret = serial_of(batch.number, running), new_secret()
        cards.append((serial, keeper.fingerprint(found_by(secret))))
        lines.append(f"{serial},{secret}")
    sealed = keeper.seal("\n".join(lines), bound_to=_place(batch_id, batch.made))
    await store.add_cards(work.db, batch, cards, part=batch.made, sealed=sealed)
    made = await store.get_batch(work.db, batch_id)
    if made.made < made.size:
        await work.later(MAKE_JOB, {"batch_id": batch_id}, key=str(batch_id))
    else:
        work.record(
            BatchMade(customer_id=NIL, batch_id=batch_id, number=made.number, size=made.size)
        )
    return made


async def print_batch(work: UnitOfWork, batch_id: UUID) -> str:
    """The secrets of a batch as CSV, for the printer: once, to who holds the right.

    What is handed out is deleted in the same act. Raises ``NotReady``, ``AlreadyPrinted``.
    """
    work.actor.require(permissions.PRINT)
    batch = await store.get_batch(work.db, batch_id, lock=True)
    batch.check_printable()
    keeper, tail = vault.current(), f",{yuan(batch.value_fen)},{batch.expires_on}\n"
    rows = [
        line + tail
        for part, sealed in await store.take_parts(work, batch)
        for line in keeper.unseal(sealed, bound_to=_place(batch_id, part)).split("\n")
    ]
    assert len(rows) == batch.size
    work.record(
        BatchPrinted(customer_id=NIL, batch_id=batch_id, number=batch.number, size=batch.size)
    )
    return HEADER + "".join(rows)


def _place(batch_id: UUID, part: int) -> bytes:
    return b"voucher_print" + batch_id.bytes + part.to_bytes(4)
