"""The clock of the outbox: secret texts that are of no use any more are forgotten."""

from collections.abc import Mapping
from typing import Any

from yizhan.domain.messages import service, store
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork


async def forget(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Empty the messages whose time is over."""
    await store.forget(work, limit=1000)


JOBS: dict[str, Handler] = {service.FORGET: forget}
