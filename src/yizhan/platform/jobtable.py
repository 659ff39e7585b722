"""Putting jobs on the table. Taking them off again is the worker's business (``jobs``)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from yizhan.kernel.ids import new_id
from yizhan.platform.db import Connection


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
