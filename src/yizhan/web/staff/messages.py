"""Messages out: those of a customer, the whole outbox, and the templates an operator words."""

from datetime import time
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import messages
from yizhan.kernel.errors import CareError, Invalid
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, words
from yizhan.web.staff.shell import shell
from yizhan.web.staff.terms import MESSAGE_KIND, MESSAGE_MEDIUM, MESSAGE_REASON, MESSAGE_STATE
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
PAGE = 50
_KINDS = {"sent": "info", "delivered": "good", "failed": "bad", "suppressed": "warn"}


@get("/customers/{customer_id:uuid}/messages", needs="customers.read")
async def of_customer(
    request: AnyRequest, customer_id: UUID, before: UUID | None = None
) -> Response[Any]:
    """What this customer was sent, and how far it came."""
    rows: list[dict[str, Any]] = []
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="messages")
        if not context["hidden"]:
            found = await messages.list_of_customer(work, customer_id, limit=PAGE, before=before)
            names = await messages.labels(work)
            for one in found:
                row = _row(request, one, names)
                if one.attempts:
                    row["replies"] = await messages.list_replies(work, customer_id, one.id)
                rows.append(row)
    return page(
        request,
        "staff/customer_messages.html",
        title="Messages",
        rows=rows,
        older=rows[-1]["one"].id if len(rows) == PAGE else None,
        **context,
    )


@post(
    "/customers/{customer_id:uuid}/messages/{message_id:uuid}/again",
    needs="messages.send",
    status_code=200,
)
async def again(request: AnyRequest, customer_id: UUID, message_id: UUID) -> Response[Any]:
    """Send one once more."""
    async with acting(request) as work:
        await messages.get(work, customer_id, message_id)
        await messages.send_again(work, message_id)
    return done(request, f"/customers/{customer_id}/messages", "It is being sent again.")


@get("/outbox", needs="messages.read")
async def outbox(
    request: AnyRequest, before: UUID | None = None, stage: str = "", medium: str = ""
) -> Response[Any]:
    """Everything that goes out, newest first, as it is read."""
    state = stage if stage in MESSAGE_STATE else ""
    medium = medium if medium in MESSAGE_MEDIUM else ""
    async with reading(request) as work:
        found = await messages.list_outbox(
            work, state=state or None, medium=medium or None, limit=PAGE, before=before
        )
        names = await messages.labels(work)
    return page(
        request,
        "staff/outbox.html",
        title="Outbox",
        section="outbox",
        rows=[_row(request, one, names) for one in found],
        older=found[-1].id if len(found) == PAGE else None,
        state=state,
        medium=medium,
        states=[(code, words(request, text)) for code, text in MESSAGE_STATE.items()],
        media=[(code, words(request, text)) for code, text in MESSAGE_MEDIUM.items()],
    )


@get("/message-templates", needs="messages.manage")
async def templates(request: AnyRequest) -> Response[Any]:
    """The templates in force, and the quiet hours."""
    return await _templates(request)


@post("/message-templates", needs="messages.manage", status_code=200)
async def quiet_hours(request: AnyRequest) -> Response[Any]:
    """Say when customers are left in peace."""
    form = await Form.of(request)
    try:
        start, end = (_time(form, name) for name in ("quiet_from", "quiet_until"))
        async with acting(request) as work:
            await messages.set_quiet_hours(work, start, end)
    except CareError as error:
        return await _templates(request, form=form.wrong(request, error), status=422)
    return done(request, "/message-templates", "The quiet hours are set.")


@get("/message-templates/{name:str}", needs="messages.manage")
async def template(request: AnyRequest, name: str) -> Response[Any]:
    """One template, as it is read with its samples, and its versions."""
    return await _template(request, name)


@post("/message-templates/{name:str}", needs="messages.manage", status_code=200)
async def word(request: AnyRequest, name: str) -> Response[Any]:
    """Look at new words with the samples, or put them in force."""
    form = await Form.of(request)
    try:
        changes = _changes(form)
        if form.value("act") == "preview":
            async with reading(request) as work:
                draft = messages.changed(await messages.get_template(work, name), changes)
                messages.check_template(draft)
            return await _template(request, name, form=form, draft=draft)
        async with acting(request) as work:
            new = await messages.write_template(
                work, name, base=form.count("base"), changes=changes
            )
    except CareError as error:
        return await _template(request, name, form=form.wrong(request, error), status=422)
    return done(
        request,
        f"/message-templates/{name}",
        "Version {version} is in force.",
        version=new.version,
    )


def _changes(form: Form) -> dict[str, Any]:
    said: dict[str, Any] = {
        f"{part}_{language}": form.value(f"{part}_{language}")
        for part in ("subject", "text")
        for language in ("zh", "en")
    }
    said["channels"] = form.all("channels")
    said["limit_count"] = form.count("limit_count", most=1000)
    said["limit_hours"] = form.count("limit_hours", least=1, most=8760)
    return said


def _time(form: Form, name: str) -> time:
    try:
        return time.fromisoformat(form.required(name)).replace(tzinfo=None)
    except ValueError:
        raise Invalid("A time is written like 21:00.", field=name) from None


async def _templates(
    request: AnyRequest, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        found = await messages.list_templates(work)
        quiet = await messages.quiet_hours(work)
    return page(
        request,
        "staff/message_templates.html",
        title="Message templates",
        section="templates",
        status=status,
        rows=[
            {
                "one": one,
                "kind": words(request, MESSAGE_KIND[one.kind]),
                "channels": _media(request, one.channels),
            }
            for one in found
        ],
        quiet=quiet,
        form=form,
    )


async def _template(
    request: AnyRequest,
    name: str,
    *,
    form: Form | None = None,
    draft: messages.Template | None = None,
    status: int = 200,
) -> Response[Any]:
    async with reading(request) as work:
        one = await messages.get_template(work, name)
        versions = await messages.list_versions(work, name)
        samples = _samples(work, draft or one)
    return page(
        request,
        "staff/message_template.html",
        title="Message template",
        section="templates",
        status=status,
        one=one,
        kind=words(request, MESSAGE_KIND[one.kind]),
        versions=versions,
        samples=samples,
        draft=draft is not None,
        media=[(code, words(request, text)) for code, text in MESSAGE_MEDIUM.items()],
        chosen=form.all("channels") if form else [medium.value for medium in one.channels],
        form=form,
    )


def _samples(work: UnitOfWork, one: messages.Template) -> list[dict[str, Any]]:
    """The template as it is read in each language, filled with its sample facts."""
    shown = []
    for language in ("zh", "en"):
        said = messages.fill(one, one.facts, language=language, zone=work.zone)
        shown.append({"language": language, "said": said, "parts": messages.sms_parts(said.text)})
    return shown


def _media(request: AnyRequest, media: tuple[messages.Medium, ...]) -> str:
    return " → ".join(words(request, MESSAGE_MEDIUM[one.value]) for one in media)


def _row(request: AnyRequest, one: messages.Message, names: dict[str, Any]) -> dict[str, Any]:
    name = names.get(one.template)
    return {
        "one": one,
        "name": name[visit_of(request).language] if name else one.template,
        "medium": words(request, MESSAGE_MEDIUM[one.channel.value]),
        "address": messages.masked(one.address),
        "state": words(request, MESSAGE_STATE[one.state.value]),
        "badge": _KINDS.get(one.state.value, ""),
        "reason": words(request, MESSAGE_REASON[one.reason.value]) if one.reason else "",
        "may_again": one.text is not None
        and not one.secret
        and one.state.value in ("sent", "delivered", "failed", "suppressed"),
        "replies": (),
    }


ROUTES: list[Any] = [of_customer, again, outbox, templates, quiet_hours, template, word]
