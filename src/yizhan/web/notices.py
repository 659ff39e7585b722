"""Where the network tells us: its signature is checked before anything is believed.

What is not its word is kept with the reason and answered 403; a storm of it is answered 429 without
being kept. Answered 200 a notice need not be said again, whatever became of it.
"""

from time import monotonic
from typing import Any

from litestar import MediaType, Request, Response, post

from yizhan.domain import provisioning
from yizhan.web.provider import Forgeries
from yizhan.web.visit import address_of
from yizhan.web.work import works_of

AnyRequest = Request[Any, Any, Any]
BODY_MAX = 16 * 1024

_forgeries = Forgeries()


@post("/network/notice", public=True, bearer=True, status_code=200, media_type=MediaType.TEXT)
async def notice(request: AnyRequest) -> Response[str]:
    """Take what the network says of a request: ``taken``, ``repeated``, ``nothing_new`` ..."""
    address, body = address_of(request), await request.body()
    text = body[:4000].decode("utf-8", "replace").replace("\0", "")
    try:
        if len(body) > BODY_MAX:
            raise provisioning.NotTheNetwork(
                "This is not the network's word: {reason}.", reason="too long"
            )
        told = provisioning.connected().read(request.headers, body)
    except provisioning.NotTheNetwork as error:
        if _forgeries.too_many(address, monotonic()):
            return _said("too many", 429)
        async with works_of(request).begin(provisioning.TELLER) as work:
            await provisioning.forged(
                work, reason=str(error.facts.get("reason", "")), body=text, address=address
            )
        return _said("refused", 403)
    async with works_of(request).begin(provisioning.TELLER) as work:
        verdict = await provisioning.told(work, told, body=text, address=address)
    return _said(verdict, 200)


def _said(text: str, status: int) -> Response[str]:
    return Response(text, status_code=status, media_type=MediaType.TEXT)


ROUTES = [notice]
