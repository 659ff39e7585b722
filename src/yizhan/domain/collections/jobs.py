"""The clocks of collections, one for each account; many bills at once."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from yizhan.domain import customers
from yizhan.domain.collections import prepaid, service
from yizhan.platform import events as log
from yizhan.platform.jobs import Handler, Together
from yizhan.platform.work import UnitOfWork

WATCH = "collections.watch"


async def _tick(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await service.tick(work, UUID(str(args["account_id"])))


async def _credit(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await prepaid.tick(work, UUID(str(args["account_id"])))


async def _charge(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await prepaid.charge(work, UUID(str(args["account_id"])))


async def _watch(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await service.watch(work, UUID(str(args["account_id"])))


async def watch_bills(work: UnitOfWork, jobs: Sequence[Mapping[str, Any]]) -> None:
    """Many bills were issued: each account among them is looked at once, in a job of its own."""
    told = await log.get_told(work.db, jobs)
    found = await customers.list_accounts_by_id(
        work, [UUID(one.payload["account_id"]) for one in told]
    )
    watched = {
        str(one.id): {"account_id": one.id}
        for one in found
        if one.payment_kind is customers.PaymentKind.POSTPAID
    }
    await work.later_many(WATCH, watched)


TOGETHER: dict[str, Together] = {"collections.bill_issued": watch_bills}

JOBS: dict[str, Handler] = {
    WATCH: _watch,
    service.TICK: _tick,
    prepaid.CREDIT: _credit,
    prepaid.CHARGE: _charge,
}
