"""The first page: everything at a glance, what is under way, and the adviser's one sentence."""

from typing import Any

from litestar import Response, get

from yizhan.domain import advisor, cases, customers, orders
from yizhan.kernel.errors import CareError, Refused
from yizhan.web.site import overview
from yizhan.web.site.page import NAV, AnyRequest, mine, own_line, page, part, say, words
from yizhan.web.staff import case_view, order_view
from yizhan.web.visit import visit_of
from yizhan.web.work import reading

OPEN_SHOWN = 5


@get("/my", customer=True)
async def home(request: AnyRequest) -> Response[Any]:
    """Balance, allowances, what is due, what is open."""
    return page(request, "site/home.html", title="Home", section="home", **await _glance(request))


@get("/my/glance", customer=True)
async def glance(request: AnyRequest) -> Response[Any]:
    """The same without its frame: asked for again when something happened."""
    return part(request, "site/_glance.html", **await _glance(request))


@get("/my/advice/line", customer=True)
async def one_sentence(request: AnyRequest) -> Response[Any]:
    """What the adviser says, in one sentence. It is reckoned, so it comes after the page."""
    sentence, saving = "", 0
    try:
        async with reading(request) as work:
            line = await own_line(request, work, None)
            if line is None:
                raise Refused("There is no line to advise on yet.")
            given = await advisor.advise(work, line.id, limits=False)
        sentence = words(request, advisor.gist(given))
        saving = given.saving or (given.habit.saving if given.habit else 0)
    except CareError as error:
        sentence = say(request, error.message, **error.facts)
    return part(
        request, "site/_advice_line.html", sentence=sentence, saving=saving,
        months=len(given.months) if saving else 0,
    )  # fmt: skip


@get("/my/all", customer=True)
async def everything(request: AnyRequest) -> Response[Any]:
    """Every way there is, for a telephone's last button."""
    language = visit_of(request).language
    ways = [(one.path, one.words[language], one.icon) for one in NAV]
    return page(request, "site/all.html", title="All services", section="all", ways=ways)


async def _glance(request: AnyRequest) -> dict[str, Any]:
    months: overview.Months = {}
    async with reading(request) as work:
        customer = await customers.get(work, mine(request))
        accounts = await overview.accounts(request, work, months)
        lines = await overview.lines(request, work, months)
        open_cases = await cases.list_of_customer(
            work, mine(request), open_only=True, limit=OPEN_SHOWN
        )
        open_orders = await orders.list_of_customer(
            work, mine(request), open_only=True, limit=OPEN_SHOWN
        )
    return {
        "customer": customer,
        "accounts": accounts,
        "lines": lines,
        "matters": [case_view.row(request, one) for one in open_cases],
        "orders": [order_view.row(request, one) for one in open_orders],
    }


ROUTES: list[Any] = [home, glance, one_sentence, everything]
