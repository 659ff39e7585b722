"""Coming in and going out of one's own site: number and service password, or a code by SMS."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery

from yizhan.domain import customers
from yizhan.kernel.errors import CareError, Invalid
from yizhan.web import sessions
from yizhan.web.entrance import asked_of, kept_cookie, own_page
from yizhan.web.pages import go
from yizhan.web.site.page import ELDER_COOKIE, AnyRequest, page
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import THEME_COOKIE, THEMES
from yizhan.web.visit import (
    CUSTOMER_COOKIE,
    LANGUAGE_COOKIE,
    address_of,
    visit_of,
)
from yizhan.web.work import acting, works_of

CODE_COOKIE = "yizhan_code"


@get("/my/sign-in", public=True, site=True)
async def sign_in_page(
    request: AnyRequest,
    next: FromQuery[str] = "",
    ended: FromQuery[bool] = False,
    way: FromQuery[str] = "password",
) -> Response[Any]:
    """The form. It leaves a cookie whose token the form must bring back."""
    if visit_of(request).session is not None and way != "code":
        return go(request, _next(next))
    return _form(request, Form.given(next=next), ended=ended, way=way)


@post("/my/sign-in", public=True, site=True, status_code=200)
async def sign_in(request: AnyRequest) -> Response[Any]:
    """Let a customer in by his service password, or show the form again with what was wrong."""
    form = await Form.of(request)
    try:
        token = await sessions.sign_in(
            works_of(request),
            form.value("number"),
            form.value("password"),
            channel=_channel(request),
            address=address_of(request),
            agent=request.headers.get("user-agent", ""),
        )
    except CareError as error:
        return _form(request, form, error=error)
    return go(request, _next(form.value("next")), cookies=[_session_cookie(request, token)])


@post("/my/sign-in/code", public=True, site=True, status_code=200)
async def send_code(request: AnyRequest) -> Response[Any]:
    """Send a one-time code to the number."""
    form = await Form.of(request)
    try:
        token, masked = await sessions.begin_code(
            works_of(request),
            form.value("number"),
            channel=_channel(request),
            address=address_of(request),
        )
    except CareError as error:
        return _form(request, form, error=error, way="code")
    form.values["sent_to"] = [masked]
    waiting = kept_cookie(request, CODE_COOKIE, token, max_age=300)
    return _form(request, form, way="code", sent_to=masked, cookies=[waiting])


@post("/my/sign-in/code/check", public=True, site=True, status_code=200)
async def check_code(request: AnyRequest) -> Response[Any]:
    """Let a customer in by the code that was sent."""
    form = await Form.of(request)
    try:
        token = await sessions.enter_code(
            works_of(request),
            request.cookies.get(CODE_COOKIE, ""),
            form.value("code"),
            channel=_channel(request),
            address=address_of(request),
            agent=request.headers.get("user-agent", ""),
        )
    except CareError as error:
        return _form(request, form, error=error, way="code", sent_to=form.value("sent_to"))
    cookies = [_session_cookie(request, token), kept_cookie(request, CODE_COOKIE, "", max_age=0)]
    return go(request, _next(form.value("next")), cookies=cookies)


@post("/my/sign-out", customer=True, status_code=200)
async def sign_out(request: AnyRequest) -> Response[Any]:
    """End this session; nothing personal stays in the browser."""
    session = visit_of(request).session
    assert session is not None
    async with acting(request) as work:
        await sessions.end(work, session.id)
    gone = go(
        request, "/my/sign-in", cookies=[kept_cookie(request, CUSTOMER_COOKIE, "", max_age=0)]
    )
    gone.headers["Clear-Site-Data"] = '"cache"'
    return gone


@post("/my/look", public=True, site=True, status_code=200)
async def look(request: AnyRequest) -> Response[Any]:
    """Language, light or dark, large and short: kept by this browser, the language also by us."""
    form = await Form.of(request)
    cookies = []
    if form.has("language"):
        language = form.value("language")
        if language not in ("zh", "en"):
            raise Invalid("A language is zh or en.", field="language")
        cookies.append(kept_cookie(request, LANGUAGE_COOKIE, language, max_age=_YEAR))
        session = visit_of(request).session
        if session is not None:
            async with acting(request) as work:
                await customers.change_customer(work, session.customer_id, language=language)
    if form.has("theme"):
        theme = form.value("theme") if form.value("theme") in THEMES else "auto"
        cookies.append(kept_cookie(request, THEME_COOKIE, theme, max_age=_YEAR))
    if form.has("elder"):
        elder = "on" if form.value("elder") == "on" else "off"
        cookies.append(kept_cookie(request, ELDER_COOKIE, elder, max_age=_YEAR))
    return go(request, _next(form.value("next")), cookies=cookies)


_YEAR = 365 * 86400


def _next(address: str) -> str:
    """The page of the site to go to; never one of the staff's or of somebody else's."""
    ours = own_page(address)
    return ours if ours.split("?")[0].split("/")[1] in ("my", "shop") else "/my"


def _channel(request: AnyRequest) -> str:
    """The handset shop on a telephone, else the website."""
    agent = request.headers.get("user-agent", "")
    return "handset" if "Mobi" in agent else "website"


def _session_cookie(request: AnyRequest, token: str) -> Cookie:
    return kept_cookie(
        request, CUSTOMER_COOKIE, token, max_age=int(sessions.LONGEST.total_seconds())
    )


def _form(
    request: AnyRequest,
    form: Form,
    *,
    ended: bool = False,
    way: str = "password",
    sent_to: str = "",
    error: CareError | None = None,
    cookies: list[Cookie] | None = None,
) -> Response[Any]:
    visit_cookie, problem, status = asked_of(request, error)
    return page(
        request,
        "site/sign_in.html",
        title="Sign in",
        status=status,
        cookies=[visit_cookie, *(cookies or [])],
        problem=problem,
        form=form,
        next=_next(form.value("next")),
        ended=ended,
        way="code" if way == "code" else "password",
        sent_to=sent_to,
    )


ROUTES: list[Any] = [sign_in_page, sign_in, send_code, check_code, sign_out, look]
