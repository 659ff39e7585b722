"""Jobs: reactions to events and clocks, kept in one table and done exactly once.

A worker claims due jobs with a lease (``FOR UPDATE SKIP LOCKED``). The job is deleted in the same
transaction as its effect, so an effect on the database happens once however often a worker dies.
A job that keeps failing is set aside with its error and shown to the operator; it can be retried.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import structlog

from yizhan.kernel.actor import SYSTEM
from yizhan.platform.db import Connection
from yizhan.platform.work import UnitOfWork, Works

log = structlog.get_logger()

Handler = Callable[[UnitOfWork, Mapping[str, Any]], Awaitable[None]]
"""Does one job inside the given unit of work. Its transaction also deletes the job."""

LEASE = timedelta(seconds=60)
ATTEMPTS_MAX = 8
DATABASE_ERRORS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

_CLAIM = """
UPDATE job SET lease_until = $2::timestamptz + $3::interval, attempts = attempts + 1
 WHERE id IN (SELECT id FROM job
               WHERE run_at <= $2 AND failed_at IS NULL
                 AND (lease_until IS NULL OR lease_until < $2)
               ORDER BY priority DESC, run_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, args, attempts
"""
_NEXT = """
SELECT min(greatest(run_at, coalesce(lease_until, run_at))) FROM job WHERE failed_at IS NULL
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
        idle_seconds: float = 0.5,
        metrics: Metrics | None = None,
    ) -> None:
        self.works = works
        self.handlers = handlers
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
        async with self.works.pool.acquire() as connection:
            rows = await connection.fetch(_CLAIM, self.concurrency, self.works.clock(), LEASE)
        if rows:
            await asyncio.gather(*(self._do(row) for row in rows))
        return len(rows)

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
