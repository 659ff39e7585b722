"""API: payments through the provider, cards and wallets, refunds to source, reconciliation."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from yizhan.domain import checkout
from yizhan.web.api.route import (
    AnyRequest,
    IdempotencyKey,
    Limit,
    Page,
    api_get,
    api_post,
    key_of,
    page_of,
)
from yizhan.web.work import acting, reading

TAG = "Online payment"
Fen = Annotated[int, Meta(gt=0, le=5_000_000, description="Whole fen.", examples=[5000])]
Words = Annotated[str, Meta(min_length=1, max_length=500)]
Address = Annotated[str, Meta(max_length=500, description="Where the payer's browser goes then.")]
Number = Annotated[str, Meta(max_length=20, examples=["13012340001"])]


class StartPayment(msgspec.Struct):
    """What somebody wants to pay: on an account, or for a number, his own or another's."""

    amount_fen: Fen
    means: Annotated[Literal["redirect", "qr"], Meta(examples=["qr"])]
    account_id: UUID | None = None
    number: Number | None = None
    return_url: Address = ""


class PayByToken(msgspec.Struct):
    """A charge of a bound card or wallet; without a number it pays for its own line."""

    amount_fen: Fen
    number: Number | None = None


class Bind(msgspec.Struct):
    """A card or wallet a line may be charged by."""

    kind: Annotated[Literal["card", "wallet"], Meta(examples=["card"])]
    return_url: Address = ""


class AskRefund(msgspec.Struct):
    """Money to be sent back to where it came from."""

    amount_fen: Fen
    reason: Words


class DecideRefund(msgspec.Struct):
    """Yes or no to a refund; a no says why."""

    approve: bool
    note: Annotated[str, Meta(max_length=500)] = ""


@api_post("/checkout/payments", needs="checkout.start", tag=TAG)
async def start_payment(
    request: AnyRequest, data: JSONBody[StartPayment], idempotency_key: IdempotencyKey = None
) -> checkout.Intent:
    """Begin a payment through the provider.

    Send the payer to `redirect_url`, or show `qr_text` as a code. Give an account or a number.
    """
    key = key_of(request)
    async with acting(request) as work:
        if data.account_id is None:
            return await checkout.start_for_number(
                work,
                number=data.number or "",
                amount_fen=data.amount_fen,
                means=data.means,
                key=key,
                return_url=data.return_url,
            )
        return await checkout.start(
            work,
            account_id=data.account_id,
            amount_fen=data.amount_fen,
            means=data.means,
            key=key,
            return_url=data.return_url,
        )


@api_get("/checkout/payments/{intent_id:uuid}", needs="payments.read", tag=TAG)
async def get_payment(request: AnyRequest, intent_id: FromPath[UUID]) -> checkout.Intent:
    """How a payment stands."""
    async with reading(request) as work:
        return await checkout.get(work, intent_id)


@api_get("/customers/{customer_id:uuid}/checkout/payments", needs="payments.read", tag=TAG)
async def list_payments(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    limit: Limit = 50,
    before: FromQuery[UUID | None] = None,
) -> Page[checkout.Intent]:
    """What was paid or tried for a customer's accounts, the newest first."""
    async with reading(request) as work:
        found = await checkout.list_of_customer(work, customer_id, limit=limit + 1, before=before)
    return page_of(found, limit, lambda one: one.id)


@api_get("/customers/{customer_id:uuid}/checkout/tokens", needs="payments.read", tag=TAG)
async def list_tokens(request: AnyRequest, customer_id: FromPath[UUID]) -> Page[checkout.Token]:
    """The cards and wallets bound to a customer's lines."""
    async with reading(request) as work:
        return Page(await checkout.list_tokens(work, customer_id))


@api_post("/lines/{line_id:uuid}/checkout/tokens", needs="checkout.start", tag=TAG)
async def bind_token(
    request: AnyRequest, line_id: FromPath[UUID], data: JSONBody[Bind]
) -> checkout.Binding:
    """Ask that a line may be charged by a card or wallet; the owner allows it at `redirect_url`."""
    async with acting(request) as work:
        return await checkout.bind(
            work, line_id=line_id, kind=data.kind, return_url=data.return_url
        )


@api_post(
    "/customers/{customer_id:uuid}/checkout/tokens/{token_id:uuid}/payments",
    needs="checkout.start",
    tag=TAG,
)
async def pay_by_token(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    token_id: FromPath[UUID],
    data: JSONBody[PayByToken],
    idempotency_key: IdempotencyKey = None,
) -> checkout.Intent:
    """Charge a bound card or wallet; it is charged in a moment, see how the payment stands."""
    key = key_of(request)
    async with acting(request) as work:
        return await checkout.pay_by_token(
            work,
            customer_id=customer_id,
            token_id=token_id,
            amount_fen=data.amount_fen,
            number=data.number,
            key=key,
        )


@api_post(
    "/customers/{customer_id:uuid}/checkout/tokens/{token_id:uuid}/end",
    needs="checkout.start",
    status=200,
    tag=TAG,
)
async def unbind_token(
    request: AnyRequest, customer_id: FromPath[UUID], token_id: FromPath[UUID]
) -> checkout.Token:
    """Unbind a card or wallet."""
    async with acting(request) as work:
        return await checkout.unbind(work, customer_id, token_id)


@api_post(
    "/customers/{customer_id:uuid}/checkout/payments/{intent_id:uuid}/refunds",
    needs="checkout.refund",
    tag=TAG,
)
async def ask_refund(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    intent_id: FromPath[UUID],
    data: JSONBody[AskRefund],
    idempotency_key: IdempotencyKey = None,
) -> checkout.Refund:
    """Send a payment or a part of it back to its source; above 50 yuan a second person decides."""
    key = key_of(request)
    async with acting(request) as work:
        return await checkout.refund(
            work,
            customer_id=customer_id,
            intent_id=intent_id,
            amount_fen=data.amount_fen,
            reason=data.reason,
            key=key,
        )


@api_get("/checkout/refunds", needs="payments.read", tag=TAG)
async def list_refunds_waiting(request: AnyRequest, limit: Limit = 50) -> Page[checkout.Refund]:
    """Refunds that wait for a second person, the oldest first."""
    async with reading(request) as work:
        return Page(await checkout.list_refunds_waiting(work, limit=limit))


@api_get("/customers/{customer_id:uuid}/checkout/refunds", needs="payments.read", tag=TAG)
async def list_refunds(
    request: AnyRequest, customer_id: FromPath[UUID], limit: Limit = 50
) -> Page[checkout.Refund]:
    """A customer's refunds to source, the newest first."""
    async with reading(request) as work:
        return Page(await checkout.list_refunds(work, customer_id, limit=limit))


@api_post(
    "/customers/{customer_id:uuid}/checkout/refunds/{refund_id:uuid}/decision",
    needs="checkout.approve",
    status=200,
    tag=TAG,
)
async def decide_refund(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    refund_id: FromPath[UUID],
    data: JSONBody[DecideRefund],
) -> checkout.Refund:
    """Agree to a refund and send it, or decline it. Not one's own."""
    async with acting(request) as work:
        if data.approve:
            return await checkout.approve(work, customer_id, refund_id)
        return await checkout.decline(work, customer_id, refund_id, note=data.note)


@api_get("/checkout/settlements", needs="checkout.reconcile", tag=TAG)
async def list_settlements(request: AnyRequest, limit: Limit = 60) -> Page[checkout.Settlement]:
    """The days reconciled with the provider, the newest first."""
    async with reading(request) as work:
        return Page(await checkout.list_settlements(work, limit=limit))


@api_post("/checkout/settlements/{day:date}", needs="checkout.reconcile", status=200, tag=TAG)
async def reconcile(request: AnyRequest, day: FromPath[date]) -> checkout.Settlement:
    """Fetch the provider's file of a day and compare it, again as often as wanted."""
    async with acting(request) as work:
        return await checkout.reconcile(work, day)


@api_get("/checkout/settlements/{day:date}/differences", needs="checkout.reconcile", tag=TAG)
async def list_differences(request: AnyRequest, day: FromPath[date]) -> Page[checkout.Found]:
    """The differences of a day, those still there first, each with its case."""
    async with reading(request) as work:
        return Page(await checkout.list_differences(work, day))


ROUTES = [
    start_payment,
    get_payment,
    list_payments,
    list_tokens,
    bind_token,
    pay_by_token,
    unbind_token,
    ask_refund,
    list_refunds_waiting,
    list_refunds,
    decide_refund,
    list_settlements,
    reconcile,
    list_differences,
]
