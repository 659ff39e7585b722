"""What the club does when a neighbour tells: a payment was reversed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain.club import back
from yizhan.platform import events
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork


async def payment_reversed(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """The points of what it paid go back."""
    customer_id = UUID(str(args["customer_id"]))
    told = await events.get(work.db, UUID(str(args["event_id"])), customer_id)
    await back.payment_reversed(
        work,
        customer_id,
        UUID(str(told.payload["account_id"])),
        UUID(str(told.payload["reverses"])),
    )


REACTIONS: Mapping[str, tuple[Handler, ...]] = {"payments.payment_reversed": (payment_reversed,)}
