"""The rows of requests, their steps and the audit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from yizhan.domain.provisioning.flow import FAILED, OPEN, State
from yizhan.domain.provisioning.model import Request, Step
from yizhan.kernel.errors import Conflict, NotFound
from yizhan.kernel.ids import new_id
from yizhan.platform.db import Connection

_COLUMNS = tuple(Request.__struct_fields__)
_NEW = tuple(name for name in _COLUMNS if name != "position")
_CHANGING = (
    "state", "attempts", "looks", "due_at", "accepted_at", "closed_at", "code", "reason",
)  # fmt: skip
SELECT = f"SELECT {', '.join(_COLUMNS)} FROM network_request"
_OPEN = f"({', '.join(repr(state.value) for state in sorted(OPEN))})"
_ASKED = "('queued', 'sent', 'accepted', 'unanswered')"

_CLAIM = f"""
UPDATE network_request SET lease_until = $2,
       attempts = attempts + (state <> 'accepted')::int,
       state = CASE state WHEN 'accepted' THEN state ELSE 'sent' END
 WHERE id IN (
    SELECT r.id FROM network_request r
     WHERE r.state IN {_ASKED} AND r.due_at <= $1
       AND (r.lease_until IS NULL OR r.lease_until <= $1)
       AND NOT EXISTS (SELECT FROM network_request e
                        WHERE e.line_id = r.line_id AND e.closed_at IS NULL
                          AND (e.position, e.id) < (r.position, r.id))
     ORDER BY r.due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING {", ".join(_COLUMNS)}
"""


def request_of(row: Any) -> Request:
    """A row as a value."""
    return msgspec.convert(dict(row), Request)


async def queue_up(db: Connection, line_id: UUID) -> None:
    """Let requests of one line be added one after the other, so that their order is theirs."""
    await db.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 160))", str(line_id))


async def add(db: Connection, request: Request) -> Request:
    """A new request; without a position it goes to the end of its line's lane."""
    columns = _NEW if request.position == 0 else _COLUMNS
    values = [getattr(request, name) for name in columns]
    places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    try:
        async with db.transaction():
            row = await db.fetchrow(
                f"INSERT INTO network_request ({', '.join(columns)}) VALUES ({places})"
                " RETURNING position",
                *(value.value if isinstance(value, State) else value for value in values),
            )
    except asyncpg.UniqueViolationError:
        raise Conflict("Something was asked of the network with this key before.") from None
    request.position = row["position"]
    return request


async def load(db: Connection, request_id: UUID, *, lock: bool = False) -> Request:
    """A request; raises ``NotFound``."""
    found = await find(db, request_id, lock=lock)
    if found is None:
        raise NotFound("There is no such request to the network.", request_id=request_id)
    return found


async def find(db: Connection, request_id: UUID, *, lock: bool = False) -> Request | None:
    """A request, or None."""
    row = await db.fetchrow(f"{SELECT} WHERE id = $1" + (" FOR UPDATE" if lock else ""), request_id)
    return request_of(row) if row else None


async def find_by_key(db: Connection, key: str) -> Request | None:
    """The request an earlier call with this key made, or None."""
    row = await db.fetchrow(f"{SELECT} WHERE key = $1", key)
    return request_of(row) if row else None


async def save(db: Connection, request: Request) -> None:
    """Write what changes of a request; whoever held it holds it no more."""
    await db.execute(
        f"UPDATE network_request SET lease_until = NULL,"
        f" {', '.join(f'{name} = ${n}' for n, name in enumerate(_CHANGING, 3))}"
        " WHERE customer_id = $1 AND id = $2",
        request.customer_id,
        request.id,
        *(getattr(request, name) for name in _CHANGING),
    )


async def claim(
    db: Connection, *, now: datetime, lease_until: datetime, limit: int
) -> list[Request]:
    """Take requests that are due and first of their line; nobody else gets them meanwhile."""
    rows = await db.fetch(_CLAIM, now, lease_until, limit)
    return [request_of(row) for row in rows]


async def add_step(
    db: Connection, request: Request, what: str, detail: str = "", *, at: datetime
) -> None:
    """Keep what happened to a request."""
    await db.execute(
        "INSERT INTO network_step (customer_id, id, request_id, at, what, detail)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        request.customer_id, new_id(), request.id, at, what, detail[:500],
    )  # fmt: skip


async def list_steps(db: Connection, request_ids: Sequence[UUID]) -> list[Step]:
    """The steps of some requests, oldest first."""
    rows = await db.fetch(
        "SELECT request_id, at, what, detail FROM network_step WHERE request_id = ANY($1)"
        " ORDER BY id LIMIT 1000",
        list(request_ids),
    )
    return [Step(**dict(row)) for row in rows]


async def list_of_reference(
    db: Connection, reference: UUID, *, lock: bool = False
) -> list[Request]:
    """All that was asked for one thing, in the order asked."""
    rows = await db.fetch(
        f"{SELECT} WHERE reference = $1 ORDER BY position, id LIMIT 100"
        + (" FOR UPDATE" if lock else ""),
        reference,
    )
    return [request_of(row) for row in rows]


async def list_by_state(
    db: Connection, states: Sequence[str], *, after: UUID | None, limit: int
) -> list[Request]:
    """Requests in some states; open ones oldest first, closed ones newest first."""
    rows = await db.fetch(
        f"{SELECT} WHERE state = ANY($1) AND ($2::uuid IS NULL OR id < $2)"
        " ORDER BY id DESC LIMIT $3",
        list(states), after, limit,
    )  # fmt: skip
    return [request_of(row) for row in rows]


async def counts(db: Connection) -> dict[str, int]:
    """How many requests stand how; of the closed ones those that failed."""
    said = [state.value for state in (*OPEN, *FAILED)]
    rows = await db.fetch(
        "SELECT state, count(*) AS count FROM network_request WHERE state = ANY($1) GROUP BY state",
        said,
    )
    return {row["state"]: row["count"] for row in rows}


async def services_by_hand(db: Connection) -> frozenset[str]:
    """The services people do."""
    rows = await db.fetch("SELECT service FROM network_by_hand LIMIT 200")
    return frozenset(row["service"] for row in rows)


async def lines_with_open_requests(db: Connection, line_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these lines the network is still to do something for."""
    rows = await db.fetch(
        "SELECT DISTINCT line_id FROM network_request"
        " WHERE line_id = ANY($1) AND closed_at IS NULL",
        list(line_ids),
    )
    return {row["line_id"] for row in rows}
