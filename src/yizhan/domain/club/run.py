"""The monthly look at every customer, a slice a transaction: killed, it goes on where it was."""

from contextlib import suppress
from datetime import datetime, time
from uuid import UUID

import asyncpg

from yizhan.domain import customers
from yizhan.domain.club import permissions, service, store
from yizhan.domain.club.events import RunFinished, RunStarted
from yizhan.domain.club.model import Run, RunUnderWay
from yizhan.kernel.ids import NIL, new_id
from yizhan.kernel.period import add_months
from yizhan.platform.work import UnitOfWork

RUN_JOB = "club.run"
MONTHLY = "club.monthly"
SLICE = 100
HOUR = time(5)


async def start_run(work: UnitOfWork) -> Run:
    """Have the worker look at every customer. Raises ``RunUnderWay``."""
    work.actor.require(permissions.MANAGE)
    month, run_id = work.today.replace(day=1), new_id()
    try:
        async with work.attempt():
            await work.db.execute(
                "INSERT INTO club_run (id, month, started_at, started_by) VALUES ($1, $2, $3, $4)",
                run_id,
                month,
                work.now,
                work.actor.name,
            )
    except asyncpg.UniqueViolationError:
        raise RunUnderWay("Every customer is being looked at already.") from None
    await work.later(RUN_JOB, {"run_id": run_id}, key=str(run_id))
    work.record(RunStarted(customer_id=NIL, run_id=run_id, month=f"{month:%Y-%m}"))
    return await store.run(work.db, run_id)


async def go_on(work: UnitOfWork, run_id: UUID, after: UUID | None, *, most: int = SLICE) -> None:
    """Look at the next customers of a run, and have the rest looked at after them."""
    found = await customers.list_customers(work, limit=most, after=after)
    changed = given = 0
    for one in found:
        if one.status is customers.Status.CLOSED:
            continue
        _, points, moved = await service.evaluate(work, one.id)
        changed += moved
        given += points
    over = len(found) < most
    await work.db.execute(
        "UPDATE club_run SET looked_at = looked_at + $2, changed = changed + $3,"
        " points = points + $4, finished_at = CASE WHEN $5 THEN $6::timestamptz END WHERE id = $1",
        run_id,
        len(found),
        changed,
        given,
        over,
        work.now,
    )
    if not over:
        await work.later(RUN_JOB, {"run_id": run_id, "after": found[-1].id}, key=str(run_id))
        return
    run = await store.run(work.db, run_id)
    work.record(
        RunFinished(
            customer_id=NIL,
            run_id=run_id,
            month=f"{run.month:%Y-%m}",
            looked_at=run.looked_at,
            changed=run.changed,
            points=run.points,
        )
    )


async def monthly(work: UnitOfWork, *, due: bool) -> None:
    """Set the clock to the first of next month; when it was set before, the month is *due*."""
    if due:
        with suppress(RunUnderWay):
            await start_run(work)
    first = add_months(work.today.replace(day=1), 1)
    await work.later(
        MONTHLY, {"due": True}, run_at=datetime.combine(first, HOUR, work.zone), key="monthly"
    )
