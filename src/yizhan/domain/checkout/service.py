"""Paying through the provider: start, ask how it stands, let it expire."""

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from yizhan.domain import customers, payments, subscriptions
from yizhan.domain.checkout import events, permissions, provider, store
from yizhan.domain.checkout.crediting import ASK_JOB, told
from yizhan.domain.checkout.flow import State
from yizhan.domain.checkout.model import (
    LIVES,
    Intent,
    KeyReused,
    NoSuchIntent,
    checked_means,
)
from yizhan.domain.checkout.provider import Payment, ProviderSilent
from yizhan.kernel.actor import Actor, ActorKind
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import new_id
from yizhan.kernel.money import yuan
from yizhan.platform.work import UnitOfWork

CHARGE_JOB = "checkout.charge"
RETURN_URL_MAX = 500
ASK_FOR_PAYER = timedelta(seconds=1)
ASKED_FOR_PAYER_MAX = 20
"""Who loads the page again and again has nothing asked for him after that."""


def told_by(name: str) -> Actor:
    """Who acts when a provider tells; the same id for the same name, as the log wants one."""
    known = uuid5(NAMESPACE_URL, f"provider:{name}")
    return Actor(kind=ActorKind.CLIENT, id=known, name=name, channel="provider")


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
    purpose: str = "",
) -> Intent:
    """Begin a payment of *amount_fen* on any account, one's own or another's, once for its *key*.

    With a *purpose* the money is not credited but held for the room above that sells: see
    ``PurchasePaid``.
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
        purpose=purpose,
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
    purpose: str = "",
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
        purpose=purpose,
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


async def ask_soon(work: UnitOfWork, intent: Intent) -> None:
    """The payer is back from the provider's page and looks at ours: if the provider does not tell
    by itself within a second, ask, however long the pause would have been."""
    if intent.is_open and intent.asked < ASKED_FOR_PAYER_MAX:
        await work.later(
            ASK_JOB,
            {"customer_id": intent.customer_id, "intent_id": intent.id},
            run_at=work.now + ASK_FOR_PAYER,
            key=str(intent.id),
            urgent=True,
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
