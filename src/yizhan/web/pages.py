"""Pages: Jinja templates from every ``web/*/templates`` and ``web/templates``, in two languages.

In a template: ``{{ _("Save") }}`` is the sentence in the reader's language; ``fen | yuan``,
``moment | when``, ``day | day`` and ``number | masked`` write figures as people read them;
``text | words`` picks from a ``Text``; ``asset("staff.js")`` is the address of a built file;
``csrf_token`` goes into a header ``X-CSRF-Token`` or a hidden field ``_csrf_token``.

Scripts stand in files: the Content-Security-Policy allows none inline, except one that carries
``nonce="{{ nonce() }}"``. Style attributes are allowed, event attributes (onclick) are not.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar import Request, Response
from litestar.datastructures import Cookie

from yizhan import i18n
from yizhan.domain import cases
from yizhan.kernel import money, phone
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.text import Text
from yizhan.web.visit import config_of, visit_of

WEB = Path(__file__).parent
BUILT = WEB / "assets" / "built"


@pass_context
def _translate(context: Context, message: str, /, **facts: object) -> str:
    return i18n.translate(context["lang"], message, **facts)


@pass_context
def _words(context: Context, text: Text | None) -> str:
    return "" if text is None else text[context["lang"]]


@pass_context
def _when(context: Context, moment: datetime | None, form: str = "%Y-%m-%d %H:%M") -> str:
    zone: ZoneInfo = context["zone"]
    return "" if moment is None else moment.astimezone(zone).strftime(form)


@pass_context
def _by(context: Context, name: str) -> str:
    """Who did it, as people say it: the house itself is no name."""
    return i18n.translate(context["lang"], "the system") if name == SYSTEM.name else name


def _day(day: date | datetime | None) -> str:
    return "" if day is None else day.strftime("%Y-%m-%d")


def _iso(moment: datetime | None) -> str:
    """For ``<time datetime="…">``."""
    return "" if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def asset(name: str) -> str:
    """The address of a built file, with the hash of its content where it was built with one."""
    built = manifest().get(name)
    return f"/assets/{name}" if built is None else f"/assets/built/{built}"


@cache
def manifest() -> Mapping[str, str]:
    """Built files by the name templates use; read once per process."""
    try:
        found: dict[str, str] = json.loads((BUILT / "manifest.json").read_text())
    except FileNotFoundError:
        return {}
    return found


@cache
def templates() -> Environment:
    """The template engine of this process. Rooms of the web floor may add filters to it."""
    folders = [*sorted(WEB.glob("*/templates")), WEB / "templates"]
    engine = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    engine.globals |= {"_": _translate, "asset": asset}
    engine.filters |= {
        "yuan": money.yuan,
        "by": _by,
        "when": _when,
        "day": _day,
        "iso": _iso,
        "masked": phone.mask,
        "words": _words,
    }
    return engine


def render(
    request: Request[Any, Any, Any],
    template: str,
    /,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    cookies: list[Cookie] | None = None,
    **context: object,
) -> Response[str]:
    """A page. Besides *context* a template knows ``lang``, ``actor``, ``visit``, ``csrf_token``,
    ``nonce``, ``operator``, ``zone``, ``path`` and ``htmx`` (asked for as a part of a page)."""
    visit, config = visit_of(request), config_of(request)
    nonce: Callable[[], str] = visit.script_nonce
    body = (
        templates()
        .get_template(template)
        .render(
            lang=visit.language,
            actor=visit.actor,
            visit=visit,
            csrf_token=visit.csrf,
            nonce=nonce,
            operator=config.operator,
            zone=config.zone,
            path=request.url.path,
            htmx="hx-request" in request.headers,
            **context,
        )
    )
    return Response(
        body,
        status_code=status,
        media_type="text/html",
        headers={"Cache-Control": "no-store", **(headers or {})},
        cookies=cookies or (),
    )


def download(file: cases.Attachment, content: bytes) -> Response[bytes]:
    """A file somebody sent: always saved, never run in our pages."""
    name = quote(file.name, safe="")
    return Response(
        content,
        media_type=file.media_type,
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


def go(
    request: Request[Any, Any, Any], address: str, *, cookies: list[Cookie] | None = None
) -> Response[Any]:
    """Send the browser to *address*, whether a page or a part of one was asked for."""
    if "hx-request" in request.headers:
        return Response(
            b"", status_code=200, headers={"HX-Redirect": address}, cookies=cookies or ()
        )
    return Response(b"", status_code=303, headers={"Location": address}, cookies=cookies or ())
