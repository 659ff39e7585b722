"""What a provider says goes to whom it concerns: a payment, or a card or wallet."""

from yizhan.domain.checkout import crediting, tokens
from yizhan.domain.checkout.provider import Notice
from yizhan.platform.work import UnitOfWork


async def told(
    work: UnitOfWork, notice: Notice, *, way: str = "callback", body: str = "", address: str = ""
) -> str:
    """Take what a provider said, once, however often it says it; what became of it.

    The caller has checked the signature, which ``Provider.read`` does.
    """
    if notice.kind in ("bound", "bind_refused"):
        return await tokens.told(work, notice, way=way, body=body, address=address)
    return await crediting.told(work, notice, way=way, body=body, address=address)
