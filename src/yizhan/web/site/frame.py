"""What makes the site an app on a telephone, and the news of one's own record as it happens."""

from datetime import datetime
from typing import Any

from litestar import Response, get
from litestar.response import Stream

from yizhan.platform.db import Connection
from yizhan.web import sessions
from yizhan.web.live import Listener, open_stream
from yizhan.web.pages import asset
from yizhan.web.site.page import AnyRequest, mine, page, say, session_of
from yizhan.web.visit import config_of, visit_of

PURPOSES = ("any", "maskable")
"""The picture keeps its middle free of the edge, so a telephone may cut it to any shape."""
SHORTCUTS = (("Bills", "/my/bills"), ("Pay or recharge", "/my/pay"), ("Requests", "/my/matters"))


def _picture(size: int, purpose: str) -> dict[str, str]:
    return {
        "src": asset(f"app-{size}.png"),
        "sizes": f"{size}x{size}",
        "type": "image/png",
        "purpose": purpose,
    }


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
                *(_picture(size, purpose) for size in (192, 512) for purpose in PURPOSES),
                {"src": asset("app.svg"), "sizes": "any", "type": "image/svg+xml"},
            ],
            "shortcuts": [
                {"name": say(request, name), "url": address} for name, address in SHORTCUTS
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
    built = [asset(name) for name in ("site.css", "site.js", "transitions.js")]
    shell = [*built, asset("app.svg"), "/my/offline"]
    listed = "[" + ", ".join(f'"{one}"' for one in shell) + "]"
    version = "-".join(one.rpartition("-")[2].partition(".")[0] for one in built)
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
    session = session_of(request)

    async def stands(db: Connection, now: datetime) -> bool:
        return await sessions.stands(db, session, now=now)

    return open_stream(request, Listener(customer_id=mine(request), prefixes=()), stands)


ROUTES: list[Any] = [manifest, worker, offline, live]
