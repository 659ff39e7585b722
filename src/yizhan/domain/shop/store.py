"""Goods, places and orders on their tables. Orders are locked before stock, stock by its name."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.shop.flow import State
from yizhan.domain.shop.goods import Goods, Place
from yizhan.domain.shop.model import Item, Order
from yizhan.domain.shop.refusals import NoSuchGoods, NoSuchOrder
from yizhan.kernel.checkdigit import luhn
from yizhan.kernel.text import Text
from yizhan.platform.db import Connection

GOODS = (
    "code, kind, name_zh, name_en, words_zh, words_en, points_zh, points_en, picture, colour,"
    " price_fen, contract_fen, contract_plan, contract_months, sale_from, sale_to, rank"
)
PLACE = "code, kind, name_zh, name_en, address_zh, address_en, rank"
_PLAIN = (
    "customer_id, id, number, state, account_id, line_id, amount_fen, means, delivery, place,"
    " receiver, phone, address, pickup_code, key, channel, placed_at, held_until, intent_id,"
    " paid_at, plan_order_id, packed_at, sent_at, parcel, handed_over_at, return_until,"
    " return_asked_at, return_note, closed_at, reason, refund_id"
)
ORDER = f"""
SELECT {_PLAIN}, summary_zh, summary_en, (
    SELECT jsonb_agg(jsonb_build_object('goods', i.goods, 'quantity', i.quantity,
           'price_fen', i.price_fen, 'contract_plan', i.contract_plan,
           'contract_months', i.contract_months) ORDER BY i.goods)
      FROM shop_item i WHERE i.customer_id = o.customer_id AND i.order_id = o.id) AS items
  FROM shop_order o"""
_CHANGING = (
    *("state", "held_until", "intent_id", "paid_at", "plan_order_id", "packed_at", "sent_at"),
    *("parcel", "handed_over_at", "return_until", "return_asked_at", "return_note", "closed_at"),
    *("reason", "refund_id"),
)


def goods_of(row: Any) -> Goods:
    """A row as the model knows it. Raises ``NoSuchGoods`` for none."""
    if row is None:
        raise NoSuchGoods("The shop has no such thing.")
    said = dict(row)
    points = zip(said.pop("points_zh"), said.pop("points_en"), strict=True)
    return Goods(
        name=Text(said.pop("name_zh"), said.pop("name_en")),
        words=Text(said.pop("words_zh"), said.pop("words_en")),
        points=tuple(Text(zh, en) for zh, en in points),
        **said,
    )


def place_of(row: Any) -> Place:
    """A row as the model knows it. Raises ``NoSuchGoods`` for none."""
    if row is None:
        raise NoSuchGoods("There is no such shop.")
    said = dict(row)
    return Place(
        name=Text(said.pop("name_zh"), said.pop("name_en")),
        address=Text(said.pop("address_zh"), said.pop("address_en")),
        **said,
    )


def order_of(row: Any) -> Order:
    """A row as the model knows it. Raises ``NoSuchOrder`` for none."""
    if row is None:
        raise NoSuchOrder("There is no such order.")
    said = dict(row)
    reason = said.pop("reason")
    return Order(
        summary=Text(said.pop("summary_zh"), said.pop("summary_en")),
        state=State(said.pop("state")),
        reason=msgspec.json.decode(reason, type=Text) if reason else None,
        items=tuple(Item(**one) for one in said.pop("items") or ()),
        **said,
    )


async def put_goods(db: Connection, one: Goods) -> None:
    """Write a thing down, or otherwise than before."""
    names = GOODS.split(", ")
    await db.execute(
        f"INSERT INTO shop_goods ({GOODS}) VALUES ({_places(len(names))})"
        f" ON CONFLICT (code) DO UPDATE SET {_excluded(names[1:])}",
        one.code,
        one.kind,
        one.name.zh,
        one.name.en,
        one.words.zh,
        one.words.en,
        [point.zh for point in one.points],
        [point.en for point in one.points],
        one.picture,
        one.colour,
        one.price_fen,
        one.contract_fen,
        one.contract_plan,
        one.contract_months,
        one.sale_from,
        one.sale_to,
        one.rank,
    )


async def put_place(db: Connection, one: Place) -> None:
    """Write a place down, or otherwise than before."""
    names = PLACE.split(", ")
    await db.execute(
        f"INSERT INTO shop_place ({PLACE}) VALUES ({_places(len(names))})"
        f" ON CONFLICT (code) DO UPDATE SET {_excluded(names[1:])}",
        one.code,
        one.kind,
        one.name.zh,
        one.name.en,
        one.address.zh,
        one.address.en,
        one.rank,
    )


def _places(count: int) -> str:
    return ", ".join(f"${place}" for place in range(1, count + 1))


def _excluded(names: Sequence[str]) -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in names)


async def get_goods(db: Connection, code: str) -> Goods:
    """One thing. Raises ``NoSuchGoods``."""
    return goods_of(await db.fetchrow(f"SELECT {GOODS} FROM shop_goods WHERE code = $1", code))


async def get_place(db: Connection, code: str) -> Place:
    """One place. Raises ``NoSuchGoods``."""
    return place_of(await db.fetchrow(f"SELECT {PLACE} FROM shop_place WHERE code = $1", code))


async def warehouse(db: Connection) -> Place:
    """Where parcels leave from. Raises ``NoSuchGoods``."""
    return place_of(
        await db.fetchrow(
            f"SELECT {PLACE} FROM shop_place WHERE kind = 'warehouse' ORDER BY rank, code LIMIT 1"
        )
    )


async def next_number(db: Connection, day: date) -> str:
    """``S`` and thirteen digits: the day, a count, a check digit."""
    count = await db.fetchval("SELECT nextval('shop_order_sequence')")
    digits = f"{day:%y%m%d}{count:06d}"
    return f"S{digits}{luhn(digits)}"


async def add_order(db: Connection, one: Order) -> bool:
    """Keep an order and its items; False when its key placed one before."""
    status = await db.execute(
        f"INSERT INTO shop_order ({_PLAIN}, summary_zh, summary_en) VALUES ({_places(33)})"
        " ON CONFLICT (customer_id, key) DO NOTHING",
        *(_plain(name, getattr(one, name)) for name in _PLAIN.split(", ")),
        one.summary.zh,
        one.summary.en,
    )
    if status != "INSERT 0 1":
        return False
    await db.executemany(
        "INSERT INTO shop_item (customer_id, order_id, goods, quantity, price_fen, contract_plan,"
        " contract_months) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            (
                one.customer_id,
                one.id,
                item.goods,
                item.quantity,
                item.price_fen,
                item.contract_plan,
                item.contract_months,
            )
            for item in one.items
        ],
    )
    return True


def _plain(name: str, value: Any) -> Any:
    """A field as its column holds it; a reason is kept in both languages."""
    if name == "reason" and value is None:
        return ""
    if isinstance(value, State):
        return value.value
    return msgspec.json.encode(value).decode() if isinstance(value, Text) else value


async def find_by_key(db: Connection, customer_id: UUID, key: str) -> Order | None:
    """The order a key placed, or None."""
    row = await db.fetchrow(f"{ORDER} WHERE o.customer_id = $1 AND o.key = $2", customer_id, key)
    return order_of(row) if row else None


async def lock(db: Connection, customer_id: UUID, order_id: UUID) -> Order:
    """One order, locked. Raises ``NoSuchOrder``."""
    return order_of(
        await db.fetchrow(
            f"{ORDER} WHERE o.customer_id = $1 AND o.id = $2 FOR UPDATE OF o",
            customer_id,
            order_id,
        )
    )


async def save(db: Connection, one: Order) -> None:
    """Write what may change on an order."""
    said = ", ".join(f"{name} = ${place}" for place, name in enumerate(_CHANGING, start=3))
    await db.execute(
        f"UPDATE shop_order SET {said} WHERE customer_id = $1 AND id = $2",
        one.customer_id,
        one.id,
        *(_plain(name, getattr(one, name)) for name in _CHANGING),
    )
