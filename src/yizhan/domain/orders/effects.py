"""What an order does to the line when it takes effect, and the charge that goes with it."""

from datetime import datetime
from typing import assert_never
from uuid import UUID

from yizhan.domain import catalog, customers, ledger, provisioning, subscriptions
from yizhan.domain.orders.changes import (
    Bar,
    ChangeNumber,
    ChangePlan,
    ChangeSim,
    CloseLine,
    DropAddOn,
    EndForArrears,
    OpenLine,
    ReportLoss,
    Resume,
    SetFamilyNumbers,
    Suspend,
    SwitchFeature,
    TakeAddOn,
    Unbar,
)
from yizhan.domain.orders.line_acts import target_of
from yizhan.domain.orders.model import Order
from yizhan.domain.orders.pricing import Cycle, local_day
from yizhan.domain.tariff import AddOn, Plan
from yizhan.kernel.errors import Refused
from yizhan.kernel.period import add_months, midnight
from yizhan.platform.work import UnitOfWork

_PLAN, _ADD_ON = subscriptions.ProductKind.PLAN, subscriptions.ProductKind.ADD_ON


async def apply(work: UnitOfWork, order: Order) -> int:
    """Do it; what was charged, in fen. Raises what the rooms below refuse."""
    change, at = order.change, order.effective_at
    match change:
        case OpenLine():
            await _open_line(work, order, change)
        case ChangePlan():
            await _change_plan(work, order, change)
        case TakeAddOn():
            add_on = await catalog.get_add_on(work, change.add_on_id, change.version)
            await _start_add_on(work, _line_of(order), add_on, at, order)
        case DropAddOn():
            await _drop_add_on(work, _line_of(order), change, at)
        case Suspend() | Resume() | ReportLoss():
            to, reason = target_of(change)
            await subscriptions.change_state(work, _line_of(order), to, reason=reason)
        case Bar() | Unbar():
            await _bar(work, _line_of(order), change)
        case EndForArrears():
            await _end_for_arrears(work, _line_of(order))
        case SetFamilyNumbers():
            await subscriptions.set_family_numbers(work, _line_of(order), change.numbers)
        case SwitchFeature():
            await subscriptions.switch_feature(work, _line_of(order), change.feature, on=change.on)
        case ChangeNumber():
            await subscriptions.change_number(work, _line_of(order), change.number)
        case ChangeSim():
            await _change_sim(work, order, change)
        case CloseLine():
            await _close_line(work, _line_of(order))
        case _ as never:
            assert_never(never)
    return await _charge(work, order)


def _line_of(order: Order) -> UUID:
    assert order.line_id is not None
    return order.line_id


async def _bar(work: UnitOfWork, line_id: UUID, change: Bar | Unbar) -> None:
    """Lay the reason on or lift it; what is so already stays, a stop may only have deepened."""
    reason = subscriptions.StopReason(change.reason)
    line = await subscriptions.get_line(work, line_id)
    stopped = reason in line.stop_reasons
    if isinstance(change, Bar) != stopped:
        to = subscriptions.State.ACTIVE if stopped else subscriptions.State.STOPPED
        await subscriptions.change_state(work, line_id, to, reason=reason)


async def _end_for_arrears(work: UnitOfWork, line_id: UUID) -> None:
    line = await subscriptions.get_line(work, line_id)
    if line.base_state is not subscriptions.State.CLOSING:
        await subscriptions.change_state(
            work, line_id, subscriptions.State.CLOSING, reason=subscriptions.StopReason.ARREARS
        )
    await subscriptions.change_state(work, line_id, subscriptions.State.CLOSED)
    await provisioning.retire_card(work, line_id, reason="closed")


async def _change_plan(work: UnitOfWork, order: Order, change: ChangePlan) -> None:
    line_id, at = _line_of(order), order.effective_at
    plan = await catalog.get_plan(work, change.plan_id, change.version)
    kept: list[tuple[str, int | None]] = []
    for product in await subscriptions.products_of(work, line_id, at=at):
        if product.kind is not _ADD_ON:
            continue
        if product.plan_id in plan.may_carry:
            kept.append((product.plan_id, product.version))
        else:
            await subscriptions.end_product(work, product.id, at=at)
    await _start_plan(work, line_id, plan, at, order)
    for add_on in await catalog.get_add_ons(work, change.add_ons):
        await _start_add_on(work, line_id, add_on, at, order)
        kept.append((add_on.id, add_on.version))
    combined = await catalog.effective(work, plan.id, plan.version, kept)
    room = combined.family.numbers if combined.family else 0
    numbers = [one.number for one in await subscriptions.family_numbers(work, line_id, at=at)]
    if len(numbers) > room:
        await subscriptions.set_family_numbers(work, line_id, numbers[:room], start=at)


async def _start_plan(
    work: UnitOfWork, line_id: UUID, plan: Plan, at: datetime, order: Order
) -> None:
    day = local_day(at, work.zone)
    await subscriptions.start_product(
        work,
        line_id,
        kind=_PLAN,
        plan_id=plan.id,
        version=plan.version,
        start=at,
        term_until=add_months(day, plan.term.months) if plan.term else None,
        order_id=order.id,
    )


async def _start_add_on(
    work: UnitOfWork, line_id: UUID, add_on: AddOn, at: datetime, order: Order
) -> None:
    line = await subscriptions.get_line(work, line_id)
    account = await customers.get_account(work, line.account_id)
    day = local_day(at, work.zone)
    end = None
    if add_on.periods is not None:
        cycle = Cycle.of(day, account.cycle_day)
        end = midnight(add_months(cycle.start, add_on.periods), work.zone)
    await subscriptions.start_product(
        work,
        line_id,
        kind=_ADD_ON,
        plan_id=add_on.id,
        version=add_on.version,
        start=at,
        end=end,
        term_until=add_months(day, add_on.term.months) if add_on.term else None,
        order_id=order.id,
    )


async def _drop_add_on(work: UnitOfWork, line_id: UUID, change: DropAddOn, at: datetime) -> None:
    products = await subscriptions.products_of(work, line_id, at=at)
    found = [p for p in products if p.kind is _ADD_ON and p.plan_id == change.add_on_id]
    if not found:
        raise Refused("The line does not have this add-on any more.")
    await subscriptions.end_product(work, found[0].id, at=at)


async def _open_line(work: UnitOfWork, order: Order, change: OpenLine) -> None:
    plan = await catalog.get_plan(work, change.plan_id, change.version)
    account_id = change.account_id
    if account_id is None:
        account = await customers.open_account(
            work, order.customer_id, payment_kind=customers.PaymentKind(plan.payment.value)
        )
        account_id = account.id
    kind = subscriptions.LineKind(plan.kind.value)
    line = await subscriptions.create_line(
        work,
        customer_id=order.customer_id,
        kind=kind,
        number=change.number,
        account_id=account_id,
        area=change.area,
        from_stock=kind is not subscriptions.LineKind.INTERNET,
        line_id=order.id,  # the network knows the line by it before it is here
    )
    order.line_id, order.account_id = line.id, account_id
    if change.iccid:
        await provisioning.give_card(work, line.id, change.iccid)
    await _start_plan(work, line.id, plan, order.effective_at, order)
    for add_on in await catalog.get_add_ons(work, change.add_ons):
        await _start_add_on(work, line.id, add_on, order.effective_at, order)
    if change.family_numbers:
        await subscriptions.set_family_numbers(work, line.id, change.family_numbers)


async def _change_sim(work: UnitOfWork, order: Order, change: ChangeSim) -> None:
    assert change.iccid is not None
    line = await subscriptions.get_line(work, _line_of(order))
    lost = subscriptions.StopReason.LOST
    was_lost = lost in line.stop_reasons
    await provisioning.give_card(
        work, line.id, change.iccid, reason="lost" if was_lost else "replaced"
    )
    if was_lost:
        await subscriptions.change_state(work, line.id, subscriptions.State.ACTIVE, reason=lost)


async def _close_line(work: UnitOfWork, line_id: UUID) -> None:
    """预销户 and 销户 in one: what was used until now is on the final bill of the account."""
    await subscriptions.change_state(work, line_id, subscriptions.State.CLOSING)
    await subscriptions.change_state(work, line_id, subscriptions.State.CLOSED)
    await provisioning.retire_card(work, line_id, reason="closed")


async def _charge(work: UnitOfWork, order: Order) -> int:
    """Charge once what the customer confirmed to pay at once: post-paid on the next bill's debt,
    prepaid from the balance."""
    due = sum(item["amount_fen"] for item in order.preview["due_now"])
    if due == 0 or order.account_id is None:
        return 0
    account = await customers.get_account(work, order.account_id)
    prepaid = account.payment_kind is customers.PaymentKind.PREPAID
    bucket = ledger.Bucket.PREPAID if prepaid else ledger.Bucket.RECEIVABLE
    await ledger.transfer(
        work,
        ledger.Entry(
            customer_id=account.customer_id,
            debit=ledger.held(account.customer_id, account.id, bucket),
            credit=ledger.house(ledger.Bucket.REVENUE, "order"),
            amount=due,
            kind="order_charge",
            key=f"order:{order.id}",
            reference=order.id,
        ),
    )
    return int(due)
