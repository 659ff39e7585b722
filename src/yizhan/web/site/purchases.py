"""What one bought: how far it is, pay, let it be, receive, give back."""

from typing import Any
from uuid import UUID

import segno
from litestar import Response, get, post

from yizhan.domain import checkout, shop
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork
from yizhan.web.site.page import AnyRequest, done, mine, page, part, words
from yizhan.web.staff.form import Form
from yizhan.web.staff.goods_view import TONES, order_view
from yizhan.web.visit import config_of
from yizhan.web.work import acting, reading

LIMIT = 50


@get("/my/purchases", customer=True)
async def list_page(request: AnyRequest) -> Response[Any]:
    """Everything bought, newest first."""
    async with reading(request) as work:
        found = await shop.list_of_customer(work, mine(request), limit=LIMIT)
    rows = [
        {
            "order": one,
            "tone": TONES[one.state.value],
            "state_words": words(request, shop.STATES[one.state.value]),
        }
        for one in found
    ]
    return page(request, "site/purchases.html", title="What I bought", section="shop", rows=rows)


@get("/my/purchases/{order_id:uuid}", customer=True)
async def one(request: AnyRequest, order_id: UUID) -> Response[Any]:
    """One order: how far it is, and what can be done now. It changes by itself."""
    return await _one(request, order_id)


@get("/my/purchases/{order_id:uuid}/part", customer=True)
async def changing(request: AnyRequest, order_id: UUID) -> Response[Any]:
    """The part of it that changes."""
    return part(request, "site/_purchase.html", **await _seen(request, order_id))


@post("/my/purchases/{order_id:uuid}/pay", customer=True, status_code=200)
async def pay(request: AnyRequest, order_id: UUID) -> Response[Any]:
    """Try to pay once more."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            order = await shop.get(work, mine(request), order_id)
            key = form.required("key")[:80]
            await begin_payment(
                request, work, order, means=form.value("means", "redirect"), key=key
            )
    except CareError as error:
        return await _one(request, order_id, form=form.wrong(request, error), status=422)
    return done(request, f"/my/purchases/{order_id}")


@post("/my/purchases/{order_id:uuid}/cancel", customer=True, status_code=200)
async def cancel(request: AnyRequest, order_id: UUID) -> Response[Any]:
    """Let it be before it is packed."""
    try:
        async with acting(request) as work:
            await shop.cancel(work, mine(request), order_id)
    except CareError as error:
        return await _one(request, order_id, form=Form().wrong(request, error), status=422)
    return done(request, f"/my/purchases/{order_id}", "The order was cancelled.", kind="warn")


@post("/my/purchases/{order_id:uuid}/received", customer=True, status_code=200)
async def received(request: AnyRequest, order_id: UUID) -> Response[Any]:
    """The parcel has come."""
    try:
        async with acting(request) as work:
            await shop.hand_over(work, mine(request), order_id)
    except CareError as error:
        return await _one(request, order_id, form=Form().wrong(request, error), status=422)
    return done(request, f"/my/purchases/{order_id}", "Enjoy it.")


@post("/my/purchases/{order_id:uuid}/return", customer=True, status_code=200)
async def give_back(request: AnyRequest, order_id: UUID) -> Response[Any]:
    """Give it back, without a reason."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            await shop.ask_return(work, mine(request), order_id, note=form.value("note"))
    except CareError as error:
        return await _one(request, order_id, form=form.wrong(request, error), status=422)
    return done(request, f"/my/purchases/{order_id}", "Bring it or send it; we wait for it.")


async def begin_payment(
    request: AnyRequest, work: UnitOfWork, order: shop.Order, *, means: str, key: str
) -> checkout.Intent:
    """Begin to pay an order by page, code or the bound card whose id *means* is."""
    token: UUID | None = None
    if means not in ("redirect", "qr"):
        try:
            token = UUID(means)
        except ValueError:
            raise Invalid("Choose one of the list.", field="pay") from None
    base = config_of(request).public_url or str(request.base_url).rstrip("/")
    return await shop.begin_payment(
        work,
        order,
        means=means,
        key=key,
        return_url=f"{base}/my/purchases/{order.id}",
        token_id=token,
    )


async def _seen(request: AnyRequest, order_id: UUID) -> dict[str, Any]:
    async with reading(request) as work:
        order = await shop.get(work, mine(request), order_id)
        view = await order_view(request, work, order)
        intent = await checkout.get(work, order.intent_id) if order.intent_id else None
        refund = (
            await checkout.get_refund(work, order.customer_id, order.refund_id)
            if order.refund_id
            else None
        )
    code = segno.make(intent.qr_text) if intent and intent.is_open and intent.qr_text else None
    view["code"] = code.svg_inline(scale=5, border=2, light="#fff") if code else ""
    view["intent_words"] = words(request, checkout.STATES[intent.state.value]) if intent else ""
    state = refund.state.value if refund else ""
    return {
        "one": view,
        "intent": intent,
        "key": str(new_id()),
        "refund_words": words(request, checkout.REFUND_STATES[state]) if refund else "",
    }


async def _one(
    request: AnyRequest, order_id: UUID, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    seen = await _seen(request, order_id)
    return page(
        request,
        "site/purchase.html",
        title="What I bought",
        section="shop",
        status=status,
        form=form,
        **seen,
    )


ROUTES: list[Any] = [list_page, one, changing, pay, cancel, received, give_back]
