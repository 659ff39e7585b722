"""What is done to the ledger: open, transfer, reserve, post, void.

Rooms call these inside their own act and answer for who may; the ledger answers for the sums.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from yizhan.domain.ledger import store
from yizhan.domain.ledger.events import AmountReserved, ReservationPosted, ReservationVoided
from yizhan.domain.ledger.model import (
    OF_CUSTOMERS,
    Bucket,
    Entry,
    KeyReused,
    State,
    Transfer,
    held,
)
from yizhan.kernel.errors import Invalid
from yizhan.platform.work import UnitOfWork

EXPIRE_JOB = "ledger.expire"


async def open_account(
    work: UnitOfWork, *, customer_id: UUID, account_id: UUID, buckets: Sequence[Bucket]
) -> None:
    """Open the buckets of a billing account. Open ones stay; the first transfer opens as well."""
    assert OF_CUSTOMERS.issuperset(buckets)
    holders = [held(customer_id, account_id, bucket) for bucket in buckets]
    await store.open_accounts(work.db, holders, now=work.now)


async def transfer(work: UnitOfWork, *entries: Entry) -> Mapping[str, Transfer]:
    """Post *entries* of one customer, all or none; a key used before does nothing again.

    Returns the transfers by key. Raises ``Insufficient``, and ``KeyReused`` when a key was used
    for something else.
    """
    return await _write(work, entries, None)


async def post_many(work: UnitOfWork, entries: Sequence[Entry]) -> int:
    """Post entries of many customers in one statement; how many were new.

    For runs that move much at once. Entries with a key that was used before are passed over, so
    the caller's keys must say all that matters.
    """
    if not entries:
        return 0
    again = await store.write(
        work.db,
        [one.check() for one in entries],
        now=work.now,
        actor=work.actor,
        contact_id=work.contact_id,
    )
    return len(entries) - len(again)


async def reserve(work: UnitOfWork, entry: Entry, *, expires_at: datetime) -> Transfer:
    """Hold an amount until it is posted or voided, at the latest until *expires_at*."""
    if expires_at <= work.now:
        raise Invalid("A reservation must end in the future.", field="expires_at")
    known = await store.find_by_keys(work.db, entry.customer_id, [entry.key])
    found = (await _write(work, [entry], expires_at))[entry.key]
    if entry.key not in known:
        await work.later(
            EXPIRE_JOB,
            {"customer_id": entry.customer_id, "transfer_id": found.id},
            run_at=expires_at,
            key=str(found.id),
        )
        holder = entry.debit if not entry.debit.is_house else entry.credit
        work.record(
            AmountReserved(
                customer_id=entry.customer_id,
                transfer_id=found.id,
                account_id=holder.account_id,
                bucket=holder.bucket.value,
                amount_fen=entry.amount,
                kind=entry.kind,
                expires_at=expires_at,
            )
        )
    return found


async def post(
    work: UnitOfWork, customer_id: UUID, transfer_id: UUID, *, amount: int | None = None
) -> Transfer:
    """Take what was held, or a part of it; the rest is free again."""
    found = await store.lock(work.db, customer_id, transfer_id)
    taken = found.posting(amount, now=work.now)
    await store.settle(work.db, found, State.POSTED, taken, now=work.now)
    await work.cancel_later(EXPIRE_JOB, str(transfer_id))
    work.record(
        ReservationPosted(
            customer_id=customer_id,
            transfer_id=transfer_id,
            kind=found.kind,
            amount_fen=taken,
            released_fen=found.amount - taken,
        )
    )
    return await store.lock(work.db, customer_id, transfer_id)


async def void(
    work: UnitOfWork, customer_id: UUID, transfer_id: UUID, *, expired: bool = False
) -> Transfer:
    """Give back what was held."""
    found = await store.lock(work.db, customer_id, transfer_id)
    freed = found.voiding()
    await store.settle(work.db, found, State.VOIDED, freed, now=work.now)
    if not expired:
        await work.cancel_later(EXPIRE_JOB, str(transfer_id))
    work.record(
        ReservationVoided(
            customer_id=customer_id,
            transfer_id=transfer_id,
            kind=found.kind,
            amount_fen=freed,
            expired=expired,
        )
    )
    return await store.lock(work.db, customer_id, transfer_id)


async def _write(
    work: UnitOfWork, entries: Sequence[Entry], expires_at: datetime | None
) -> Mapping[str, Transfer]:
    assert len({one.customer_id for one in entries}) == 1, "one act, one customer"
    assert len({one.key for one in entries}) == len(entries), "each entry has its own key"
    again = await store.write(
        work.db,
        [one.check() for one in entries],
        now=work.now,
        actor=work.actor,
        contact_id=work.contact_id,
        expires_at=expires_at,
    )
    found = await store.find_by_keys(work.db, entries[0].customer_id, [one.key for one in entries])
    for position in again:
        entry = entries[position]
        if not found[entry.key].repeats(entry):
            raise KeyReused("The key “{key}” was already used for another transfer.", key=entry.key)
    return found
