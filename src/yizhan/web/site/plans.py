"""Plans one may have: all of them, and three side by side at what one's own months would cost."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import FromQuery

from yizhan.domain import advisor, catalog, subscriptions
from yizhan.kernel.errors import Refused
from yizhan.platform.work import UnitOfWork
from yizhan.web.pages import go
from yizhan.web.site import overview
from yizhan.web.site.page import AnyRequest, is_elder, mine, own_line, page, words
from yizhan.web.staff import advice_view
from yizhan.web.staff.bills import month_words
from yizhan.web.work import reading

SIDE_BY_SIDE, SIDE_BY_SIDE_LARGE = 3, 2


class Offered(msgspec.Struct, kw_only=True):
    """The plans for a line, each with what it would have cost."""

    line: subscriptions.Line | None
    lines: Sequence[subscriptions.Line]
    plans: list[dict[str, Any]]
    months: list[str]


@get("/my/plans", customer=True)
async def list_page(request: AnyRequest, line: UUID | None = None) -> Response[Any]:
    """Every plan one may have, at what one's own last months would have cost."""
    async with reading(request) as work:
        offered = await _offered(request, work, line)
    means = [one["mine"] for one in offered.plans if one["mine"] is not None]
    return page(
        request,
        "site/plans.html",
        title="Compare plans",
        section="advice",
        lines=[(one.id, one.number or "–") for one in offered.lines],
        chosen=offered.line,
        plans=offered.plans,
        cheapest=min(means, default=None),
        months=len(offered.months),
    )


@get("/my/plans/compare", customer=True)
async def compare(
    request: AnyRequest, plan: FromQuery[list[str]] | None = None, line: UUID | None = None
) -> Response[Any]:
    """Three plans beside each other: what is held, and two others; the best ones unless chosen."""
    async with reading(request) as work:
        offered = await _offered(request, work, line)
    if not offered.plans:
        return go(request, "/my/plans")
    most = SIDE_BY_SIDE_LARGE if is_elder(request) else SIDE_BY_SIDE
    shown = _picked(offered.plans, plan or [], most)
    held = next((one for one in shown if one["held"]), None)
    base = held["mine"] if held else None
    for one in shown:
        known = base is not None and one["mine"] is not None and not one["held"]
        one["against"] = one["mine"] - base if known else None
    common = [text for text in shown[0]["prices"] if all(text in one["prices"] for one in shown)]
    for one in shown:
        one["own_prices"] = [text for text in one["prices"] if text not in common]
    totals = [one["mine"] for one in shown if one["mine"] is not None]
    return page(
        request,
        "site/compare.html",
        title="Side by side",
        section="advice",
        chosen=offered.line,
        all_plans=[(one["id"], one["name"]) for one in offered.plans if not one["held"]],
        shown=shown,
        picked=[one["id"] for one in shown if not one["held"]],
        common=common,
        months=offered.months,
        cheapest=min(totals, default=None),
    )


def _picked(plans: list[dict[str, Any]], wanted: list[str], most: int) -> list[dict[str, Any]]:
    """What is held first, then what was asked for, then the cheapest others, up to *most*."""
    held = [one for one in plans if one["held"]]
    asked = [one for code in wanted for one in plans if one["id"] == code and not one["held"]]
    rest = [one for one in plans if one not in held and one not in asked]
    found: list[dict[str, Any]] = []
    for one in [*held, *asked, *rest]:
        if one not in found:
            found.append(one)
    return found[:most]


async def _offered(request: AnyRequest, work: UnitOfWork, line_id: UUID | None) -> Offered:
    chosen = await own_line(request, work, line_id)
    kind = chosen.kind.value if chosen else None
    plans = [advice_view.plan(request, one) for one in await catalog.list_on_sale(work, kind=kind)]
    held, priced, months = "", {}, []
    if chosen is not None:
        held = await _with_own(request, work, chosen, plans)
        try:
            given = await advisor.advise(work, chosen.id, limits=False)
        except Refused:
            pass
        else:
            priced = _by_plan(given)
            months = [month_words(request, day) for day in given.months]
    for one in plans:
        mine_ = priced.get(one["id"])
        one["held"] = one["id"] == held
        one["mine"] = mine_.mean if mine_ else None
        one["months"] = [month.total for month in mine_.months] if mine_ else []
        one["add_ons"] = mine_.candidate.add_ons if mine_ else ()
        one["with"] = words(request, advisor.label(mine_.candidate)) if mine_ else one["name"]
    plans.sort(key=lambda one: (not one["held"], one["mine"] is None, one["mine"] or one["fee"]))
    lines = await subscriptions.list_lines(work, mine(request))
    return Offered(line=chosen, lines=lines, plans=plans, months=months)


async def _with_own(
    request: AnyRequest, work: UnitOfWork, line: subscriptions.Line, plans: list[dict[str, Any]]
) -> str:
    """The id of the plan a line has; one no longer sold is put among *plans*."""
    for product in await subscriptions.products_of(work, line.id):
        if product.kind is not subscriptions.ProductKind.PLAN:
            continue
        if all(one["id"] != product.plan_id for one in plans):
            old = await catalog.get_plan(work, product.plan_id, product.version)
            name = await overview.name_of(request, work, product)
            plans.insert(0, {**advice_view.plan(request, old), "name": name})
        return product.plan_id
    return ""


def _by_plan(given: advisor.Advice) -> dict[str, advisor.Priced]:
    """Each plan with the add-ons that fit best; what is held, as it is held."""
    found: dict[str, advisor.Priced] = {}
    for one in [*given.options, *([given.current] if given.current else [])]:
        plan = one.candidate.plan_id
        if one.candidate.current or plan not in found:
            found[plan] = one
    return found


ROUTES: list[Any] = [list_page, compare]
