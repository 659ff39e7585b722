"""Answers are squeezed for who can read them so, never a stream, and a length tells nothing."""

import gzip
from typing import Any

import pytest

from yizhan.web.squeeze import HIDDEN_BYTES, Squeezed, hidden

PAGE = "<p>一页</p>".encode() * 400


async def ask(
    *pieces: bytes,
    path: str = "/my",
    kind: bytes = b"text/html; charset=utf-8",
    accept: bytes = b"gzip, br",
    status: int = 200,
    more: tuple[tuple[bytes, bytes], ...] = (),
) -> tuple[dict[bytes, bytes], bytes, int]:
    """Head, body and number of pieces of an answer of an application that sends *pieces*."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", kind), (b"content-length", b"1"), *more]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for place, piece in enumerate(pieces):
            last = place == len(pieces) - 1
            await send({"type": "http.response.body", "body": piece, "more_body": not last})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {"type": "http", "path": path, "headers": [(b"accept-encoding", accept)]}
    whole: Any = Squeezed(app)
    await whole(scope, None, send)
    assert sent[0]["type"] == "http.response.start"
    body = b"".join(one["body"] for one in sent[1:])
    return dict(sent[0]["headers"]), body, len(sent) - 1


async def test_a_page_comes_smaller_and_whole() -> None:
    head, body, _ = await ask(PAGE)
    assert head[b"content-encoding"] == b"gzip"
    assert int(head[b"content-length"]) == len(body) < len(PAGE) / 10
    assert head[b"vary"] == b"Accept-Encoding"
    assert gzip.decompress(body) == PAGE


async def test_who_cannot_read_it_gets_it_plain() -> None:
    head, body, _ = await ask(PAGE, accept=b"identity")
    assert b"content-encoding" not in head and body == PAGE


@pytest.mark.parametrize(
    ("kind", "status", "more"),
    [
        (b"text/event-stream", 200, ()),
        (b"image/png", 200, ()),
        (b"text/html", 206, ()),
        (b"text/html", 200, ((b"content-encoding", b"br"),)),
    ],
)
async def test_what_must_stay_as_it_is_stays(
    kind: bytes, status: int, more: tuple[tuple[bytes, bytes], ...]
) -> None:
    _, body, _ = await ask(PAGE, kind=kind, status=status, more=more)
    assert body == PAGE


async def test_a_stream_passes_piece_by_piece() -> None:
    head, body, pieces = await ask(b"a" * 900, b"b" * 900, kind=b"text/html")
    assert pieces == 2 and body == b"a" * 900 + b"b" * 900
    assert b"content-encoding" not in head


async def test_a_built_file_in_pieces_is_squeezed_and_kept_for_good() -> None:
    style = b"a{color:red}" * 500
    head, body, _ = await ask(
        style[:3000], style[3000:], b"", path="/assets/built/site-ABC.css", kind=b"text/css",
        more=((b"etag", b'"1"'),),
    )  # fmt: skip
    assert gzip.decompress(body) == style
    assert head[b"cache-control"] == b"public, max-age=31536000, immutable"
    assert head[b"etag"] == b'W/"1"'
    plain, _, _ = await ask(style, path="/assets/app.svg", kind=b"image/svg+xml")
    assert b"immutable" not in plain[b"cache-control"]
    missing, _, _ = await ask(style, path="/assets/built/none.css", status=404)
    assert b"cache-control" not in missing


def test_the_length_of_a_page_is_blurred() -> None:
    lengths = {len(hidden(PAGE)) for _ in range(200)}
    assert len(lengths) > HIDDEN_BYTES / 2
    assert gzip.decompress(hidden(PAGE)) == PAGE
