"""The clock of orders that take effect later."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain.orders import service
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork


async def _effect(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await service.take_effect(work, UUID(str(args["order_id"])))


JOBS: dict[str, Handler] = {service.EFFECT: _effect}
