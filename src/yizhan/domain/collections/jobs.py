"""The clocks of collections, one for each account."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain.collections import prepaid, service
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork


async def _tick(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await service.tick(work, UUID(str(args["account_id"])))


async def _credit(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await prepaid.tick(work, UUID(str(args["account_id"])))


async def _charge(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await prepaid.charge(work, UUID(str(args["account_id"])))


JOBS: dict[str, Handler] = {
    service.TICK: _tick,
    prepaid.CREDIT: _credit,
    prepaid.CHARGE: _charge,
}
