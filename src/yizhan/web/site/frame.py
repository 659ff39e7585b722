"""What makes the site an app on a telephone, and the news of one's own record as it happens."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from litestar import Response, get
from litestar.response import Stream

from yizhan.kernel.errors import Unavailable
from yizhan.web import sessions
from yizhan.web.live import (
    CHECK_SECONDS,
    HEARTBEAT,
    HEARTBEAT_SECONDS,
    LISTENERS_MAX,
    Cursor,
    Listener,
    Relay,
    left_off,
)
from yizhan.web.pages import asset
from yizhan.web.site.page import AnyRequest, mine, page, session_of
from yizhan.web.visit import config_of, visit_of


@get("/my/manifest.webmanifest", public=True, site=True)
async def manifest(request: AnyRequest) -> Response[Any]:
    """How the site looks on a telephone's first screen."""
    language = visit_of(request).language
    name = config_of(request).operator[language]
    return Response(
        {
            "id": "/my",
            "name": name,
            "short_name": name[:12],
            "lang": "zh-CN" if language == "zh" else "en",
            "start_url": "/my",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f4f3ef",
            "theme_color": "#0a6b5c",
            "icons": [
                {
                    "src": asset("app.svg"),
                    "sizes": "any",
                    "type": "image/svg+xml",
                    "purpose": "any maskable",
                }
            ],
        },
        media_type="application/manifest+json",
        headers={"Cache-Control": "no-cache"},
    )


_WORKER = """/* Keeps the shell of the site - style, script, icon and one page that says that there
   is no network. Nothing personal is ever kept: every page comes from the house itself. */
const NAME = "yizhan-shell-%(version)s";
const SHELL = %(shell)s;
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(SHELL))
    .then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(
    names.filter((name) => name !== NAME).map((name) => caches.delete(name)),
  )).then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (SHELL.includes(url.pathname) && url.pathname.startsWith("/assets/")) {
    event.respondWith(caches.match(url.pathname).then((kept) => kept ?? fetch(event.request)));
  } else if (event.request.mode === "navigate" && /^\\/(my|shop)(\\/|$)/.test(url.pathname)) {
    event.respondWith(fetch(event.request).catch(() => caches.match("/my/offline")));
  }
});
"""


@get("/my/sw.js", public=True, site=True)
async def worker() -> Response[str]:
    """The service worker: it keeps the shell and nothing else."""
    shell = [asset("site.css"), asset("site.js"), asset("app.svg"), "/my/offline"]
    listed = "[" + ", ".join(f'"{one}"' for one in shell) + "]"
    version = "-".join(one.rpartition("-")[2].partition(".")[0] for one in shell[:2])
    return Response(
        _WORKER % {"version": version, "shell": listed},
        media_type="text/javascript",
        headers={"Cache-Control": "no-cache", "Service-Worker-Allowed": "/"},
    )


@get("/my/offline", public=True, site=True)
async def offline(request: AnyRequest) -> Response[Any]:
    """What is shown without a network: in both languages, with the number to call."""
    return page(request, "site/offline.html", title="No network")


@get("/my/live", customer=True)
async def live(request: AnyRequest) -> Stream:
    """What happens to one's own record, as it happens: names of events, never their content."""
    relay: Relay = request.app.state.relay
    if len(relay.listeners) >= LISTENERS_MAX:
        raise Unavailable("Too many pages are listening here. Try again later.")
    after = left_off(request)
    listener = Listener(customer_id=mine(request), prefixes=())
    return Stream(
        stream(relay, listener, after, session_of(request)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def stream(
    relay: Relay, listener: Listener, after: Cursor | None, session: sessions.Session
) -> AsyncIterator[bytes]:
    """The pieces of one open stream, until the browser leaves or its session ends."""
    loop = asyncio.get_running_loop()
    checked = loop.time()
    try:
        for piece in await relay.join(listener, after):
            yield piece
        yield HEARTBEAT
        while not relay.closing:
            try:
                yield await asyncio.wait_for(listener.buffer.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield HEARTBEAT
            if listener.overrun and listener.buffer.empty():
                listener.overrun = False
            if loop.time() - checked > CHECK_SECONDS:
                checked = loop.time()
                async with relay.works.pool.acquire() as db:
                    if not await sessions.stands(db, session, now=relay.works.clock()):
                        return
    finally:
        relay.leave(listener)


ROUTES: list[Any] = [manifest, worker, offline, live]
