"""Reading the shop: what is sold and where it lies, and what was ordered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from yizhan.domain.shop import permissions, store
from yizhan.domain.shop.goods import Goods, Place, Stock
from yizhan.domain.shop.model import Order, check_own
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.errors import NotFound
from yizhan.platform.work import UnitOfWork

BOARD = ("paid", "packed", "sent", "returns", "ordered")


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened on a shelf."""

    at: datetime
    place: str
    goods: str
    kind: str
    on_hand: int
    reserved: int
    order_id: UUID | None
    customer_id: UUID
    reason: str
    by_name: str


async def list_goods(
    work: UnitOfWork, *, kind: str | None = None, on_sale: bool = True, limit: int = 200
) -> Sequence[Goods]:
    """What is sold today, or all there ever was; anybody may look."""
    rows = await work.db.fetch(
        f"SELECT {store.GOODS} FROM shop_goods WHERE ($1::text IS NULL OR kind = $1)"
        " AND (NOT $2 OR (sale_from <= $3 AND (sale_to IS NULL OR sale_to > $3)))"
        " ORDER BY rank, code LIMIT $4",
        kind,
        on_sale,
        work.today,
        limit,
    )
    return [store.goods_of(row) for row in rows]


async def get_goods(work: UnitOfWork, code: str) -> Goods:
    """One thing. Raises ``NoSuchGoods``."""
    return await store.get_goods(work.db, code)


async def list_places(work: UnitOfWork) -> Sequence[Place]:
    """The warehouse and the shops, by rank."""
    rows = await work.db.fetch(
        f"SELECT {store.PLACE} FROM shop_place ORDER BY rank, code LIMIT 200"
    )
    return [store.place_of(row) for row in rows]


async def free_of(work: UnitOfWork, codes: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
    """How many of each thing can be sold, by place; a place without any is left out."""
    rows = await work.db.fetch(
        "SELECT goods, place, on_hand - reserved AS free FROM shop_stock"
        " WHERE goods = ANY($1) AND on_hand > reserved",
        list(codes),
    )
    found: dict[str, dict[str, int]] = {code: {} for code in codes}
    for row in rows:
        found[row["goods"]][row["place"]] = row["free"]
    return found


async def list_stock(work: UnitOfWork, *, place: str | None = None) -> Sequence[Stock]:
    """What lies where and how much of it is kept."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        "SELECT place, goods, on_hand, reserved FROM shop_stock"
        " WHERE $1::text IS NULL OR place = $1 ORDER BY goods, place LIMIT 2000",
        place,
    )
    return [Stock(**dict(row)) for row in rows]


async def list_movements(
    work: UnitOfWork, *, place: str | None = None, goods: str, limit: int = 50
) -> Sequence[Movement]:
    """What happened on a shelf, the latest first."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        "SELECT at, place, goods, kind, on_hand, reserved, order_id, customer_id, reason, by_name"
        " FROM shop_movement WHERE goods = $1 AND ($2::text IS NULL OR place = $2)"
        " ORDER BY id DESC LIMIT $3",
        goods,
        place,
        limit,
    )
    return [Movement(**dict(row)) for row in rows]


async def get(work: UnitOfWork, customer_id: UUID, order_id: UUID) -> Order:
    """One order; a customer sees his own. Raises ``NoSuchOrder``."""
    check_own(work.actor, customer_id, permissions.READ)
    return store.order_of(
        await work.db.fetchrow(
            f"{store.ORDER} WHERE o.customer_id = $1 AND o.id = $2", customer_id, order_id
        )
    )


async def list_of_customer(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 50, before: UUID | None = None
) -> Sequence[Order]:
    """A customer's orders of goods, newest first."""
    check_own(work.actor, customer_id, permissions.READ)
    rows = await work.db.fetch(
        f"{store.ORDER} WHERE o.customer_id = $1 AND ($3::uuid IS NULL OR o.id < $3)"
        " ORDER BY o.id DESC LIMIT $2",
        customer_id,
        limit,
        before,
    )
    return [store.order_of(row) for row in rows]


async def list_board(
    work: UnitOfWork, view: str = "paid", *, place: str | None = None, limit: int = 100
) -> Sequence[Order]:
    """Orders that wait for somebody, the longest waiting first; ``returns``: to be taken back."""
    _staff_only(work)
    if view not in BOARD:
        raise NotFound("There is no such list.")
    condition = (
        "o.state = 'handed_over' AND o.return_asked_at IS NOT NULL"
        if view == "returns"
        else f"o.state = '{view}'"
    )
    rows = await work.db.fetch(
        f"{store.ORDER} WHERE {condition} AND ($1::text IS NULL OR o.place = $1)"
        " ORDER BY o.placed_at LIMIT $2",
        place,
        limit,
    )
    return [store.order_of(row) for row in rows]


async def count_board(work: UnitOfWork) -> Mapping[str, int]:
    """How many wait in each list."""
    _staff_only(work)
    rows = await work.db.fetch(
        "SELECT state AS view, count(*)::int AS number FROM shop_order"
        " WHERE state IN ('ordered', 'paid', 'packed', 'sent') GROUP BY state"
        " UNION ALL SELECT 'returns', count(*)::int FROM shop_order"
        " WHERE state = 'handed_over' AND return_asked_at IS NOT NULL"
    )
    return {row["view"]: row["number"] for row in rows}


def _staff_only(work: UnitOfWork) -> None:
    if work.actor.kind is ActorKind.CUSTOMER:
        raise NotFound("There is no such list.")
    work.actor.require(permissions.READ)
