"""Complaint, fault, praise, suggestion, question: telling us, and seeing how far it is."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from yizhan.domain import cases, timeline
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.ids import new_id
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork
from yizhan.web import pages
from yizhan.web.site.page import AnyRequest, done, mine, page, part, words
from yizhan.web.staff import case_view
from yizhan.web.staff.form import Form
from yizhan.web.visit import config_of
from yizhan.web.work import acting, reading

LIMIT = 60
KINDS = {
    "complaint": (Text("投诉", "Complain"), Text("收费、服务不对", "A charge or service is wrong")),
    "fault": (
        Text("报故障", "Report a fault"),
        Text("打不通、没信号", "Calls, signal, data"),
    ),
    "consultation": (Text("咨询", "Ask"), Text("资费、账单、怎么办理", "Plans, bills, how to")),
    "suggestion": (Text("建议", "Suggest"), Text("怎样做得更好", "How to do better")),
    "praise": (Text("表扬", "Praise"), Text("谁帮到了您", "Who helped you")),
}
SETTLED = Text("客户表示已解决", "Settled, the customer says")
RATINGS = (
    cases.FollowUp.SATISFIED,
    cases.FollowUp.FAIR,
    cases.FollowUp.DISSATISFIED,
)
SHOWN = {
    "cases.opened",
    "cases.taken",
    "cases.dispatched",
    "cases.attached",
    "cases.held",
    "cases.resumed",
    "cases.urged",
    "cases.approved",
    "cases.escalated",
    "cases.followed_up",
    "cases.closed",
    "cases.reopened",
    "cases.cancelled",
}
"""What the customer is shown of a case's history: what was done, not what we wrote about it."""


@get("/my/matters", customer=True)
async def list_page(request: AnyRequest) -> Response[Any]:
    """What one told us, open first."""
    async with reading(request) as work:
        found = await cases.list_of_customer(work, mine(request), limit=LIMIT)
    rows = [case_view.row(request, one) for one in found]
    return page(request, "site/matters.html", title="Requests", section="matters", rows=rows)


@get("/my/matters/new", customer=True)
async def new(request: AnyRequest, kind: str = "", about: str = "") -> Response[Any]:
    """First what it is, then the words for it."""
    form = Form.given(kind=kind if kind in KINDS else None, subject=about[:200] or None)
    return await _new(request, form)


@post("/my/matters/new", customer=True, status_code=200)
async def open_case(request: AnyRequest) -> Response[Any]:
    """Tell us. A file may come with it."""
    form = await Form.of(request)
    try:
        content = await _file(form)
        async with acting(request) as work:
            about = form.required("class_code")
            kind = form.value("kind")
            allowed = {one.code for one in await _leaves(work, kind)}
            if kind not in KINDS or about not in allowed:
                raise Invalid("Choose one of the list.", field="class_code")
            case = await cases.open_case(
                work,
                customer_id=mine(request),
                class_code=about,
                subject=form.value("subject"),
                description=form.value("description"),
                key=form.required("key")[:100],
            )
            if content is not None:
                await cases.attach(work, case.id, name=content[0], content=content[1])
    except CareError as error:
        return await _new(request, form.wrong(request, error), status=422)
    sentence = "Thank you. Your number for this is {number}."
    return done(request, f"/my/matters/{case.id}", sentence, number=case.number)


@get("/my/matters/{case_id:uuid}", customer=True)
async def one(request: AnyRequest, case_id: UUID) -> Response[Any]:
    """How far it is, until when we answer, and what was written."""
    return await _show(request, case_id)


@get("/my/matters/{case_id:uuid}/talk", customer=True)
async def talk(request: AnyRequest, case_id: UUID) -> Response[Any]:
    """The part that changes while one looks."""
    return part(request, "site/_matter.html", **await _seen(request, case_id))


@post("/my/matters/{case_id:uuid}/write", customer=True, status_code=200)
async def write(request: AnyRequest, case_id: UUID) -> Response[Any]:
    """Write to whoever works on it; a file may come with it, or alone."""
    form = await Form.of(request)
    try:
        content = await _file(form)
        async with acting(request) as work:
            if form.has("text") or content is None:
                await cases.add_note(work, case_id, form.value("text"))
            if content is not None:
                await cases.attach(work, case_id, name=content[0], content=content[1])
    except CareError as error:
        return await _show(request, case_id, form=form.wrong(request, error), status=422)
    return done(request, f"/my/matters/{case_id}", "Sent.")


@post("/my/matters/{case_id:uuid}/urge", customer=True, status_code=200)
async def urge(request: AnyRequest, case_id: UUID) -> Response[Any]:
    """Ask where it stands."""
    try:
        async with acting(request) as work:
            await cases.urge(work, case_id)
    except CareError as error:
        return await _show(request, case_id, form=Form().wrong(request, error), status=422)
    return done(request, f"/my/matters/{case_id}", "We know that you are waiting.")


@post("/my/matters/{case_id:uuid}/rate", customer=True, status_code=200)
async def rate(request: AnyRequest, case_id: UUID) -> Response[Any]:
    """Whether the answer helped: a yes closes it, a no takes it a level up."""
    form = await Form.of(request)
    try:
        result = cases.FollowUp(form.value("result"))
        async with acting(request) as work:
            await cases.follow_up(work, case_id, result=result)
    except ValueError:
        error = Invalid("Choose one of the list.", field="result")
        return await _show(request, case_id, form=form.wrong(request, error), status=422)
    except CareError as error:
        return await _show(request, case_id, form=form.wrong(request, error), status=422)
    said = "Thank you for telling us."
    if result is cases.FollowUp.DISSATISFIED:
        said = "Thank you for telling us. Somebody with more say takes it up now."
    return done(request, f"/my/matters/{case_id}", said)


@post("/my/matters/{case_id:uuid}/withdraw", customer=True, status_code=200)
async def withdraw(request: AnyRequest, case_id: UUID) -> Response[Any]:
    """It has settled itself."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            await cases.cancel(work, case_id, reason=words(request, SETTLED))
    except CareError as error:
        return await _show(request, case_id, form=form.wrong(request, error), status=422)
    return done(request, f"/my/matters/{case_id}", "It is withdrawn.", kind="warn")


@post("/my/matters/{case_id:uuid}/reopen", customer=True, status_code=200)
async def reopen(request: AnyRequest, case_id: UUID) -> Response[Any]:
    """It was not solved after all."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            await cases.reopen(work, case_id, reason=form.value("reason"))
    except CareError as error:
        return await _show(request, case_id, form=form.wrong(request, error), status=422)
    return done(request, f"/my/matters/{case_id}", "It is open again.")


@get("/my/matters/{case_id:uuid}/files/{file_id:uuid}", customer=True)
async def file(request: AnyRequest, case_id: UUID, file_id: UUID) -> Response[bytes]:
    """A file of one's own case."""
    async with reading(request) as work:
        return pages.download(*await cases.read_attachment(work, case_id, file_id))


async def _file(form: Form) -> tuple[str, bytes] | None:
    """The file that came with a form, if one did; never more than is taken."""
    sent = form.files.get("file")
    if sent is None or not sent.filename:
        return None
    content = await sent.read(cases.SIZE_MAX + 1)
    return (sent.filename, content) if content else None


async def _leaves(work: UnitOfWork, kind: str) -> list[cases.CaseClass]:
    """The classes a customer may choose from."""
    classes = await cases.list_classes(work)
    parents = {one.parent for one in classes}
    return [one for one in classes if one.kind == kind and one.code not in parents and one.in_use]


async def _new(request: AnyRequest, form: Form, *, status: int = 200) -> Response[Any]:
    kind = form.value("kind")
    groups: list[Any] = []
    if kind in KINDS:
        async with reading(request) as work:
            classes = [one for one in await cases.list_classes(work) if one.kind == kind]
        groups = case_view.class_groups(request, classes)
    if not form.has("key"):
        form.values["key"] = [str(new_id())]
    return page(
        request,
        "site/matter_new.html",
        title="Tell us",
        section="matters",
        status=status,
        form=form,
        kind=kind if kind in KINDS else "",
        kinds=[(code, words(request, a), words(request, b)) for code, (a, b) in KINDS.items()],
        groups=groups,
    )


async def _seen(request: AnyRequest, case_id: UUID) -> dict[str, Any]:
    async with reading(request) as work:
        seen = await cases.view(work, case_id)
        files = await cases.list_attachments(work, case_id)
    whole = case_view.whole(request, seen)
    clocks = [one for one in seen.case.clocks if one.running and one.clock == "resolution"]
    return {
        **case_view.row(request, seen.case),
        "class_words": whole["class_words"],
        "outcome_words": whole["outcome_words"],
        "notes": [
            {"note": one, "own": one.author_id == mine(request)} for one in reversed(seen.notes)
        ]
        if len(seen.notes) > 1 and seen.notes[0].at > seen.notes[-1].at
        else [{"note": one, "own": one.author_id == mine(request)} for one in seen.notes],
        "files": files,
        "due_at": seen.case.due_at(clocks[0]) if clocks else None,
        "history": [
            {"at": one.at, "words": _said(request, one)}
            for one in reversed(seen.history)
            if one.name in SHOWN
        ],
        "closed": seen.case.state in cases.CLOSED,
        "rating": seen.case.satisfaction.value if seen.case.satisfaction else "",
        "rating_words": whole["satisfaction_words"],
        "ratings": [
            (one.value, case_view.value(request, "result", one.value))
            for one in RATINGS
            if "follow_up" in whole["acts"]
        ],
        "answered": bool(seen.case.answer) and seen.case.state is not cases.State.IN_REVIEW,
        "acts": whole["acts"],
    }


def _said(request: AnyRequest, event: Any) -> str:
    said = timeline.sentence(
        event.name,
        event.payload,
        words=timeline.WORDS,
        values=timeline.VALUES,
        zone=config_of(request).zone,
    )
    return words(request, said)


async def _show(
    request: AnyRequest, case_id: UUID, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    return page(
        request,
        "site/matter.html",
        title="Request",
        section="matters",
        status=status,
        form=form,
        **await _seen(request, case_id),
    )


ROUTES: list[Any] = [
    *(list_page, new, open_case, one, talk, file),
    *(write, urge, rate, withdraw, reopen),
]
