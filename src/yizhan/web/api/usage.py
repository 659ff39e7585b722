"""API: usage of a line, taking files in, the quarantine."""

import tempfile
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from yizhan.domain import contacts, customers, subscriptions, usage
from yizhan.kernel.errors import Invalid
from yizhan.web.api.route import (
    AnyRequest,
    Limit,
    Page,
    api_get,
    api_post,
    page_of,
    responses,
)
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading, works_of

TAG = "Usage"
SPOOL_BYTES = 4 * 1024 * 1024
FILE_BYTES_MAX = 2 * 1024 * 1024 * 1024


class UsageRecord(msgspec.Struct):
    """One record as it is kept. ``quantity`` counts seconds, messages, bytes or items."""

    id: UUID
    at: datetime
    service: str
    quantity: int
    direction: str
    access: str
    zone: str
    net: str
    roam: str
    place: str
    family_rank: int
    peer: str
    partner: str
    amount_fen: int | None
    kind: str
    late: bool
    reversed_at: datetime | None


class QuarantinedRow(msgspec.Struct):
    """A row that could not be taken in: as it was received, and what was wrong."""

    id: UUID
    source: str
    intake_id: UUID
    row_number: int
    reason: str
    field: str
    words: str
    received: str
    edited: str | None
    state: str
    times: int
    received_at: datetime


class Correct(msgspec.Struct):
    """The row's whole text, or some cells by their column."""

    text: Annotated[str, Meta(max_length=100_000)] | None = None
    cells: dict[str, str] | None = None


class Dismiss(msgspec.Struct):
    """Why a row is not taken in."""

    note: Annotated[str, Meta(min_length=1, max_length=500)]


class Replay(msgspec.Struct):
    """What a replay came to: accepted, duplicate or broken."""

    result: str
    row: QuarantinedRow


@api_get("/lines/{line_id:uuid}/usage", needs="usage.read", tag=TAG)
async def list_usage(
    request: AnyRequest,
    line_id: FromPath[UUID],
    start: Annotated[datetime, QueryParameter(description="From this moment, UTC.")],
    end: Annotated[datetime, QueryParameter(description="Up to, not including, this moment.")],
    limit: Limit = 100,
    offset: FromQuery[int] = 0,
) -> Page[UsageRecord]:
    """A line's usage records, reversed ones included. That they were read is kept."""
    if start.tzinfo is None or end.tzinfo is None:
        raise Invalid("Give moments with their offset, like 2004-11-01T00:00:00Z.", field="start")
    async with acting(request) as work:
        line = await subscriptions.get_line(work, line_id)
        await contacts.require_verified(work, line.customer_id)
        await customers.record_read(work, line.customer_id, "api.usage")
        found = await usage.list_records(
            work,
            line.customer_id,
            line_id,
            start,
            end,
            limit=limit + 1,
            offset=max(0, offset),
        )
    records = [_record(one) for one in found]
    if len(records) <= limit:
        return Page(records)
    return Page(records[:limit], str(max(0, offset) + limit))


def _record(one: usage.FiledRecord) -> UsageRecord:
    used = one.usage
    return UsageRecord(
        id=used.id,
        at=used.at,
        service=used.service.value,
        quantity=used.quantity,
        direction=used.direction,
        access=used.access,
        zone=used.zone,
        net=used.net,
        roam=used.roam,
        place=used.place,
        family_rank=used.family_rank,
        peer=used.peer,
        partner=used.partner,
        amount_fen=used.amount,
        kind=one.kind,
        late=one.late,
        reversed_at=one.reversed_at,
    )


@api_get("/mappings", needs="intake.run", tag=TAG)
async def list_mappings(request: AnyRequest) -> Page[str]:
    """The mappings a file can be taken in by."""
    return Page(list(usage.built_in()))


@post(
    "/intakes",
    needs="intake.run",
    bearer=True,
    status_code=201,
    tags=[TAG],
    security=[{"oauth2": ["intake.run"]}, {"bearer": []}],
    operation_id="usage.intake",
    summary="Take a file of usage records in",
    description=(
        "The body is the file itself. Rows that cannot be read go to the quarantine; the same file"
        " again takes nothing in."
    ),
    response_description="The journal of the file.",
    responses=responses((400, 401, 403, 404, 409, 413, 422, 500, 503)),
    request_max_body_size=FILE_BYTES_MAX,
)
async def intake(
    request: AnyRequest,
    mapping: Annotated[str, QueryParameter(description="Name of a mapping, see /mappings.")],
    source: FromQuery[str | None] = None,
    number: FromQuery[str] = "",
    home_area: FromQuery[str] = "",
) -> usage.Intake:
    """Take a file in, streaming."""
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as file:
        async for piece in request.stream():
            file.write(piece)
        file.seek(0)
        stream: Any = file
        return await usage.intake(
            works_of(request),
            stream,
            mapping=usage.built_in_mapping(mapping),
            actor=visit_of(request).actor,
            name=source,
            number=number,
            home_area=home_area,
        )


@api_get("/intakes", needs="quarantine.correct", tag=TAG)
async def list_intakes(request: AnyRequest, limit: Limit = 50) -> Page[usage.Intake]:
    """The latest files taken in."""
    async with reading(request) as work:
        return Page(await usage.list_intakes(work, limit=limit))


@api_get("/quarantine", needs="quarantine.correct", tag=TAG)
async def list_quarantined(
    request: AnyRequest,
    standing: Annotated[
        str, QueryParameter(name="state", description="open, accepted or dismissed")
    ] = "open",
    reason: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    after: FromQuery[UUID | None] = None,
    limit: Limit = 100,
) -> Page[QuarantinedRow]:
    """Rows kept aside, the oldest first."""
    async with reading(request) as work:
        found = await usage.list_quarantined(
            work, state=standing, reason=reason, source=source, after=after, limit=limit + 1
        )
    rows: Sequence[QuarantinedRow] = [_row(request, one) for one in found]
    return page_of(rows, limit, lambda row: row.id)


def _row(request: AnyRequest, one: usage.Quarantined) -> QuarantinedRow:
    return QuarantinedRow(
        id=one.id,
        source=one.source,
        intake_id=one.intake_id,
        row_number=one.row_number,
        reason=one.reason,
        field=one.field,
        words=one.message[visit_of(request).language],
        received=one.raw.decode("utf-8", "replace"),
        edited=one.edited,
        state=one.state,
        times=one.times,
        received_at=one.received_at,
    )


@api_post("/quarantine/{row_id:uuid}/correction", needs="quarantine.correct", status=200, tag=TAG)
async def correct(
    request: AnyRequest, row_id: FromPath[UUID], data: JSONBody[Correct]
) -> QuarantinedRow:
    """Edit a row; what was received is kept beside it."""
    async with acting(request) as work:
        found = await usage.correct(work, row_id, text=data.text, cells=data.cells)
    return _row(request, found)


@api_post("/quarantine/{row_id:uuid}/replay", needs="quarantine.correct", status=200, tag=TAG)
async def replay(request: AnyRequest, row_id: FromPath[UUID]) -> Replay:
    """Read a row again and take it in if it can be."""
    async with acting(request) as work:
        done = await usage.replay(work, row_id)
    return Replay(done.result, _row(request, done.quarantined))


@api_post("/quarantine/{row_id:uuid}/dismissal", needs="quarantine.correct", status=204, tag=TAG)
async def dismiss(request: AnyRequest, row_id: FromPath[UUID], data: JSONBody[Dismiss]) -> None:
    """Decide that a row is not to be taken in."""
    async with acting(request) as work:
        await usage.dismiss(work, row_id, note=data.note)


ROUTES = [
    list_usage,
    list_mappings,
    intake,
    list_intakes,
    list_quarantined,
    correct,
    replay,
    dismiss,
]
