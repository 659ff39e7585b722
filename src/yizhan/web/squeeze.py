"""Answers made smaller on their way: a page is a sixth of itself by gzip, and a telephone pays
for every byte.

Built files carry the hash of their content in their name, so they are squeezed once and kept by
the browser for good. Pages are squeezed as they are made; a random name of random length inside
the gzip header hides how much of a page repeats what somebody else put into it (the length of an
answer would otherwise tell a secret in it, letter by letter). Streams pass untouched.
"""

import gzip
import secrets
import struct
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST = 700
"""Below this, the gzip header and the work are not worth it."""
HIDDEN_BYTES = 64
FOR_GOOD = b"public, max-age=31536000, immutable"
FOR_AN_HOUR = b"public, max-age=3600"
_KINDS = (b"text/", b"application/json", b"application/javascript", b"application/manifest+json",
          b"application/problem+json", b"image/svg+xml")  # fmt: skip
_STREAMS = (b"text/event-stream", b"text/csv")
Headers = Sequence[tuple[bytes, bytes]]


class Squeezed:
    """The application whose answers come squeezed to who can read them so."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Answer(scope, send).take)


class _Answer:
    """One answer on its way: its head waits until its body shows whether it is one piece."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.send = send
        self.path = scope["path"]
        self.may = b"gzip" in _value(scope["headers"], b"accept-encoding")
        self.head: dict[str, Any] | None = None
        self.pieces: list[bytes] = []

    async def take(self, message: Message) -> None:
        """Pass *message* on, squeezed where that is worth it."""
        given: Any = message
        if given["type"] == "http.response.start":
            self.head = dict(given)
            if self._is_file() and given["status"] in (200, 304):
                self._let_keep()
            return
        if self.head is not None and given.get("more_body") and self._is_file():
            self.pieces.append(given.get("body", b""))  # A file comes in pieces, one of ours.
            return
        head, self.head = self.head, None
        if head is None:
            await self.send(message)
            return
        if given["type"] == "http.response.body" and not given.get("more_body"):
            body = b"".join([*self.pieces, given.get("body", b"")])
            given = {**given, "body": body}
            if _worth(head, body):
                head["headers"] = [*head["headers"], (b"vary", b"Accept-Encoding")]
                if self.may:
                    body = self._squeeze(body)
                    head["headers"] = _resized(head["headers"], len(body))
                    given = {**given, "body": body}
        await self.send(head)  # type: ignore[arg-type]
        await self.send(given)

    def _is_file(self) -> bool:
        return self.path.startswith("/assets/")

    def _squeeze(self, body: bytes) -> bytes:
        return _kept(body) if self._is_file() else hidden(body)

    def _let_keep(self) -> None:
        assert self.head is not None
        for_good = self.path.startswith("/assets/built/")
        headers = [one for one in self.head["headers"] if one[0].lower() != b"cache-control"]
        headers.append((b"cache-control", FOR_GOOD if for_good else FOR_AN_HOUR))
        self.head["headers"] = headers


@lru_cache(maxsize=64)
def _kept(body: bytes) -> bytes:
    """A file of ours, as small as it gets; the same file is squeezed once."""
    return gzip.compress(body, 9, mtime=0)


def hidden(body: bytes) -> bytes:
    """*body* as gzip whose length says little about it.

    The name in the header (RFC 1952, flag FNAME) is 1 to ``HIDDEN_BYTES`` random letters.
    """
    name = secrets.token_hex(HIDDEN_BYTES // 2)[: 1 + secrets.randbelow(HIDDEN_BYTES)]
    packer = zlib.compressobj(5, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(body) + packer.flush()
    head = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + name.encode() + b"\0"
    return head + packed + struct.pack("<LL", zlib.crc32(body), len(body) & 0xFFFFFFFF)


def _worth(head: dict[str, Any], body: bytes) -> bool:
    kind = _value(head["headers"], b"content-type")
    return (
        len(body) >= SMALLEST
        and head["status"] not in (204, 206, 304)
        and kind.startswith(_KINDS)
        and not kind.startswith(_STREAMS)
        and not _value(head["headers"], b"content-encoding")
    )


def _resized(headers: Headers, length: int) -> Headers:
    """The head of the squeezed answer. Its mark of sameness holds for the content, not the bytes:
    a strong one becomes weak (RFC 9110, 8.8.1)."""
    found = []
    for name, value in headers:
        lower = name.lower()
        if lower == b"content-length" or lower == b"accept-ranges":
            continue
        weak = lower == b"etag" and not value.startswith(b"W/")
        found.append((name, b"W/" + value if weak else value))
    return [*found, (b"content-length", str(length).encode()), (b"content-encoding", b"gzip")]


def _value(headers: Any, name: bytes) -> bytes:
    return next((bytes(value) for key, value in headers if key.lower() == name), b"")
