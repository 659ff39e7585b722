"""Putting jobs on the table. Taking them off again is the worker's business (``jobs``)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from yizhan.kernel.ids import new_id
from yizhan.platform.db import Connection

PRIORITIES: Final = (10, 0, -5)
"""Reactions to single acts; clocks; reactions to what came in bulk. The table allows no others."""


async def enqueue(
    connection: Connection,
    kind: str,
    args: Mapping[str, Any],
    *,
    run_at: datetime,
    key: str | None = None,
    priority: int = 0,
) -> UUID:
    """Put a job on the table. With a *key*, the same key again moves the job instead."""
    job_id = new_id()
    await connection.execute(
        "INSERT INTO job (id, kind, args, run_at, key, priority) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (kind, key) WHERE key IS NOT NULL"
        " DO UPDATE SET run_at = excluded.run_at, args = excluded.args, failed_at = NULL,"
        " attempts = 0, lease_until = NULL",
        job_id,
        kind,
        dict(args),
        run_at,
        key,
        priority,
    )
    return job_id


async def enqueue_many(
    connection: Connection,
    kind: str,
    jobs: Mapping[str, Mapping[str, Any]],
    *,
    run_at: datetime,
    priority: int = 0,
) -> None:
    """Put jobs of a kind on the table by key, in one statement; a key that waits is moved."""
    ordered = sorted(jobs.items())  # so that two who do this never lock each other out
    await connection.execute(
        "INSERT INTO job (id, kind, args, run_at, key, priority)"
        " SELECT id, $1, args, $2, key, $3 FROM unnest($4::uuid[], $5::text[], $6::jsonb[])"
        " AS new (id, key, args)"
        " ON CONFLICT (kind, key) WHERE key IS NOT NULL"
        " DO UPDATE SET run_at = excluded.run_at, args = excluded.args, failed_at = NULL,"
        " attempts = 0, lease_until = NULL",
        kind,
        run_at,
        priority,
        [new_id() for _ in ordered],
        [key for key, _ in ordered],
        [dict(args) for _, args in ordered],
    )


async def due_now(connection: Connection, now: datetime) -> None:
    """What was due before *now* is due now: nobody was late who could not have begun."""
    await connection.execute(
        "UPDATE job SET run_at = $1 WHERE run_at < $1 AND failed_at IS NULL", now
    )
