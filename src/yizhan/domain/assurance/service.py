"""Looking whether everything holds: all at once, or one job per check; and trying jobs again."""

from datetime import timedelta
from time import perf_counter
from uuid import UUID

import asyncpg

from yizhan.domain.assurance import permissions, store
from yizhan.domain.assurance.checks import checks
from yizhan.domain.assurance.model import COUNT_MAX, EXAMPLES_MAX, Result
from yizhan.kernel.errors import NotFound
from yizhan.kernel.ids import new_id
from yizhan.platform import jobs
from yizhan.platform.invariants import Invariant, breaches
from yizhan.platform.work import UnitOfWork

CHECK = "assurance.check"
HOURLY = "assurance.hourly"
EVERY = timedelta(hours=1)
KEPT = timedelta(days=90)


async def look(work: UnitOfWork, one: Invariant) -> Result:
    """What one check finds now. A check that cannot be run is a finding too."""
    started = perf_counter()
    count: int | None = None
    examples: list[dict[str, object]] = []
    error: str | None = None
    try:
        async with work.db.transaction():
            found = await breaches(work.db, one, limit=COUNT_MAX)
        count = len(found)
        examples = [
            {"customer_id": b.customer_id, "subject": b.subject, "facts": b.facts}
            for b in found[:EXAMPLES_MAX]
        ]
    except asyncpg.PostgresError as trouble:
        error = f"{type(trouble).__name__}: {trouble}"[:500]
    return Result(
        name=one.name,
        title=one.title,
        proves=one.proves,
        looked_at=work.now,
        breaches=count,
        examples=examples,
        took_ms=round((perf_counter() - started) * 1000),
        error=error,
    )


async def look_at_all(work: UnitOfWork) -> list[Result]:
    """Look at everything here and now, and keep it."""
    work.actor.require(permissions.READ)
    run_id = new_id()
    known = checks()
    await store.add_run(work.db, run_id, at=work.now, asked_by=work.actor.name, checks=len(known))
    results = [await look(work, one) for one in known]
    for result in results:
        await store.add_result(work.db, run_id, result)
    return results


async def ask_for_all(work: UnitOfWork) -> UUID:
    """Have the workers look at everything, one job per check; the look's id."""
    work.actor.require(permissions.READ)
    run_id = new_id()
    known = checks()
    await store.add_run(work.db, run_id, at=work.now, asked_by=work.actor.name, checks=len(known))
    for one in known:
        await work.later(CHECK, {"run_id": run_id, "name": one.name}, key=f"{run_id}:{one.name}")
    return run_id


async def check(work: UnitOfWork, run_id: UUID, name: str) -> Result | None:
    """Do one check of a look that was asked for; None when there is no such check any more."""
    one = next((one for one in checks() if one.name == name), None)
    if one is None:
        return None
    result = await look(work, one)
    await store.add_result(work.db, run_id, result)
    return result


async def hourly(work: UnitOfWork) -> None:
    """Ask for a look, forget old ones, and set the clock again."""
    await ask_for_all(work)
    await store.forget_before(work.db, work.now - KEPT)
    await work.later(HOURLY, {}, run_at=work.now + EVERY, key="hourly")


async def retry_job(work: UnitOfWork, job_id: UUID) -> None:
    """Have a job that was set aside tried again. Raises ``NotFound``."""
    work.actor.require(permissions.READ)
    if not await jobs.retry(work.db, job_id, now=work.now):
        raise NotFound("This job is not set aside: it was done, or is being tried.")
