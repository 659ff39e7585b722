"""The ledger's clock: a reservation nobody came for is given back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain.ledger import service
from yizhan.domain.ledger.model import AlreadySettled
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork


async def expire(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Void a reservation whose time is over; nothing if it was settled meanwhile."""
    try:
        await service.void(work, UUID(args["customer_id"]), UUID(args["transfer_id"]), expired=True)
    except AlreadySettled:
        return


JOBS: Mapping[str, Handler] = {service.EXPIRE_JOB: expire}
