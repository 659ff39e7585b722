"""The basket and the order made of it; nobody need sign in before he orders."""

from typing import Any

import msgspec
from litestar import Response, get, post

from yizhan.domain import checkout, customers, shop, subscriptions
from yizhan.kernel.errors import CareError, Invalid, NotFound
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork
from yizhan.web import pages
from yizhan.web.site.page import AnyRequest, mine, own_line, say, session_of, words
from yizhan.web.site.purchases import begin_payment
from yizhan.web.site.shop import (
    basket_cookie,
    basket_of,
    goods_page,
    shop_page,
)
from yizhan.web.staff.form import Form
from yizhan.web.staff.goods_view import plan_words
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading


class Row(msgspec.Struct, frozen=True):
    """A line of the basket, priced."""

    goods: shop.Goods
    wish: shop.Wish
    plan: str
    amount: int


@get("/shop/basket", public=True, site=True)
async def show(request: AnyRequest) -> Response[Any]:
    """What is in the basket, and what it comes to."""
    return await _basket(request)


@post("/shop/basket", public=True, site=True, status_code=200)
async def put(request: AnyRequest) -> Response[Any]:
    """Put a thing in, change how many, take it out."""
    form = await Form.of(request)
    basket = basket_of(request)
    code = form.value("goods")
    try:
        async with reading(request) as work:
            goods = await shop.get_goods(work, code)
            contract = form.has("contract")
            goods.price(contract=contract)
            quantity = 0 if form.has("out") else form.count("quantity", most=shop.QUANTITY_MAX)
            if form.value("back") != "basket":
                held = next((one for one in basket.wishes if one.goods == code), None)
                if held is not None and not contract and not held.contract:
                    quantity = min(held.quantity + quantity, shop.QUANTITY_MAX)
            basket = basket.put(goods.code, quantity, contract=contract)
    except NotFound:
        raise
    except CareError as error:
        return await goods_page(request, code, form=form.wrong(request, error), status=422)
    return pages.go(request, "/shop/basket", cookies=[basket_cookie(request, basket)])


@get("/shop/checkout", public=True, site=True)
async def look(request: AnyRequest) -> Response[Any]:
    """How it gets to him and how he pays; who is not signed in is asked to."""
    return await _checkout(request, None)


@post("/shop/checkout", customer=True, status_code=200)
async def order(request: AnyRequest) -> Response[Any]:
    """Order what is in the basket and begin to pay it."""
    form = await Form.of(request)
    try:
        by, _, place = form.required("by").partition(":")
        if by not in ("post", "pickup"):
            raise Invalid("Choose one of the list.", field="by")
        pay = form.required("pay")
        key = form.required("key")[:80]
        async with acting(request) as work:
            line = await own_line(request, work, form.optional_uuid("line"))
            made = await shop.place(
                work,
                customer_id=mine(request),
                basket=basket_of(request),
                delivery=shop.Delivery(
                    by="post" if by == "post" else "pickup",
                    receiver=form.required("receiver"),
                    phone=form.required("phone"),
                    address=form.value("address"),
                    place=place,
                ),
                means="account" if pay == "account" else "online",
                seen_fen=form.count("seen", most=10**9),
                key=key,
                line_id=line.id if line else None,
            )
            if made.means == "online" and made.intent_id is None:
                await begin_payment(request, work, made, means=pay, key=f"{key}-pay")
    except CareError as error:
        wrong = form.wrong(request, error, place="by", number="phone")
        return await _checkout(request, wrong, status=409 if status_of_conflict(error) else 422)
    empty = basket_cookie(request, shop.Basket())
    return pages.go(request, f"/my/purchases/{made.id}", cookies=[empty])


def status_of_conflict(error: CareError) -> bool:
    """Whether something changed since it was shown."""
    return isinstance(error, (shop.PriceChanged, shop.SoldOut))


async def _rows(request: AnyRequest, work: UnitOfWork) -> list[Row]:
    """The basket priced as of now; what is not sold any more is left out."""
    found = []
    for wish in basket_of(request).wishes:
        try:
            goods = await shop.get_goods(work, wish.goods)
            price = goods.price(contract=wish.contract)
        except CareError:
            continue
        if goods.is_on_sale(work.today):
            plan = await plan_words(request, work, goods.contract_plan) if wish.contract else ""
            found.append(Row(goods, wish, plan, price * wish.quantity))
    return found


async def _basket(request: AnyRequest) -> Response[Any]:
    async with reading(request) as work:
        rows = await _rows(request, work)
    kept = shop.Basket(wishes=tuple(one.wish for one in rows))
    return shop_page(
        request,
        "site/basket.html",
        title="Basket",
        basket=kept,
        form=None,
        rows=rows,
        total=sum(one.amount for one in rows),
        most=shop.QUANTITY_MAX,
    )


async def _checkout(request: AnyRequest, form: Form | None, *, status: int = 200) -> Response[Any]:
    async with reading(request) as work:
        rows = await _rows(request, work)
        if not rows:
            return pages.go(request, "/shop/basket")
        known: dict[str, Any] = {}
        if visit_of(request).session is not None:
            known = await _known(request, work, rows)
    given = known.pop("given", {})
    fresh = Form.given(key=new_id(), **given)
    if form is not None and not form.has("key"):
        form.values["key"] = [str(new_id())]
    return shop_page(
        request,
        "site/checkout.html",
        title="Your order",
        basket=basket_of(request),
        status=status,
        form=form or fresh,
        rows=rows,
        total=sum(one.amount for one in rows),
        needs_line=any(one.wish.contract for one in rows),
        **known,
    )


async def _known(request: AnyRequest, work: UnitOfWork, rows: list[Row]) -> dict[str, Any]:
    """What the form offers somebody we know."""
    lines = [
        one
        for one in await subscriptions.list_lines(work, mine(request))
        if one.kind is subscriptions.LineKind.MOBILE and one.closed_at is None
    ]
    line = await own_line(request, work, None)
    means: list[tuple[str, str, str]] = []
    if checkout.is_connected():
        means = [
            ("redirect", say(request, "Card or wallet, at the provider's page"), ""),
            *(
                (str(one.id), one.label or one.kind, "")
                for one in await checkout.list_tokens(work, mine(request))
                if one.state == "bound"
            ),
            ("qr", say(request, "A code to scan with another telephone"), ""),
        ]
    account = await customers.get_account(work, line.account_id) if line else None
    total = sum(one.amount for one in rows)
    if (
        account is not None
        and account.payment_kind is customers.PaymentKind.POSTPAID
        and total <= shop.ON_ACCOUNT_FEN_MAX
    ):
        on = say(request, "On my account {number}", number=account.number)
        means.append(("account", on, say(request, "You pay it after the bill")))
    return {
        "lines": [(one.id, one.number or "") for one in lines],
        "ways": await _ways(request, work, rows),
        "means": means,
        "given": {
            "receiver": session_of(request).name,
            "phone": (line.number or "") if line else "",
        },
    }


async def _ways(
    request: AnyRequest, work: UnitOfWork, rows: list[Row]
) -> list[tuple[str, str, str]]:
    """By post, or at each shop that has all of it."""
    free = await shop.free_of(work, [one.goods.code for one in rows])
    found = []
    for place in await shop.list_places(work):
        if any(free[one.goods.code].get(place.code, 0) < one.wish.quantity for one in rows):
            continue
        if place.kind == "warehouse":
            label = words(request, shop.DELIVERIES["post"])
            found.append(("post", label, say(request, "In two or three days, at no charge")))
        else:
            label = say(request, "Pick it up: {place}", place=words(request, place.name))
            found.append((f"pickup:{place.code}", label, words(request, place.address)))
    return found


ROUTES: list[Any] = [show, put, look, order]
