"""The desk's clock: an adjustment nobody decided on lapses."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain.payments import service
from yizhan.domain.payments.model import AlreadyDecided
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork


async def adjustment_expires(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Let a request lapse; nothing if it was decided meanwhile."""
    try:
        await service.expire(work, UUID(args["customer_id"]), UUID(args["adjustment_id"]))
    except AlreadyDecided:
        return


JOBS: Mapping[str, Handler] = {service.EXPIRE_JOB: adjustment_expires}
