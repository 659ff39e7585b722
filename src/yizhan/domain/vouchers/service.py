"""Cards into force and out of it: activate, void with a second person, expire, let try again."""

from uuid import UUID

from yizhan.domain import ledger
from yizhan.domain.vouchers import permissions, store
from yizhan.domain.vouchers.books import LAPSED, SELLERS, liability_of
from yizhan.domain.vouchers.events import (
    RedeemingUnlocked,
    VoidAsked,
    VoidRefused,
    VouchersActivated,
    VouchersExpired,
    VouchersVoided,
)
from yizhan.domain.vouchers.model import (
    VOID_ALONE_FEN,
    Act,
    Batch,
    KeyReused,
    NothingThere,
    checked_key,
    checked_text,
)
from yizhan.domain.vouchers.target import find_target
from yizhan.kernel import phone
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.work import UnitOfWork

OPEN = ("made", "active")


async def activate(
    work: UnitOfWork,
    batch_id: UUID,
    *,
    seller: str,
    key: str,
    first: int | None = None,
    last: int | None = None,
) -> Act:
    """Put the cards of a batch, or of a range of serials, into force: they are sold to *seller*.

    Their face value is owed from now on to whoever holds them. Cards that are in force already
    stay. Raises ``NotReady`` before the batch was handed out, ``NothingThere``, ``KeyReused``.
    """
    work.actor.require(permissions.ACTIVATE)
    batch = await store.get_batch(work.db, batch_id, lock=True)
    low, high = batch.span(first, last)
    act, repeated = await _asked(work, batch, "activate", (low, high), seller, "seller", key)
    if repeated:
        return act
    batch.check_sellable(today=work.today)
    cards, value, _ = await store.move(work.db, low, high, out_of=["made"], into="active")
    if cards == 0:
        raise NothingThere("No card of this range waits to be put into force.")
    await _post(work, act, SELLERS, liability_of(batch_id), value, "voucher_sale")
    await store.settle_act(
        work.db, act.id, state="done", cards=cards, value_fen=value, moved_fen=value
    )
    work.record(
        VouchersActivated(
            customer_id=NIL,
            act_id=act.id,
            batch_id=batch_id,
            cards=cards,
            value_fen=value,
            first=str(low),
            last=str(high),
            note=act.note,
        )
    )
    return await store.get_act(work.db, act.id)


async def void(
    work: UnitOfWork,
    batch_id: UUID,
    *,
    reason: str,
    key: str,
    first: int | None = None,
    last: int | None = None,
) -> Act:
    """Put cards out of force: a batch, or a range of serials. Used ones stay used.

    Above 1,000 yuan of face value a second person decides, and the act waits. What was sold is
    given back to the seller.
    """
    work.actor.require(permissions.VOID)
    batch = await store.get_batch(work.db, batch_id, lock=True)
    low, high = batch.span(first, last)
    act, repeated = await _asked(work, batch, "void", (low, high), reason, "reason", key)
    if repeated:
        return act
    cards, value = await store.count(work.db, low, high, OPEN)
    if cards == 0:
        raise NothingThere("No card of this range can be put out of force any more.")
    if value <= VOID_ALONE_FEN:
        return await _void(work, act)
    await store.settle_act(
        work.db, act.id, state="waits", cards=cards, value_fen=value, moved_fen=0
    )
    work.record(
        VoidAsked(
            customer_id=NIL,
            act_id=act.id,
            batch_id=batch_id,
            cards=cards,
            value_fen=value,
            first=str(low),
            last=str(high),
            note=act.note,
        )
    )
    return await store.get_act(work.db, act.id)


async def decide(work: UnitOfWork, act_id: UUID, *, approve: bool, note: str = "") -> Act:
    """Say yes or no to cards that are to be put out of force; never to one's own request."""
    work.actor.require(permissions.APPROVE)
    act = await store.get_act(work.db, act_id, lock=True)
    act.check_decidable(work.actor.id)
    await store.note_decision(work, act_id)
    if approve:
        return await _void(work, act)
    why = checked_text(note, "note")
    await store.settle_act(
        work.db, act_id, state="refused", cards=act.cards, value_fen=act.value_fen, moved_fen=0
    )
    work.record(VoidRefused(customer_id=NIL, act_id=act_id, batch_id=act.batch_id, note=why))
    return await store.get_act(work.db, act_id)


async def expire(work: UnitOfWork, batch_id: UUID) -> None:
    """End what is open of a batch whose day has come; what was sold becomes income."""
    batch = await store.get_batch(work.db, batch_id, lock=True)
    if work.today < batch.expires_on:
        return
    low, high = batch.first, batch.last
    act, repeated = await _asked(
        work, batch, "expire", (low, high), str(batch.expires_on), "note", f"expire:{batch_id}"
    )
    if repeated:
        return
    cards, value, was = await store.move(work.db, low, high, out_of=OPEN, into="expired")
    if was:
        await _post(work, act, liability_of(batch_id), LAPSED, was, "voucher_expiry")
    await store.settle_act(
        work.db, act.id, state="done", cards=cards, value_fen=value, moved_fen=was
    )
    work.record(
        VouchersExpired(
            customer_id=NIL, batch_id=batch_id, number=batch.number, cards=cards, moved_fen=was
        )
    )


async def unlock(work: UnitOfWork, *, number: str) -> bool:
    """Let a number that was locked try again now; False when nothing was counted against it.

    Both what was tried for it and what was tried from it.
    """
    work.actor.require(permissions.UNLOCK)
    target = await find_target(work, number)
    keys = [f"account:{target.account_id}", f"caller:{target.number}"]
    if not await store.drop_guards(work.db, keys):
        return False
    work.record(RedeemingUnlocked(customer_id=target.customer_id, number=phone.mask(target.number)))
    return True


async def _asked(
    work: UnitOfWork,
    batch: Batch,
    kind: str,
    span: tuple[int, int],
    note: str,
    field: str,
    key: str,
) -> tuple[Act, bool]:
    """The act of a key, and whether it was there before. Raises ``KeyReused``."""
    act = Act(
        id=new_id(),
        batch_id=batch.id,
        kind=kind,
        first_serial=span[0],
        last_serial=span[1],
        state="done",
        cards=0,
        value_fen=0,
        moved_fen=0,
        note=checked_text(note, field),
        key=checked_key(key),
        at=work.now,
        by_id=work.actor.id,
        by_name=work.actor.name,
    )
    if await store.add_act(work.db, act):
        return act, False
    known = await store.get_act(work.db, key=key)
    if not known.repeats(kind, *span):
        raise KeyReused("The key “{key}” already did something else with cards.", key=key)
    return known, True


async def _void(work: UnitOfWork, act: Act) -> Act:
    cards, value, was = await store.move(
        work.db, act.first_serial, act.last_serial, out_of=OPEN, into="voided"
    )
    if was:
        await _post(work, act, liability_of(act.batch_id), SELLERS, was, "voucher_void")
    await store.settle_act(
        work.db, act.id, state="done", cards=cards, value_fen=value, moved_fen=was
    )
    work.record(
        VouchersVoided(
            customer_id=NIL,
            act_id=act.id,
            batch_id=act.batch_id,
            cards=cards,
            value_fen=value,
            moved_fen=was,
            first=str(act.first_serial),
            last=str(act.last_serial),
            note=act.note,
        )
    )
    return await store.get_act(work.db, act.id)


async def _post(
    work: UnitOfWork, act: Act, debit: ledger.Holder, credit: ledger.Holder, amount: int, kind: str
) -> None:
    await ledger.transfer(
        work,
        ledger.Entry(
            customer_id=NIL,
            debit=debit,
            credit=credit,
            amount=amount,
            kind=kind,
            key=f"vouchers:{act.id}",
            reference=act.id,
        ),
    )
