"""Paying through the provider from the desk: a code to show or a link to send, and money back."""

from typing import Any
from uuid import UUID

import segno
from litestar import Request, Response, get, post

from yizhan.domain import checkout, contacts, customers
from yizhan.kernel.errors import CareError, NotFound
from yizhan.kernel.ids import new_id
from yizhan.kernel.money import parse_yuan
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, money, page, part, words
from yizhan.web.staff.shell import shell
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
ENOUGH = 286
"""The status that tells the page not to ask again by the clock: nothing more is awaited."""


@get("/customers/{customer_id:uuid}/payments/online", needs="checkout.start")
async def new(request: AnyRequest, customer_id: UUID, account: UUID | None = None) -> Response[Any]:
    """The form: account, amount, code or link."""
    return await _new(request, customer_id, Form.given(key=new_id(), account=account))


@post("/customers/{customer_id:uuid}/payments/online", needs="checkout.start", status_code=200)
async def start(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """Begin a payment, once for the form's key, and show its code or link."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            account = await customers.get_account(work, form.uuid("account"))
            intent = await checkout.start(
                work,
                account_id=account.id,
                amount_fen=parse_yuan(form.required("amount")),
                means=form.value("means", "qr"),
                key=form.required("key"),
            )
    except CareError as error:
        return await _new(request, customer_id, form.wrong(request, error), status=422)
    return done(request, f"/customers/{intent.customer_id}/payments/online/{intent.id}")


@get(
    "/customers/{customer_id:uuid}/payments/online/{intent_id:uuid}",
    needs="payments.read",
)
async def one(request: AnyRequest, customer_id: UUID, intent_id: UUID) -> Response[Any]:
    """A payment: its code or link while it is open, how it stands, what can be sent back."""
    return await _one(request, customer_id, intent_id)


@get(
    "/customers/{customer_id:uuid}/payments/online/{intent_id:uuid}/part",
    needs="payments.read",
)
async def stands(request: AnyRequest, customer_id: UUID, intent_id: UUID) -> Response[Any]:
    """How it stands, without the frame: asked for again while it is open."""
    async with reading(request) as work:
        intent = await _get(work, customer_id, intent_id)
    status = 200 if intent.is_open else ENOUGH
    return part(
        request, "staff/_online.html", status=status, intent=intent, **_said(request, intent)
    )


@post(
    "/customers/{customer_id:uuid}/payments/online/{intent_id:uuid}/refund",
    needs="checkout.refund",
    status_code=200,
)
async def refund(request: AnyRequest, customer_id: UUID, intent_id: UUID) -> Response[Any]:
    """Send it or a part of it back to its source."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            await contacts.require_verified(work, customer_id)
            asked = await checkout.refund(
                work,
                customer_id=customer_id,
                intent_id=intent_id,
                amount_fen=parse_yuan(form.required("amount")),
                reason=form.value("reason"),
                key=form.required("key"),
            )
    except CareError as error:
        wrong = form.wrong(request, error)
        return await _one(request, customer_id, intent_id, form=wrong, status=422)
    address = f"/customers/{customer_id}/payments/online/{intent_id}"
    if asked.state == "waiting":
        return done(request, address, "The refund waits for a second person.")
    return done(
        request, address, "{amount} goes back to where it came from.", amount=money(asked.amount)
    )


async def _get(work: Any, customer_id: UUID, intent_id: UUID) -> checkout.Intent:
    intent = await checkout.get(work, intent_id)
    if intent.customer_id != customer_id:
        raise NotFound("There is no such payment.")
    return intent


async def _new(
    request: AnyRequest, customer_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="payments")
        accounts = [
            one
            for one in await customers.list_accounts(work, customer_id)
            if one.status == "active"
        ]
    return page(
        request,
        "staff/online_new.html",
        title="Pay online",
        status=status,
        form=form,
        connected=checkout.is_connected(),
        accounts=[(str(one.id), one.number) for one in accounts],
        **context,
    )


async def _one(
    request: AnyRequest,
    customer_id: UUID,
    intent_id: UUID,
    *,
    form: Form | None = None,
    status: int = 200,
) -> Response[Any]:
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="payments")
        intent = await _get(work, customer_id, intent_id)
        refunds = [
            {"one": back, "words": words(request, checkout.REFUND_STATES[back.state])}
            for back in await checkout.list_refunds(work, customer_id)
            if back.intent_id == intent_id
        ]
    return page(
        request,
        "staff/online.html",
        title="Pay online",
        status=status,
        intent=intent,
        refunds=refunds,
        form=form or Form.given(key=new_id()),
        **_said(request, intent),
        **context,
    )


def _said(request: AnyRequest, intent: checkout.Intent) -> dict[str, Any]:
    code = segno.make(intent.qr_text) if intent.qr_text else None
    reason = checkout.REASONS.get(intent.reason)
    return {
        "state_words": words(request, checkout.STATES[intent.state]),
        "reason": words(request, reason) if reason else intent.reason,
        "way": intent.qr_text or intent.redirect_url,
        "code": code.svg_inline(scale=5, border=4, dark="#000", light="#fff") if code else "",
    }


ROUTES: list[Any] = [new, start, one, stands, refund]
