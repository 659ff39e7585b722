"""The API as pages for people, at ``/api/docs``: drawn from its own description, without script."""

import re
from typing import Any

from litestar import Response, get
from markupsafe import Markup, escape

from yizhan.kernel.errors import NotFound
from yizhan.web import pages
from yizhan.web.api.outline import Part, Shape, outline
from yizhan.web.api.reference import ABOUT
from yizhan.web.api.route import AnyRequest
from yizhan.web.errors import own_place
from yizhan.web.visit import config_of

TONES = {"GET": "info", "POST": "good", "PUT": "warn", "PATCH": "warn", "DELETE": "bad"}


@get("/api/docs", public=True)
async def contents(request: AnyRequest) -> Response[Any]:
    """How the API is used, and everything it does by subject."""
    address = config_of(request).public_url or str(request.base_url).rstrip("/")
    return _page(request, "api/contents.html", about=_about(), address=address)


@get("/api/docs/{name:str}", public=True)
async def part(request: AnyRequest, name: str) -> Response[Any]:
    """One subject: its operations with an example each, and the types they speak of."""
    chosen = next((one for one in parts_of(request) if one.name.lower() == name.lower()), None)
    if chosen is None:
        raise NotFound("The API has no part “{name}”. See /api/docs.", name=name[:40])
    return _page(request, "api/part.html", part=chosen)


def parts_of(request: AnyRequest) -> tuple[Part, ...]:
    """The outline; made once in this process."""
    state = request.app.state
    if not hasattr(state, "api_outline"):
        state.api_outline = outline(request.app.openapi_schema.to_schema())
    found: tuple[Part, ...] = state.api_outline
    return found


def _page(request: AnyRequest, template: str, **context: Any) -> Response[Any]:
    return pages.render(
        request,
        template,
        parts=parts_of(request),
        tones=TONES,
        here=own_place(request),
        linked=linked,
        prose=prose,
        **context,
    )


def _about() -> list[Markup]:
    """The rules that hold everywhere, one by one."""
    text = ABOUT.partition("\n\n")[2]
    return [prose(re.sub(r"\s+", " ", one)) for one in text.removeprefix("* ").split("\n* ")]


def prose(text: str) -> Markup:
    """Plain words with their `code` set apart."""
    pieces = str(escape(text)).split("`")
    return Markup("".join(  # noqa: S704  every piece was escaped
        f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces)
    ))  # fmt: skip


def linked(shape: Shape) -> Markup:
    """A type in words, its own types as links to their tables."""
    text = str(escape(shape.words))
    for name in dict.fromkeys(shape.links):
        safe = str(escape(name))
        link = f'<a href="#type-{safe}">{safe}</a>'
        text = re.sub(rf"(?<![\w>-]){re.escape(safe)}(?![\w<])", link, text)
    return Markup(text)  # noqa: S704  the words and the names were escaped


ROUTES: list[Any] = [contents, part]
