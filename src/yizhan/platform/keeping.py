"""How long a room keeps what it knows of people, as values; one room lets go of all of it in time.

A room says at its door what of its tables is let go at what age (`AGED`) and what goes when the
relation with a customer has ended (`ENDED`). Both spare customers under a legal hold.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from yizhan.kernel.text import Text
from yizhan.platform.db import Connection

LetGoOld = Callable[[Connection, datetime, Sequence[UUID], int], Awaitable[int]]
"""Lets go of at most so many rows made before a moment, but none of the customers named."""

LetGoOf = Callable[[Connection, UUID], Awaitable[int]]
"""Lets go of what is known of one customer; how many rows it changed."""


class Aged(msgspec.Struct, frozen=True, kw_only=True):
    """Something kept for a number of months after it was made."""

    name: str
    title: Text
    why: Text
    months: int
    least: int
    let_go: LetGoOld


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """Something kept until the relation with its customer has been over for long enough."""

    name: str
    title: Text
    let_go: LetGoOf


def rows_of(status: str) -> int:
    """How many rows a statement changed, from its status such as `DELETE 3`."""
    return int(status.rsplit(" ", 1)[-1])


def deleting(table: str, moment: str, *, also: str = "true", blank: str = "") -> LetGoOld:
    """Deletes the rows of *table* whose column *moment* is old, or sets what *blank* says.

    The names are the room's own, never anybody's input.
    """
    act = f"UPDATE {table} SET {blank}" if blank else f"DELETE FROM {table}"

    async def let_go(db: Connection, before: datetime, held: Sequence[UUID], limit: int) -> int:
        return rows_of(
            await db.execute(
                f"{act} WHERE (customer_id, id) IN (SELECT customer_id, id FROM {table}"
                f" WHERE {moment} < $1 AND customer_id <> ALL($2::uuid[]) AND {also} LIMIT $3)",
                before,
                list(held),
                limit,
            )
        )

    return let_go


def of_customer(*statements: str) -> LetGoOf:
    """Runs statements whose one argument is the customer."""

    async def let_go(db: Connection, customer_id: UUID) -> int:
        return sum([rows_of(await db.execute(one, customer_id)) for one in statements])

    return let_go
