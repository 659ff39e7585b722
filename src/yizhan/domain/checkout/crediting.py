"""What a provider says of an order, on the ledger: credited, held, refused, taken back. Once."""

from yizhan.domain import customers, ledger, payments
from yizhan.domain.checkout import events, store
from yizhan.domain.checkout.flow import State
from yizhan.domain.checkout.model import Intent, till_of
from yizhan.domain.checkout.provider import Notice
from yizhan.domain.ledger import Bucket
from yizhan.kernel.ids import NIL
from yizhan.platform.work import UnitOfWork

ASK_JOB = "checkout.ask"
BANK = ledger.house(Bucket.BANK, "provider")
"""What the provider holds for us until it pays out."""
SUSPENSE = ledger.house(Bucket.SUSPENSE, "provider")
"""What is on its way back, or could not be credited."""


async def told(
    work: UnitOfWork, notice: Notice, *, way: str = "callback", body: str = "", address: str = ""
) -> str:
    """Take what a provider said of an order, once, however often and in whatever order it says it.

    Returns what became of it: ``taken``, ``repeated``, ``unknown_order``, ``amount_differs``,
    ``too_late``, ``nothing_new``. The caller has checked the signature.
    """
    intent = await store.lock_order(work.db, notice.provider, notice.order_no)
    kept = await store.keep_notice(
        work,
        notice,
        way=way,
        customer_id=intent.customer_id if intent else NIL,
        body=body,
        address=address,
    )
    if kept is None:
        return "repeated"
    verdict = "unknown_order" if intent is None else await _apply(work, intent, notice)
    if verdict != "taken":
        await store.judge_notice(work.db, kept, verdict, "")
    return verdict


async def _apply(work: UnitOfWork, intent: Intent, notice: Notice) -> str:
    match notice.kind:
        case "paid":
            return await _paid(work, intent, notice)
        case "refused":
            return await _refused(work, intent, notice.reason)
        case "reversed":
            if not intent.is_settled:
                verdict = await _paid(work, intent, notice)
                if verdict != "taken":
                    return verdict
                intent = await store.lock_intent(work.db, intent.customer_id, intent.id)
            return await _reversed(work, intent, notice)
        case _:
            return "nothing_new"


async def _paid(work: UnitOfWork, intent: Intent, notice: Notice) -> str:
    """Credit what was paid, through the one function that posts payments."""
    if intent.is_settled:
        return "repeated"
    if notice.amount_fen != intent.amount:
        work.record(
            events.PaymentDisputed(
                customer_id=intent.customer_id,
                intent_id=intent.id,
                account_id=intent.account_id,
                amount_fen=intent.amount,
                said_fen=notice.amount_fen,
            )
        )
        return "amount_differs"
    moment = notice.at or work.now
    facts = {
        "provider_no": notice.provider_no,
        "provider_paid_at": moment,
        "settle_date": moment.astimezone(work.zone).date(),
        "paid_at": work.now,
        "reason": "",
    }
    if intent.purpose:
        await _keep_for_sale(work, intent)
        await store.set_intent(work.db, intent, state=State.PAID, **facts)
        await work.cancel_later(ASK_JOB, str(intent.id))
        return "taken"
    try:
        async with work.attempt():
            receipt = await payments.take_from(
                work,
                account_id=intent.account_id,
                amount=intent.amount,
                key=f"checkout:{intent.id}",
                method="provider",
                source=BANK,
                till_id=till_of(intent.id),
            )
    except (payments.AccountClosed, payments.NoSuchAccount) as error:
        await _hold(work, intent, error.message)
        await store.set_intent(
            work.db, intent, state=State.HELD, **{**facts, "reason": error.message}
        )
    else:
        await store.set_intent(work.db, intent, state=State.PAID, payment_id=receipt.id, **facts)
    await work.cancel_later(ASK_JOB, str(intent.id))
    return "taken"


async def _keep_for_sale(work: UnitOfWork, intent: Intent) -> None:
    """Keep what was paid for something sold, and tell who sells."""
    await ledger.transfer(
        work,
        ledger.Entry(
            customer_id=intent.customer_id,
            debit=BANK,
            credit=SUSPENSE,
            amount=intent.amount,
            kind="purchase",
            key=f"checkout-purchase:{intent.id}",
            reference=intent.id,
        ),
    )
    work.record(
        events.PurchasePaid(
            customer_id=intent.customer_id,
            intent_id=intent.id,
            account_id=intent.account_id,
            amount_fen=intent.amount,
            purpose=intent.purpose,
        )
    )


async def _hold(work: UnitOfWork, intent: Intent, reason: str) -> None:
    """Keep money that no account takes, for somebody to decide on."""
    await ledger.transfer(
        work,
        ledger.Entry(
            customer_id=intent.customer_id,
            debit=BANK,
            credit=SUSPENSE,
            amount=intent.amount,
            kind="payment_held",
            key=f"checkout-held:{intent.id}",
            reference=intent.id,
        ),
    )
    work.record(
        events.PaymentHeld(
            customer_id=intent.customer_id,
            intent_id=intent.id,
            account_id=intent.account_id,
            amount_fen=intent.amount,
            reason=reason,
        )
    )


async def _refused(work: UnitOfWork, intent: Intent, reason: str) -> str:
    if intent.state is State.REFUSED:
        return "repeated"
    if not intent.may_become(State.REFUSED):
        return "too_late"
    await store.set_intent(work.db, intent, state=State.REFUSED, reason=reason[:500])
    await work.cancel_later(ASK_JOB, str(intent.id))
    work.record(
        events.PaymentRefused(
            customer_id=intent.customer_id,
            intent_id=intent.id,
            account_id=intent.account_id,
            amount_fen=intent.amount,
            reason=reason,
        )
    )
    return "taken"


async def _reversed(work: UnitOfWork, intent: Intent, notice: Notice) -> str:
    """The provider took the money back: take it out of the account, or carry the loss."""
    if intent.state is State.REVERSED:
        return "repeated"
    if not intent.may_become(State.REVERSED):
        return "too_late"
    covered = True
    left = intent.amount - intent.refunded
    if left:
        try:
            async with work.attempt():
                await _take_back(work, intent, left, await holder_of(work, intent))
        except ledger.Insufficient:
            covered = False
            lost = ledger.house(Bucket.WRITE_OFF, "provider_reversal")
            await _take_back(work, intent, left, lost)
    moment = notice.reversed_at or work.now
    await store.set_intent(
        work.db,
        intent,
        state=State.REVERSED,
        reversed_at=moment,
        reverse_date=moment.astimezone(work.zone).date(),
    )
    work.record(
        events.PaymentTakenBack(
            customer_id=intent.customer_id,
            intent_id=intent.id,
            account_id=intent.account_id,
            amount_fen=left,
            covered=covered,
        )
    )
    return "taken"


async def _take_back(work: UnitOfWork, intent: Intent, amount: int, source: ledger.Holder) -> None:
    await ledger.transfer(
        work,
        ledger.Entry(
            customer_id=intent.customer_id,
            debit=source,
            credit=BANK,
            amount=amount,
            kind="provider_reversal",
            key=f"checkout-reversal:{intent.id}",
            reference=intent.id,
        ),
    )


async def holder_of(work: UnitOfWork, intent: Intent) -> ledger.Holder:
    """Where the money of a settled intent went."""
    if intent.payment_id is None:
        return SUSPENSE
    account = await customers.get_account(work, intent.account_id)
    prepaid = account.payment_kind is customers.PaymentKind.PREPAID
    return ledger.held(
        intent.customer_id, intent.account_id, Bucket.PREPAID if prepaid else Bucket.RECEIVABLE
    )
