"""Reading the event log: by customer for the timeline, by visibility for those who follow it.

Ids are made before commit, so a growing id is no sign that nothing older will still appear.
Followers therefore read by transaction: a row is handed out once every transaction that began
before its own has ended (``pg_snapshot_xmin``), and none is skipped.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.kernel.errors import NotFound
from yizhan.platform.db import Connection


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the log. ``txid`` and ``id`` together are a follower's cursor."""

    id: UUID
    customer_id: UUID
    at: datetime
    name: str
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    channel: str
    contact_id: UUID | None
    payload: dict[str, Any]
    txid: int


_COLUMNS = (
    "id, customer_id, at, name, actor_kind, actor_id, actor_name, channel, contact_id, payload,"
    " txid::text::bigint AS txid"
)


def _recorded(row: Any) -> Recorded:
    return Recorded(**dict(row))


async def get(db: Connection, event_id: UUID, customer_id: UUID) -> Recorded:
    """One event; raises ``NotFound``."""
    row = await db.fetchrow(
        f"SELECT {_COLUMNS} FROM event WHERE customer_id = $1 AND id = $2",
        customer_id,
        event_id,
    )
    if row is None:
        raise NotFound("There is no such event.", event_id=event_id)
    return _recorded(row)


async def get_told(db: Connection, jobs: Sequence[Mapping[str, Any]]) -> Sequence[Recorded]:
    """The events that reactions were made for, by the jobs' arguments."""
    rows = await db.fetch(
        f"SELECT {', '.join(f'event.{name.strip()}' for name in _COLUMNS.split(','))}"
        " FROM event JOIN unnest($1::uuid[], $2::uuid[]) AS told (customer_id, id)"
        " USING (customer_id, id) ORDER BY event.id",
        [UUID(one["customer_id"]) for one in jobs],
        [UUID(one["event_id"]) for one in jobs],
    )
    return [_recorded(row) for row in rows]


async def list_of_customer(
    db: Connection,
    customer_id: UUID,
    *,
    limit: int = 50,
    before: UUID | None = None,
    prefix: str | None = None,
) -> Sequence[Recorded]:
    """A customer's events, newest first; *before* is the id of the last one already seen."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM event WHERE customer_id = $1"
        " AND ($3::uuid IS NULL OR id < $3) AND ($4::text IS NULL OR name LIKE $4 || '%')"
        " ORDER BY id DESC LIMIT $2",
        customer_id,
        limit,
        before,
        prefix,
    )
    return [_recorded(row) for row in rows]


async def list_of_contact(
    db: Connection, customer_id: UUID, contact_id: UUID, *, limit: int = 200
) -> Sequence[Recorded]:
    """What was done in one contact, oldest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM event WHERE customer_id = $1 AND contact_id = $2"
        " ORDER BY id LIMIT $3",
        customer_id,
        contact_id,
        limit,
    )
    return [_recorded(row) for row in rows]


async def list_naming(
    db: Connection, customer_id: UUID, field: str, value: UUID, *, limit: int = 500
) -> Sequence[Recorded]:
    """The customer's events whose payload names *value* in *field*, oldest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM event WHERE customer_id = $1 AND payload ->> $2 = $3"
        " ORDER BY id LIMIT $4",
        customer_id,
        field,
        str(value),
        limit,
    )
    return [_recorded(row) for row in rows]


async def tail(db: Connection) -> int:
    """The transaction a new follower begins after: everything visible now is history."""
    return int(await db.fetchval("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")) - 1


async def follow(
    db: Connection, after_txid: int, after_id: UUID, *, limit: int = 500
) -> Sequence[Recorded]:
    """What became final after the cursor, in the order of transactions."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM event"
        " WHERE (txid, id) > ($1::text::xid8, $2)"
        " AND txid < pg_snapshot_xmin(pg_current_snapshot())"
        " ORDER BY txid, id LIMIT $3",
        str(after_txid),
        after_id,
        limit,
    )
    return [_recorded(row) for row in rows]
