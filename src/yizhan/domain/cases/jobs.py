"""The clock of every case: one waiting job per open case, moved whenever the case changes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain.cases import service
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork


async def _tick(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await service.tick(work, UUID(args["case_id"]))


JOBS: dict[str, Handler] = {service.TICK: _tick}
