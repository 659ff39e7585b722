"""The nightly look, one job per thing kept, and one per customer to forget."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from yizhan.domain.privacy import service
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork


async def _nightly(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await service.nightly(work)


async def _let_go(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await service.let_go(
        work, UUID(str(args["run_id"])), args["name"], datetime.fromisoformat(str(args["before"]))
    )


async def _erase(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await service.erase(work, UUID(str(args["erasure_id"])))


JOBS: dict[str, Handler] = {
    service.NIGHTLY: _nightly,
    service.LET_GO: _let_go,
    service.ERASE: _erase,
}
