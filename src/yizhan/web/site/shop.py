"""The shop anybody may look at: handsets, cards, accessories and plans; whom to call."""

import secrets
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Response, get
from litestar.datastructures import Cookie

from yizhan.domain import catalog, shop
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork
from yizhan.web.site.page import AnyRequest, page, words
from yizhan.web.staff import advice_view
from yizhan.web.staff.form import Form
from yizhan.web.staff.goods_view import plan_words
from yizhan.web.staff.terms import LINE_KIND
from yizhan.web.visit import VISIT_COOKIE, config_of, csrf_of, visit_of
from yizhan.web.work import reading

BASKET_COOKIE = "yizhan_basket"
_SECTIONS = (
    ("/shop", "", Text("全部", "All")),
    ("/shop?kind=handset", "handset", shop.KIND_WORDS["handset"]),
    ("/shop?kind=sim", "sim", shop.KIND_WORDS["sim"]),
    ("/shop?kind=accessory", "accessory", shop.KIND_WORDS["accessory"]),
    ("/shop/plans", "plans", Text("资费", "Plans")),
)


class Tile(msgspec.Struct, frozen=True):
    """A thing as it stands in the window, and how many there are."""

    goods: shop.Goods
    left: int


def basket_of(request: AnyRequest) -> shop.Basket:
    """What this browser means to buy."""
    return shop.Basket.parse(request.cookies.get(BASKET_COOKIE, ""))


def basket_cookie(request: AnyRequest, basket: shop.Basket) -> Cookie:
    """The basket for the browser to keep; nothing personal is in it."""
    return Cookie(
        key=BASKET_COOKIE,
        value=basket.say(),
        path="/",
        httponly=True,
        samesite="lax",
        secure=config_of(request).cookie_secure,
        max_age=30 * 86400 if basket.wishes else 0,
    )


def shop_page(
    request: AnyRequest, template: str, /, *, title: str, basket: shop.Basket, **context: Any
) -> Response[Any]:
    """A page of the shop: whoever looks at it can fill a basket, signed in or not."""
    visit = visit_of(request)
    cookies = []
    if visit.session is None:
        secret = request.cookies.get(VISIT_COOKIE) or secrets.token_urlsafe(24)
        visit.csrf = csrf_of(secret)
        cookies.append(
            Cookie(
                key=VISIT_COOKIE,
                value=secret,
                path="/",
                httponly=True,
                samesite="lax",
                secure=config_of(request).cookie_secure,
                max_age=86400,
            )
        )
    return page(
        request,
        template,
        title=title,
        section="shop",
        cookies=cookies,
        count=basket.count,
        shop_tabs=[(path, code, words(request, text)) for path, code, text in _SECTIONS],
        **context,
    )


async def tiles(work: UnitOfWork, found: Sequence[shop.Goods]) -> list[Tile]:
    """Goods with how many there are anywhere."""
    free = await shop.free_of(work, [one.code for one in found])
    return [Tile(one, sum(free[one.code].values())) for one in found]


@get("/shop", public=True, site=True)
async def front(request: AnyRequest, kind: str = "") -> Response[Any]:
    """The window: what is new, then everything by kind."""
    chosen = kind if kind in shop.KINDS else ""
    async with reading(request) as work:
        found = await tiles(work, await shop.list_goods(work, kind=chosen or None))
    shown = [chosen] if chosen else list(shop.KINDS)
    return shop_page(
        request,
        "site/shop.html",
        title=shop.KIND_WORDS[chosen].en if chosen else "The shop",
        basket=basket_of(request),
        kind=chosen,
        first=found[0] if found and not chosen else None,
        groups=[
            (
                words(request, shop.KIND_WORDS[code]),
                [one for one in found if one.goods.kind == code],
            )
            for code in shown
        ],
    )


@get("/shop/plans", public=True, site=True)
async def plans(request: AnyRequest, kind: str = "") -> Response[Any]:
    """Plans and add-ons on sale, in words, with every price."""
    chosen = kind if kind in LINE_KIND else "mobile"
    async with reading(request) as work:
        offered = await catalog.list_on_sale(work, kind=chosen)
        add_ons = await catalog.list_add_ons_on_sale(work, kind=chosen)
    return shop_page(
        request,
        "site/shop_plans.html",
        title="Plans on sale",
        basket=basket_of(request),
        kind=chosen,
        kinds=[(code, words(request, text)) for code, text in LINE_KIND.items()],
        plans=[advice_view.plan(request, one) for one in offered],
        add_ons=[advice_view.add_on(request, one) for one in add_ons],
    )


@get("/shop/goods/{code:str}", public=True, site=True)
async def one(request: AnyRequest, code: str) -> Response[Any]:
    """One thing: what it can do, what it costs with and without a plan, where it lies."""
    return await goods_page(request, code)


async def goods_page(
    request: AnyRequest, code: str, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    """The page of one thing, with what was wrong with putting it into the basket."""
    async with reading(request) as work:
        goods = await shop.get_goods(work, code)
        free = (await shop.free_of(work, [code]))[code]
        places = await shop.list_places(work)
        more = "accessory" if goods.kind == "handset" else "handset"
        others = await tiles(work, (await shop.list_goods(work, kind=more))[:4])
        plan_name = await plan_words(request, work, goods.contract_plan)
        today = work.today
    return shop_page(
        request,
        "site/goods.html",
        title=words(request, goods.name),
        basket=basket_of(request),
        status=status,
        form=form,
        goods=goods,
        on_sale=goods.is_on_sale(today),
        left=sum(free.values()),
        places=[{"place": one, "free": free.get(one.code, 0)} for one in places],
        plan_name=plan_name,
        others=others,
    )


@get("/my/help", public=True, site=True)
async def help_page(request: AnyRequest) -> Response[Any]:
    """Whom to call, and what for."""
    return page(request, "site/help.html", title="Help and numbers to call", section="help")


ROUTES: list[Any] = [front, plans, one, help_page]
