"""What happens to invoices when a neighbour tells that money went back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain.invoices import service, store
from yizhan.platform import events as log
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork

_REVERSED = "冲正 payment reversed"
_REFUNDED = "退款 refunded"


async def _told(work: UnitOfWork, args: Mapping[str, Any]) -> tuple[UUID, Mapping[str, Any]]:
    told = await log.get(work.db, UUID(args["event_id"]), UUID(args["customer_id"]))
    return told.customer_id, told.payload


async def payment_reversed(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A payment was taken back at the desk: so are the invoices over it."""
    customer_id, told = await _told(work, args)
    await service.follow_money(
        work,
        customer_id,
        UUID(told["account_id"]),
        about=UUID(told["reverses"]),
        reason=_REVERSED,
    )


async def money_went_back(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A refund was sent, or the provider took a payment back."""
    customer_id, told = await _told(work, args)
    account_id = UUID(told["account_id"])
    source = UUID(told.get("refund_id") or told["intent_id"])
    await store.note_back(work, customer_id, source, account_id, int(told["amount_fen"]))
    await service.follow_money(work, customer_id, account_id, about=None, reason=_REFUNDED)


async def refund_failed(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """The money is on the account again and may be invoiced again."""
    customer_id, told = await _told(work, args)
    await store.forget_back(work, customer_id, UUID(told["refund_id"]))


REACTIONS: dict[str, tuple[Handler, ...]] = {
    "payments.payment_reversed": (payment_reversed,),
    "checkout.refund_sent": (money_went_back,),
    "checkout.payment_taken_back": (money_went_back,),
    "checkout.refund_failed": (refund_failed,),
}
"""By name, for rooms above: they tell and do not know who listens."""
