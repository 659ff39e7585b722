"""Around everything: security headers on every answer, a count and a time for every route.

Metrics and logs know routes by their pattern (``/customers/{id}``), never by the address asked
for, which may hold somebody's number.
"""

import os
import time
from functools import cache
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram

log = structlog.get_logger()

PROCESS = str(os.getpid())
"""Every process counts for itself, and whoever is asked answers with his own."""
REQUESTS = Counter(
    "yizhan_http_requests_total", "Answers.", ["process", "method", "route", "status"]
)
SECONDS = Histogram(
    "yizhan_http_request_seconds",
    "Time to the first byte of the answer.",
    ["process", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
SLOW_SECONDS = 1.0
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"x-frame-options", b"DENY"),
]
_API = [*_ALWAYS, (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")]
_PAGE = (
    "default-src 'self'; script-src 'self'{nonce}; style-src 'self'{nonce};"
    " style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self';"
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_PLAIN_PAGE = [*_ALWAYS, (b"content-security-policy", _PAGE.format(nonce="").encode())]
_STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")


@cache
def _meters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """The meters of a route and status; there are as many as routes, whatever is asked for."""
    return REQUESTS.labels(PROCESS, method, route, status), SECONDS.labels(PROCESS, route)


class Observed:
    """The whole application with headers, metrics and slow requests noted."""

    def __init__(self, app: Any, *, secure: bool = False) -> None:
        self.app: ASGIApp = app
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()

        async def observed_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers(scope)]
                self._count(scope, message["status"], time.perf_counter() - started)
            await send(message)

        await self.app(scope, receive, observed_send)

    def _headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        path = scope["path"]
        for_machines = path.startswith(("/api/", "/tmf-api/", "/oauth2/", "/metrics"))
        if for_machines and not path.startswith("/api/docs"):
            headers = _API
        else:
            visit = scope.get("yizhan.visit")
            nonce = getattr(visit, "nonce", "")
            headers = _PLAIN_PAGE
            if nonce:
                policy = _PAGE.format(nonce=f" 'nonce-{nonce}'").encode()
                headers = [*_ALWAYS, (b"content-security-policy", policy)]
        return [*headers, _STRICT_TRANSPORT] if self.secure else headers

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = str(scope.get("path_template") or "unknown")
        method = scope["method"]  # type: ignore[typeddict-item]
        counter, histogram = _meters(method if method in _METHODS else "other", route, status)
        counter.inc()
        histogram.observe(seconds)
        if seconds > SLOW_SECONDS and not route.startswith("/live"):
            log.warning("web.slow", route=route, status=status, seconds=round(seconds, 3))
