"""The shelves: what is kept for an order, what goes out, comes back, is counted.

The condition stands in the UPDATE itself, so two who want the last one queue for its row and the
second finds none; shelves are always taken in the order of their names, so nobody waits in a ring.
"""

from uuid import UUID

from yizhan.domain.shop.goods import Stock
from yizhan.domain.shop.model import Order
from yizhan.domain.shop.refusals import SoldOut
from yizhan.kernel.errors import Refused
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.work import UnitOfWork

_STOCK = "place, goods, on_hand, reserved"


async def keep(work: UnitOfWork, order: Order) -> None:
    """Keep the goods of an order for it. Raises ``SoldOut``, and nothing is kept."""
    for item in sorted(order.items, key=lambda one: one.goods):
        found = await work.db.execute(
            "UPDATE shop_stock SET reserved = reserved + $3"
            " WHERE place = $1 AND goods = $2 AND on_hand - reserved >= $3",
            order.place,
            item.goods,
            item.quantity,
        )
        if found != "UPDATE 1":
            raise SoldOut(
                "There are not so many left there. Take fewer, or choose another way to get it.",
                field=item.goods,
                goods=item.goods,
            )
        await _note(work, order, item.goods, "reserved", reserved=item.quantity)


async def free(work: UnitOfWork, order: Order) -> None:
    """What was kept can be sold again."""
    for item in sorted(order.items, key=lambda one: one.goods):
        await _move(work, order, item.goods, "released", reserved=-item.quantity)


async def out(work: UnitOfWork, order: Order) -> None:
    """What was kept leaves the shelf."""
    for item in sorted(order.items, key=lambda one: one.goods):
        await _move(work, order, item.goods, "out", on_hand=-item.quantity, reserved=-item.quantity)


async def back(work: UnitOfWork, order: Order) -> None:
    """What left lies on the shelf again."""
    for item in sorted(order.items, key=lambda one: one.goods):
        await _move(work, order, item.goods, "back", on_hand=item.quantity)


async def count(
    work: UnitOfWork, *, place: str, goods: str, on_hand: int, reason: str
) -> tuple[Stock, int]:
    """So many are there; and how many the books had. Raises ``Refused`` below what is kept."""
    await work.db.execute(
        "INSERT INTO shop_stock (place, goods) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        place,
        goods,
    )
    row = await work.db.fetchrow(
        f"SELECT {_STOCK} FROM shop_stock WHERE place = $1 AND goods = $2 FOR UPDATE", place, goods
    )
    assert row is not None
    before = Stock(**dict(row))
    if on_hand < before.reserved:
        raise Refused(
            "{reserved} are kept for orders. Cancel some of them before you write down fewer.",
            field="on_hand",
            reserved=before.reserved,
        )
    after = await work.db.fetchrow(
        f"UPDATE shop_stock SET on_hand = $3 WHERE place = $1 AND goods = $2 RETURNING {_STOCK}",
        place,
        goods,
        on_hand,
    )
    await _write(
        work,
        customer_id=NIL,
        order_id=None,
        place=place,
        goods=goods,
        kind="counted",
        on_hand=on_hand - before.on_hand,
        reserved=0,
        reason=reason,
    )
    return Stock(**dict(after)), before.on_hand


async def _move(
    work: UnitOfWork, order: Order, goods: str, kind: str, *, on_hand: int = 0, reserved: int = 0
) -> None:
    await work.db.execute(
        "UPDATE shop_stock SET on_hand = on_hand + $3, reserved = reserved + $4"
        " WHERE place = $1 AND goods = $2",
        order.place,
        goods,
        on_hand,
        reserved,
    )
    await _note(work, order, goods, kind, on_hand=on_hand, reserved=reserved)


async def _note(
    work: UnitOfWork, order: Order, goods: str, kind: str, *, on_hand: int = 0, reserved: int = 0
) -> None:
    await _write(
        work,
        customer_id=order.customer_id,
        order_id=order.id,
        place=order.place,
        goods=goods,
        kind=kind,
        on_hand=on_hand,
        reserved=reserved,
        reason="",
    )


async def _write(
    work: UnitOfWork,
    *,
    customer_id: UUID,
    order_id: UUID | None,
    place: str,
    goods: str,
    kind: str,
    on_hand: int,
    reserved: int,
    reason: str,
) -> None:
    await work.db.execute(
        "INSERT INTO shop_movement (customer_id, id, at, place, goods, kind, on_hand, reserved,"
        " order_id, reason, by_id, by_name)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        customer_id,
        new_id(),
        work.now,
        place,
        goods,
        kind,
        on_hand,
        reserved,
        order_id,
        reason,
        work.actor.id,
        work.actor.name,
    )
