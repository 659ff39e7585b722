"""The adviser for oneself: the last months under every plan, and the change in one touch."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from yizhan.domain import advisor, catalog, subscriptions
from yizhan.kernel.errors import Refused
from yizhan.platform.work import UnitOfWork
from yizhan.web.site.page import AnyRequest, mine, own_line, page, say
from yizhan.web.staff import advice_view
from yizhan.web.work import reading


@get("/my/advice", customer=True)
async def advice(request: AnyRequest, line: UUID | None = None) -> Response[Any]:
    """What was paid, what would have been paid, month by month; and the change in one touch."""
    view, problem = None, ""
    async with reading(request) as work:
        chosen = await own_line(request, work, line)
        lines = await subscriptions.list_lines(work, mine(request))
        given = None
        if chosen is not None:
            try:
                given = await advisor.advise(work, chosen.id)
                view = advice_view.whole(request, given, await _successors(work, given))
            except Refused as error:
                problem = say(request, error.message, **error.facts)
    return page(
        request,
        "site/advice.html",
        title="Advice",
        section="advice",
        lines=[(one.id, one.number or "–") for one in lines],
        chosen=chosen,
        advice=view,
        problem=problem,
        dearest=_dearest(view),
    )


def _dearest(view: dict[str, Any] | None) -> int:
    """The longest bar of the comparison."""
    if view is None:
        return 1
    return max([1, *(int(one["total"]) for one in view["options"])])


async def _successors(work: UnitOfWork, given: advisor.Advice) -> dict[str, catalog.Offer]:
    """Names of what came after plans no longer sold."""
    return {
        one.successor: await catalog.get_offer(work, one.successor)
        for one in given.excluded
        if one.successor
    }


ROUTES: list[Any] = [advice]
