"""Rows of orders."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from yizhan.domain.orders.flow import OPEN
from yizhan.domain.orders.model import Order
from yizhan.kernel.checkdigit import luhn
from yizhan.kernel.errors import Conflict, NotFound
from yizhan.platform.db import Connection

_COLUMNS = tuple(Order.__struct_fields__)
_JSON = frozenset({"change", "summary", "preview", "reason"})
_INSERT = (
    f"INSERT INTO care_order ({', '.join(_COLUMNS)}, kind)"
    f" VALUES ({', '.join(f'${n}' for n in range(1, len(_COLUMNS) + 2))})"
)
_CHANGING = (
    "line_id", "account_id", "change", "state", "effective_at", "closed_at", "charged_fen",
    "reason", "version",
)  # fmt: skip
_UPDATE = (
    f"UPDATE care_order SET {', '.join(f'{c} = ${n}' for n, c in enumerate(_CHANGING, 3))}"
    " WHERE customer_id = $1 AND id = $2 AND version = $11 - 1 RETURNING id"
)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM care_order"
_OPEN = "state IN ('acknowledged', 'in_progress', 'held')"
assert {state.value for state in OPEN} == {"acknowledged", "in_progress", "held"}


def _order(row: Any) -> Order:
    return msgspec.convert(dict(row), Order)


def _value(order: Order, column: str) -> Any:
    value = getattr(order, column)
    return msgspec.to_builtins(value) if column in _JSON else value


async def load(db: Connection, order_id: UUID, *, lock: bool = False) -> Order:
    """An order; raises ``NotFound``."""
    order = await find(db, order_id, lock=lock)
    if order is None:
        raise NotFound("There is no such order.", order_id=order_id)
    return order


async def find(db: Connection, order_id: UUID, *, lock: bool = False) -> Order | None:
    """An order, or None."""
    row = await db.fetchrow(f"{_SELECT} WHERE id = $1" + (" FOR UPDATE" if lock else ""), order_id)
    return _order(row) if row else None


async def find_by_key(db: Connection, customer_id: UUID, key: str) -> Order | None:
    """The order an earlier request with this key placed, or None."""
    row = await db.fetchrow(f"{_SELECT} WHERE customer_id = $1 AND key = $2", customer_id, key)
    return _order(row) if row else None


async def add(db: Connection, order: Order) -> None:
    """A new order. Raises ``Conflict`` when the line has one of the kind under way."""
    try:
        async with db.transaction():
            await db.execute(_INSERT, *(_value(order, c) for c in _COLUMNS), order.change.kind)
    except asyncpg.UniqueViolationError:
        raise Conflict(
            "An order of this kind is under way for the line, or this one was placed before."
        ) from None


async def save(db: Connection, order: Order) -> None:
    """Write what changes of an order. Raises ``Conflict`` when somebody else was faster."""
    order.version += 1
    done = await db.fetchval(
        _UPDATE, order.customer_id, order.id, *(_value(order, c) for c in _CHANGING)
    )
    if done is None:
        raise Conflict("Somebody else changed this order first. Look at it again.")


async def next_number(db: Connection, day: date) -> str:
    """``D`` and thirteen digits: the day, a count, a check digit."""
    count = await db.fetchval("SELECT nextval('order_number_sequence')")
    digits = f"{day:%y%m%d}{count:06d}"
    return f"D{digits}{luhn(digits)}"


async def find_by_number(db: Connection, number: str) -> Order | None:
    """The order a number names, or None."""
    row = await db.fetchrow(f"{_SELECT} WHERE number = $1", number)
    return _order(row) if row else None


async def list_of_customer(
    db: Connection, customer_id: UUID, *, open_only: bool, limit: int
) -> list[Order]:
    """Orders of a customer, open ones first, then newest first."""
    rows = await db.fetch(
        f"{_SELECT} WHERE customer_id = $1 AND (NOT $2 OR {_OPEN})"
        f" ORDER BY ({_OPEN}) DESC, placed_at DESC, id DESC LIMIT $3",
        customer_id,
        open_only,
        limit,
    )
    return [_order(row) for row in rows]


async def list_open(
    db: Connection, *, state: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Order]:
    """Open orders by when they take effect."""
    rows = await db.fetch(
        f"{_SELECT} WHERE {_OPEN} AND ($1::text IS NULL OR state = $1)"
        " AND ($2::timestamptz IS NULL OR (effective_at, id) > ($2, $3::uuid))"
        " ORDER BY effective_at, id LIMIT $4",
        state,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_order(row) for row in rows]


async def kinds_waiting(db: Connection, line_id: UUID) -> frozenset[str]:
    """The kinds of orders of a line that are not done yet."""
    rows = await db.fetch(f"SELECT kind FROM care_order WHERE line_id = $1 AND {_OPEN}", line_id)
    return frozenset(row["kind"] for row in rows)
