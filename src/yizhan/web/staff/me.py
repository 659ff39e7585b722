"""One's own settings: open sessions, one-time codes, light or dark."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie

from yizhan.domain import staff
from yizhan.kernel.errors import CareError
from yizhan.web import pages
from yizhan.web.entrance import own_page
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import THEME_COOKIE, THEMES, done, page
from yizhan.web.visit import config_of, visit_of
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]


@get("/me", signed_in=True)
async def me(request: AnyRequest) -> Response[Any]:
    """Who I am here, what I may, where else I am signed in."""
    return await _page(request)


@post("/me/codes", signed_in=True, status_code=200)
async def begin_codes(request: AnyRequest) -> Response[Any]:
    """A fresh secret for one-time codes: to be typed into an app, then confirmed."""
    async with acting(request) as work:
        secret, _address = await staff.begin_enrolment(work)
    return await _page(request, secret=secret)


@post("/me/codes/confirm", signed_in=True, status_code=200)
async def confirm_codes(request: AnyRequest) -> Response[Any]:
    """Switch one-time codes on with a first right code."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            await staff.confirm_enrolment(work, form.required("code"))
    except CareError as error:
        return await _page(
            request, form=form.wrong(request, error), secret=form.value("secret"), status=422
        )
    return done(request, "/me", "One-time codes are on. You will be asked for one at sign-in.")


@post("/me/codes/off", signed_in=True, status_code=200)
async def codes_off(request: AnyRequest) -> Response[Any]:
    """Do without one-time codes."""
    async with acting(request) as work:
        await staff.switch_off(work)
    return done(request, "/me", "One-time codes are off.", kind="warn")


@post("/theme", public=True, status_code=200)
async def theme(request: AnyRequest) -> Response[Any]:
    """Light, dark or as the system: kept by this browser."""
    form = await Form.of(request)
    chosen = form.value("theme")
    cookie = Cookie(
        key=THEME_COOKIE,
        value=chosen if chosen in THEMES else "auto",
        path="/",
        httponly=True,
        samesite="lax",
        secure=config_of(request).cookie_secure,
        max_age=365 * 86400,
    )
    return pages.go(request, own_page(form.value("next")), cookies=[cookie])


async def _page(
    request: AnyRequest, *, form: Form | None = None, secret: str = "", status: int = 200
) -> Response[Any]:
    visit = visit_of(request)
    assert visit.entry is not None and visit.actor.id is not None
    async with reading(request) as work:
        user = await staff.get_user(work, visit.actor.id)
        sessions = await staff.list_sessions(work)
    rights = [
        text[visit.language] for right, text in staff.PERMISSIONS.items() if visit.actor.may(right)
    ]
    return page(
        request,
        "staff/me.html",
        title="My settings",
        status=status,
        user=user,
        sessions=sessions,
        this_session=visit.entry.token_id,
        rights=rights,
        form=form,
        secret=secret,
    )


ROUTES: list[Any] = [me, begin_codes, confirm_codes, codes_off, theme]
