"""Cards and wallets a line may be charged by: bind, unbind, pay. The vault seals the token."""

from typing import Any
from uuid import UUID

from yizhan.domain import contacts, subscriptions
from yizhan.domain.checkout import crediting, events, provider, service, store
from yizhan.domain.checkout.flow import State
from yizhan.domain.checkout.model import (
    TOKEN_KINDS,
    TOKENS_MAX,
    Binding,
    Intent,
    NoSuchToken,
    NotBound,
    Token,
    TooManyTokens,
)
from yizhan.domain.checkout.provider import Notice, ProviderSilent
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform import vault
from yizhan.platform.work import UnitOfWork

UNBIND_JOB = "checkout.unbind"


async def bind(work: UnitOfWork, *, line_id: UUID, kind: str, return_url: str = "") -> Binding:
    """Ask that a line may be charged by a ``card`` or ``wallet``; its owner allows it there."""
    service.check_starter(work)
    if kind not in TOKEN_KINDS:
        raise Invalid("Choose a card or a wallet.", field="kind")
    line = await subscriptions.get_line(work, line_id)
    await contacts.require_verified(work, line.customer_id)
    bound = await list_tokens(work, line.customer_id, line_id=line_id)
    if len(bound) >= TOKENS_MAX:
        raise TooManyTokens(
            "This line has {maximum} cards and wallets already. Unbind one first.",
            maximum=TOKENS_MAX,
        )
    there, token_id = provider.connected(), new_id()
    asked = Token(
        customer_id=line.customer_id,
        id=token_id,
        line_id=line_id,
        provider=there.name,
        bind_no=token_id.hex,
        kind=kind,
        label="",
        state="waiting",
        asked_at=work.now,
        bound_at=None,
        unbound_at=None,
    )
    await store.add_token(work.db, asked)
    return Binding(token=asked, redirect_url=there.bind_url(asked.bind_no, kind, return_url))


async def told(
    work: UnitOfWork, notice: Notice, *, way: str = "callback", body: str = "", address: str = ""
) -> str:
    """Take the provider's word that a binding was allowed or refused, once."""
    token = await store.lock_binding(work.db, notice.provider, notice.order_no)
    kept = await store.keep_notice(
        work,
        notice,
        way=way,
        customer_id=token.customer_id if token else NIL,
        body=body,
        address=address,
    )
    if kept is None:
        return "repeated"
    verdict = "unknown_order" if token is None else await _apply(work, token, notice)
    if verdict != "taken":
        await store.judge_notice(work.db, kept, verdict, "")
    return verdict


async def _apply(work: UnitOfWork, token: Token, notice: Notice) -> str:
    if token.state != "waiting":
        return "repeated"
    if notice.kind != "bound" or not notice.token:
        await store.set_token(work.db, token, state="refused")
        return "taken"
    sealed = vault.current().seal(notice.token, bound_to=token.id.bytes)
    await store.set_token(
        work.db, token, state="bound", sealed=sealed, label=notice.label[:100], bound_at=work.now
    )
    work.record(
        events.TokenBound(
            customer_id=token.customer_id,
            token_id=token.id,
            line_id=token.line_id,
            kind=token.kind,
            label=notice.label[:100],
        )
    )
    return "taken"


async def list_tokens(
    work: UnitOfWork, customer_id: UUID, *, line_id: UUID | None = None
) -> list[Token]:
    """The cards and wallets bound to a customer's lines, or to one of them."""
    await contacts.require_verified(work, customer_id)
    rows = await work.db.fetch(
        f"SELECT {store.BOUND} FROM checkout_token WHERE customer_id = $1 AND state = 'bound'"
        " AND ($2::uuid IS NULL OR line_id = $2) ORDER BY bound_at LIMIT 200",
        customer_id,
        line_id,
    )
    return [store.token_of(row) for row in rows]


async def unbind(work: UnitOfWork, customer_id: UUID, token_id: UUID) -> Token:
    """End a token: at once with us, and then with the provider, however long that takes."""
    service.check_starter(work)
    await contacts.require_verified(work, customer_id)
    token, _ = await store.lock_token(work.db, token_id, customer_id)
    if token.state == "unbound":
        return token
    if token.state != "bound":
        raise NotBound("This card or wallet is not bound.")
    token = await store.set_token(work.db, token, state="unbound", unbound_at=work.now)
    await work.later(
        UNBIND_JOB, {"customer_id": customer_id, "token_id": token_id}, key=str(token_id)
    )
    work.record(
        events.TokenUnbound(
            customer_id=customer_id, token_id=token_id, line_id=token.line_id, label=token.label
        )
    )
    return token


async def unbind_there(work: UnitOfWork, customer_id: UUID, token_id: UUID) -> None:
    """Tell the provider; what the token opens with is forgotten after that."""
    token, sealed = await store.lock_token(work.db, token_id, customer_id)
    if not sealed:
        return
    await provider.connected().unbind(vault.current().unseal(sealed, bound_to=token.id.bytes))
    await store.set_token(work.db, token, sealed=None)


async def pay_by_token(
    work: UnitOfWork,
    *,
    customer_id: UUID,
    token_id: UUID,
    amount_fen: int,
    key: str,
    account_id: UUID | None = None,
    number: str | None = None,
    purpose: str = "",
) -> Intent:
    """Charge a bound card or wallet for its own line, another account or another number.

    It is charged after this act has committed, so that nothing can be charged and forgotten.
    """
    service.check_starter(work)
    await contacts.require_verified(work, customer_id)
    token, _ = await store.lock_token(work.db, token_id, customer_id)
    if token.state != "bound":
        raise NotBound("This card or wallet is not bound.")
    goal = account_id or await _account(work, token, number)
    intent, fresh = await service.begin(
        work,
        account_id=goal,
        amount=amount_fen,
        means="token",
        key=key,
        number=number,
        token_id=token_id,
        purpose=purpose,
    )
    if fresh:
        intent = await store.set_intent(work.db, intent, payer_id=customer_id)
        args: dict[str, Any] = {
            "customer_id": intent.customer_id,
            "intent_id": intent.id,
            "payer_id": customer_id,
        }
        await work.later(service.CHARGE_JOB, args, key=str(intent.id), urgent=True)
    return intent


async def _account(work: UnitOfWork, token: Token, number: str | None) -> UUID:
    if number is None:
        return (await subscriptions.get_line(work, token.line_id)).account_id
    line = await subscriptions.find_line_by_number(work, number)
    if line is None:
        raise NoSuchToken("No line has the number {number}. Check it.", number=number)
    return line.account_id


async def charge(work: UnitOfWork, customer_id: UUID, intent_id: UUID, payer_id: UUID) -> str:
    """Have the provider charge a token; without an answer it is asked how the order stands.

    Done by a job, so a process that dies half-way asks again under the same order number.
    """
    intent = await service.look(work, customer_id, intent_id)
    if not intent.is_open or intent.token_id is None:
        return "repeated"
    token, sealed = await store.get_token(work.db, intent.token_id, payer_id)
    if token.state != "bound" or not sealed:
        notice = Notice(
            provider=intent.provider,
            nonce=f"own-{intent.id}",
            kind="refused",
            order_no=intent.order_no,
            reason="token is not bound",
        )
        return await crediting.told(work, notice, way="answer")
    secret = vault.current().unseal(sealed, bound_to=token.id.bytes)
    try:
        notice = await provider.connected().charge(service.payment_of(intent), secret)
    except (ProviderSilent, provider.Forged) as error:
        said = type(error).code
    else:
        if notice.kind in ("paid", "refused"):
            return await crediting.told(work, notice, way="answer")
        said = "nothing_new"
    intent = await store.lock_intent(work.db, customer_id, intent_id)
    if intent.state is State.STARTED:
        intent = await store.set_intent(work.db, intent, state=State.SENT)
    await service.ask_later(work, intent, intent.next_ask(work.now))
    return said
