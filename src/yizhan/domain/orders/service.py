"""Ordering: confirm what was looked at, take it back in time, and carry it out once."""

from uuid import UUID

import msgspec

from yizhan.domain import catalog, customers, provisioning, subscriptions
from yizhan.domain.orders import effects, permissions, queries, store
from yizhan.domain.orders.changes import (
    Change,
    ChangeNumber,
    ChangeSim,
    HouseChange,
    OpenLine,
    Resume,
    Unbar,
)
from yizhan.domain.orders.flow import State
from yizhan.domain.orders.line_acts import target_of
from yizhan.domain.orders.model import Order
from yizhan.domain.orders.network import Task, tasks_of
from yizhan.domain.orders.situation import Preview
from yizhan.i18n import both
from yizhan.kernel.errors import CareError, Conflict, Invalid, Refused
from yizhan.kernel.ids import new_id
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork

EFFECT = "orders.effect"


class NotOrderable(Refused):
    """The change cannot be made; ``reasons`` among the facts are all of them."""

    code = "not_orderable"


class Outdated(Conflict):
    """What was confirmed is not what would happen now."""

    code = "preview_outdated"


async def place(
    work: UnitOfWork, line_id: UUID, change: Change, *, confirmed: str, key: str
) -> Order:
    """Order *change* as the customer confirmed it.

    *confirmed* is the token of the preview he was read. The same *key* again gives the order it
    placed the first time. What takes effect at once is done when this returns, unless the network
    takes its time. Raises ``NotOrderable``, ``Outdated``, ``Conflict``, and what ``preview`` does.
    """
    house = isinstance(change, HouseChange)
    work.actor.require(permissions.COLLECT if house else permissions.PLACE)
    line = await subscriptions.get_line(work, line_id)
    if earlier := await _earlier(work, line.customer_id, key):
        return earlier
    await queries.require_known(work, line.customer_id)
    seen, pinned = await queries.look_at(work, line, change)
    _agree(seen, confirmed)
    return await _place(
        work, line.customer_id, pinned, seen, key, line_id=line.id, account_id=line.account_id
    )


async def place_opening(
    work: UnitOfWork, customer_id: UUID, change: OpenLine, *, confirmed: str, key: str
) -> Order:
    """Order a new line for a customer or a prospect. The number is kept for him meanwhile.

    Without an identity document on record the order waits for one: ``release`` it then.
    """
    work.actor.require(permissions.PLACE)
    if earlier := await _earlier(work, customer_id, key):
        return earlier
    await queries.require_known(work, customer_id)
    seen, pinned = await queries.look_at_opening(work, customer_id, change)
    _agree(seen, confirmed)
    if seen.hold is not None and not await _is_login(work, pinned):
        until = work.now + subscriptions.RESERVATION_MAX
        await subscriptions.reserve_number(
            work, pinned.number, customer_id=customer_id, until=until
        )
    return await _place(
        work, customer_id, pinned, seen, key, line_id=None, account_id=change.account_id
    )


async def _is_login(work: UnitOfWork, change: OpenLine) -> bool:
    return await subscriptions.find_stock_number(work, change.number) is None


async def _earlier(work: UnitOfWork, customer_id: UUID, key: str) -> Order | None:
    if not 1 <= len(key) <= 100:
        raise Invalid("An order needs a key of 1 to 100 characters.", field="key")
    return await store.find_by_key(work.db, customer_id, key)


def _agree(seen: Preview, confirmed: str) -> None:
    if seen.refusals:
        first = seen.refusals[0]
        raise NotOrderable(
            "This cannot be ordered: {reason}",
            reason=first.text,
            reasons=[refusal.text for refusal in seen.refusals],
            codes=[refusal.code for refusal in seen.refusals],
        )
    if seen.token != confirmed:
        raise Outdated(
            "Something changed since this was shown. Look at it again and have it confirmed."
        )


async def _place(
    work: UnitOfWork,
    customer_id: UUID,
    change: Change,
    seen: Preview,
    key: str,
    *,
    line_id: UUID | None,
    account_id: UUID | None,
) -> Order:
    order = Order(
        customer_id=customer_id,
        id=new_id(),
        number=await store.next_number(work.db, work.today),
        line_id=line_id,
        account_id=account_id,
        change=change,
        summary=seen.summary,
        state=State.ACKNOWLEDGED,
        preview=msgspec.to_builtins(seen),
        effective_at=seen.effective_at or work.now,
        placed_at=work.now,
        placed_by=work.actor.name,
        channel=work.actor.channel,
        contact_id=work.contact_id,
        key=key,
    )
    await store.add(work.db, order)
    work.record(order.placed())
    await customers.put_search_key(
        work,
        customer_id=customer_id,
        kind="order",
        key=order.number,
        label=seen.summary.zh,
        ref_id=order.id,
    )
    if seen.hold is not None:
        work.record(order.hold(seen.hold))
        await store.save(work.db, order)
    elif seen.effective_at is None:
        await _carry_out(work, order)
    else:
        await _set_clock(work, order)
    return order


async def undo(work: UnitOfWork, order_id: UUID, *, reason: str) -> Order:
    """Take an order back before it takes effect."""
    order = await _lock(work, order_id)
    work.record(order.undo(reason, now=work.now))
    await store.save(work.db, order)
    await work.cancel_later(EFFECT, str(order.id))
    return order


async def hold(work: UnitOfWork, order_id: UUID, *, reason: Text) -> Order:
    """Let an order that has not taken effect wait for something."""
    order = await _lock(work, order_id)
    work.record(order.hold(reason))
    await store.save(work.db, order)
    await work.cancel_later(EFFECT, str(order.id))
    return order


async def release(work: UnitOfWork, order_id: UUID) -> Order:
    """What an order waited for is there; when its moment has come it is carried out."""
    order = await _lock(work, order_id)
    if isinstance(order.change, OpenLine) and not await customers.list_documents(
        work, order.customer_id
    ):
        raise Refused("No identity document is on record yet. Record its original first.")
    work.record(order.release())
    if order.effective_at <= work.now:
        order.effective_at = work.now
        await _carry_out(work, order)
    else:
        await store.save(work.db, order)
        await _set_clock(work, order)
    return order


async def take_effect(work: UnitOfWork, order_id: UUID) -> Order:
    """The moment of an order has come. One that cannot be done any more says why."""
    order = await store.load(work.db, order_id, lock=True)
    if order.state is not State.ACKNOWLEDGED:
        return order
    try:
        async with work.attempt():
            await _carry_out(work, order)
    except CareError as refused:
        order = await store.load(work.db, order_id, lock=True)
        order.begin()
        await _fail(work, order, refused)
    return order


async def network_answered(work: UnitOfWork, order_id: UUID) -> Order | None:
    """The network answered something asked for an order: complete it, fail it, or wait on.

    The line changes when the network has; told twice, it happens once.
    """
    order = await store.find(work.db, order_id, lock=True)
    if order is None or order.state is not State.IN_PROGRESS:
        return order
    try:
        async with work.attempt():
            await _finish(work, order)
    except CareError as refused:
        order = await store.load(work.db, order_id, lock=True)
        await _fail(work, order, refused)
        await provisioning.take_back(work, order.id, reason=str(refused))
    return order


async def _fail(work: UnitOfWork, order: Order, refused: CareError) -> None:
    work.record(order.fail(both(refused.message, **refused.facts), now=work.now))
    await store.save(work.db, order)


async def _lock(work: UnitOfWork, order_id: UUID) -> Order:
    work.actor.require(permissions.PLACE)
    order = await store.load(work.db, order_id, lock=True)
    await queries.require_known(work, order.customer_id)
    return order


async def _set_clock(work: UnitOfWork, order: Order) -> None:
    await work.later(EFFECT, {"order_id": order.id}, run_at=order.effective_at, key=str(order.id))


async def _carry_out(work: UnitOfWork, order: Order) -> None:
    order.begin()
    await _keep_what_it_needs(work, order)
    await store.save(work.db, order)
    for count, task in enumerate(await _tasks(work, order), start=1):
        opening = isinstance(order.change, OpenLine)
        await provisioning.request(
            work,
            line_id=order.line_id or order.id,
            action=task.action,
            facts=task.facts,
            key=f"order:{order.id}:{count}",
            reference=order.id,
            customer_id=order.customer_id if opening else None,
            number=order.change.number if isinstance(order.change, OpenLine) else None,
        )
    await _finish(work, order)


async def _keep_what_it_needs(work: UnitOfWork, order: Order) -> None:
    """Keep number and card for the customer while the network works."""
    change = order.change
    if isinstance(change, ChangeNumber) or (
        isinstance(change, OpenLine) and not await _is_login(work, change)
    ):
        await subscriptions.reserve_number(work, change.number, customer_id=order.customer_id)
    if isinstance(change, OpenLine):
        plan = await catalog.get_plan(work, change.plan_id, change.version)
        if plan.kind.value != subscriptions.LineKind.MOBILE.value and change.iccid is None:
            return
    if isinstance(change, OpenLine | ChangeSim):
        card = await provisioning.reserve_card(
            work, customer_id=order.customer_id, iccid=change.iccid
        )
        if card is not None:
            order.change = msgspec.structs.replace(change, iccid=card.iccid)
        elif isinstance(change, ChangeSim):
            raise Refused("No SIM card is in stock. Have some added, then try again.")


async def _tasks(work: UnitOfWork, order: Order) -> tuple[Task, ...]:
    """What the network has to do for a line as it is now."""
    change = order.change
    given = change.iccid or "" if isinstance(change, OpenLine | ChangeSim) else ""
    if order.line_id is None:
        return tasks_of(change, number="", card=given)
    line = await subscriptions.get_line(work, order.line_id)
    card = await provisioning.card_of_line(work, line.id)
    lifted = _lifted(change)
    return tasks_of(
        change,
        number=line.number or "",
        card=given,
        held_card=card.iccid if card else "",
        stopped=bool(line.stop_reasons),
        others_hold=lifted is not None and bool(line.stop_reasons - {lifted}),
        lost=subscriptions.StopReason.LOST in line.stop_reasons,
    )


def _lifted(change: Change) -> subscriptions.StopReason | None:
    """The stop reason a change lifts."""
    match change:
        case Resume():
            return target_of(change)[1]
        case Unbar(reason=reason):
            return subscriptions.StopReason(reason)
        case ChangeSim():
            return subscriptions.StopReason.LOST
        case _:
            return None


async def _finish(work: UnitOfWork, order: Order) -> None:
    """Complete an order when the network has done all it was asked; fail it when it will not."""
    asked = [
        one for one in await provisioning.list_of_reference(work, order.id) if one.undoes is None
    ]
    failed = [one for one in asked if one.failed or one.state is provisioning.State.UNDONE]
    if failed:
        first = min(failed, key=lambda one: one.state is provisioning.State.CANCELLED)
        work.record(order.fail(_why(first), now=work.now))
        await store.save(work.db, order)
        return
    if any(one.is_open for one in asked):
        return
    charged = await effects.apply(work, order)
    work.record(order.complete(charged_fen=charged, now=work.now))
    await store.save(work.db, order)


def _why(request: provisioning.Request) -> Text:
    """Why the network did not do it, in words."""
    what = provisioning.words_of(request.action, request.number)
    state = provisioning.VALUES["state"][request.state.value]
    reason = f"（{request.reason}）" if request.reason else ""
    english = f" ({request.reason})" if request.reason else ""
    return Text(
        f"网络：{what.zh} – {state.zh}{reason}", f"The network: {what.en} – {state.en}{english}"
    )
