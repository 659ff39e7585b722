"""The knowledge base: ask it, read, send a snippet, say what is missing, write."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import contacts, customers, knowledge
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.text import Text
from yizhan.web.staff import contact_view
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, part, say, words
from yizhan.web.staff.terms import ARTICLE_AUDIENCE, CHANNEL
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
CHANNELS = tuple(one.value for one in contacts.Channel)


@get("/knowledge", needs="knowledge.read")
async def ask(request: AnyRequest, ask: str = "", customer: UUID | None = None) -> Response[Any]:
    """What fits a question; without one, all articles by use. *customer*: who is asking."""
    async with reading(request) as work:
        who = await customers.find(work, customer) if customer else None
        found = await (
            knowledge.search(work, ask) if ask.strip() else knowledge.list_articles(work)
        )
        missing = await knowledge.list_missing(work, limit=10)
    return page(
        request,
        "staff/knowledge.html",
        title="Knowledge",
        section="knowledge",
        asked=ask[:200],
        who=who,
        found=found,
        missing=missing,
    )


@get("/customers/{customer_id:uuid}/knowledge", needs="customers.read")
async def panel(request: AnyRequest, customer_id: UUID, ask: str = "") -> Response[Any]:
    """What fits a question, for the panel beside the customer; by the channel of the contact."""
    return await _panel(request, customer_id, ask)


@post("/customers/{customer_id:uuid}/knowledge", needs="customers.read", status_code=200)
async def panel_answer(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """The same acts from the panel: count, send, or have the answer written."""
    form = await Form.of(request)
    ask, code = form.value("ask"), form.value("code")
    try:
        async with acting(request) as work:
            match form.value("act"):
                case "use":
                    await knowledge.use(work, code, customer_id=customer_id)
                    told = ("good", say(request, "Counted as an answer."))
                case "send":
                    work.actor.require("messages.send")
                    sent = await knowledge.send(work, code, customer_id=customer_id)
                    told = (
                        ("good", say(request, "The answer is on its way to the customer."))
                        if sent.reason is None
                        else ("warn", say(request, "It was not sent."))
                    )
                case "missing":
                    await knowledge.report_missing(work, ask, customer_id=customer_id)
                    told = ("good", say(request, "Somebody is asked to write it."))
                case _:
                    raise Invalid("Choose one of the list.", field="act")
    except CareError as error:
        told = ("bad", next(iter(form.wrong(request, error).errors.values())))
    return await _panel(request, customer_id, ask, told=told, about=code)


async def _panel(
    request: AnyRequest,
    customer_id: UUID,
    ask: str,
    *,
    told: tuple[str, str] | None = None,
    about: str = "",
) -> Response[Any]:
    async with reading(request) as work:
        who = await customers.get(work, customer_id)
        contact = await contact_view.current(work)
        here = contact is not None and contact.customer_id == customer_id
        channel = contact.channel.value if contact is not None and here else None
        found = await knowledge.search(work, ask, channel=channel, limit=6) if ask.strip() else []
    return part(
        request,
        "staff/_knowledge_panel.html",
        who={"id": who.id},
        asked=ask[:200],
        found=found,
        channel=words(request, CHANNEL[channel]) if channel else "",
        told=told,
        about=about,
    )


@post("/knowledge/missing", needs="knowledge.read", status_code=200)
async def miss(request: AnyRequest) -> Response[Any]:
    """Nothing answered it: have somebody write the article."""
    form = await Form.of(request)
    customer_id = form.optional_uuid("customer")
    async with acting(request) as work:
        await knowledge.report_missing(work, form.value("question"), customer_id=customer_id)
    back = f"/knowledge?customer={customer_id}" if customer_id else "/knowledge"
    return done(request, back, "Somebody is asked to write it.")


@post("/knowledge/answer", needs="knowledge.read", status_code=200)
async def answer(request: AnyRequest) -> Response[Any]:
    """An article answered a customer: count it, and send its snippet when that is wanted."""
    form = await Form.of(request)
    customer_id, code = form.uuid("customer"), form.required("code")
    back = f"/knowledge?customer={customer_id}"
    async with acting(request) as work:
        if form.value("act") != "send":
            await knowledge.use(work, code, customer_id=customer_id)
            return done(request, back, "Counted as an answer.")
        work.actor.require("messages.send")
        sent = await knowledge.send(work, code, customer_id=customer_id)
    if sent.reason is not None:
        return done(request, f"/customers/{customer_id}/messages", "It was not sent.", kind="warn")
    return done(request, back, "The answer is on its way to the customer.")


@get("/knowledge/new", needs="knowledge.write")
async def blank(request: AnyRequest) -> Response[Any]:
    """A form for a new article."""
    return await _editor(request, None)


@get("/knowledge/{code:str}", needs="knowledge.write")
async def edit(request: AnyRequest, code: str) -> Response[Any]:
    """An article to be written anew."""
    return await _editor(request, code)


@post("/knowledge/{code:str}", needs="knowledge.write", status_code=200)
async def write(request: AnyRequest, code: str) -> Response[Any]:
    """Keep an article as its next version."""
    return await _write(request, code)


@post("/knowledge/new", needs="knowledge.write", status_code=200)
async def write_new(request: AnyRequest) -> Response[Any]:
    """Keep an article that was not there."""
    return await _write(request, "")


async def _write(request: AnyRequest, code: str) -> Response[Any]:
    form = await Form.of(request)
    base = form.count("base")
    try:
        async with acting(request) as work:
            one = await knowledge.write(
                work,
                form.required("code") if base == 0 else code,
                base=base,
                title=_text(form, "title"),
                body=_text(form, "body"),
                snippet=_text(form, "snippet"),
                keywords=form.value("keywords"),
                audience=form.value("audience", "everybody"),
                channels=_channels(form),
                valid_from=_day(form, "valid_from"),
                valid_to=_day(form, "valid_to"),
            )
    except CareError as error:
        shown = None if base == 0 else code
        return await _editor(request, shown, form=form.wrong(request, error), status=422)
    return done(
        request, f"/knowledge/{one.code}", "Version {version} is in force.", version=one.version
    )


def _text(form: Form, name: str) -> Text:
    return Text(form.value(f"{name}_zh"), form.value(f"{name}_en"))


def _channels(form: Form) -> list[str]:
    """The channels ticked; all of them is the same as none."""
    ticked = set(form.all("channels"))
    if not ticked <= set(CHANNELS):
        raise Invalid("Choose one of the list.", field="channels")
    return [] if len(ticked) == len(CHANNELS) else sorted(ticked)


def _day(form: Form, name: str) -> date | None:
    if not form.has(name):
        return None
    try:
        return date.fromisoformat(form.value(name))
    except ValueError:
        raise Invalid("A day is written like 2026-05-20.", field=name) from None


async def _editor(
    request: AnyRequest, code: str | None, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    one = None
    if code is not None:
        async with reading(request) as work:
            one = await knowledge.get(work, code)
    return page(
        request,
        "staff/article.html",
        title="Article",
        section="knowledge",
        status=status,
        one=one,
        audiences=[(name, words(request, text)) for name, text in ARTICLE_AUDIENCE.items()],
        channels=[
            (
                code,
                words(request, CHANNEL[code]),
                code in (form.all("channels") if form else one.channels if one else ()),
            )
            for code in CHANNELS
        ],
        form=form,
    )


ROUTES: list[Any] = [
    ask,
    panel,
    panel_answer,
    miss,
    answer,
    blank,
    edit,
    write,
    write_new,
]
