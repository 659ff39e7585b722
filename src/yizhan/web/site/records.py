"""Itemised records: by number, month, kind, day and the other side's number; as CSV too."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get

from yizhan.domain import subscriptions, usage
from yizhan.kernel.errors import Invalid
from yizhan.kernel.period import add_months, midnight
from yizhan.platform.work import UnitOfWork
from yizhan.web.site.page import AnyRequest, mine, own_line, page, say, words
from yizhan.web.staff.quantities import quantity
from yizhan.web.staff.terms import SERVICE
from yizhan.web.visit import visit_of
from yizhan.web.work import reading

PAGE = 50
READ_AT_ONCE = 1000
MOST = 20_000
MONTHS_BACK = 12


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to see."""

    line: subscriptions.Line | None
    first: date
    service: str
    day: date | None
    peer: str


@get("/my/records", customer=True)
async def list_page(
    request: AnyRequest,
    line: UUID | None = None,
    month: str = "",
    service: str = "",
    day: str = "",
    peer: str = "",
    offset: int = 0,
) -> Response[Any]:
    """A line's records of a month, narrowed by what was asked."""
    offset = min(max(0, offset), MOST)
    async with reading(request) as work:
        wanted = await _wanted(request, work, line, month, service, day, peer)
        found = await _matching(work, wanted)
        names = await usage.destinations(work)
        lines = await subscriptions.list_lines(work, mine(request), closed=True)
        months = [add_months(work.today.replace(day=1), -back) for back in range(MONTHS_BACK + 1)]
    shown = found[offset : offset + PAGE]
    return page(
        request,
        "site/records.html",
        title="Itemised records",
        section="records",
        lines=[(one.id, one.number or "–") for one in lines],
        wanted=wanted,
        months=[f"{one:%Y-%m}" for one in months],
        services=[(code, words(request, text)) for code, text in SERVICE.items()],
        rows=[_row(request, one, names) for one in shown],
        count=len(found),
        offset=offset,
        size=PAGE,
        query=_query(wanted),
    )


@get("/my/records.csv", customer=True)
async def download(
    request: AnyRequest,
    line: UUID | None = None,
    month: str = "",
    service: str = "",
    day: str = "",
    peer: str = "",
) -> Response[Any]:
    """The same records as a file a spreadsheet opens."""
    async with reading(request) as work:
        wanted = await _wanted(request, work, line, month, service, day, peer)
        found = await _matching(work, wanted)
        names = await usage.destinations(work)
        zone = work.zone
    out = io.StringIO()
    writer = csv.writer(out)
    head = ("Time", "Kind", "Direction", "Other number", "Place", "Quantity", "Unit")
    writer.writerow([say(request, one) for one in head])
    for filed in found:
        one = filed.usage
        seen = _row(request, filed, names)
        writer.writerow(
            [
                f"{one.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
                seen["service_words"],
                say(request, "outgoing") if one.direction == "out" else say(request, "incoming"),
                _plain(one.peer),
                _plain(seen["place_words"]),
                one.quantity,
                {"voice": "s", "data": "B", "internet": "B"}.get(one.service.value, ""),
            ]
        )
    number = (wanted.line.number if wanted.line else None) or "records"
    return Response(
        "\ufeff" + out.getvalue(),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{number}-{wanted.first:%Y%m}.csv"',
            "Cache-Control": "no-store",
        },
    )


def _plain(text: str) -> str:
    """No cell of ours is a formula, whatever a partner calls itself."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


async def _wanted(
    request: AnyRequest,
    work: UnitOfWork,
    line_id: UUID | None,
    month: str,
    service: str,
    day: str,
    peer: str,
) -> Wanted:
    lines = await subscriptions.list_lines(work, mine(request), closed=True)
    line = next((one for one in lines if one.id == line_id), None)
    if line is None:
        line = await own_line(request, work, line_id)
    first = _month(month) or work.today.replace(day=1)
    return Wanted(
        line=line,
        first=first,
        service=service if service in SERVICE else "",
        day=_day(day, first),
        peer="".join(one for one in peer if one.isascii() and one.isdigit())[:20],
    )


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return None


def _day(text: str, first: date) -> date | None:
    """A day of the month asked for; raises ``Invalid`` for one that is none."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Invalid("Write the day as 2026-11-05.", field="day") from None
    return found if found.replace(day=1) == first else None


def _query(wanted: Wanted) -> dict[str, str]:
    """The address's own words for it, for the next page and the file."""
    given = {
        "line": str(wanted.line.id) if wanted.line else "",
        "month": f"{wanted.first:%Y-%m}",
        "service": wanted.service,
        "day": wanted.day.isoformat() if wanted.day else "",
        "peer": wanted.peer,
    }
    return {name: value for name, value in given.items() if value}


async def _matching(work: UnitOfWork, wanted: Wanted) -> Sequence[usage.FiledRecord]:
    if wanted.line is None:
        return []
    start: datetime = midnight(wanted.day or wanted.first, work.zone)
    end = midnight(
        wanted.day + timedelta(days=1) if wanted.day else add_months(wanted.first, 1), work.zone
    )
    found: list[usage.FiledRecord] = []
    while len(found) < MOST:
        batch = await usage.list_records(
            work,
            wanted.line.customer_id,
            wanted.line.id,
            start,
            end,
            limit=READ_AT_ONCE,
            offset=len(found),
        )
        found += batch
        if len(batch) < READ_AT_ONCE:
            break
    return [
        one
        for one in found
        if one.reversed_at is None
        and one.kind != "reversal"
        and wanted.service in ("", one.usage.service.value)
        and wanted.peer in one.usage.peer
    ]


def _row(request: AnyRequest, filed: usage.FiledRecord, names: usage.Dialling) -> dict[str, Any]:
    record = filed.usage
    place = names.name_of(record.peer, record.at.timestamp()) if record.peer else None
    language = visit_of(request).language
    return {
        "record": record,
        "service_words": words(request, SERVICE[record.service.value]),
        "direction_words": "" if record.direction == "out" else say(request, "incoming"),
        "access_words": record.access if record.access != "direct" else "",
        "place_words": place[language] if place else record.partner,
        "roaming": record.roam != "home",
        "quantity_words": quantity(record.service.value, record.quantity)[language],
    }


ROUTES: list[Any] = [list_page, download]
