"""One's own settings: password, where one is signed in, consents, language and looks."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from yizhan.domain import contacts, customers
from yizhan.kernel.errors import CareError, Invalid
from yizhan.web import sessions
from yizhan.web.site.page import AnyRequest, done, mine, page, say, session_of, words
from yizhan.web.staff.form import Form
from yizhan.web.staff.terms import PURPOSE
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading, works_of

BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
"""What browsers say of themselves, the telling one first: most also claim to be others."""
CODE_COUNTS_FOR = timedelta(minutes=15)
"""How long a code to one's number stands for the old password."""


@get("/my/settings", customer=True)
async def settings_page(request: AnyRequest) -> Response[Any]:
    """All of it on one page."""
    return await _page(request)


@post("/my/settings/password", customer=True, status_code=200)
async def password(request: AnyRequest) -> Response[Any]:
    """Change the service password: the old one first; other sessions end."""
    form = await Form.of(request)
    session = session_of(request)
    try:
        new = form.required("new")
        if new != form.value("again"):
            raise Invalid("The two new passwords differ.", field="again")
        if not await _need_not_prove(request):
            await _check_old(request, form)
        async with acting(request) as work:
            await contacts.set_service_password(work, mine(request), new)
            await sessions.end_others(work, session.id)
    except CareError as error:
        wrong = form.wrong(request, error, password="new", evidence="old")  # noqa: S106
        if form.has("forgotten"):
            return await _forgotten(request, form=wrong, status=422)
        return await _page(request, form=wrong, status=422)
    return done(request, "/my/settings", "The new password is in force. Other sessions have ended.")


@get("/my/new-password", customer=True)
async def forgotten(request: AnyRequest) -> Response[Any]:
    """A new service password for who forgot his: a code to his number opened this session."""
    return await _forgotten(request)


async def _need_not_prove(request: AnyRequest) -> bool:
    """Whether he has no password yet, or came in a moment ago by a code sent to his number."""
    contact_id = visit_of(request).contact_id
    assert contact_id is not None, "a session is a contact"
    async with reading(request) as work:
        if not await contacts.has_service_password(work, mine(request)):
            return True
        contact = await contacts.get(work, contact_id)
        return (
            contact.verified_method is contacts.Method.ONE_TIME_CODE
            and contact.verified_at is not None
            and work.now - contact.verified_at < CODE_COUNTS_FOR
        )


async def _check_old(request: AnyRequest, form: Form) -> None:
    """Wrong tries count here as at the door, in a transaction of their own."""
    contact_id = visit_of(request).contact_id
    assert contact_id is not None, "a session is a contact"
    method, evidence = "service_password", {"password": form.required("old")}
    weighed = await contacts.weigh(
        works_of(request), method=method, evidence=evidence, customer_id=mine(request)
    )
    async with acting(request) as work:
        seen = await contacts.verify(
            work, contact_id, method=method, evidence=evidence, weighed=weighed
        )
    if not seen.ok:
        raise Invalid(
            "That does not fit what we have on record. Tries left: {tries}.",
            field="old",
            tries=seen.tries_left,
        )


@post("/my/settings/sessions/{session_id:uuid}/end", customer=True, status_code=200)
async def end_session(request: AnyRequest, session_id: UUID) -> Response[Any]:
    """End one of one's own sessions elsewhere."""
    async with acting(request) as work:
        await sessions.end(work, session_id)
    return done(request, "/my/settings", "That session has ended.")


@post("/my/settings/sessions/end-others", customer=True, status_code=200)
async def end_others(request: AnyRequest) -> Response[Any]:
    """End all of one's own sessions but this."""
    async with acting(request) as work:
        await sessions.end_others(work, session_of(request).id)
    return done(request, "/my/settings", "The other sessions have ended.")


@post("/my/settings/consents", customer=True, status_code=200)
async def consent(request: AnyRequest) -> Response[Any]:
    """Agree to a purpose, or no longer."""
    form = await Form.of(request)
    purpose = form.value("purpose")
    if purpose not in PURPOSE:
        raise Invalid("Choose one of the list.", field="purpose")
    granted = form.value("granted") == "yes"
    async with acting(request) as work:
        await customers.set_consent(work, mine(request), purpose, granted=granted, origin="website")
    said = "You agreed. You can take it back at any time." if granted else "You no longer agree."
    return done(request, "/my/settings#consents", said)


async def _forgotten(
    request: AnyRequest, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    return page(
        request,
        "site/new_password.html",
        title="Choose a new password",
        section="settings",
        status=status,
        form=form,
        old=not await _need_not_prove(request),
    )


async def _page(
    request: AnyRequest, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        customer = await customers.get(work, mine(request))
        given = {one.purpose: one for one in await customers.list_consents(work, mine(request))}
        open_doors = await sessions.list_of(work)
    asks_old = not await _need_not_prove(request)
    return page(
        request,
        "site/settings.html",
        title="Settings",
        section="settings",
        status=status,
        form=form,
        customer=customer,
        asks_old=asks_old,
        consents=[(code, words(request, text), given.get(code)) for code, text in PURPOSE.items()],
        sessions=open_doors,
        machine=lambda agent: _machine(request, agent),
        this_session=session_of(request).id,
    )


def _machine(request: AnyRequest, agent: str) -> str:
    """A browser as people call it, by what it says of itself."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    if browser and system:
        return say(request, "{browser} on {system}", browser=browser, system=system)
    return browser or system or say(request, "Unknown browser")


ROUTES: list[Any] = [settings_page, forgotten, password, end_session, end_others, consent]
