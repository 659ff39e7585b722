"""Ordering what is in a basket: priced anew, kept on the shelf, once for each key."""

import secrets
from typing import Literal
from uuid import UUID

from yizhan.domain import collections, customers, orders, subscriptions
from yizhan.domain.shop import permissions, service, shelf, store
from yizhan.domain.shop.flow import State
from yizhan.domain.shop.goods import Goods
from yizhan.domain.shop.model import (
    HOLD,
    ON_ACCOUNT_FEN_MAX,
    Basket,
    Delivery,
    Item,
    Order,
    Wish,
    check_own,
    summary_of,
)
from yizhan.domain.shop.refusals import (
    NoSuchOrder,
    NotOnAccount,
    NotOnSale,
    PlanNotNow,
    PriceChanged,
)
from yizhan.kernel import phone
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import new_id
from yizhan.kernel.money import yuan
from yizhan.platform.work import UnitOfWork


async def place(
    work: UnitOfWork,
    *,
    customer_id: UUID,
    basket: Basket,
    delivery: Delivery,
    means: Literal["online", "account"],
    seen_fen: int,
    key: str,
    line_id: UUID | None = None,
) -> Order:
    """Order what is in a basket at the price that was seen; the goods are kept for half an hour.

    On account it is paid at once. Raises ``SoldOut``, ``PriceChanged``, ``NotOnSale``,
    ``NotOnAccount``, ``PlanNotNow``, ``Invalid``.
    """
    check_own(work.actor, customer_id, permissions.WORK)
    if not 1 <= len(key) <= 100 or not key.isprintable():
        raise Invalid("The key must be 1 to 100 printable characters.", field="key")
    if earlier := await store.find_by_key(work.db, customer_id, key):
        return earlier
    delivery.check()
    number = phone.normalise(delivery.phone, field="phone")
    chosen = await _chosen(work, basket)
    items = tuple(
        Item(
            goods=goods.code,
            quantity=wish.quantity,
            price_fen=goods.price(contract=wish.contract),
            contract_plan=goods.contract_plan if wish.contract else None,
            contract_months=goods.contract_months if wish.contract else None,
        )
        for goods, wish in chosen
    )
    amount = sum(one.amount_fen for one in items)
    if amount != seen_fen:
        raise PriceChanged(
            "It comes to {amount} yuan now. Look at the basket again.", amount=yuan(amount)
        )
    from_place = (
        await store.warehouse(work.db)
        if delivery.by == "post"
        else await store.get_place(work.db, delivery.place)
    )
    if delivery.by == "pickup" and from_place.kind != "shop":
        raise Invalid("Choose the shop where you pick it up.", field="place")
    line = await _line(work, customer_id, line_id, needed=basket.contract is not None)
    account = await _account(work, customer_id, line)
    order_id = new_id()
    order = Order(
        customer_id=customer_id,
        id=order_id,
        number=await store.next_number(work.db, work.today),
        state=State.ORDERED,
        account_id=account.id,
        line_id=line.id if line else None,
        amount_fen=amount,
        means=means,
        delivery=delivery.by,
        place=from_place.code,
        receiver=delivery.receiver.strip(),
        phone=number,
        address=delivery.address.strip(),
        pickup_code=f"{secrets.randbelow(1_000_000):06d}",
        summary=summary_of([(goods, wish.quantity) for goods, wish in chosen]),
        key=key,
        channel=work.actor.channel,
        placed_at=work.now,
        held_until=work.now + HOLD,
        items=items,
    )
    if order.contract is not None and line is not None:
        await _check_plan(work, line, str(order.contract.contract_plan))
    if means == "account":
        await _check_account(work, account, amount)
    if not await store.add_order(work.db, order):
        again = await store.find_by_key(work.db, customer_id, key)
        assert again is not None
        return again
    await shelf.keep(work, order)
    work.record(order.placed())
    await customers.put_search_key(
        work,
        customer_id=customer_id,
        kind="order",
        key=order.number,
        label=order.summary.zh,
        ref_id=order.id,
    )
    if means == "account":
        await service.paid(work, order)
    else:
        await service.wind(work, order)
    return order


async def _chosen(work: UnitOfWork, basket: Basket) -> list[tuple[Goods, Wish]]:
    if not basket.wishes:
        raise Invalid("The basket is empty.", field="basket")
    found = []
    for wish in basket.wishes:
        goods = await store.get_goods(work.db, wish.goods)
        if not goods.is_on_sale(work.today):
            raise NotOnSale("{name} is not sold today.", name=goods.name)
        found.append((goods, wish))
    return found


async def _line(
    work: UnitOfWork, customer_id: UUID, line_id: UUID | None, *, needed: bool
) -> subscriptions.Line | None:
    if line_id is None:
        if needed:
            raise Invalid("Choose the number the plan is for.", field="line")
        return None
    line = await subscriptions.get_line(work, line_id)
    if line.customer_id != customer_id:
        raise NoSuchOrder("There is no such line.")
    return line


async def _account(
    work: UnitOfWork, customer_id: UUID, line: subscriptions.Line | None
) -> customers.Account:
    """The account of the line, else the first that is open."""
    if line is not None:
        return await customers.get_account(work, line.account_id)
    for account in await customers.list_accounts(work, customer_id):
        if account.status == "active":
            return account
    raise NotOnSale("There is no billing account to sell to. A shop can open one.")


async def _check_account(work: UnitOfWork, account: customers.Account, amount: int) -> None:
    """Raise unless it may be put on the bill: post-paid, nothing overdue, not too much."""
    if account.payment_kind is not customers.PaymentKind.POSTPAID:
        raise NotOnAccount(
            "Only an account that is paid after the bill can be charged.", field="means"
        )
    if amount > ON_ACCOUNT_FEN_MAX:
        raise NotOnAccount(
            "Up to {maximum} yuan can be put on the account at once. Pay the rest online.",
            field="means",
            maximum=yuan(ON_ACCOUNT_FEN_MAX),
        )
    standing = await collections.standing(work, account.id)
    if standing is not None and standing.overdue_fen > 0:
        raise NotOnAccount(
            "A bill is overdue. Pay it first, or pay this order online.", field="means"
        )


async def _check_plan(work: UnitOfWork, line: subscriptions.Line, plan_id: str) -> None:
    """Raise unless the line is on the plan or could change to it."""
    if await service.is_on(work, line.id, plan_id):
        return
    seen = await orders.preview(work, line.id, orders.ChangePlan(plan_id=plan_id))
    if seen.refusals:
        raise PlanNotNow(
            "The plan that goes with it cannot be had: {reason}",
            field="line",
            reason=seen.refusals[0].text,
        )
