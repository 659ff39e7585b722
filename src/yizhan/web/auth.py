"""The guard at every route: who asks, may he, and did a form of ours send it.

A route says what it takes, once, and ``check_routes`` refuses to start with one that does not:

    @get("/bills", needs="bills.read")     this right; several: any of a tuple
    @post("/hub", needs_all=(..., ...))    all of these rights
    @get("/password", signed_in=True)      any member of staff or client
    @get("/sign-in", public=True)          anybody
    @get("/my/bills", customer=True)       a customer signed in to his own site

A customer's session is another cookie than that of the staff: neither opens the other's door.
``site=True`` beside ``public=True`` marks the site's own public pages, which know him if he is
signed in. ``bearer=True`` marks the APIs: there a missing token is an error, not a way to the
sign-in page.
``while_password_due=True`` marks what is open before a password set by somebody else is changed.
"""

import hmac
from typing import Any
from uuid import UUID

from litestar import Litestar, Request
from litestar.enums import ScopeType
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from yizhan.domain import staff
from yizhan.kernel.errors import Forbidden, Invalid, Unauthenticated
from yizhan.platform.work import Works
from yizhan.web import live, sessions
from yizhan.web.visit import (
    CUSTOMER_COOKIE,
    SESSION_COOKIE,
    VISIT_COOKIE,
    Connection,
    Visit,
    csrf_of,
    visit_of,
)

AnyRequest = Request[Any, Any, Any]
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
WAYS = ("public", "signed_in", "needs", "needs_all", "customer")
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "_csrf_token"
CONTACT_HEADER = "x-contact"


class ForeignForm(Forbidden):
    """The form was not one of ours, or is older than the session."""

    code = "foreign_form"


class Guard:
    """Stands before every route. A middleware, since Litestar copies a handler for its guards."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, knowing who asks; or raise what it lacks."""
        if scope["type"] == ScopeType.HTTP:
            request = AnyRequest(scope, receive)
            await judge(request, scope["route_handler"].opt)
        await self.app(scope, receive, send)


async def judge(connection: AnyRequest, opt: dict[str, Any]) -> None:
    """Find out who asks and whether he may; raises what he lacks."""
    if opt.get("customer") or opt.get("site"):
        await _judge_customer(connection, opt)
        return
    visit = visit_of(connection)
    token, visit.by_cookie = _token_of(connection)
    if token:
        works: Works = connection.app.state.works
        try:
            async with works.pool.acquire() as db:
                visit.entry = await staff.entry_of_token(
                    db, token, now=works.clock(), channel="api" if opt.get("bearer") else "desk"
                )
                if _is_page(connection, opt):
                    visit.settled = await live.settled(db)
        except Unauthenticated:
            if not opt.get("public"):
                raise
        else:
            _enter(connection, visit, visit.entry)
    if not opt.get("public"):
        _check(visit, opt)
    if connection.method not in SAFE and not (token and not visit.by_cookie):
        if opt.get("public") and opt.get("bearer"):
            return
        await _check_form(connection, token if visit.signed_in else "")


async def _judge_customer(connection: AnyRequest, opt: dict[str, Any]) -> None:
    """The same on the customer's site, by the cookie of his own session alone."""
    visit = visit_of(connection)
    token = connection.cookies.get(CUSTOMER_COOKIE, "") if "cookie" in connection.headers else ""
    if token:
        works: Works = connection.app.state.works
        async with works.pool.acquire() as db:
            visit.session = await sessions.find(db, token, now=works.clock())
            if visit.session is not None and _is_page(connection, opt):
                visit.settled = await live.settled(db)
    if visit.session is not None:
        visit.by_cookie = True
        visit.actor = sessions.actor_of(visit.session.customer_id, visit.session.name)
        visit.contact_id = visit.session.contact_id
        visit.csrf = csrf_of(token)
    elif opt.get("customer"):
        raise Unauthenticated("Please sign in.")
    if connection.method not in SAFE:
        await _check_form(connection, token if visit.session is not None else "")


def _is_page(connection: AnyRequest, opt: dict[str, Any]) -> bool:
    """Whether a browser asks for a whole page, which then listens for news."""
    return (
        connection.method == "GET"
        and not opt.get("bearer")
        and "text/html" in connection.headers.get("accept", "")
    )


def _token_of(connection: Connection) -> tuple[str, bool]:
    """The token, and whether a browser sent it by itself."""
    scheme, _, value = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip(), False
    if "cookie" in connection.headers:
        return connection.cookies.get(SESSION_COOKIE, ""), True
    return "", False


def _enter(connection: Connection, visit: Visit, entry: staff.Entry) -> None:
    visit.actor = entry.actor
    visit.contact_id = entry.contact_id
    if visit.by_cookie:
        if b"lang=" not in connection.scope["query_string"]:
            visit.language = entry.language
        visit.csrf = csrf_of(connection.cookies[SESSION_COOKIE])
    if named := connection.headers.get(CONTACT_HEADER):
        try:
            visit.contact_id = UUID(named)
        except ValueError:
            raise Invalid("X-Contact must be the id of a contact.", field="X-Contact") from None


def _check(visit: Visit, opt: dict[str, Any]) -> None:
    if visit.entry is None:
        raise Unauthenticated("Please sign in.")
    if visit.entry.password_change_due and not opt.get("while_password_due"):
        raise staff.PasswordChangeDue("Choose a password of your own first.")
    for right in opt.get("needs_all", ()):
        visit.actor.require(right)
    needs = opt.get("needs")
    if not needs:
        return
    if isinstance(needs, str):
        visit.actor.require(needs)
    elif not any(visit.actor.may(right) for right in needs):
        visit.actor.require(needs[0])


async def _check_form(connection: AnyRequest, token: str) -> None:
    """A browser sends cookies with anybody's form; ours alone know the token."""
    if connection.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForeignForm("This form was sent from another site.")
    secret = token or connection.cookies.get(VISIT_COOKIE, "")
    given = connection.headers.get(CSRF_HEADER, "")
    if not given:
        given = str((await connection.form()).get(CSRF_FIELD, ""))
    if not secret or not hmac.compare_digest(csrf_of(secret).encode(), given.encode()):
        raise ForeignForm("This form is too old. Load the page again and repeat what you did.")


def check_routes(app: Litestar) -> None:
    """Raise ``AssertionError`` for a route that does not say who may use it, or names a right
    that does not exist."""
    for route in app.routes:
        handlers = route.route_handlers if isinstance(route, HTTPRoute) else []
        for handler in handlers:
            if handler.http_methods == {"OPTIONS"}:
                continue
            opt = handler.opt
            said = [name for name in WAYS if opt.get(name)]
            assert len(said) == 1, f"{handler}: say one of {WAYS}"
            needs = opt.get("needs") or opt.get("needs_all") or ()
            for right in (needs,) if isinstance(needs, str) else needs:
                assert right in staff.PERMISSIONS, f"{handler}: there is no right {right}"
