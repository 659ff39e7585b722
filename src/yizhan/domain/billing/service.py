"""What is done with bills: start a run, go on with it, load headers from another system."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from yizhan.domain.billing import permissions
from yizhan.domain.billing.events import BillRunFinished, BillRunStarted
from yizhan.domain.billing.model import Cycle, bill_id_of
from yizhan.domain.billing.run import BATCH, Cursor, Outcome, Progress, bill_all, days_over
from yizhan.kernel.actor import Actor
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.work import UnitOfWork, Works

RUN_JOB = "billing.run"
TASKS = 2
_CHUNK_ROWS = 2000
SLICE = 500
"""Accounts a job bills before it hands on to the next, well within a job's lease."""
SLICE_BATCH = 20
_HEADER_COLUMNS = (
    "customer_id",
    "account_id",
    "period_start",
    "period_end",
    "id",
    "number",
    "total_fen",
    "tax_fen",
    "settled_fen",
    "issued_at",
    "due_date",
    "origin",
)


async def begin_run(work: UnitOfWork, month: date) -> UUID:
    """Note that the bills of *month* are being made; what is made is told by its id.

    Raises ``NotOver``.
    """
    work.actor.require(permissions.RUN)
    await days_over(work, month)
    run_id = new_id()
    first = month.replace(day=1)
    await work.db.execute(
        "INSERT INTO bill_run (id, month, started_at, started_by) VALUES ($1, $2, $3, $4)",
        run_id,
        first,
        work.now,
        work.actor.name,
    )
    work.record(BillRunStarted(customer_id=NIL, run_id=run_id, month=f"{first:%Y-%m}"))
    return run_id


async def start_run(work: UnitOfWork, month: date) -> UUID:
    """Have the bills of *month* made by the worker; the run's id tells how far it is."""
    run_id = await begin_run(work, month)
    await work.later(RUN_JOB, {"run_id": run_id, "month": month.replace(day=1)}, key=str(run_id))
    return run_id


async def go_on(work: UnitOfWork, run_id: UUID, month: date, begin: Cursor) -> None:
    """Do a slice of a run and leave the next one to another job; batches commit by themselves."""
    done, cursor = await bill_all(
        work.house,
        work.actor,
        month,
        run_id=run_id,
        batch=SLICE_BATCH,
        begin=begin,
        accounts_max=SLICE,
    )
    await add_outcome(work, run_id, done)
    if cursor is None:
        await end_run(work, run_id)
        return
    await work.later(
        RUN_JOB,
        {
            "run_id": run_id,
            "month": month,
            "cycle_day": cursor.cycle_day,
            "after": cursor.after,
        },
        key=str(run_id),
    )


async def add_outcome(work: UnitOfWork, run_id: UUID, outcome: Outcome) -> None:
    """Count what a part of a run came to."""
    await work.db.execute(
        "UPDATE bill_run SET billed = billed + $2, failed = failed + $3,"
        " accounts = accounts + $2 + $3, total_fen = total_fen + $4 WHERE id = $1",
        run_id,
        outcome.billed,
        outcome.failed,
        outcome.total_fen,
    )


async def end_run(work: UnitOfWork, run_id: UUID) -> None:
    """Note that a run came to its end."""
    row = await work.db.fetchrow(
        "UPDATE bill_run SET finished_at = $2 WHERE id = $1 AND finished_at IS NULL"
        " RETURNING month, billed, failed, total_fen",
        run_id,
        work.now,
    )
    if row is not None:
        work.record(
            BillRunFinished(
                customer_id=NIL,
                run_id=run_id,
                month=f"{row['month']:%Y-%m}",
                billed=row["billed"],
                failed=row["failed"],
                total_fen=row["total_fen"],
            )
        )


async def run(
    works: Works,
    actor: Actor,
    month: date,
    *,
    part: tuple[int, int] = (0, 1),
    batch: int = BATCH,
    tasks: int = TASKS,
    run_id: UUID | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Make the bills of *month* that are missing, here and now.

    *tasks* batches are under way at a time: while one waits for the database another is rated.
    With *part* ``(k, n)`` and a *run_id* begun elsewhere it does the k-th of n shares, so that
    several processes work side by side; whoever began the run also ends it. Raises ``NotOver``.
    """
    actor.require(permissions.RUN)
    given = run_id
    if run_id is None:
        async with works.begin(actor) as work:
            run_id = await begin_run(work, month)
    share, shares = part
    made = await asyncio.gather(
        *(
            bill_all(
                works,
                actor,
                month,
                run_id=run_id,
                part=(share + shares * task, shares * tasks),
                batch=batch,
                progress=progress,
            )
            for task in range(tasks)
        )
    )
    done = sum((outcome for outcome, _ in made), Outcome())
    async with works.begin(actor) as work:
        await add_outcome(work, run_id, done)
        if given is None:
            await end_run(work, run_id)
    return done


class Header(NamedTuple):
    """A bill of another system: whose, a day of its period, fen, when it was issued."""

    customer_id: UUID
    account_id: UUID
    account_number: str
    cycle_day: int
    day: date
    total_fen: int
    issued_at: datetime


async def load_headers(work: UnitOfWork, rows: Iterable[Header]) -> int:
    """Copy bills of another system, without lines and without events; how many.

    They move nothing in the ledger: what is open of them comes with the imported balance.
    Millions go through in one call; give them by customer, which keeps the index in order.
    """
    work.actor.require(permissions.RUN)
    count = 0

    async def text() -> AsyncIterator[bytes]:
        nonlocal count
        source = _header_rows(rows)
        while chunk := list(islice(source, _CHUNK_ROWS)):
            count += len(chunk)
            yield "".join(chunk).encode()

    await work.db.copy_to_table("bill", source=text(), columns=_HEADER_COLUMNS, format="text")
    return count


def _header_rows(rows: Iterable[Header]) -> Iterator[str]:
    """The rows as COPY reads them; what is the same for a whole cycle is written once."""
    known: dict[tuple[date, int], tuple[date, str, str, str]] = {}
    for customer_id, account_id, number, cycle_day, day, total, issued_at in rows:
        cycle = known.get((day, cycle_day))
        if cycle is None:
            found = Cycle.containing(day, cycle_day)
            cycle = known[day, cycle_day] = (
                found.start,
                f"{found.start}\t{found.end}",
                f"{found.start:%Y%m}",
                str(found.due_date(found.end)),
            )
        start, period, month, due = cycle
        if "\t" in number or "\\" in number or "\n" in number:
            raise Invalid("“{number}” is not an account number.", field="number", number=number)
        yield (
            f"{customer_id}\t{account_id}\t{period}\t{bill_id_of(account_id, start)}"
            f"\t{month}-{number}\t{total}\t0\t0\t{issued_at.isoformat()}\t{due}\timport\n"
        )
