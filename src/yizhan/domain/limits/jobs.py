"""The work limits leave to the worker: looks, a slice of those that are due, a stop once more."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain.limits import looking, service, stopping
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork


async def _look(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await looking.look(work, UUID(str(args["account_id"])))


async def _due(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await looking.look_at_due(work)


async def _align(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await service.align(work, UUID(str(args["line_id"])))


JOBS: dict[str, Handler] = {looking.LOOK: _look, looking.DUE: _due, stopping.ALIGN: _align}
