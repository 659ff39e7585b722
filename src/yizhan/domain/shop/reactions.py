"""What the shop does when `checkout` tells of money for something sold."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain import checkout
from yizhan.domain.shop import service
from yizhan.platform import events
from yizhan.platform.work import UnitOfWork


async def purchase_paid(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Money for an order arrived."""
    told = await events.get(work.db, UUID(str(args["event_id"])), UUID(str(args["customer_id"])))
    intent_id = UUID(str(told.payload["intent_id"]))
    if order_id := order_of(str(told.payload["purpose"])):
        await service.money_came(work, told.customer_id, order_id, intent_id)


async def payment_taken_back(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """The provider took a payment back, perhaps one of ours."""
    told = await events.get(work.db, UUID(str(args["event_id"])), UUID(str(args["customer_id"])))
    intent = await checkout.get(work, UUID(str(told.payload["intent_id"])))
    if order_id := order_of(intent.purpose):
        await service.money_gone(work, told.customer_id, order_id, intent.id)


def order_of(purpose: str) -> UUID | None:
    """The order a payment is for; None when it is for something else."""
    if not purpose.startswith(service.PURPOSE):
        return None
    return UUID(purpose.removeprefix(service.PURPOSE))


REACTIONS = {
    checkout.PurchasePaid.name: (purchase_paid,),
    checkout.PaymentTakenBack.name: (payment_taken_back,),
}
