"""API: cash at the desk, receipts, reversals, adjustments and their approval."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from yizhan.domain import payments
from yizhan.kernel.errors import Invalid
from yizhan.web.api.route import (
    AnyRequest,
    IdempotencyKey,
    Limit,
    Page,
    again,
    api_get,
    api_post,
    key_of,
    made,
    page_of,
)
from yizhan.web.work import acting, reading, stating

TAG = "Payments"
Fen = Annotated[int, Meta(gt=0, description="Whole fen.", examples=[10800])]
Words = Annotated[str, Meta(min_length=1, max_length=500)]


class TakePayment(msgspec.Struct):
    """Cash that lies on the counter."""

    amount_fen: Fen


class Reverse(msgspec.Struct):
    """Why a payment is taken back."""

    reason: Annotated[Words, Meta(examples=["Taken on the wrong account."])]


class AskAdjustment(msgspec.Struct):
    """A credit or debit on an account, to be decided by a second person."""

    direction: Annotated[str, Meta(examples=["credit"], description="credit or debit")]
    amount_fen: Fen
    reason: Annotated[str, Meta(examples=["goodwill"])]
    note: Words
    bill_id: UUID | None = None


class Decide(msgspec.Struct):
    """Yes or no to an adjustment; a no says why."""

    approve: bool
    note: str = ""


@api_post(
    "/accounts/{account_id:uuid}/payments",
    needs="payments.take",
    tag=TAG,
    responses=again(payments.Receipt, "The same key took this payment before."),
)
async def take_payment(
    request: AnyRequest,
    account_id: FromPath[UUID],
    data: JSONBody[TakePayment],
    idempotency_key: IdempotencyKey = None,
) -> Response[payments.Receipt]:
    """Take cash on an account.

    The same Idempotency-Key again answers 200 with the first receipt and takes nothing.
    """
    key = key_of(request)
    async with stating(request) as work:
        receipt = await payments.take_cash(
            work, account_id=account_id, amount=data.amount_fen, key=key
        )
    return made(receipt, repeated=receipt.repeated)


@api_get("/customers/{customer_id:uuid}/payments", needs="payments.read", tag=TAG)
async def list_payments(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    limit: Limit = 50,
    before: FromQuery[UUID | None] = None,
) -> Page[payments.Receipt]:
    """A customer's receipts, the newest first."""
    async with reading(request) as work:
        found = await payments.list_of_customer(work, customer_id, limit=limit + 1, before=before)
    return page_of(found, limit, lambda receipt: receipt.id)


@api_get("/customers/{customer_id:uuid}/payments/{payment_id:uuid}", needs="payments.read", tag=TAG)
async def get_payment(
    request: AnyRequest, customer_id: FromPath[UUID], payment_id: FromPath[UUID]
) -> payments.Receipt:
    """One receipt."""
    async with reading(request) as work:
        return await payments.get_receipt(work, customer_id, payment_id)


@api_post(
    "/customers/{customer_id:uuid}/payments/{payment_id:uuid}/reversal",
    needs="payments.reverse",
    tag=TAG,
)
async def reverse_payment(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    payment_id: FromPath[UUID],
    data: JSONBody[Reverse],
) -> payments.Receipt:
    """Take back a payment of today, out of the till that took it."""
    async with acting(request) as work:
        return await payments.reverse(work, customer_id, payment_id, reason=data.reason)


@api_post("/accounts/{account_id:uuid}/adjustments", needs="adjustments.request", tag=TAG)
async def ask_adjustment(
    request: AnyRequest,
    account_id: FromPath[UUID],
    data: JSONBody[AskAdjustment],
    idempotency_key: IdempotencyKey = None,
) -> payments.Adjustment:
    """Ask for a credit or debit; a second person decides, by its amount."""
    key = key_of(request)
    async with acting(request) as work:
        return await payments.request_adjustment(
            work,
            account_id=account_id,
            direction=data.direction,
            amount=data.amount_fen,
            reason=data.reason,
            note=data.note,
            bill_id=data.bill_id,
            key=key,
        )


@api_get("/adjustments", needs="payments.read", tag=TAG)
async def list_waiting(request: AnyRequest, limit: Limit = 50) -> Page[payments.Adjustment]:
    """Adjustments that wait for a decision, the most urgent first."""
    async with reading(request) as work:
        return Page(await payments.list_waiting(work, limit=limit))


@api_get("/customers/{customer_id:uuid}/adjustments", needs="payments.read", tag=TAG)
async def list_adjustments(
    request: AnyRequest, customer_id: FromPath[UUID], limit: Limit = 50
) -> Page[payments.Adjustment]:
    """A customer's adjustments, the newest first."""
    async with reading(request) as work:
        return Page(await payments.list_adjustments(work, customer_id, limit=limit))


@api_post(
    "/customers/{customer_id:uuid}/adjustments/{adjustment_id:uuid}/decision",
    needs=("adjustments.approve", "adjustments.approve_large", "adjustments.approve_any"),
    status=200,
    tag=TAG,
)
async def decide_adjustment(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    adjustment_id: FromPath[UUID],
    data: JSONBody[Decide],
) -> payments.Adjustment:
    """Approve an adjustment and post it, or refuse it. Not one's own."""
    if not data.approve and not data.note.strip():
        raise Invalid("Say why, in 1 to {maximum} characters.", field="note", maximum=500)
    async with acting(request) as work:
        if data.approve:
            return await payments.approve(work, customer_id, adjustment_id, note=data.note)
        return await payments.refuse(work, customer_id, adjustment_id, note=data.note)


ROUTES = [
    take_payment,
    list_payments,
    get_payment,
    reverse_payment,
    ask_adjustment,
    list_waiting,
    list_adjustments,
    decide_adjustment,
]
