"""What an order is in the ledger: earned when paid, given back when it came back."""

from yizhan.domain import checkout, ledger
from yizhan.domain.ledger import Bucket
from yizhan.domain.shop.model import Order
from yizhan.platform.work import UnitOfWork

SALE = "goods_sale"
BACK = "goods_back"
EARNED = ledger.house(Bucket.REVENUE, "goods")
LOST = ledger.house(Bucket.WRITE_OFF, "provider_reversal")
PROVIDER = ledger.house(Bucket.SUSPENSE, "provider")
"""Where `checkout` keeps what was paid for something sold."""


def payer(order: Order) -> ledger.Holder:
    """Where the money of an order comes from and goes back to."""
    if order.means == "online":
        return PROVIDER
    return ledger.held(order.customer_id, order.account_id, Bucket.RECEIVABLE)


async def earn(work: UnitOfWork, order: Order) -> None:
    """The money of an order is ours."""
    await _move(work, order, payer(order), EARNED, SALE)


async def give_back(work: UnitOfWork, order: Order, reason: str) -> None:
    """The money of an order is his again, on its way to where it came from."""
    await _move(work, order, EARNED, payer(order), BACK)
    if order.means == "online":
        assert order.intent_id is not None, "what was earned online has a payment"
        sent = await checkout.give_back(
            work,
            customer_id=order.customer_id,
            intent_id=order.intent_id,
            amount_fen=order.amount_fen,
            reason=reason,
            key=f"shop:{order.id}",
        )
        order.refund_id = sent.id


async def taken_back(work: UnitOfWork, order: Order, *, left: bool) -> None:
    """The provider has the money again; when the goods had *left*, it is a loss of ours."""
    if left:
        await _move(work, order, LOST, PROVIDER, "goods_lost")
    else:
        await _move(work, order, EARNED, PROVIDER, BACK)


async def _move(
    work: UnitOfWork, order: Order, debit: ledger.Holder, credit: ledger.Holder, kind: str
) -> None:
    await ledger.transfer(
        work,
        ledger.Entry(
            customer_id=order.customer_id,
            debit=debit,
            credit=credit,
            amount=order.amount_fen,
            kind=kind,
            key=f"shop:{order.id}:{kind}",
            reference=order.id,
        ),
    )
