"""What is known about one request beyond its bytes: who asks, in which language, in which contact.

The guard (``auth``) fills it; where no guard runs (an unknown address) it holds the defaults.
"""

import hashlib
import secrets
from typing import Any, cast
from uuid import UUID

import msgspec
from litestar.connection import ASGIConnection

from yizhan.domain import staff
from yizhan.i18n import language_of
from yizhan.kernel.actor import Actor, ActorKind
from yizhan.web import sessions
from yizhan.web.config import WebConfig

Connection = ASGIConnection[Any, Any, Any, Any]

SESSION_COOKIE = "yizhan_session"
CUSTOMER_COOKIE = "yizhan_my"
VISIT_COOKIE = "yizhan_visit"
LANGUAGE_COOKIE = "yizhan_language"

NOBODY = Actor(kind=ActorKind.CUSTOMER, name="", channel="website")
"""Somebody we do not know: no rights at all."""


class Visit(msgspec.Struct):
    """One request's context."""

    language: str
    actor: Actor = NOBODY
    entry: staff.Entry | None = None
    session: sessions.Session | None = None
    """The customer's own, on his site."""
    by_cookie: bool = False
    contact_id: UUID | None = None
    csrf: str = ""
    nonce: str = ""
    settled: str = ""
    """How far the event log was final before anything of this page was read. The page hands it to
    its stream of news, so what happens while the page is on its way is told too."""

    @property
    def signed_in(self) -> bool:
        """Whether we know who asks."""
        return self.entry is not None

    def script_nonce(self) -> str:
        """The nonce of this answer's Content-Security-Policy, made when first asked for."""
        if not self.nonce:
            self.nonce = secrets.token_urlsafe(16)
        return self.nonce


def visit_of(connection: Connection) -> Visit:
    """The context of this request."""
    scope = cast("dict[str, Any]", connection.scope)
    found = scope.get("yizhan.visit")
    if found is None:
        found = scope["yizhan.visit"] = Visit(language=chosen_language(connection))
    return cast("Visit", found)


def config_of(connection: Connection) -> WebConfig:
    """What the web floor was told at start."""
    return cast("WebConfig", connection.app.state.config)


def chosen_language(connection: Connection) -> str:
    """``?lang=`` before the cookie before the browser's wish before the operator's default."""
    scope = connection.scope
    default = config_of(connection).language
    if b"lang=" in scope["query_string"]:
        asked = connection.query_params.get("lang", "")
        if asked in ("zh", "en"):
            return cast("str", asked)
    headers = connection.headers
    if "cookie" in headers and connection.cookies.get(LANGUAGE_COOKIE) in ("zh", "en"):
        return connection.cookies[LANGUAGE_COOKIE]
    return language_of(headers.get("accept-language"), default=default)


def csrf_of(secret: str) -> str:
    """The token a form carries: only who holds the session's (or visit's) cookie can know it."""
    return hashlib.sha256(b"csrf:" + secret.encode()).hexdigest()[:43]


def address_of(connection: Connection) -> str:
    """Where the request comes from, for counting tries."""
    client = connection.scope.get("client")
    return client[0] if client else ""
