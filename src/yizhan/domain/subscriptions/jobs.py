"""The clock of the numbers: what has cooled down, or was reserved too long, is free again."""

from collections.abc import Mapping
from typing import Any

from yizhan.domain.subscriptions import service
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork


async def recycle(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Free the numbers whose time is over."""
    await service.recycle_numbers(work)


JOBS: dict[str, Handler] = {"subscriptions.recycle": recycle}
