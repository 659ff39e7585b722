"""Coming in and going out by the front door: sign-in, one-time code, own password, language."""

import secrets
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from yizhan.domain import staff
from yizhan.kernel.errors import CareError, Invalid, Unauthenticated
from yizhan.web.errors import Problem, problem_of
from yizhan.web.pages import go, render
from yizhan.web.visit import (
    LANGUAGE_COOKIE,
    SESSION_COOKIE,
    VISIT_COOKIE,
    address_of,
    config_of,
    csrf_of,
    visit_of,
)
from yizhan.web.work import acting, works_of

AnyRequest = Request[Any, Any, Any]
Form = Body(media_type=RequestEncodingType.URL_ENCODED)


class SignIn(msgspec.Struct):
    """The sign-in form."""

    login: str = ""
    password: str = ""
    code: str = ""
    next: str = ""


class OwnPassword(msgspec.Struct):
    """The form for one's own password."""

    old: str = ""
    new: str = ""
    again: str = ""


class Choice(msgspec.Struct):
    """The choice of a language."""

    language: str = ""
    next: str = ""


@get("/sign-in", public=True)
async def sign_in_page(
    request: AnyRequest, next: FromQuery[str] = "", ended: FromQuery[bool] = False
) -> Response[Any]:
    """The form. It leaves a cookie whose token the form must bring back."""
    if visit_of(request).signed_in:
        return go(request, own_page(next))
    return _form(request, next=next, ended=ended)


@post("/sign-in", public=True, status_code=200)
async def sign_in(request: AnyRequest, data: Annotated[SignIn, Form]) -> Response[Any]:
    """Let somebody in, or show the form again with what was wrong."""
    try:
        token, _user = await staff.sign_in(
            works_of(request),
            data.login,
            data.password,
            code=data.code,
            address=address_of(request),
            agent=request.headers.get("user-agent", ""),
        )
    except CareError as error:
        return _form(request, next=data.next, login=data.login, error=error)
    return go(request, own_page(data.next), cookies=[session_cookie(request, token)])


@post("/sign-out", signed_in=True, while_password_due=True, status_code=200)
async def sign_out(request: AnyRequest) -> Response[Any]:
    """End this session."""
    entry = visit_of(request).entry
    if entry is not None:
        async with acting(request) as work:
            await staff.sign_out(work, entry.token_id)
    gone = kept_cookie(request, SESSION_COOKIE, "", max_age=0)
    return go(request, "/sign-in", cookies=[gone])


@get("/password", signed_in=True, while_password_due=True)
async def password_page(request: AnyRequest) -> Response[Any]:
    """The form for one's own password."""
    return _password_form(request)


@post("/password", signed_in=True, while_password_due=True, status_code=200)
async def password(request: AnyRequest, data: Annotated[OwnPassword, Form]) -> Response[Any]:
    """Change one's own password; other sessions end."""
    entry = visit_of(request).entry
    try:
        if data.new != data.again:
            raise Invalid("The two new passwords differ.", field="again")
        await staff.change_password(
            works_of(request),
            visit_of(request).actor,
            old=data.old,
            new=data.new,
            keep_session=entry.token_id if entry else None,
        )
    except CareError as error:
        return _password_form(request, error=error)
    return go(request, "/")


@post("/language", public=True, status_code=200)
async def language(request: AnyRequest, data: Annotated[Choice, Form]) -> Response[Any]:
    """Choose a language: kept in a cookie, and with the account of who is signed in."""
    if data.language not in ("zh", "en"):
        raise Invalid("A language is zh or en.", field="language")
    if visit_of(request).signed_in:
        async with acting(request) as work:
            await staff.choose_language(work, data.language)
    chosen = kept_cookie(request, LANGUAGE_COOKIE, data.language, max_age=365 * 86400)
    return go(request, own_page(data.next), cookies=[chosen])


def own_page(address: str) -> str:
    """*address* if it is a path of ours, else the first page: nobody is sent elsewhere."""
    parts = urlsplit(address)
    ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if ours and not parts.netloc and not parts.scheme else "/"


def session_cookie(request: AnyRequest, token: str) -> Cookie:
    """The session for the browser; scripts cannot read it, other sites cannot use it."""
    return kept_cookie(request, SESSION_COOKIE, token, max_age=int(staff.LONGEST.total_seconds()))


def kept_cookie(request: AnyRequest, name: str, value: str, *, max_age: int) -> Cookie:
    """A cookie of ours: scripts cannot read it, other sites' forms do not send it."""
    return Cookie(
        key=name,
        value=value,
        path="/",
        httponly=True,
        samesite="lax",
        secure=config_of(request).cookie_secure,
        max_age=max_age,
    )


def asked_of(request: AnyRequest, error: CareError | None) -> tuple[Cookie, Problem | None, int]:
    """For a form to sign in by: the cookie that proves it ours, what was wrong, its status."""
    secret = request.cookies.get(VISIT_COOKIE) or secrets.token_urlsafe(24)
    visit_of(request).csrf = csrf_of(secret)
    problem = None if error is None else problem_of(request, error)
    status = 200
    if problem is not None:
        status = 422 if isinstance(error, Unauthenticated) else problem.status
    return kept_cookie(request, VISIT_COOKIE, secret, max_age=86400), problem, status


def _form(
    request: AnyRequest,
    *,
    next: str,
    login: str = "",
    ended: bool = False,
    error: CareError | None = None,
) -> Response[Any]:
    visit_cookie, problem, status = asked_of(request, error)
    return render(
        request,
        "sign_in.html",
        status=status,
        cookies=[visit_cookie],
        problem=problem,
        code_needed=isinstance(error, staff.CodeNeeded),
        login=login,
        ended=ended,
        next=own_page(next),
    )


def _password_form(request: AnyRequest, *, error: CareError | None = None) -> Response[Any]:
    entry = visit_of(request).entry
    return render(
        request,
        "password.html",
        status=200 if error is None else 422,
        problem=None if error is None else problem_of(request, error),
        due=entry is not None and entry.password_change_due,
    )


ROUTES = [sign_in_page, sign_in, sign_out, password_page, password, language]
