"""The clock of the outbox: texts that are of no use any more are forgotten."""

from collections.abc import Mapping
from typing import Any

from yizhan.domain.contacts import store
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork


async def forget(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Empty the messages whose time is over."""
    await store.forget_messages(work, limit=1000)


JOBS: dict[str, Handler] = {"contacts.forget": forget}
