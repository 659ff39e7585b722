"""Jobs: reactions to events and clocks, kept in one table and done exactly once.

A worker claims due jobs with a lease (``FOR UPDATE SKIP LOCKED``). The job is deleted in the same
transaction as its effect, so an effect on the database happens once however often a worker dies.
A job that keeps failing is set aside with its error and shown to the operator; it can be retried.

A bill run leaves tens of thousands of jobs of one kind. For kinds that know how, many are claimed
and done in one transaction; when it fails, each is done by itself: a bad one holds back none.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import structlog

from yizhan.kernel.actor import SYSTEM
from yizhan.platform.db import Connection
from yizhan.platform.jobtable import PRIORITIES
from yizhan.platform.work import UnitOfWork, Works

log = structlog.get_logger()

Handler = Callable[[UnitOfWork, Mapping[str, Any]], Awaitable[None]]
"""Does one job inside the given unit of work. Its transaction also deletes the job."""

Together = Callable[[UnitOfWork, Sequence[Mapping[str, Any]]], Awaitable[None]]
"""Does many jobs of one kind at once; it must come to the same as doing each, in any order."""

AT_ONCE = 200
"""How many jobs of a kind that knows how are done in one transaction."""
LEASE = timedelta(seconds=60)
ATTEMPTS_MAX = 8
DATABASE_ERRORS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

_TAKE = "UPDATE job SET lease_until = $2::timestamptz + $3::interval, attempts = attempts + 1 WHERE"
_DUE = """
run_at <= $2 AND failed_at IS NULL AND (lease_until IS NULL OR lease_until < $2)
"""
_CLAIM = f"""
{_TAKE} id IN (
    SELECT due.id FROM (VALUES {", ".join(f"({one})" for one in PRIORITIES)}) AS class (priority)
     CROSS JOIN LATERAL (
        SELECT id FROM job WHERE priority = class.priority AND {_DUE}
         ORDER BY run_at LIMIT $1 FOR UPDATE SKIP LOCKED) AS due LIMIT $1)
RETURNING id, kind, args, attempts
"""
_CLAIM_ALIKE = f"""
{_TAKE} id IN (SELECT id FROM job WHERE kind = $4 AND {_DUE}
                ORDER BY run_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, args, attempts
"""
_GONE = """
DELETE FROM job USING unnest($1::uuid[], $2::int[]) AS taken (id, attempts)
 WHERE job.id = taken.id AND job.attempts = taken.attempts RETURNING job.args
"""


class Metrics(Protocol):
    """What a worker tells about itself."""

    def done(self, kind: str, seconds: float) -> None:
        """One job was done."""

    def failed(self, kind: str) -> None:
        """One attempt failed."""


async def retry(connection: Connection, job_id: UUID, *, now: datetime) -> bool:
    """Take a job that was set aside up again. False when there is no such job."""
    status = await connection.execute(
        "UPDATE job SET failed_at = NULL, attempts = 0, lease_until = NULL, run_at = $2"
        " WHERE id = $1 AND failed_at IS NOT NULL",
        job_id,
        now,
    )
    return bool(status == "UPDATE 1")


class Worker:
    """Runs due jobs, a few at a time, until told to stop."""

    def __init__(
        self,
        works: Works,
        handlers: Mapping[str, Handler],
        *,
        concurrency: int = 4,
        together: Mapping[str, Together] | None = None,
        idle_seconds: float = 0.5,
        metrics: Metrics | None = None,
    ) -> None:
        self.works = works
        self.handlers = handlers
        self.together = together or {}
        self.concurrency = concurrency
        self.idle_seconds = idle_seconds
        self.metrics = metrics
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until :meth:`stop`; an outage of the database is waited out."""
        while not self.stopping.is_set():
            try:
                did = await self.run_due()
            except DATABASE_ERRORS as error:
                log.warning("worker.database_unavailable", error=str(error)[:200])
                did = 0
            if did == 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.stopping.wait(), self.idle_seconds)

    def stop(self) -> None:
        """Finish what is under way and take no more."""
        self.stopping.set()

    async def run_due(self) -> int:
        """Claim and do what is due now; how many jobs were tried."""
        alike: dict[str, list[Mapping[str, Any]]] = {}
        async with self.works.pool.acquire() as connection:
            now = self.works.clock()
            rows = await connection.fetch(_CLAIM, self.concurrency, now, LEASE)
            for row in rows:
                if row["kind"] in self.together:
                    alike.setdefault(row["kind"], []).append(row)
            for kind, found in alike.items():
                found += await connection.fetch(
                    _CLAIM_ALIKE, AT_ONCE - len(found), now, LEASE, kind
                )
        single = [row for row in rows if row["kind"] not in alike]
        await asyncio.gather(
            *(self._do(row) for row in single),
            *(self._do_together(kind, found) for kind, found in alike.items()),
        )
        return len(single) + sum(len(found) for found in alike.values())

    async def drain(self, *, limit: int = 100_000) -> int:
        """Do everything due, and what that makes due; for commands and tests."""
        total = 0
        while total < limit and (did := await self.run_due()):
            total += did
        return total

    async def _do(self, row: Mapping[str, Any]) -> None:
        kind = row["kind"]
        started = asyncio.get_running_loop().time()
        try:
            handler = self.handlers[kind]
            async with self.works.begin(SYSTEM) as work:
                gone = await work.db.fetchval(
                    "DELETE FROM job WHERE id = $1 AND attempts = $2 RETURNING id",
                    row["id"],
                    row["attempts"],
                )
                if gone is None:
                    return
                await handler(work, row["args"])
        except Exception as error:
            if self.metrics:
                self.metrics.failed(kind)
            log.warning("job.failed", kind=kind, job=str(row["id"]), error=repr(error)[:500])
            await self._set_back(row, error)
        else:
            if self.metrics:
                self.metrics.done(kind, asyncio.get_running_loop().time() - started)

    async def _do_together(self, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
        started = asyncio.get_running_loop().time()
        try:
            async with self.works.begin(SYSTEM) as work:
                taken = await work.db.fetch(
                    _GONE, [row["id"] for row in rows], [row["attempts"] for row in rows]
                )
                if taken:
                    await self.together[kind](work, [row["args"] for row in taken])
        except Exception as error:
            log.info("job.apart", kind=kind, jobs=len(rows), error=repr(error)[:500])
            for row in rows:
                await self._do(row)
            return
        if self.metrics:
            each = (asyncio.get_running_loop().time() - started) / max(1, len(taken))
            for _ in taken:
                self.metrics.done(kind, each)

    async def _set_back(self, row: Mapping[str, Any], error: Exception) -> None:
        now = self.works.clock()
        over = row["attempts"] >= ATTEMPTS_MAX
        delay = timedelta(seconds=min(600, 2 ** row["attempts"]))
        async with self.works.pool.acquire() as connection:
            await connection.execute(
                "UPDATE job SET last_error = $2, lease_until = NULL, run_at = $3,"
                " failed_at = $4 WHERE id = $1",
                row["id"],
                repr(error)[:2000],
                now + delay,
                now if over else None,
            )
