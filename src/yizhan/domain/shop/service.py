"""The way of an order: pay, let be, pack, send, hand over, give back; and the shelves counted."""

from uuid import UUID

from yizhan.domain import checkout, orders, subscriptions
from yizhan.domain.shop import books, permissions, shelf, store
from yizhan.domain.shop import events as ev
from yizhan.domain.shop.flow import EARNED, RESERVING, NotNow, State
from yizhan.domain.shop.goods import Goods, Place
from yizhan.domain.shop.model import Order, check_own, checked_reason
from yizhan.domain.shop.words import CHANGED_MIND, NOT_PAID, TAKEN_BACK, no_plan
from yizhan.i18n import both
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.errors import CareError
from yizhan.kernel.ids import NIL
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork

EXPIRE_JOB = "shop.expire"
PLAN_JOB = "shop.plan"
PLAN_BACK_JOB = "shop.plan_back"
PURPOSE = "shop:"


async def is_on(work: UnitOfWork, line_id: UUID, plan_id: str) -> bool:
    """Whether a line is on a plan now."""
    return any(
        one.kind is subscriptions.ProductKind.PLAN and one.plan_id == plan_id
        for one in await subscriptions.products_of(work, line_id)
    )


async def wind(work: UnitOfWork, order: Order) -> None:
    """Set the clock that ends the keeping."""
    await work.later(
        EXPIRE_JOB,
        {"customer_id": order.customer_id, "order_id": order.id},
        run_at=order.held_until,
        key=str(order.id),
    )


async def begin_payment(
    work: UnitOfWork,
    order: Order,
    *,
    means: str,
    key: str,
    return_url: str,
    token_id: UUID | None = None,
) -> checkout.Intent:
    """Begin to pay an order by a page, a code or a bound card; it is kept while that may last."""
    check_own(work.actor, order.customer_id, permissions.WORK)
    locked = await store.lock(work.db, order.customer_id, order.id)
    locked.check_payable(work.now)
    purpose = f"{PURPOSE}{locked.id}"
    if token_id is not None:
        intent = await checkout.pay_by_token(
            work,
            customer_id=locked.customer_id,
            token_id=token_id,
            amount_fen=locked.amount_fen,
            key=key,
            account_id=locked.account_id,
            purpose=purpose,
        )
    else:
        intent = await checkout.start(
            work,
            account_id=locked.account_id,
            amount_fen=locked.amount_fen,
            means=means,
            key=key,
            return_url=return_url,
            purpose=purpose,
        )
    locked.intent_id = intent.id
    locked.keep_for(intent.expires_at)
    await store.save(work.db, locked)
    await wind(work, locked)
    return intent


async def money_came(work: UnitOfWork, customer_id: UUID, order_id: UUID, intent_id: UUID) -> None:
    """A payment for an order arrived: it is paid, or the money goes back where it came from."""
    order = await store.lock(work.db, customer_id, order_id)
    if order.intent_id == intent_id and order.state in EARNED:
        return
    if order.state is State.ORDERED:
        order.intent_id = intent_id
        await paid(work, order)
        return
    await checkout.give_back(
        work,
        customer_id=customer_id,
        intent_id=intent_id,
        amount_fen=order.amount_fen,
        reason=NOT_PAID.zh,
        key=f"shop-late:{intent_id}",
    )
    work.record(ev.PaidTooLate(**order.head()))


async def money_gone(work: UnitOfWork, customer_id: UUID, order_id: UUID, intent_id: UUID) -> None:
    """The provider took a payment back: what is here stays here, what left is a loss."""
    order = await store.lock(work.db, customer_id, order_id)
    if order.intent_id != intent_id or order.state not in EARNED:
        return
    if order.may(State.CANCELLED):
        await books.taken_back(work, order, left=False)
        await shelf.free(work, order)
        work.record(order.cancel(TAKEN_BACK, now=work.now))
        await store.save(work.db, order)
    else:
        await books.taken_back(work, order, left=True)
        work.record(ev.MoneyLost(**order.head()))


async def paid(work: UnitOfWork, order: Order) -> None:
    """The money is there: book it, and have the plan ordered that goes with it."""
    work.record(order.pay(now=work.now))
    await books.earn(work, order)
    await store.save(work.db, order)
    await work.cancel_later(EXPIRE_JOB, str(order.id))
    if order.contract is not None:
        await work.later(PLAN_JOB, _args(order), key=str(order.id))


def _args(order: Order) -> dict[str, UUID]:
    return {"customer_id": order.customer_id, "order_id": order.id}


async def take_plan(work: UnitOfWork, customer_id: UUID, order_id: UUID) -> None:
    """Order the plan that belongs to the price; done by the house once the money is there.

    If it cannot be had any more the order ends and the money goes back.
    """
    order = await store.lock(work.db, customer_id, order_id)
    if order.state is not State.PAID or not order.waits_for_plan:
        return
    contract = order.contract
    assert contract is not None and contract.contract_plan is not None and order.line_id is not None
    try:
        async with work.attempt():
            if await is_on(work, order.line_id, contract.contract_plan):
                order.plan_order_id = order.id
            else:
                change = orders.ChangePlan(plan_id=contract.contract_plan)
                seen = await orders.preview(work, order.line_id, change)
                placed = await orders.place(
                    work, order.line_id, change, confirmed=seen.token, key=f"shop:{order.id}"
                )
                order.plan_order_id = placed.id
    except CareError as refused:
        await _end(work, order, no_plan(both(refused.message, **refused.facts)))
        return
    await store.save(work.db, order)


async def cancel(work: UnitOfWork, customer_id: UUID, order_id: UUID) -> Order:
    """Let an order be before it is packed; what was paid goes back."""
    check_own(work.actor, customer_id, permissions.WORK)
    order = await store.lock(work.db, customer_id, order_id)
    if not order.can_cancel:
        raise NotNow("The order is packed already. You can give it back once you have it.")
    return await _end(work, order, CHANGED_MIND)


async def expire(work: UnitOfWork, customer_id: UUID, order_id: UUID) -> None:
    """The time an order was kept is over; one whose time was prolonged waits on."""
    order = await store.lock(work.db, customer_id, order_id)
    if order.state is not State.ORDERED:
        return
    if work.now < order.held_until:
        await wind(work, order)
        return
    await _end(work, order, NOT_PAID)


async def _end(work: UnitOfWork, order: Order, reason: Text) -> Order:
    earned, kept = order.state in EARNED, order.state in RESERVING
    work.record(order.cancel(reason, now=work.now))
    if kept:
        await shelf.free(work, order)
    if earned:
        await books.give_back(work, order, reason.zh)
    await store.save(work.db, order)
    await work.cancel_later(EXPIRE_JOB, str(order.id))
    await _plan_back(work, order)
    return order


async def pack(work: UnitOfWork, customer_id: UUID, order_id: UUID) -> Order:
    """It is put together."""
    work.actor.require(permissions.WORK)
    order = await store.lock(work.db, customer_id, order_id)
    work.record(order.pack(now=work.now))
    await store.save(work.db, order)
    return order


async def send(work: UnitOfWork, customer_id: UUID, order_id: UUID, *, parcel: str) -> Order:
    """It leaves by post."""
    work.actor.require(permissions.WORK)
    order = await store.lock(work.db, customer_id, order_id)
    work.record(order.send(parcel, now=work.now))
    await shelf.out(work, order)
    await store.save(work.db, order)
    return order


async def hand_over(
    work: UnitOfWork, customer_id: UUID, order_id: UUID, *, code: str = ""
) -> Order:
    """He has it: picked up with his code, or received, which he may say himself."""
    check_own(work.actor, customer_id, permissions.WORK)
    order = await store.lock(work.db, customer_id, order_id)
    if work.actor.kind is ActorKind.CUSTOMER and order.delivery == "pickup":
        raise NotNow("The shop says so when you have it.")
    leaves = order.state is State.PACKED
    work.record(order.hand_over(now=work.now, zone=work.zone, code=code))
    if leaves:
        await shelf.out(work, order)
    await store.save(work.db, order)
    return order


async def ask_return(
    work: UnitOfWork, customer_id: UUID, order_id: UUID, *, note: str = ""
) -> Order:
    """He wants to give it back, within seven days, without a reason."""
    check_own(work.actor, customer_id, permissions.WORK)
    order = await store.lock(work.db, customer_id, order_id)
    work.record(order.ask_return(note, now=work.now))
    await store.save(work.db, order)
    return order


async def take_back(work: UnitOfWork, customer_id: UUID, order_id: UUID) -> Order:
    """It is back and whole: onto the shelf with it, and the money to where it came from.

    More than a small sum waits for a second person, as every refund does.
    """
    work.actor.require(permissions.WORK)
    order = await store.lock(work.db, customer_id, order_id)
    work.record(order.take_back(now=work.now))
    await shelf.back(work, order)
    await books.give_back(work, order, f"退货 {order.number}")
    await store.save(work.db, order)
    await _plan_back(work, order)
    return order


async def _plan_back(work: UnitOfWork, order: Order) -> None:
    if order.plan_order_id is not None and order.plan_order_id != order.id:
        await work.later(PLAN_BACK_JOB, _args(order), key=str(order.id))


async def undo_plan(work: UnitOfWork, customer_id: UUID, order_id: UUID) -> None:
    """Take the plan of an order that is over back, if it has not taken effect yet."""
    order = await store.lock(work.db, customer_id, order_id)
    if order.plan_order_id is None:
        return
    placed = await orders.get(work, order.plan_order_id)
    if placed.is_undoable and placed.effective_at > work.now:
        await orders.undo(work, placed.id, reason=f"商城订单 {order.number} 结束")


async def write_goods(work: UnitOfWork, goods: Goods) -> None:
    """Sell a thing, or sell it otherwise."""
    work.actor.require(permissions.STOCK)
    await store.put_goods(work.db, goods)
    work.record(ev.GoodsWritten(customer_id=NIL, goods=goods.code, price_fen=goods.price_fen))


async def write_place(work: UnitOfWork, place: Place) -> None:
    """A place where things lie, or otherwise than before."""
    work.actor.require(permissions.STOCK)
    await store.put_place(work.db, place)


async def count(work: UnitOfWork, *, place: str, goods: str, on_hand: int, reason: str) -> None:
    """Write down what is really there, and why the books were otherwise."""
    work.actor.require(permissions.STOCK)
    why = checked_reason(reason)
    there = await store.get_place(work.db, place)
    thing = await store.get_goods(work.db, goods)
    _, before = await shelf.count(
        work, place=there.code, goods=thing.code, on_hand=on_hand, reason=why
    )
    work.record(
        ev.StockCounted(
            customer_id=NIL,
            place=there.name.zh,
            goods=thing.name.zh,
            before=before,
            after=on_hand,
            reason=why,
        )
    )
