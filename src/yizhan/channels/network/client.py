"""A network behind HTTP: requests are PUT under their own id, and looked at there.

What it says unasked is signed: HMAC-SHA256 over a purpose, its moment, a nonce and the body.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Self
from uuid import UUID

import httpx
import msgspec

from yizhan.domain.provisioning import (
    Ask,
    NetworkLine,
    NoAnswer,
    Notice,
    NotTheNetwork,
    Said,
    Verdict,
)

CLOCK_SECONDS: Final = 300
"""How far the moment of what the network says may be from ours."""
_NONCE_LENGTHS: Final = range(16, 101)

_PATIENCE = httpx.Timeout(5.0, connect=2.0)
_LINES = msgspec.json.Decoder(list[NetworkLine])


class _Standing(msgspec.Struct):
    state: Verdict
    code: str = ""
    reason: str = ""


class _Told(msgspec.Struct):
    id: UUID
    state: Verdict
    code: str = ""
    reason: str = ""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def signature(secret: bytes, moment: str, nonce: str, body: bytes) -> str:
    """What the network writes under a notice, in hex."""
    said = f"notice\n{moment}\n{nonce}\n".encode() + body
    return hmac.digest(secret, said, hashlib.sha256).hex()


class SignedEar:
    """Knows the network's word by the secret shared with it. Fulfils ``provisioning.Ear``."""

    def __init__(self, secret: bytes, *, clock: Callable[[], datetime] = _utc_now) -> None:
        self._secret, self._clock = secret, clock

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """A notice whose signature and moment are right. Raises ``NotTheNetwork``, saying why."""
        moment, nonce = headers.get("x-network-moment", ""), headers.get("x-network-nonce", "")
        right = signature(self._secret, moment, nonce, body)
        if not hmac.compare_digest(right.encode(), headers.get("x-network-signature", "").encode()):
            raise _not("bad signature")
        try:
            said_at = datetime.fromisoformat(moment)
        except ValueError:
            raise _not("no moment or nonce") from None
        if said_at.tzinfo is None or len(nonce) not in _NONCE_LENGTHS:
            raise _not("no moment or nonce")
        if abs((self._clock() - said_at).total_seconds()) > CLOCK_SECONDS:
            raise _not("stale")
        try:
            told = msgspec.json.decode(body, type=_Told)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise _not("not as agreed") from None
        said = Said(verdict=told.state, code=told.code, reason=told.reason)
        return Notice(nonce=nonce, request_id=told.id, said=said)


def _not(reason: str) -> NotTheNetwork:
    return NotTheNetwork("This is not the network's word: {reason}.", reason=reason)


class HttpNetwork:
    """Speaks to one network at *url*; it may tell late answers at *callback*."""

    def __init__(
        self, url: str, *, callback: str = "", patience: httpx.Timeout | float = _PATIENCE
    ) -> None:
        self._callback = callback
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/"), timeout=patience, limits=limits, trust_env=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def send(self, ask: Ask) -> Said:
        """Ask; the same id again has no second effect. Raises ``NoAnswer``."""
        body = {**msgspec.to_builtins(ask), "callback": self._callback}
        return _said(await self._exchange("PUT", f"/requests/{ask.id}", json=body))

    async def look(self, request_id: UUID) -> Said:
        """How a request stands. Raises ``NoAnswer``."""
        return _said(await self._exchange("GET", f"/requests/{request_id}"))

    async def list_lines(self, *, after: UUID | None, limit: int) -> Sequence[NetworkLine]:
        """Lines the network knows, by their id. Raises ``NoAnswer``."""
        query = {"limit": str(limit)} | ({"after": str(after)} if after else {})
        answer = await self._exchange("GET", "/lines", params=query)
        try:
            return _LINES.decode(answer.content)
        except msgspec.MsgspecError as error:
            raise NoAnswer(f"the list of lines cannot be read: {error}") from error

    async def teach(self, lines: Sequence[NetworkLine]) -> None:
        """Tell a network that is new which lines there are. Raises ``NoAnswer``."""
        await self._exchange("POST", "/lines", json=msgspec.to_builtins(list(lines)))

    async def count_lines(self) -> int:
        """How many lines it knows. Raises ``NoAnswer``."""
        return int((await self._exchange("GET", "/health")).json()["lines"])

    async def _exchange(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            raise NoAnswer(f"{type(error).__name__}: {error}"[:300]) from error
        if answer.status_code >= 500:
            raise NoAnswer(f"status {answer.status_code}")
        return answer


def _said(answer: httpx.Response) -> Said:
    if answer.status_code == 404:
        return Said(verdict=Verdict.UNKNOWN)
    if answer.status_code >= 400:
        return Said(
            verdict=Verdict.REFUSED, code=f"status_{answer.status_code}", reason=answer.text[:300]
        )
    try:
        found = msgspec.json.decode(answer.content, type=_Standing)
    except msgspec.MsgspecError as error:
        raise NoAnswer(f"the answer cannot be read: {error}") from error
    return Said(verdict=found.state, code=found.code, reason=found.reason)
