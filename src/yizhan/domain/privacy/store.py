"""The tables of this room."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.privacy.model import Erasure, Hold
from yizhan.platform.db import Connection

_HOLD = ", ".join(Hold.__struct_fields__)
_ERASURE = ", ".join(Erasure.__struct_fields__)


async def terms(db: Connection) -> dict[str, int]:
    """The operator's own terms in months."""
    rows = await db.fetch("SELECT name, months FROM keeping_term")
    return {row["name"]: row["months"] for row in rows}


async def set_term(db: Connection, name: str, months: int, *, at: datetime, by: str) -> None:
    """Keep a term."""
    await db.execute(
        "INSERT INTO keeping_term (name, months, changed_at, changed_by) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (name) DO UPDATE SET months = $2, changed_at = $3, changed_by = $4",
        name,
        months,
        at,
        by,
    )


async def add_run(db: Connection, run_id: UUID, name: str, before: datetime, at: datetime) -> None:
    """A look at one term began."""
    await db.execute(
        "INSERT INTO keeping_run (id, started_at, name, before) VALUES ($1, $2, $3, $4)",
        run_id,
        at,
        name,
        before,
    )


async def count_run(db: Connection, run_id: UUID, rows: int, *, done_at: datetime | None) -> None:
    """So many rows more were let go."""
    await db.execute(
        "UPDATE keeping_run SET rows = rows + $2, finished_at = $3 WHERE id = $1",
        run_id,
        rows,
        done_at,
    )


async def last_runs(db: Connection) -> Mapping[str, tuple[datetime, int]]:
    """Per term when it was looked at last, and how many rows went."""
    rows = await db.fetch(
        "SELECT DISTINCT ON (name) name, started_at, rows FROM keeping_run"
        " ORDER BY name, started_at DESC"
    )
    return {row["name"]: (row["started_at"], row["rows"]) for row in rows}


async def held(db: Connection) -> list[UUID]:
    """Customers of whom nothing may be let go."""
    rows = await db.fetch("SELECT DISTINCT customer_id FROM legal_hold WHERE lifted_at IS NULL")
    return [row["customer_id"] for row in rows]


async def add_hold(db: Connection, hold: Hold) -> None:
    """Keep a hold."""
    await db.execute(
        f"INSERT INTO legal_hold ({_HOLD}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        *msgspec.structs.astuple(hold),
    )


async def lift_hold(db: Connection, hold_id: UUID, *, at: datetime, by: str) -> Hold | None:
    """End a hold; None when there is no such open one."""
    row = await db.fetchrow(
        "UPDATE legal_hold SET lifted_at = $2, lifted_by = $3"
        f" WHERE id = $1 AND lifted_at IS NULL RETURNING {_HOLD}",
        hold_id,
        at,
        by,
    )
    return Hold(**row) if row else None


async def holds(db: Connection, customer_id: UUID | None, *, limit: int) -> list[Hold]:
    """Holds, open ones first, then the newest."""
    rows = await db.fetch(
        f"SELECT {_HOLD} FROM legal_hold WHERE $1::uuid IS NULL OR customer_id = $1"
        " ORDER BY lifted_at IS NOT NULL, placed_at DESC LIMIT $2",
        customer_id,
        limit,
    )
    return [Hold(**row) for row in rows]


async def add_erasure(db: Connection, one: Erasure) -> bool:
    """Keep a request; False when one waits already."""
    row = await db.fetchval(
        f"INSERT INTO erasure ({_ERASURE}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " ON CONFLICT (customer_id) WHERE state = 'waiting' DO NOTHING RETURNING id",
        *msgspec.structs.astuple(one),
    )
    return row is not None


async def lock_erasure(db: Connection, erasure_id: UUID) -> Erasure | None:
    """A request, nobody else's to change until commit."""
    row = await db.fetchrow(f"SELECT {_ERASURE} FROM erasure WHERE id = $1 FOR UPDATE", erasure_id)
    return Erasure(**row) if row else None


async def end_erasure(
    db: Connection, erasure_id: UUID, state: str, *, at: datetime, rows: Mapping[str, int]
) -> None:
    """The request was done, or taken back."""
    await db.execute(
        "UPDATE erasure SET state = $2, done_at = $3, rows = $4, put_off = '' WHERE id = $1",
        erasure_id,
        state,
        at,
        dict(rows),
    )


async def put_off(db: Connection, erasure_id: UUID, why: str, *, until: datetime) -> None:
    """The request cannot be done yet."""
    await db.execute(
        "UPDATE erasure SET put_off = $2, due_at = $3 WHERE id = $1", erasure_id, why, until
    )


async def erasures(db: Connection, customer_id: UUID | None, *, limit: int) -> list[Erasure]:
    """Requests, waiting ones first by when they are due, then the newest."""
    rows = await db.fetch(
        f"SELECT {_ERASURE} FROM erasure WHERE $1::uuid IS NULL OR customer_id = $1"
        " ORDER BY state <> 'waiting', CASE WHEN state = 'waiting' THEN due_at END,"
        " asked_at DESC LIMIT $2",
        customer_id,
        limit,
    )
    return [Erasure(**row) for row in rows]


async def blank_events(db: Connection, customer_id: UUID, spared: list[str]) -> int:
    """Take what was said out of the events of a customer, but not out of those named."""
    status: Any = await db.execute(
        "UPDATE event SET payload = '{}' WHERE customer_id = $1 AND payload <> '{}'"
        " AND split_part(name, '.', 1) <> ALL($2::text[])",
        customer_id,
        spared,
    )
    return int(str(status).rsplit(" ", 1)[-1])
