"""The shop's clocks: what was kept too long, the plan of a contract, and the way back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain.shop import service
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork


def _ids(args: Mapping[str, Any]) -> tuple[UUID, UUID]:
    return UUID(str(args["customer_id"])), UUID(str(args["order_id"]))


async def _expire(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await service.expire(work, *_ids(args))


async def _plan(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await service.take_plan(work, *_ids(args))


async def _plan_back(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await service.undo_plan(work, *_ids(args))


JOBS: Mapping[str, Handler] = {
    service.EXPIRE_JOB: _expire,
    service.PLAN_JOB: _plan,
    service.PLAN_BACK_JOB: _plan_back,
}
