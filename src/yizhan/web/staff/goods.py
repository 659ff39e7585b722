"""The shop behind the counter: orders to pack and hand over, goods, what lies where."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post

from yizhan.domain import checkout, customers, shop
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.money import parse_yuan
from yizhan.kernel.text import Text
from yizhan.web.staff.form import Form
from yizhan.web.staff.goods_view import TONES, order_view
from yizhan.web.staff.page import done, page, words
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
VIEWS = {
    "paid": Text("待备货", "To pack"),
    "packed": Text("待交付", "To hand over"),
    "sent": Text("在途", "On the way"),
    "returns": Text("待退货", "To take back"),
    "ordered": Text("待付款", "Not paid yet"),
}


@get("/goods-orders", needs="shop.read")
async def board(request: AnyRequest, view: str = "paid", place: str = "") -> Response[Any]:
    """Orders of goods by what they wait for, the longest waiting first."""
    chosen = view if view in VIEWS else "paid"
    async with reading(request) as work:
        found = await shop.list_board(work, chosen, place=place or None)
        counts = await shop.count_board(work)
        places = await shop.list_places(work)
    names = {one.code: words(request, one.name) for one in places}
    return page(
        request,
        "staff/goods_orders.html",
        title="Orders of goods",
        section="goods-orders",
        view=chosen,
        views=[(code, words(request, text), counts.get(code, 0)) for code, text in VIEWS.items()],
        place=place,
        places=[("", ""), *names.items()],
        rows=[
            {
                "order": one,
                "place": names[one.place],
                "tone": TONES[one.state.value],
                "state_words": words(request, shop.STATES[one.state.value]),
                "delivery_words": words(request, shop.DELIVERIES[one.delivery]),
            }
            for one in found
        ],
    )


@get(
    "/goods-orders/{customer_id:uuid}/{order_id:uuid}",
    needs_all=("shop.read", "customers.read", "payments.read"),
)
async def one(request: AnyRequest, customer_id: UUID, order_id: UUID) -> Response[Any]:
    """One order, and what is to be done with it now."""
    return await _one(request, customer_id, order_id)


@post("/goods-orders/{customer_id:uuid}/{order_id:uuid}", needs="shop.work", status_code=200)
async def act(request: AnyRequest, customer_id: UUID, order_id: UUID) -> Response[Any]:
    """Pack it, send it, hand it over, take it back, let it be."""
    form = await Form.of(request)
    doing = form.value("act")
    try:
        async with acting(request) as work:
            match doing:
                case "pack":
                    await shop.pack(work, customer_id, order_id)
                case "send":
                    await shop.send(work, customer_id, order_id, parcel=form.value("parcel"))
                case "hand_over":
                    await shop.hand_over(work, customer_id, order_id, code=form.value("code"))
                case "take_back":
                    await shop.take_back(work, customer_id, order_id)
                case "cancel":
                    await shop.cancel(work, customer_id, order_id)
                case _:
                    raise Invalid("Choose one of the list.", field="act")
    except CareError as error:
        wrong = form.wrong(request, error)
        return await _one(request, customer_id, order_id, form=wrong, status=422)
    sentence = {
        "pack": "It is packed.",
        "send": "It is on its way.",
        "hand_over": "It is handed over.",
        "take_back": "It is on the shelf again, and the money is on its way back.",
        "cancel": "The order was cancelled.",
    }[doing]
    return done(request, f"/goods-orders/{customer_id}/{order_id}", sentence)


@get("/goods", needs="shop.read")
async def stock(request: AnyRequest) -> Response[Any]:
    """Everything sold or once sold, and how much of it lies where."""
    async with reading(request) as work:
        found = await shop.list_goods(work, on_sale=False)
        places = await shop.list_places(work)
        there = {(one.goods, one.place): one for one in await shop.list_stock(work)}
        today = work.today
    return page(
        request,
        "staff/goods.html",
        title="Goods and stock",
        section="goods",
        places=places,
        rows=[
            {
                "goods": goods,
                "kind_words": words(request, shop.KIND_WORDS[goods.kind]),
                "on_sale": goods.is_on_sale(today),
                "there": [there.get((goods.code, place.code)) for place in places],
            }
            for goods in found
        ],
    )


@get("/goods/{code:str}", needs="shop.read")
async def thing(request: AnyRequest, code: str) -> Response[Any]:
    """One thing: its price and time of sale, where it lies, what happened on the shelves."""
    return await _thing(request, code)


@post("/goods/{code:str}", needs="shop.stock", status_code=200)
async def write(request: AnyRequest, code: str) -> Response[Any]:
    """Another price or time of sale."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            goods = await shop.get_goods(work, code)
            contract = goods.contract_fen
            if contract is not None:
                contract = parse_yuan(form.required("contract"), field="contract")
            price = parse_yuan(form.required("price"), field="price")
            if not (contract or 0) < price:
                raise Invalid("With a plan it must cost less than without.", field="contract")
            until = _day(form.required("sale_to"), "sale_to") if form.has("sale_to") else None
            since = _day(form.required("sale_from"), "sale_from")
            if until is not None and until <= since:
                raise Invalid("The sale must end after it begins.", field="sale_to")
            await shop.write_goods(
                work,
                msgspec.structs.replace(
                    goods, price_fen=price, contract_fen=contract, sale_from=since, sale_to=until
                ),
            )
    except CareError as error:
        return await _thing(request, code, form=form.wrong(request, error), status=422)
    return done(request, f"/goods/{code}", "Saved.")


@post("/goods/{code:str}/count", needs="shop.stock", status_code=200)
async def count(request: AnyRequest, code: str) -> Response[Any]:
    """So many are there, and why the books said otherwise."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            await shop.count(
                work,
                place=form.required("place"),
                goods=code,
                on_hand=form.count("on_hand", most=100_000),
                reason=form.value("reason"),
            )
    except CareError as error:
        return await _thing(request, code, counting=form.wrong(request, error), status=422)
    return done(request, f"/goods/{code}", "The count is written down.")


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("Give a day like 2026-03-01.", field=field) from None


async def _one(
    request: AnyRequest,
    customer_id: UUID,
    order_id: UUID,
    *,
    form: Form | None = None,
    status: int = 200,
) -> Response[Any]:
    async with reading(request) as work:
        order = await shop.get(work, customer_id, order_id)
        view = await order_view(request, work, order)
        customer = await customers.get(work, customer_id)
        refund = (
            await checkout.get_refund(work, customer_id, order.refund_id)
            if order.refund_id
            else None
        )
        late = order.return_until is not None and work.now >= order.return_until
    return page(
        request,
        "staff/goods_order.html",
        title="Order of goods",
        section="goods-orders",
        status=status,
        form=form,
        one=view,
        who=customer,
        late=late and order.return_asked_at is None,
        refund=refund,
        refund_words=(words(request, checkout.REFUND_STATES[refund.state.value]) if refund else ""),
    )


async def _thing(
    request: AnyRequest,
    code: str,
    *,
    form: Form | None = None,
    counting: Form | None = None,
    status: int = 200,
) -> Response[Any]:
    async with reading(request) as work:
        goods = await shop.get_goods(work, code)
        places = await shop.list_places(work)
        there = {one.place: one for one in await shop.list_stock(work) if one.goods == code}
        moved = await shop.list_movements(work, goods=code)
    names = {one.code: words(request, one.name) for one in places}
    return page(
        request,
        "staff/goods_one.html",
        title="Goods",
        section="goods",
        status=status,
        form=form,
        counting=counting,
        goods=goods,
        price=f"{goods.price_fen / 100:.2f}",
        contract=f"{goods.contract_fen / 100:.2f}" if goods.contract_fen else "",
        places=list(names.items()),
        shelves=[(names[one.code], there.get(one.code)) for one in places],
        moved=[
            {
                "one": each,
                "place": names.get(each.place, each.place),
                "words": words(request, shop.MOVEMENTS[each.kind]),
            }
            for each in moved
        ],
    )


ROUTES: list[Any] = [board, one, act, stock, thing, write, count]
