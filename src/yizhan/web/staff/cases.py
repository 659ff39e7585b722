"""Cases: the queue by deadline, one case with its clocks, notes and acts, and opening one."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import cases
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork
from yizhan.web import pages
from yizhan.web.staff import case_view
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, part, words
from yizhan.web.staff.shell import shell
from yizhan.web.visit import config_of, visit_of
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
PAGE_LIMIT = 40


@get("/cases", needs="cases.read")
async def queue(
    request: AnyRequest,
    view: str = "queue",
    kind: str = "",
    team: str = "",
    after: str = "",
) -> Response[Any]:
    """Open cases by nearest deadline: all, mine, a team's, a kind's, the overdue ones."""
    mine = visit_of(request).actor.id if view == "mine" else None
    last = _cursor(after)
    async with reading(request) as work:
        found = await cases.list_queue(
            work,
            owner_id=mine,
            kind=_choice(cases.Kind, kind),
            team=team or None,
            overdue=view == "overdue",
            after=last,
            limit=PAGE_LIMIT + 1,
        )
        counts = await cases.count_queue(work)
        teams = await cases.list_teams(work)
    more = found[PAGE_LIMIT - 1] if len(found) > PAGE_LIMIT else None
    return page(
        request,
        "staff/cases.html",
        title="Cases",
        section="cases",
        rows=[case_view.row(request, case) for case in found[:PAGE_LIMIT]],
        counts=counts,
        view=view,
        kind=kind,
        team=team,
        kinds=case_view.options(request, "kind"),
        teams=[(code, words(request, name)) for code, name in teams],
        older=f"{more.next_due_at.isoformat()}~{more.id}" if more and more.next_due_at else "",
    )


@get("/cases/{case_id:uuid}", needs="cases.read")
async def one(request: AnyRequest, case_id: UUID) -> Response[Any]:
    """One case with everything on it and what can be done now."""
    return await _show(request, case_id)


@get("/cases/{case_id:uuid}/files/{file_id:uuid}", needs="cases.read")
async def file(request: AnyRequest, case_id: UUID, file_id: UUID) -> Response[bytes]:
    """A file that was put to a case."""
    async with reading(request) as work:
        return pages.download(*await cases.read_attachment(work, case_id, file_id))


@post("/cases/{case_id:uuid}/{act:str}", needs=("cases.work", "cases.review"), status_code=200)
async def do(request: AnyRequest, case_id: UUID, act: str) -> Response[Any]:
    """Do one of the acts the page offers."""
    form = await Form.of(request)
    command = _ACTS.get(act)
    if command is None:
        raise Invalid("There is no act “{act}”.", field="act", act=act[:40])
    try:
        async with acting(request) as work:
            await command(request, work, case_id, form)
    except CareError as error:
        return await _show(request, case_id, form=form.wrong(request, error), act=act, status=422)
    return done(request, f"/cases/{case_id}", _SAID[act])


Command = Callable[[AnyRequest, UnitOfWork, UUID, Form], Awaitable[Any]]


async def _take(_: AnyRequest, work: UnitOfWork, case_id: UUID, form: Form) -> None:
    await cases.take(work, case_id)


async def _note(_: AnyRequest, work: UnitOfWork, case_id: UUID, form: Form) -> None:
    to_customer = form.has("to_customer")
    await cases.add_note(work, case_id, form.value("text"), to_customer=to_customer)


async def _answer(_: AnyRequest, work: UnitOfWork, case_id: UUID, form: Form) -> None:
    outcome = _choice(cases.Outcome, form.value("outcome"))
    if outcome is None:
        raise Invalid("Choose one of the list.", field="outcome")
    cause = form.value("root_cause") or None
    text = form.value("answer")
    await cases.answer(work, case_id, text=text, outcome=outcome, root_cause=cause)


async def _dispatch(_: AnyRequest, work: UnitOfWork, case_id: UUID, form: Form) -> None:
    team = form.value("team") or None
    await cases.dispatch(work, case_id, team=team, reason=form.value("reason"))


async def _hold(request: AnyRequest, work: UnitOfWork, case_id: UUID, form: Form) -> None:
    until = _moment(request, form.value("until")) if form.has("until") else None
    await cases.hold(work, case_id, reason=form.value("hold_reason"), until=until)


async def _resume(_: AnyRequest, work: UnitOfWork, case_id: UUID, form: Form) -> None:
    await cases.resume(work, case_id)


async def _approve(_: AnyRequest, work: UnitOfWork, case_id: UUID, form: Form) -> None:
    await cases.approve(work, case_id)


async def _send_back(_: AnyRequest, work: UnitOfWork, case_id: UUID, form: Form) -> None:
    await cases.send_back(work, case_id, reason=form.value("reason"))


async def _follow_up(_: AnyRequest, work: UnitOfWork, case_id: UUID, form: Form) -> None:
    result = _choice(cases.FollowUp, form.value("result"))
    if result is None:
        raise Invalid("Choose one of the list.", field="result")
    await cases.follow_up(work, case_id, result=result)


async def _close(_: AnyRequest, work: UnitOfWork, case_id: UUID, form: Form) -> None:
    await cases.close(work, case_id, satisfaction=_choice(cases.FollowUp, form.value("result")))


async def _reopen(_: AnyRequest, work: UnitOfWork, case_id: UUID, form: Form) -> None:
    await cases.reopen(work, case_id, reason=form.value("reason"))


async def _escalate(_: AnyRequest, work: UnitOfWork, case_id: UUID, form: Form) -> None:
    await cases.escalate(work, case_id, reason=form.value("reason"))


async def _cancel(_: AnyRequest, work: UnitOfWork, case_id: UUID, form: Form) -> None:
    await cases.cancel(work, case_id, reason=form.value("reason"))


async def _reclassify(_: AnyRequest, work: UnitOfWork, case_id: UUID, form: Form) -> None:
    await cases.reclassify(work, case_id, class_code=form.value("class_code"))


async def _urge(_: AnyRequest, work: UnitOfWork, case_id: UUID, form: Form) -> None:
    await cases.urge(work, case_id)


_ACTS: dict[str, Command] = {
    "take": _take,
    "note": _note,
    "answer": _answer,
    "dispatch": _dispatch,
    "hold": _hold,
    "resume": _resume,
    "approve": _approve,
    "send_back": _send_back,
    "follow_up": _follow_up,
    "close": _close,
    "reopen": _reopen,
    "escalate": _escalate,
    "cancel": _cancel,
    "reclassify": _reclassify,
    "urge": _urge,
}
_SAID = {
    "take": "The case is yours.",
    "note": "The note is on the case.",
    "answer": "The case is answered.",
    "dispatch": "The case was sent on.",
    "hold": "The case waits; its clock stands as far as the rule allows.",
    "resume": "The case goes on.",
    "approve": "The answer stands.",
    "send_back": "The case went back to its owner.",
    "follow_up": "The follow-up is kept.",
    "close": "The case is closed.",
    "reopen": "The case is open again.",
    "escalate": "The case went a level up.",
    "cancel": "The case was withdrawn.",
    "reclassify": "The case has its new class.",
    "urge": "The customer's asking is kept.",
}


@get("/customers/{customer_id:uuid}/cases", needs="cases.read")
async def of_customer(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """All cases of a customer, open ones first."""
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="cases")
        found = await cases.list_of_customer(work, customer_id, limit=100)
    rows = [case_view.row(request, case) for case in found]
    return page(request, "staff/customer_cases.html", title="Cases", rows=rows, **context)


@get("/customers/{customer_id:uuid}/cases/new", needs="cases.open")
async def new(request: AnyRequest, customer_id: UUID, class_code: str = "") -> Response[Any]:
    """The form of a new case."""
    form = Form.given(class_code=class_code or None, key=new_id())
    return await _new(request, customer_id, form)


@get("/customers/{customer_id:uuid}/cases/repeats", needs="cases.open")
async def repeats(request: AnyRequest, customer_id: UUID, class_code: str = "") -> Response[Any]:
    """Cases of the same class within thirty days, shown before another is opened."""
    async with reading(request) as work:
        found = await cases.list_repeats(work, customer_id, class_code) if class_code else []
    rows = [case_view.row(request, case) for case in found]
    return part(request, "staff/_repeats.html", rows=rows)


@post("/customers/{customer_id:uuid}/cases/new", needs="cases.open", status_code=200)
async def open_case(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """Open a case."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            case = await cases.open_case(
                work,
                customer_id=customer_id,
                class_code=form.required("class_code"),
                subject=form.value("subject"),
                description=form.value("description"),
                urgency=_choice(cases.Urgency, form.value("urgency")),
                source=form.value("source", "customer"),
                key=form.required("key"),
            )
    except CareError as error:
        return await _new(request, customer_id, form.wrong(request, error), status=422)
    return done(request, f"/cases/{case.id}", "Case {number} is open.", number=case.number)


async def _new(
    request: AnyRequest, customer_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="cases")
        classes = await cases.list_classes(work)
        chosen = form.value("class_code")
        found = await cases.list_repeats(work, customer_id, chosen) if chosen else []
    return page(
        request,
        "staff/case_new.html",
        title="Open a case",
        status=status,
        form=form,
        classes=case_view.class_groups(request, classes),
        urgencies=case_view.options(request, "urgency"),
        rows=[case_view.row(request, case) for case in found],
        **context,
    )


async def _show(
    request: AnyRequest,
    case_id: UUID,
    *,
    form: Form | None = None,
    act: str = "",
    status: int = 200,
) -> Response[Any]:
    async with reading(request) as work:
        seen = await cases.view(work, case_id)
        files = await cases.list_attachments(work, case_id)
        teams = await cases.list_teams(work)
        reasons = await cases.list_hold_reasons(work)
        classes = await cases.list_classes(work)
        context = await shell(request, work, seen.case.customer_id, tab="cases")
    return page(
        request,
        "staff/case.html",
        title=seen.case.number,
        files=files,
        status=status,
        form=form,
        act=act,
        teams=[(code, words(request, name)) for code, name in teams],
        hold_reasons=[(reason.code, words(request, reason.name)) for reason in reasons],
        classes=case_view.class_groups(request, classes),
        outcomes=case_view.options(request, "outcome"),
        results=case_view.options(request, "result"),
        **case_view.whole(request, seen),
        **context,
    )


def _choice(kind: Any, value: str) -> Any:
    """A member of an enumeration, or None for an empty or unknown value."""
    return kind(value) if value in set(kind) else None


def _moment(request: AnyRequest, text: str) -> datetime:
    """What a ``datetime-local`` field says, in the operator's zone."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=config_of(request).zone)
    except ValueError:
        raise Invalid("Give a day and a time.", field="until") from None


def _cursor(text: str) -> tuple[datetime, UUID] | None:
    moment, _, case_id = text.partition("~")
    try:
        return datetime.fromisoformat(moment), UUID(case_id)
    except ValueError:
        return None


ROUTES: list[Any] = [queue, one, file, do, of_customer, new, repeats, open_case]
