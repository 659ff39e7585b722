"""A network behind HTTP: requests are PUT under their own id, and looked at there."""

from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID

import httpx
import msgspec

from yizhan.domain.provisioning import Ask, NetworkLine, NoAnswer, Said, Verdict

_PATIENCE = httpx.Timeout(5.0, connect=2.0)
_LINES = msgspec.json.Decoder(list[NetworkLine])


class _Standing(msgspec.Struct):
    state: Verdict
    code: str = ""
    reason: str = ""


class HttpNetwork:
    """Speaks to one network at *url*; late answers are looked for."""

    def __init__(self, url: str, *, patience: httpx.Timeout | float = _PATIENCE) -> None:
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
        body = msgspec.to_builtins(ask)
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
