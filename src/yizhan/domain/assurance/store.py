"""Rows of looks and their results; reads of the job table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from yizhan.domain.assurance.model import FailedJob, JobKind, Result, Run
from yizhan.platform.db import Connection
from yizhan.platform.invariants import Invariant


async def add_run(
    db: Connection, run_id: UUID, *, at: datetime, asked_by: str, checks: int
) -> None:
    """Begin a look."""
    await db.execute(
        "INSERT INTO invariant_run (id, started_at, asked_by, checks) VALUES ($1, $2, $3, $4)",
        run_id,
        at,
        asked_by,
        checks,
    )


async def add_result(db: Connection, run_id: UUID, result: Result) -> None:
    """Keep what one check found. Again for the same run: the last counts."""
    await db.execute(
        "INSERT INTO invariant_result"
        " (run_id, name, looked_at, breaches, examples, took_ms, error)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (run_id, name) DO UPDATE SET"
        " looked_at = excluded.looked_at, breaches = excluded.breaches,"
        " examples = excluded.examples, took_ms = excluded.took_ms, error = excluded.error",
        run_id,
        result.name,
        result.looked_at,
        result.breaches,
        list(result.examples),
        result.took_ms,
        result.error,
    )


async def forget_before(db: Connection, moment: datetime) -> None:
    """Drop looks that began before *moment*."""
    await db.execute("DELETE FROM invariant_run WHERE started_at < $1", moment)


async def list_runs(db: Connection, *, limit: int) -> list[Run]:
    """Looks, newest first."""
    rows = await db.fetch(
        "SELECT r.id, r.started_at, r.asked_by, r.checks, count(v.name) AS done,"
        " count(v.name) FILTER (WHERE v.breaches IS DISTINCT FROM 0) AS broken"
        " FROM invariant_run r LEFT JOIN invariant_result v ON v.run_id = r.id"
        " GROUP BY r.id ORDER BY r.started_at DESC, r.id DESC LIMIT $1",
        limit,
    )
    return [Run(**dict(row)) for row in rows]


async def latest(db: Connection, known: Sequence[Invariant]) -> list[Result]:
    """The last result of each known check, in their order; those never looked at are left out."""
    rows = await db.fetch(
        "SELECT r.* FROM unnest($1::text[]) AS n (name) CROSS JOIN LATERAL"
        " (SELECT * FROM invariant_result v WHERE v.name = n.name"
        "   ORDER BY looked_at DESC LIMIT 1) r",
        [one.name for one in known],
    )
    found = {row["name"]: row for row in rows}
    return [_result(one, found[one.name]) for one in known if one.name in found]


async def history(db: Connection, one: Invariant, *, limit: int) -> list[Result]:
    """What one check found over time, newest first."""
    rows = await db.fetch(
        "SELECT * FROM invariant_result WHERE name = $1 ORDER BY looked_at DESC LIMIT $2",
        one.name,
        limit,
    )
    return [_result(one, row) for row in rows]


def _result(one: Invariant, row: Any) -> Result:
    kept = {name: value for name, value in row.items() if name != "run_id"}
    return Result(**kept, title=one.title, proves=one.proves)


async def job_kinds(db: Connection, *, now: datetime) -> list[JobKind]:
    """How the jobs stand, by kind; kinds in trouble first."""
    rows = await db.fetch(
        "SELECT kind, count(*) FILTER (WHERE failed_at IS NULL) AS waiting,"
        " count(*) FILTER (WHERE failed_at IS NULL AND run_at <= $1) AS due,"
        " count(*) FILTER (WHERE failed_at IS NOT NULL) AS failed,"
        " min(run_at) FILTER (WHERE failed_at IS NULL AND run_at <= $1) AS oldest_due_at"
        " FROM job GROUP BY kind ORDER BY failed DESC, due DESC, kind LIMIT 200",
        now,
    )
    return [JobKind(**dict(row)) for row in rows]


async def failed_jobs(db: Connection, *, limit: int) -> list[FailedJob]:
    """Jobs that were set aside, newest first."""
    rows = await db.fetch(
        "SELECT id, kind, args, attempts, failed_at, coalesce(last_error, '') AS last_error"
        " FROM job WHERE failed_at IS NOT NULL ORDER BY failed_at DESC, id LIMIT $1",
        limit,
    )
    return [FailedJob(**dict(row)) for row in rows]
