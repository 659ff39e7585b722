"""What orders do when the network answers."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain.orders import service
from yizhan.domain.provisioning import NetworkDone, NetworkRefused
from yizhan.platform import events
from yizhan.platform.work import UnitOfWork


async def network_answered(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Complete or fail the order something was asked for, if it was for an order."""
    told = await events.get(work.db, UUID(str(args["event_id"])), UUID(str(args["customer_id"])))
    await service.network_answered(work, UUID(str(told.payload["reference"])))


REACTIONS = {
    NetworkDone.name: (network_answered,),
    NetworkRefused.name: (network_answered,),
}
