"""The adviser for oneself: the last months under every plan, and the plans side by side."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from yizhan.domain import advisor, catalog, subscriptions
from yizhan.kernel.errors import Refused
from yizhan.platform.work import UnitOfWork
from yizhan.web.site import overview
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


@get("/my/plans", customer=True)
async def plans(request: AnyRequest, line: UUID | None = None) -> Response[Any]:
    """Every plan one may have, side by side, at what one's own last months would have cost."""
    view: dict[str, Any] | None = None
    async with reading(request) as work:
        chosen = await own_line(request, work, line)
        lines = await subscriptions.list_lines(work, mine(request))
        kind = chosen.kind.value if chosen else None
        sold = [
            advice_view.plan(request, one) for one in await catalog.list_on_sale(work, kind=kind)
        ]
        held = ""
        if chosen is not None:
            for product in await subscriptions.products_of(work, chosen.id):
                if product.kind is subscriptions.ProductKind.PLAN:
                    held = product.plan_id
                    name = await overview.name_of(request, work, product)
                    if all(one["id"] != held for one in sold):
                        old = await catalog.get_plan(work, held, product.version)
                        sold.insert(0, {**advice_view.plan(request, old), "name": name})
            try:
                given = await advisor.advise(work, chosen.id, limits=False)
                view = advice_view.whole(request, given, {})
                means = _means(given)
            except Refused:
                means = {}
    means = means if view is not None else {}
    for one in sold:
        one["mine"] = means.get(one["id"])
        one["held"] = one["id"] == held
    cheapest = min(means.values(), default=None)
    sold.sort(key=lambda one: (not one["held"], one["mine"] is None, one["mine"] or one["fee"]))
    return page(
        request,
        "site/plans.html",
        title="Compare plans",
        section="advice",
        lines=[(one.id, one.number or "–") for one in lines],
        chosen=chosen,
        plans=sold,
        cheapest=cheapest,
        months=len(view["months"]) if view else 0,
    )


def _means(given: advisor.Advice) -> dict[str, int]:
    """By plan, what a month would have cost on average with the best add-ons for it."""
    found: dict[str, int] = {}
    options = [*given.options, *([given.current] if given.current else [])]
    for one in options:
        plan = one.candidate.plan_id
        if one.candidate.current or plan not in found:
            found[plan] = one.mean
    return found


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


ROUTES: list[Any] = [advice, plans]
