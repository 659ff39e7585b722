"""The room's clocks: ask, charge, refund, unbind, reconcile. Each is done until it is answered."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from yizhan.domain.checkout import crediting, refunds, service, settling, tokens
from yizhan.domain.checkout.provider import ProviderSilent
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork

RETRY = timedelta(minutes=5)


async def _ask(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await service.ask(work, UUID(args["customer_id"]), UUID(args["intent_id"]))


async def _charge(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await tokens.charge(
        work, UUID(args["customer_id"]), UUID(args["intent_id"]), UUID(args["payer_id"])
    )


async def _refund(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    await refunds.send(work, UUID(args["customer_id"]), UUID(args["refund_id"]))


async def _unbind(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    token_id = UUID(args["token_id"])
    try:
        await tokens.unbind_there(work, UUID(args["customer_id"]), token_id)
    except ProviderSilent:
        await work.later(tokens.UNBIND_JOB, args, run_at=work.now + RETRY, key=str(token_id))


async def _daily(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    try:
        await settling.reconcile_due(work)
    except ProviderSilent:
        await work.later(settling.DAILY_JOB, {}, run_at=work.now + RETRY, key="hourly")
        return
    await work.later(settling.DAILY_JOB, {}, run_at=work.now + timedelta(hours=1), key="hourly")


JOBS: Mapping[str, Handler] = {
    crediting.ASK_JOB: _ask,
    service.CHARGE_JOB: _charge,
    refunds.REFUND_JOB: _refund,
    tokens.UNBIND_JOB: _unbind,
    settling.DAILY_JOB: _daily,
}
