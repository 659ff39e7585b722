"""Where the payment provider tells us: its signature is checked before anything is believed.

What is not the provider's word is kept with the reason and answered 403. A storm of it is answered
429 without being kept; the provider's own word always passes, for it is checked first.
"""

from time import monotonic
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, post

from yizhan.domain import checkout
from yizhan.web.visit import address_of
from yizhan.web.work import works_of

AnyRequest = Request[Any, Any, Any]
BODY_MAX = 16 * 1024
FORGERIES_MAX = 30
WINDOW_SECONDS = 60.0
ADDRESSES_MAX = 10_000


class Forgeries:
    """How many bad signatures an address sent in the last minute; one per process."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, int]] = {}

    def too_many(self, address: str, now: float) -> bool:
        """Count one more; whether that is too many."""
        began, count = self._seen.get(address, (now, 0))
        if now - began > WINDOW_SECONDS:
            began, count = now, 0
        if len(self._seen) >= ADDRESSES_MAX and address not in self._seen:
            self._seen.clear()
        self._seen[address] = (began, count + 1)
        return count >= FORGERIES_MAX


_forgeries = Forgeries()


@post("/provider/notice", public=True, bearer=True, status_code=200, media_type=MediaType.TEXT)
async def notice(request: AnyRequest) -> Response[str]:
    """Take what the provider says. ``success`` means: kept, do not say it again."""
    address = address_of(request)
    body = await request.body()
    said: dict[str, str] = {}
    try:
        if len(body) > BODY_MAX:
            raise checkout.Forged("This is not the provider's word: {reason}.", reason="too long")
        try:
            said = msgspec.json.decode(body, type=dict[str, str])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise checkout.Forged(
                "This is not the provider's word: {reason}.", reason="not as agreed"
            ) from None
        told = checkout.connected().read(said)
    except checkout.Forged as error:
        return await _refuse(request, said, str(error.facts.get("reason", "")), body, address)
    actor = checkout.told_by(told.provider)
    async with works_of(request).begin(actor) as work:
        await checkout.told(work, told, body=_shown(said), address=address)
    return _said("success", 200)


async def _refuse(
    request: AnyRequest, said: dict[str, str], reason: str, body: bytes, address: str
) -> Response[str]:
    if _forgeries.too_many(address, monotonic()):
        return _said("too many", 429)
    name = checkout.connected().name
    async with works_of(request).begin(checkout.told_by(name)) as work:
        text = body[:4000].decode("utf-8", "replace").replace("\0", "")
        kept = {key: value.replace("\0", "") for key, value in said.items()}
        await checkout.forged(work, name, kept, reason=reason, body=text, address=address)
    return _said("refused", 403)


def _shown(said: dict[str, str]) -> str:
    """What is kept of a good message: everything but what opens a card or wallet."""
    open_to_see = {key: value for key, value in said.items() if key not in ("token", "sign")}
    return msgspec.json.encode(open_to_see).decode()


def _said(text: str, status: int) -> Response[str]:
    return Response(text, status_code=status, media_type=MediaType.TEXT)


ROUTES = [notice]
