"""What collections do when a neighbour tells: a bill, money, an answered order, a complaint."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain import limits, orders, subscriptions
from yizhan.domain.collections import credit_store, prepaid, service
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork

_AT_COUNTER = frozenset({"cash"})
"""How money is paid at a desk of ours, face to face."""
_HOUSE_ORDERS = frozenset({"bar", "unbar", "end_for_arrears"})
_IN_ITS_WAY = frozenset({"suspend", "loss", "resume", "change_sim"})
"""Orders of others that an order of the house had to wait for."""


async def _payload(work: UnitOfWork, args: Mapping[str, Any]) -> tuple[UUID, dict[str, Any]]:
    customer_id = UUID(str(args["customer_id"]))
    payload = await work.db.fetchval(
        "SELECT payload FROM event WHERE customer_id = $1 AND id = $2",
        customer_id,
        UUID(str(args["event_id"])),
    )
    return customer_id, payload or {}


async def bill_issued(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A bill begins to be looked after."""
    _, told = await _payload(work, args)
    await service.watch(work, UUID(told["account_id"]))


async def money_moved(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Money came, or went back: resume at once, or dun again."""
    _, told = await _payload(work, args)
    await service.tick(work, UUID(told["account_id"]))
    await limits.money_came(work, UUID(told["account_id"]))


async def payment_taken(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A payment: resume what it settles, extend what it recharges."""
    _, told = await _payload(work, args)
    account_id = UUID(told["account_id"])
    if told["bucket"] == "prepaid":
        await prepaid.recharged(
            work, account_id, told["amount_fen"], at_counter=told["method"] in _AT_COUNTER
        )
    else:
        await service.tick(work, account_id)
        await limits.money_came(work, account_id)


async def usage_arrived(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A file of usage came: charge the prepaid accounts it is about, each in its own job."""
    _, told = await _payload(work, args)
    for account_id in await credit_store.accounts_of_intake(work.db, UUID(told["intake_id"])):
        await work.later(prepaid.CHARGE, {"account_id": account_id}, key=str(account_id))


async def usage_replayed(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Usage came out of quarantine: charge its prepaid account now."""
    _, told = await _payload(work, args)
    if told["accepted"]:
        line = await subscriptions.get_line(work, UUID(told["line_id"]))
        await work.later(prepaid.CHARGE, {"account_id": line.account_id}, key=str(line.account_id))


async def order_answered(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A stop or its end was done, or failed: see that the line is as it should be."""
    _, told = await _payload(work, args)
    if not told["line_id"]:
        return
    if told["kind"] in _HOUSE_ORDERS:
        failed = "charged_fen" not in told
        await service.order_answered(work, UUID(told["line_id"]), failed=failed)
        if not failed and await _ended_arrears(work, UUID(told["order_id"])):
            await service.line_is_back(work, UUID(told["line_id"]), UUID(told["order_id"]))
    elif told["kind"] in _IN_ITS_WAY:
        await service.order_answered(work, UUID(told["line_id"]), failed=False)


async def _ended_arrears(work: UnitOfWork, order_id: UUID) -> bool:
    order = await orders.get(work, order_id)
    return order.change == orders.Unbar()


async def case_told(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A complaint was tied to a bill: the bill is in dispute."""
    customer_id, told = await _payload(work, args)
    if told["link"] == "bill" and await _is_complaint(work, customer_id, told["case_id"]):
        await service.bill_disputed(work, customer_id, UUID(told["ref_id"]), UUID(told["case_id"]))


async def _is_complaint(work: UnitOfWork, customer_id: UUID, case_id: str) -> bool:
    kind = await work.db.fetchval(
        "SELECT payload ->> 'kind' FROM event WHERE customer_id = $1 AND name = 'cases.opened'"
        " AND payload ->> 'case_id' = $2 ORDER BY id LIMIT 1",
        customer_id,
        case_id,
    )
    return bool(kind == "complaint")


async def case_over(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A case ended, and with it what it disputed."""
    customer_id, told = await _payload(work, args)
    await service.settle_disputes(work, customer_id, UUID(told["case_id"]))


async def case_again(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A case is open again."""
    customer_id, told = await _payload(work, args)
    await service.reopen_disputes(work, customer_id, UUID(told["case_id"]))


REACTIONS: dict[str, tuple[Handler, ...]] = {
    "billing.bill_issued": (bill_issued,),
    "payments.payment_taken": (payment_taken,),
    "payments.payment_reversed": (money_moved,),
    "payments.adjustment_approved": (money_moved,),
    "usage.intake_finished": (usage_arrived,),
    "usage.quarantined_replayed": (usage_replayed,),
    "orders.completed": (order_answered,),
    "orders.failed": (order_answered,),
    "cases.linked": (case_told,),
    "cases.closed": (case_over,),
    "cases.cancelled": (case_over,),
    "cases.reopened": (case_again,),
}
"""By name, also for rooms above: they tell and do not know who listens."""
