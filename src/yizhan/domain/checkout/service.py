"""Paying through the provider: start, be told, ask, expire. ``payments`` posts the money, once."""

from datetime import datetime
from uuid import UUID

from yizhan.domain import customers, ledger, payments, subscriptions
from yizhan.domain.checkout import events, permissions, provider, store
from yizhan.domain.checkout.flow import State
from yizhan.domain.checkout.model import (
    LIVES,
    Intent,
    KeyReused,
    NoSuchIntent,
    checked_means,
    till_of,
)
from yizhan.domain.checkout.provider import Notice, Payment, ProviderSilent
from yizhan.domain.ledger import Bucket
from yizhan.kernel.actor import Actor, ActorKind
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import NIL, new_id
from yizhan.kernel.money import yuan
from yizhan.platform.work import UnitOfWork

ASK_JOB = "checkout.ask"
CHARGE_JOB = "checkout.charge"
BANK = ledger.house(Bucket.BANK, "provider")
"""What the provider holds for us until it pays out."""
SUSPENSE = ledger.house(Bucket.SUSPENSE, "provider")
"""What is on its way back, or could not be credited."""
RETURN_URL_MAX = 500


def told_by(name: str) -> Actor:
    """Who acts when a provider tells."""
    return Actor(kind=ActorKind.CLIENT, name=name, channel="provider")


def check_starter(work: UnitOfWork) -> None:
    """A customer pays as himself; staff and systems need the right."""
    if work.actor.kind is not ActorKind.CUSTOMER or work.actor.id is None:
        work.actor.require(permissions.START)


async def start(
    work: UnitOfWork,
    *,
    account_id: UUID,
    amount_fen: int,
    means: str,
    key: str,
    return_url: str = "",
    number: str | None = None,
) -> Intent:
    """Begin a payment of *amount_fen* on any account, one's own or another's, once for its *key*.

    ``redirect`` gives an address for the payer's browser, ``qr`` the text of a code. By token:
    ``pay_by_token``. Raises ``ProviderSilent`` when a code cannot be made, ``KeyReused``.
    """
    check_starter(work)
    way = checked_means(means)
    if way == "token":
        raise Invalid("Choose a card or wallet to pay by token.", field="means")
    intent, fresh = await begin(
        work,
        account_id=account_id,
        amount=amount_fen,
        means=way,
        key=key,
        return_url=return_url,
        number=number,
    )
    if not fresh:
        return intent
    asked, there = payment_of(intent), provider.connected()
    if way == "qr":
        intent = await store.set_intent(
            work.db, intent, state=State.SENT, qr_text=await there.qr(asked)
        )
    else:
        intent = await store.set_intent(
            work.db, intent, state=State.SENT, redirect_url=there.pay_url(asked)
        )
    await ask_later(work, intent, intent.next_ask(work.now))
    return intent


async def start_for_number(
    work: UnitOfWork, *, number: str, amount_fen: int, means: str, key: str, return_url: str = ""
) -> Intent:
    """The same for a telephone number, one's own or anybody's."""
    check_starter(work)
    line = await subscriptions.find_line_by_number(work, number)
    if line is None:
        raise NoSuchIntent("No line has the number {number}. Check it.", number=number)
    return await start(
        work,
        account_id=line.account_id,
        amount_fen=amount_fen,
        means=means,
        key=key,
        return_url=return_url,
        number=number,
    )


async def begin(
    work: UnitOfWork,
    *,
    account_id: UUID,
    amount: int,
    means: str,
    key: str,
    return_url: str = "",
    number: str | None = None,
    token_id: UUID | None = None,
) -> tuple[Intent, bool]:
    """Keep what somebody wants to pay; and whether it is new."""
    if not 0 < amount <= payments.PAYMENT_FEN_MAX:
        raise Invalid(
            "The amount must be more than 0 and at most {maximum} yuan, not {amount}.",
            field="amount",
            maximum=yuan(payments.PAYMENT_FEN_MAX),
            amount=yuan(amount),
        )
    if not 1 <= len(key) <= 100 or not key.isprintable():
        raise Invalid("The key must be 1 to 100 printable characters.", field="key")
    if len(return_url) > RETURN_URL_MAX:
        raise Invalid("The address to return to is too long.", field="return_url")
    account = await customers.get_account(work, account_id)
    intent_id = new_id()
    asked = Intent(
        customer_id=account.customer_id,
        id=intent_id,
        account_id=account_id,
        payer_id=work.actor.id if work.actor.kind is ActorKind.CUSTOMER else None,
        number=number,
        amount=amount,
        refunded=0,
        means=means,
        token_id=token_id,
        provider=provider.connected().name,
        order_no=intent_id.hex,
        key=key,
        channel=work.actor.channel,
        state=State.STARTED,
        reason="",
        redirect_url="",
        qr_text="",
        return_url=return_url,
        started_at=work.now,
        started_by=work.actor.id,
        expires_at=work.now + LIVES,
        asked=0,
        provider_no=None,
        settle_date=None,
        paid_at=None,
        payment_id=None,
        reversed_at=None,
    )
    if not await store.add_intent(work.db, asked):
        known = await store.intent_by_key(work.db, account.customer_id, key)
        if not known.repeats(account_id, amount, means, token_id):
            raise KeyReused("The key “{key}” already began another payment.", key=key)
        return known, False
    work.record(
        events.PaymentStarted(
            customer_id=asked.customer_id,
            intent_id=asked.id,
            account_id=account_id,
            amount_fen=amount,
            means=means,
            number=number,
            payer_id=asked.payer_id,
        )
    )
    return asked, True


def payment_of(intent: Intent) -> Payment:
    """What the provider is asked to collect."""
    return Payment(
        order_no=intent.order_no,
        amount_fen=intent.amount,
        subject=f"话费 Telephone {intent.number or ''}".strip(),
        expires_at=intent.expires_at,
        return_url=intent.return_url,
    )


async def ask_later(work: UnitOfWork, intent: Intent, at: datetime) -> None:
    """Have the provider asked how an order stands, unless it tells by itself."""
    await work.later(
        ASK_JOB,
        {"customer_id": intent.customer_id, "intent_id": intent.id},
        run_at=at,
        key=str(intent.id),
    )


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


async def ask(work: UnitOfWork, customer_id: UUID, intent_id: UUID) -> str:
    """Ask the provider how an order stands that it did not tell about; expire what ran out.

    Done by a job, again and again with longer pauses, until there is an answer that ends it.
    """
    intent = await look(work, customer_id, intent_id)
    if intent.is_settled:
        return "repeated"
    try:
        notice = await provider.connected().query(intent.order_no)
    except (ProviderSilent, provider.NoProvider, provider.Forged) as error:
        intent = await store.set_intent(work.db, intent, asked=intent.asked + 1)
        await ask_later(work, intent, intent.next_ask(work.now))
        return type(error).code
    if notice.kind in ("paid", "refused", "reversed"):
        return await told(work, notice, way="query")
    intent = await store.lock_intent(work.db, customer_id, intent_id)
    if intent.ran_out(work.now):
        await store.set_intent(work.db, intent, state=State.EXPIRED)
        work.record(
            events.PaymentExpired(
                customer_id=customer_id,
                intent_id=intent.id,
                account_id=intent.account_id,
                amount_fen=intent.amount,
            )
        )
        return "expired"
    if intent.is_open:
        intent = await store.set_intent(work.db, intent, asked=intent.asked + 1)
        await ask_later(work, intent, intent.next_ask(work.now))
    return "nothing_new"


async def look(work: UnitOfWork, customer_id: UUID, intent_id: UUID) -> Intent:
    """One intent, not locked: nobody waits while the provider thinks."""
    return store.intent_of(
        await work.db.fetchrow(
            f"SELECT {store.INTENT} FROM checkout_intent WHERE customer_id = $1 AND id = $2",
            customer_id,
            intent_id,
        )
    )


async def forged(
    work: UnitOfWork, name: str, said: dict[str, str], *, reason: str, body: str, address: str
) -> None:
    """Keep what came in a provider's name and was not its word."""
    await store.keep_forgery(
        work,
        name,
        order_no=said.get("order_no", ""),
        kind=said.get("kind", ""),
        reason=reason,
        body=body,
        address=address,
    )
