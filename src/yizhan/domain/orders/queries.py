"""Looking at a change before it is ordered, and reading orders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain import catalog, contacts, customers, provisioning, subscriptions
from yizhan.domain.orders import permissions, store
from yizhan.domain.orders.changes import (
    Change,
    ChangeNumber,
    ChangePlan,
    ChangeSim,
    HouseChange,
    OpenLine,
    TakeAddOn,
)
from yizhan.domain.orders.flow import State
from yizhan.domain.orders.model import Order
from yizhan.domain.orders.proposal import look
from yizhan.domain.orders.situation import HeldAddOn, HeldPlan, Offers, Preview, Situation
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.errors import Invalid, NotFound
from yizhan.platform.work import UnitOfWork


async def preview(work: UnitOfWork, line_id: UUID, change: Change) -> Preview:
    """What *change* would do to a line: read it to the customer. Nothing is ordered.

    Raises ``Forbidden``, ``NotVerified``, ``NotFound``.
    """
    house = isinstance(change, HouseChange)
    work.actor.require(permissions.COLLECT if house else permissions.PLACE)
    line = await subscriptions.get_line(work, line_id)
    await contacts.require_verified(work, line.customer_id)
    return (await look_at(work, line, change))[0]


async def preview_opening(work: UnitOfWork, customer_id: UUID, change: OpenLine) -> Preview:
    """What opening a line would do, for a customer or a prospect."""
    work.actor.require(permissions.PLACE)
    await require_known(work, customer_id)
    return (await look_at_opening(work, customer_id, change))[0]


async def require_known(work: UnitOfWork, customer_id: UUID) -> customers.Customer:
    """A customer must be verified; a prospect has nothing yet that could be given away."""
    customer = await customers.get(work, customer_id)
    if customer.status is not customers.Status.PROSPECT:
        await contacts.require_verified(work, customer_id)
    return customer


async def look_at(
    work: UnitOfWork, line: subscriptions.Line, change: Change
) -> tuple[Preview, Change]:
    """The preview, and the change with its versions pinned to what was looked at."""
    if isinstance(change, OpenLine):
        raise Invalid("A line that exists is not opened again.", field="kind")
    offers = await _offers(work, change)
    situation = await _situation(work, line)
    if isinstance(change, ChangeNumber):
        number = subscriptions.clean_number(line.kind, change.number)
        change = msgspec.structs.replace(change, number=number)
        stock = await subscriptions.find_stock_number(work, number)
        situation = msgspec.structs.replace(situation, stock=stock)
    if isinstance(change, ChangeSim):
        situation = await _with_card(work, situation, change.iccid)
    return look(change, situation, offers), _pinned(change, offers)


async def look_at_opening(
    work: UnitOfWork, customer_id: UUID, change: OpenLine
) -> tuple[Preview, OpenLine]:
    """As ``look_at``, for a line that is not there yet."""
    offers = await _offers(work, change)
    assert offers.plan is not None
    account = None
    if change.account_id is not None:
        account = await customers.get_account(work, change.account_id)
    kind = subscriptions.LineKind(offers.plan.kind.value)
    number = subscriptions.clean_number(kind, change.number)
    situation = Situation(
        now=work.now,
        zone=work.zone,
        customer_id=customer_id,
        cycle_day=account.cycle_day if account else 1,
        account=account,
        attributes=await _attributes(work, customer_id, area=change.area),
        documents=len(await customers.list_documents(work, customer_id)),
        stock=await subscriptions.find_stock_number(work, number),
    )
    pinned = msgspec.structs.replace(change, version=offers.plan.version, number=number)
    return look(pinned, situation, offers), pinned


async def _with_card(work: UnitOfWork, situation: Situation, iccid: str | None) -> Situation:
    """The card that would be given: the one named, or whether there is any."""
    if iccid is None:
        return msgspec.structs.replace(
            situation, has_card=bool(await provisioning.list_free_cards(work, limit=1))
        )
    card = await provisioning.find_card(work, provisioning.clean_iccid(iccid))
    held = card is not None and card.until is not None and card.until > work.now
    mine = card is not None and card.reserved_for == situation.customer_id
    free = card is not None and card.state in ("free", "reserved") and (mine or not held)
    return msgspec.structs.replace(situation, has_card=free)


def _pinned(change: Change, offers: Offers) -> Change:
    if isinstance(change, ChangePlan) and offers.plan is not None:
        return msgspec.structs.replace(change, version=offers.plan.version)
    if isinstance(change, TakeAddOn):
        return msgspec.structs.replace(change, version=offers.add_ons[0].version)
    return change


async def _offers(work: UnitOfWork, change: Change) -> Offers:
    match change:
        case ChangePlan() | OpenLine():
            return Offers(
                plan=await catalog.get_plan(work, change.plan_id, change.version),
                add_ons=tuple(await catalog.get_add_ons(work, change.add_ons)),
            )
        case TakeAddOn():
            add_on = await catalog.get_add_on(work, change.add_on_id, change.version)
            return Offers(add_ons=(add_on,))
        case _:
            return Offers()


async def _situation(work: UnitOfWork, line: subscriptions.Line) -> Situation:
    account = await customers.get_account(work, line.account_id)
    held: HeldPlan | None = None
    add_ons: list[HeldAddOn] = []
    for product in await subscriptions.products_of(work, line.id):
        if product.kind is subscriptions.ProductKind.PLAN:
            plan = await catalog.get_plan(work, product.plan_id, product.version)
            held = HeldPlan(product, plan)
        else:
            add_on = await catalog.get_add_on(work, product.plan_id, product.version)
            add_ons.append(HeldAddOn(product, add_on))
    planned = await subscriptions.planned_products(work, line.id)
    return Situation(
        now=work.now,
        zone=work.zone,
        customer_id=line.customer_id,
        cycle_day=account.cycle_day,
        account=account,
        line=line,
        plan=held,
        add_ons=tuple(add_ons),
        planned=any(one.kind is subscriptions.ProductKind.PLAN for one in planned),
        family_numbers=tuple(
            one.number for one in await subscriptions.family_numbers(work, line.id)
        ),
        features=await subscriptions.features_of(work, line.id),
        attributes=await _attributes(work, line.customer_id, area=line.area),
        waiting=await store.kinds_waiting(work.db, line.id),
    )


async def _attributes(work: UnitOfWork, customer_id: UUID, *, area: str) -> dict[str, object]:
    """What eligibility looks at: what is kept of the customer, and what his record says."""
    customer = await customers.get(work, customer_id)
    known: dict[str, Any] = {
        one.name: one.value for one in await customers.list_attributes(work, customer_id)
    }
    if customer.birth_date is not None:
        known["age"] = customers.age_on(customer.birth_date, work.today)
    known |= {"tier": customer.tier.value, "segment": customer.segment.value, "area": area}
    return known


async def get(work: UnitOfWork, order_id: UUID) -> Order:
    """One order; raises ``NotFound``."""
    work.actor.require(permissions.READ)
    order = await store.load(work.db, order_id)
    _own_only(work, order.customer_id)
    return order


async def list_network_steps(work: UnitOfWork, order_id: UUID) -> Sequence[provisioning.Request]:
    """What the network was asked for an order, and how it stands."""
    order = await get(work, order_id)
    return await provisioning.list_of_reference(work, order.id)


async def get_by_number(work: UnitOfWork, number: str) -> Order:
    """The order a person names by its number; raises ``NotFound``."""
    work.actor.require(permissions.READ)
    order = await store.find_by_number(work.db, number.strip().upper())
    if order is None:
        raise NotFound("There is no such order.")
    _own_only(work, order.customer_id)
    return order


async def list_of_customer(
    work: UnitOfWork, customer_id: UUID, *, open_only: bool = False, limit: int = 50
) -> list[Order]:
    """A customer's orders, open ones first, then newest first."""
    work.actor.require(permissions.READ)
    _own_only(work, customer_id)
    return await store.list_of_customer(
        work.db, customer_id, open_only=open_only, limit=min(limit, 500)
    )


async def list_open(
    work: UnitOfWork,
    *,
    state: State | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> Sequence[Order]:
    """Open orders by when they take effect; *after* is ``(effective_at, id)`` of the last seen."""
    work.actor.require(permissions.READ)
    if work.actor.kind is ActorKind.CUSTOMER:
        raise NotFound("There is no such list.")
    return await store.list_open(
        work.db, state=state.value if state else None, after=after, limit=min(limit, 500)
    )


def _own_only(work: UnitOfWork, customer_id: UUID) -> None:
    if work.actor.kind is ActorKind.CUSTOMER and work.actor.id != customer_id:
        raise NotFound("There is no such order.")
