"""The shop anybody may look at: what is sold, what it costs, whom to call."""

from typing import Any

from litestar import Response, get

from yizhan.domain import catalog
from yizhan.web.site.page import AnyRequest, page, words
from yizhan.web.staff import advice_view
from yizhan.web.staff.terms import LINE_KIND
from yizhan.web.work import reading


@get("/shop", public=True, site=True)
async def shop(request: AnyRequest, kind: str = "") -> Response[Any]:
    """Plans and add-ons on sale, in words, with every price."""
    chosen = kind if kind in LINE_KIND else "mobile"
    async with reading(request) as work:
        plans = await catalog.list_on_sale(work, kind=chosen)
        add_ons = await catalog.list_add_ons_on_sale(work, kind=chosen)
    return page(
        request,
        "site/shop.html",
        title="Plans on sale",
        section="shop",
        kind=chosen,
        kinds=[(code, words(request, text)) for code, text in LINE_KIND.items()],
        plans=[advice_view.plan(request, one) for one in plans],
        add_ons=[advice_view.add_on(request, one) for one in add_ons],
    )


@get("/my/help", public=True, site=True)
async def help_page(request: AnyRequest) -> Response[Any]:
    """Whom to call, and what for."""
    return page(request, "site/help.html", title="Help and numbers to call", section="help")


ROUTES: list[Any] = [shop, help_page]
