"""What limits do when a neighbour tells: usage came, bills were made, an order was answered."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain.limits import looking, service, store
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork

_OURS = frozenset({"bar", "unbar", "feature"})


async def _payload(work: UnitOfWork, args: Mapping[str, Any]) -> dict[str, Any]:
    payload = await work.db.fetchval(
        "SELECT payload FROM event WHERE customer_id = $1 AND id = $2",
        UUID(str(args["customer_id"])),
        UUID(str(args["event_id"])),
    )
    return payload or {}


async def usage_arrived(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A file of usage came: the accounts it is about are looked at, a slice at a time."""
    told = await _payload(work, args)
    await store.queue_intake(work.db, UUID(told["intake_id"]))
    await looking.ask_for_due(work)


async def usage_replayed(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Usage came out of quarantine: its account is looked at now, not with the next file."""
    told = await _payload(work, args)
    if told["accepted"]:
        await store.queue_line(work.db, UUID(told["line_id"]))
        await looking.ask_for_due(work)


async def usage_corrected(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A record was reversed: what it had used up may be free again."""
    told = await _payload(work, args)
    await store.queue_line(work.db, UUID(told["line_id"]))
    await looking.ask_for_due(work)


async def bills_made(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A run is over: what was not billed yet is owed now."""
    await store.queue_unsettled(work.db)
    await looking.ask_for_due(work)


async def order_answered(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A stop or its end was done, or failed: see that the line is as it should be."""
    told = await _payload(work, args)
    if told["kind"] in _OURS and told["line_id"]:
        await service.order_answered(work, UUID(told["line_id"]), failed="charged_fen" not in told)


REACTIONS: dict[str, tuple[Handler, ...]] = {
    "usage.intake_finished": (usage_arrived,),
    "usage.quarantined_replayed": (usage_replayed,),
    "usage.corrected": (usage_corrected,),
    "billing.run_finished": (bills_made,),
    "orders.completed": (order_answered,),
    "orders.failed": (order_answered,),
}
