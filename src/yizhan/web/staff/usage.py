"""Usage records of a customer's lines: what was used, when, with whom, and what became of it."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, get

from yizhan.domain import subscriptions, usage
from yizhan.kernel.period import add_months, midnight
from yizhan.web.staff.page import page, say, words
from yizhan.web.staff.quantities import quantity
from yizhan.web.staff.shell import shell
from yizhan.web.staff.terms import SERVICE
from yizhan.web.visit import visit_of
from yizhan.web.work import reading

AnyRequest = Request[Any, Any, Any]
PAGE = 100


@get("/customers/{customer_id:uuid}/usage", needs="usage.read")
async def list_page(
    request: AnyRequest,
    customer_id: UUID,
    line: UUID | None = None,
    month: str = "",
    offset: int = 0,
) -> Response[Any]:
    """A line's records of a month."""
    rows: list[dict[str, Any]] = []
    more = None
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="usage")
        lines = await subscriptions.list_lines(work, customer_id, closed=True)
        chosen = next((one for one in lines if one.id == line), lines[0] if lines else None)
        first = _month(month) or work.today.replace(day=1)
        if chosen is not None and not context["hidden"]:
            found = await usage.list_records(
                work,
                customer_id,
                chosen.id,
                midnight(first, work.zone),
                midnight(add_months(first, 1), work.zone),
                limit=PAGE + 1,
                offset=max(0, offset),
            )
            names = await usage.destinations(work)
            rows = [_row(request, one, names) for one in found[:PAGE]]
            more = offset + PAGE if len(found) > PAGE else None
        months = [add_months(work.today.replace(day=1), -back) for back in range(13)]
    return page(
        request,
        "staff/usage.html",
        title="Usage",
        lines=[(one.id, one.number or "–") for one in lines],
        chosen=chosen,
        first=first,
        months=[f"{one:%Y-%m}" for one in months],
        rows=rows,
        more=more,
        **context,
    )


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def _row(request: AnyRequest, filed: usage.FiledRecord, names: usage.Dialling) -> dict[str, Any]:
    record = filed.usage
    place = names.name_of(record.peer, record.at.timestamp()) if record.peer else None
    language = visit_of(request).language
    service = words(request, SERVICE[record.service.value])
    direction = "" if record.direction == "out" else say(request, "incoming")
    return {
        "filed": filed,
        "record": record,
        "service_words": service,
        "direction_words": direction,
        "access_words": record.access if record.access != "direct" else "",
        "place_words": place[language] if place else record.partner,
        "roaming": record.roam != "home",
        "quantity_words": quantity(record.service.value, record.quantity)[language],
    }


ROUTES: list[Any] = [list_page]
