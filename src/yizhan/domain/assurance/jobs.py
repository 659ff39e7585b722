"""The hourly look, and one job per check."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog

from yizhan.domain.assurance import service
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork

log = structlog.get_logger()


async def _hourly(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await service.hourly(work)


async def _check(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    result = await service.check(work, UUID(str(args["run_id"])), args["name"])
    if result is not None and not result.holds:
        log.error(
            "assurance.broken", check=result.name, breaches=result.breaches, error=result.error
        )


JOBS: dict[str, Handler] = {service.HOURLY: _hourly, service.CHECK: _check}
