"""A card is used: for oneself or another, once, however often and from how many sides at once."""

from yizhan.domain import payments
from yizhan.domain.vouchers import permissions, store
from yizhan.domain.vouchers.books import liability_of, till_of
from yizhan.domain.vouchers.events import RedeemingLocked, VoucherRedeemed, VoucherRefused
from yizhan.domain.vouchers.guard import Guard, guards_of, locked
from yizhan.domain.vouchers.model import (
    Answer,
    KeyReused,
    Redemption,
    Voucher,
    WrongSecret,
    checked_key,
    clean_secret,
    found_by,
)
from yizhan.domain.vouchers.target import Target, find_target
from yizhan.kernel import phone
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.errors import Refused
from yizhan.platform import vault
from yizhan.platform.work import UnitOfWork

METHOD = "voucher"


async def redeem(
    work: UnitOfWork, *, secret: str, number: str, key: str, caller: str | None = None
) -> Answer:
    """Put the money of a card on the account of *number*, once for its *key*.

    A refusal comes back as an answer, so that the try is kept: let the act commit, then ask
    ``Answer.taken()``. Three wrong secrets for one account, from one caller or in one contact
    within a day end the tries for a day. *caller* is the number the try comes from, if known.
    Raises ``Invalid`` for what is no secret, ``NotFound`` for what is no number of ours, and what
    ``payments`` refuses.
    """
    if work.actor.kind is not ActorKind.CUSTOMER:
        work.actor.require(permissions.REDEEM)
    digits = clean_secret(secret)
    target = await find_target(work, number)
    key = checked_key(key)
    source = phone.normalise(caller, field="caller") if caller else None
    limits = guards_of(
        account_id=target.account_id,
        actor_kind=work.actor.kind.value,
        actor_id=work.actor.id,
        contact_id=work.contact_id,
        caller=source,
    )
    guards = await store.lock_guards(work.db, limits, work.now)
    if shut := [one for one in guards if one.is_locked(work.now)]:
        return await _refuse(work, target, source, "locked", locked(shut, work.now))
    card = await store.lock_voucher(work.db, vault.current().fingerprint(found_by(digits)))
    before = await store.used_by_key(work.db, target.customer_id, key)
    if before is not None and (card is None or card.serial != before):
        raise KeyReused("The key “{key}” already used another card.", key=key)
    if card is None:
        return await _wrong(work, target, source, guards, limits)
    if before is not None and card.account_id == target.account_id:
        return await _again(work, target, source, card)
    if refused := card.refusal(today=work.today):
        return await _refuse(work, target, source, *refused, serial=card.serial)
    return await _take(work, target, source, card, key, [one.key for one in guards])


async def _take(
    work: UnitOfWork,
    target: Target,
    caller: str | None,
    card: Voucher,
    key: str,
    guards: list[str],
) -> Answer:
    receipt = await payments.take_from(
        work,
        account_id=target.account_id,
        amount=card.value_fen,
        key=f"voucher:{card.serial}",
        method=METHOD,
        source=liability_of(card.batch_id),
        till_id=till_of(card.serial),
    )
    assert not receipt.repeated, "a card in force has no payment"
    used = Voucher(
        serial=card.serial,
        batch_id=card.batch_id,
        value_fen=card.value_fen,
        state="redeemed",
        expires_on=card.expires_on,
        customer_id=receipt.customer_id,
        account_id=target.account_id,
        payment_id=receipt.id,
        receipt=receipt.receipt,
        number=target.number,
        key=key,
        redeemed_at=work.now,
    )
    await store.redeem(work, used)
    await _keep(work, target, caller, "redeemed", card.serial)
    await store.drop_guards(work.db, guards)
    work.record(
        VoucherRedeemed(
            customer_id=receipt.customer_id,
            serial=str(card.serial),
            account_id=target.account_id,
            number=phone.mask(target.number),
            amount_fen=card.value_fen,
            payment_id=receipt.id,
            receipt=receipt.receipt,
        )
    )
    return _answer(used)


async def _again(work: UnitOfWork, target: Target, caller: str | None, card: Voucher) -> Answer:
    await _keep(work, target, caller, "repeated", card.serial)
    return _answer(card, repeated=True)


async def _wrong(
    work: UnitOfWork,
    target: Target,
    caller: str | None,
    guards: list[Guard],
    limits: dict[str, int],
) -> Answer:
    counted = [one.after_wrong(limits[one.key], work.now) for one in guards]
    await store.put_guards(work.db, counted)
    if shut := [one for one in counted if one.is_locked(work.now)]:
        until = max(one.locked_until for one in shut if one.locked_until is not None)
        work.record(
            RedeemingLocked(
                customer_id=target.customer_id, number=phone.mask(target.number), until=until
            )
        )
    left = max(0, min(limits[one.key] - one.tries for one in counted))
    error = WrongSecret(
        "No card has this secret. Check the 19 digits; {left} tries are left.",
        field="secret",
        left=left,
    )
    return await _refuse(work, target, caller, "unknown", error)


async def _refuse(
    work: UnitOfWork,
    target: Target,
    caller: str | None,
    outcome: str,
    error: Refused,
    *,
    serial: int | None = None,
) -> Answer:
    await _keep(work, target, caller, outcome, serial)
    work.record(
        VoucherRefused(
            customer_id=target.customer_id,
            number=phone.mask(target.number),
            outcome=outcome,
            serial=str(serial) if serial else None,
        )
    )
    return Answer(refusal=error)


async def _keep(
    work: UnitOfWork, target: Target, caller: str | None, outcome: str, serial: int | None
) -> None:
    await store.add_try(
        work,
        customer_id=target.customer_id,
        account_id=target.account_id,
        number=target.number,
        caller=caller,
        outcome=outcome,
        serial=serial,
    )


def _answer(card: Voucher, *, repeated: bool = False) -> Answer:
    assert card.account_id and card.payment_id and card.redeemed_at
    return Answer(
        redemption=Redemption(
            serial=str(card.serial),
            amount_fen=card.value_fen,
            number=phone.mask(card.number or ""),
            account_id=card.account_id,
            customer_id=card.customer_id,
            payment_id=card.payment_id,
            receipt=card.receipt or "",
            at=card.redeemed_at,
            repeated=repeated,
        )
    )
