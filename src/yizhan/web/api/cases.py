"""API: cases, their queue and what is done with them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from yizhan.domain import cases
from yizhan.web.api.route import AnyRequest, Limit, Page, api_get, api_post
from yizhan.web.work import acting, reading

TAG = "Cases"
Words = Annotated[str, Meta(min_length=1, max_length=cases.TEXT_MAX)]


class NewCase(msgspec.Struct):
    """A matter a customer brings. ``key``: the same again gives the case made the first time."""

    class_code: Annotated[str, Meta(examples=["fees.dispute"])]
    subject: Annotated[str, Meta(min_length=1, max_length=cases.SUBJECT_MAX)]
    description: Annotated[str, Meta(max_length=cases.TEXT_MAX)] = ""
    urgency: cases.Urgency | None = None
    links: list[cases.Link] = msgspec.field(default_factory=list)
    key: Annotated[str, Meta(min_length=1, max_length=100)] | None = None


class NewNote(msgspec.Struct):
    """Words on a case; to the customer or among ourselves."""

    text: Words
    to_customer: bool = False


class Answer(msgspec.Struct):
    """What the customer is told."""

    text: Words
    outcome: cases.Outcome
    root_cause: str | None = None


class Dispatch(msgspec.Struct):
    """Where a case goes: a team, a role, or the team of its class when neither is named."""

    team: str | None = None
    role: str | None = None
    reason: str = ""


class Hold(msgspec.Struct):
    """Why a case waits, and until when."""

    reason: Annotated[str, Meta(examples=["customer"])]
    until: datetime | None = None


class Because(msgspec.Struct):
    """Why."""

    reason: Words


class Reclassify(msgspec.Struct):
    """What the case really is."""

    class_code: str


class AskedBack(msgspec.Struct):
    """What the customer said when asked whether it helped."""

    result: cases.FollowUp


class Close(msgspec.Struct):
    """How the customer left, if he said."""

    satisfaction: cases.FollowUp | None = None


@api_get("/cases", needs="cases.read", tag=TAG)
async def list_queue(
    request: AnyRequest,
    team: FromQuery[str | None] = None,
    role: FromQuery[str | None] = None,
    assigned_to: FromQuery[UUID | None] = None,
    owner: FromQuery[UUID | None] = None,
    kind: FromQuery[cases.Kind | None] = None,
    overdue: FromQuery[bool] = False,
    limit: Limit = 50,
) -> Page[cases.Case]:
    """Open cases by their nearest deadline."""
    async with reading(request) as work:
        return Page(
            await cases.list_queue(
                work,
                team=team,
                role=role,
                person_id=assigned_to,
                owner_id=owner,
                kind=kind,
                overdue=overdue,
                limit=limit,
            )
        )


@api_get("/cases/classes", needs="cases.read", tag=TAG)
async def list_classes(
    request: AnyRequest, kind: FromQuery[cases.Kind | None] = None
) -> Page[cases.CaseClass]:
    """What a case can be about."""
    async with reading(request) as work:
        return Page(await cases.list_classes(work, kind))


@api_get("/cases/{case_id:uuid}", needs="cases.read", tag=TAG)
async def get_case(request: AnyRequest, case_id: FromPath[UUID]) -> cases.CaseView:
    """A case with its notes, ties, history and what can be done now."""
    async with reading(request) as work:
        return await cases.view(work, case_id)


@api_get("/customers/{customer_id:uuid}/cases", needs="cases.read", tag=TAG)
async def list_of_customer(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    open_only: FromQuery[bool] = False,
    limit: Limit = 50,
) -> Page[cases.Case]:
    """A customer's cases, open ones first."""
    async with reading(request) as work:
        return Page(
            await cases.list_of_customer(work, customer_id, open_only=open_only, limit=limit)
        )


@api_post("/customers/{customer_id:uuid}/cases", needs="cases.open", tag=TAG)
async def open_case(
    request: AnyRequest, customer_id: FromPath[UUID], data: JSONBody[NewCase]
) -> cases.Case:
    """Open a case and start its clocks."""
    async with acting(request) as work:
        return await cases.open_case(
            work,
            customer_id=customer_id,
            class_code=data.class_code,
            subject=data.subject,
            description=data.description,
            urgency=data.urgency,
            links=data.links,
            key=data.key,
        )


@api_post("/cases/{case_id:uuid}/notes", needs="cases.work", tag=TAG)
async def add_note(
    request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[NewNote]
) -> cases.Note:
    """Write on a case."""
    async with acting(request) as work:
        return await cases.add_note(work, case_id, data.text, to_customer=data.to_customer)


@api_post("/cases/{case_id:uuid}/links", needs="cases.work", tag=TAG)
async def link(
    request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[cases.Link]
) -> cases.Case:
    """Tie a case to a contact, line, account, bill, order, payment or another case."""
    async with acting(request) as work:
        return await cases.link(work, case_id, data)


Act = Callable[..., Awaitable[cases.Case]]


async def _do(request: AnyRequest, case_id: UUID, act: Act, **said: Any) -> cases.Case:
    async with acting(request) as work:
        return await act(work, case_id, **said)


@api_post("/cases/{case_id:uuid}/take", needs="cases.work", status=200, tag=TAG)
async def take(request: AnyRequest, case_id: FromPath[UUID]) -> cases.Case:
    """Take a case in hand."""
    return await _do(request, case_id, cases.take)


@api_post("/cases/{case_id:uuid}/resume", needs="cases.work", status=200, tag=TAG)
async def resume(request: AnyRequest, case_id: FromPath[UUID]) -> cases.Case:
    """Go on with a case that waited."""
    return await _do(request, case_id, cases.resume)


@api_post("/cases/{case_id:uuid}/approve", needs="cases.review", status=200, tag=TAG)
async def approve(request: AnyRequest, case_id: FromPath[UUID]) -> cases.Case:
    """Let an answer stand; not by its author."""
    return await _do(request, case_id, cases.approve)


@api_post("/cases/{case_id:uuid}/urge", needs="cases.work", status=200, tag=TAG)
async def urge(request: AnyRequest, case_id: FromPath[UUID]) -> cases.Case:
    """The customer asks where it stands."""
    return await _do(request, case_id, cases.urge)


@api_post("/cases/{case_id:uuid}/dispatch", needs="cases.work", status=200, tag=TAG)
async def dispatch(
    request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[Dispatch]
) -> cases.Case:
    """Send a case on."""
    said = msgspec.structs.asdict(data)
    return await _do(request, case_id, cases.dispatch, **said)


@api_post("/cases/{case_id:uuid}/hold", needs="cases.work", status=200, tag=TAG)
async def hold(request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[Hold]) -> cases.Case:
    """Let a case wait."""
    said = msgspec.structs.asdict(data)
    return await _do(request, case_id, cases.hold, **said)


@api_post("/cases/{case_id:uuid}/answer", needs="cases.work", status=200, tag=TAG)
async def answer(
    request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[Answer]
) -> cases.Case:
    """Answer a case; complaints go to review first."""
    said = msgspec.structs.asdict(data)
    return await _do(request, case_id, cases.answer, **said)


@api_post(
    "/cases/{case_id:uuid}/send-back", needs=("cases.work", "cases.review"), status=200, tag=TAG
)
async def send_back(
    request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[Because]
) -> cases.Case:
    """Return a case to its owner."""
    return await _do(request, case_id, cases.send_back, reason=data.reason)


@api_post("/cases/{case_id:uuid}/follow-up", needs="cases.work", status=200, tag=TAG)
async def follow_up(
    request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[AskedBack]
) -> cases.Case:
    """Keep what the customer said."""
    return await _do(request, case_id, cases.follow_up, result=data.result)


@api_post("/cases/{case_id:uuid}/close", needs="cases.work", status=200, tag=TAG)
async def close(request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[Close]) -> cases.Case:
    """Archive an answered case."""
    said = msgspec.structs.asdict(data)
    return await _do(request, case_id, cases.close, **said)


@api_post("/cases/{case_id:uuid}/reopen", needs="cases.work", status=200, tag=TAG)
async def reopen(
    request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[Because]
) -> cases.Case:
    """Take an archived case up again."""
    return await _do(request, case_id, cases.reopen, reason=data.reason)


@api_post("/cases/{case_id:uuid}/escalate", needs="cases.work", status=200, tag=TAG)
async def escalate(
    request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[Because]
) -> cases.Case:
    """Take a case a level up."""
    return await _do(request, case_id, cases.escalate, reason=data.reason)


@api_post("/cases/{case_id:uuid}/cancel", needs="cases.work", status=200, tag=TAG)
async def cancel(
    request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[Because]
) -> cases.Case:
    """Withdraw a case."""
    return await _do(request, case_id, cases.cancel, reason=data.reason)


@api_post("/cases/{case_id:uuid}/reclassify", needs="cases.work", status=200, tag=TAG)
async def reclassify(
    request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[Reclassify]
) -> cases.Case:
    """Give a case its right class."""
    return await _do(request, case_id, cases.reclassify, class_code=data.class_code)


ROUTES: Sequence[Any] = [
    list_queue,
    list_classes,
    get_case,
    list_of_customer,
    open_case,
    add_note,
    link,
    take,
    resume,
    approve,
    urge,
    dispatch,
    hold,
    answer,
    send_back,
    follow_up,
    close,
    reopen,
    escalate,
    cancel,
    reclassify,
]
