"""Money back to its source: once per key, by two people above a limit, confirmed by the provider.

It leaves the account when it is sent and lies in suspense until the provider confirms or declines.
"""

from uuid import UUID

from yizhan.domain import ledger
from yizhan.domain.checkout import crediting, events, permissions, provider, service, store
from yizhan.domain.checkout.flow import RefundState, State
from yizhan.domain.checkout.model import (
    REFUND_ALONE_FEN_MAX,
    AlreadySpent,
    Intent,
    KeyReused,
    Refund,
    checked_reason,
)
from yizhan.domain.checkout.provider import ProviderSilent
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork

REFUND_JOB = "checkout.refund"


async def refund(
    work: UnitOfWork, *, customer_id: UUID, intent_id: UUID, amount_fen: int, reason: str, key: str
) -> Refund:
    """Send *amount_fen* of a payment back to where it came from, once for its *key*.

    Above ``REFUND_ALONE_FEN_MAX`` it waits for a second person. Raises ``NotRefundable``,
    ``AlreadySpent``, ``KeyReused``.
    """
    work.actor.require(permissions.REFUND)
    return await give_back(
        work,
        customer_id=customer_id,
        intent_id=intent_id,
        amount_fen=amount_fen,
        reason=reason,
        key=key,
    )


async def give_back(
    work: UnitOfWork, *, customer_id: UUID, intent_id: UUID, amount_fen: int, reason: str, key: str
) -> Refund:
    """The same for rooms above, which answer for who may ask; a second person agrees as ever."""
    why = checked_reason(reason)
    if not 1 <= len(key) <= 100 or not key.isprintable():
        raise Invalid("The key must be 1 to 100 printable characters.", field="key")
    intent = await store.lock_intent(work.db, customer_id, intent_id)
    refund_id = new_id()
    asked = Refund(
        customer_id=customer_id,
        id=refund_id,
        intent_id=intent_id,
        account_id=intent.account_id,
        amount=amount_fen,
        key=key,
        reason=why,
        state=RefundState.WAITING,
        provider=intent.provider,
        refund_no=refund_id.hex,
        asked=0,
        requested_by=work.actor.id,
        requested_by_name=work.actor.name,
        requested_at=work.now,
        decided_by=None,
        decided_by_name=None,
        decided_at=None,
        note="",
        provider_no=None,
        settle_date=None,
        done_at=None,
    )
    if (known := await store.find_refund(work.db, customer_id, key)) is None:
        intent.check_refundable(amount_fen)
        if not await store.add_refund(work.db, asked):
            known = await store.find_refund(work.db, customer_id, key)
    if known is not None:
        if (known.intent_id, known.amount) != (intent_id, amount_fen):
            raise KeyReused("The key “{key}” already asked for another refund.", key=key)
        return known
    intent = await store.set_intent(work.db, intent, refunded=intent.refunded + amount_fen)
    if amount_fen <= REFUND_ALONE_FEN_MAX:
        return await _send(work, intent, asked)
    work.record(
        events.RefundRequested(
            customer_id=customer_id,
            refund_id=asked.id,
            intent_id=intent_id,
            amount_fen=amount_fen,
            reason=why,
        )
    )
    return asked


async def approve(work: UnitOfWork, customer_id: UUID, refund_id: UUID) -> Refund:
    """Agree to a refund that another asked for, and send it."""
    work.actor.require(permissions.APPROVE)
    intent, one = await _locked(work, customer_id, refund_id)
    one.check_decidable(work.actor)
    one = await store.set_refund(
        work.db,
        one,
        decided_by=work.actor.id,
        decided_by_name=work.actor.name,
        decided_at=work.now,
    )
    return await _send(work, intent, one)


async def decline(work: UnitOfWork, customer_id: UUID, refund_id: UUID, *, note: str) -> Refund:
    """Say no to a refund, and why."""
    work.actor.require(permissions.APPROVE)
    why = checked_reason(note)
    intent, one = await _locked(work, customer_id, refund_id)
    one.check_decidable(work.actor)
    await store.set_intent(work.db, intent, refunded=intent.refunded - one.amount)
    one = await store.set_refund(
        work.db,
        one,
        state=RefundState.DECLINED,
        decided_by=work.actor.id,
        decided_by_name=work.actor.name,
        decided_at=work.now,
        note=why,
    )
    work.record(
        events.RefundDeclined(
            customer_id=customer_id,
            refund_id=one.id,
            intent_id=intent.id,
            amount_fen=one.amount,
            note=why,
        )
    )
    return one


async def _locked(
    work: UnitOfWork, customer_id: UUID, refund_id: UUID, *, lock: bool = True
) -> tuple[Intent, Refund]:
    """A refund and its payment, locked in the order everybody locks them, or only looked at."""
    found = store.refund_of(
        await work.db.fetchrow(
            f"SELECT {store.REFUND} FROM checkout_refund WHERE customer_id = $1 AND id = $2",
            customer_id,
            refund_id,
        )
    )
    if not lock:
        return await service.look(work, customer_id, found.intent_id), found
    intent = await store.lock_intent(work.db, customer_id, found.intent_id)
    return intent, await store.lock_refund(work.db, customer_id, refund_id)


async def _send(work: UnitOfWork, intent: Intent, one: Refund) -> Refund:
    source = await crediting.holder_of(work, intent)
    if source != crediting.SUSPENSE:
        try:
            await _move(work, one, source, crediting.SUSPENSE, "out")
        except ledger.Insufficient:
            raise AlreadySpent(
                "The money of this payment has been used; nothing can be sent back."
            ) from None
    one = await store.set_refund(work.db, one, state=RefundState.SENT)
    await work.later(
        REFUND_JOB, {"customer_id": one.customer_id, "refund_id": one.id}, key=str(one.id)
    )
    work.record(
        events.RefundSent(
            customer_id=one.customer_id,
            refund_id=one.id,
            intent_id=intent.id,
            account_id=one.account_id,
            amount_fen=one.amount,
            reason=one.reason,
        )
    )
    return one


async def _move(
    work: UnitOfWork, one: Refund, source: ledger.Holder, goal: ledger.Holder, step: str
) -> None:
    await ledger.transfer(
        work,
        ledger.Entry(
            customer_id=one.customer_id,
            debit=source,
            credit=goal,
            amount=one.amount,
            kind="refund",
            key=f"checkout-refund:{one.id}:{step}",
            reference=one.intent_id,
        ),
    )


async def send(work: UnitOfWork, customer_id: UUID, refund_id: UUID) -> str:
    """Have the provider send a refund; done by a job until it answers, once per refund number."""
    intent, one = await _locked(work, customer_id, refund_id, lock=False)
    if one.state is not RefundState.SENT:
        return "repeated"
    try:
        notice = await provider.connected().refund(
            intent.order_no, one.refund_no, one.amount, one.reason
        )
    except (ProviderSilent, provider.NoProvider, provider.Forged) as error:
        one = await store.set_refund(work.db, one, asked=one.asked + 1)
        await work.later(
            REFUND_JOB,
            {"customer_id": customer_id, "refund_id": refund_id},
            run_at=one.next_ask(work.now),
            key=str(refund_id),
        )
        return type(error).code
    intent, one = await _locked(work, customer_id, refund_id)
    if one.state is not RefundState.SENT:
        return "repeated"
    if notice.kind == "refunded" and notice.amount_fen == one.amount:
        moment = notice.at or work.now
        await _move(work, one, crediting.SUSPENSE, crediting.BANK, "done")
        await store.set_refund(
            work.db,
            one,
            state=RefundState.DONE,
            provider_no=notice.provider_no,
            settle_date=moment.astimezone(work.zone).date(),
            done_at=work.now,
        )
        await _close(work, intent)
        work.record(
            events.RefundDone(
                customer_id=customer_id,
                refund_id=one.id,
                intent_id=intent.id,
                amount_fen=one.amount,
            )
        )
        return "taken"
    return await _failed(work, intent, one, notice.reason or notice.kind)


async def _close(work: UnitOfWork, intent: Intent) -> None:
    """A payment that was sent back in full is over."""
    back = await work.db.fetchval(
        "SELECT coalesce(sum(amount), 0) FROM checkout_refund WHERE customer_id = $1"
        " AND intent_id = $2 AND state = 'done'",
        intent.customer_id,
        intent.id,
    )
    if back == intent.amount and intent.may_become(State.REFUNDED):
        await store.set_intent(work.db, intent, state=State.REFUNDED)


async def _failed(work: UnitOfWork, intent: Intent, one: Refund, reason: str) -> str:
    """The provider will not: the money goes back to the account it left."""
    goal = await crediting.holder_of(work, intent)
    if goal != crediting.SUSPENSE:
        await _move(work, one, crediting.SUSPENSE, goal, "back")
    await store.set_intent(work.db, intent, refunded=intent.refunded - one.amount)
    await store.set_refund(work.db, one, state=RefundState.FAILED, note=reason[:500])
    work.record(
        events.RefundFailed(
            customer_id=one.customer_id,
            refund_id=one.id,
            intent_id=intent.id,
            amount_fen=one.amount,
            reason=reason,
        )
    )
    return "taken"
