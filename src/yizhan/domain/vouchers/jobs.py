"""The worker's part of cards: making them a part at a time, ending them on their day."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain.vouchers import making, service
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork


async def make(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Make the next cards of a batch."""
    await making.make_some(work, UUID(args["batch_id"]))


async def expire(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """End what nobody used of a batch."""
    await service.expire(work, UUID(args["batch_id"]))


JOBS: Mapping[str, Handler] = {making.MAKE_JOB: make, making.EXPIRE_JOB: expire}
