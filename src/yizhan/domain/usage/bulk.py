"""Very many records that are known to be clean, by COPY: for the demo and for moving house.

Nothing is looked up and nothing quarantined; whoever brings foreign data uses ``intake``.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple
from uuid import UUID

from yizhan.domain.usage import store
from yizhan.domain.usage.permissions import INTAKE
from yizhan.kernel.actor import Actor
from yizhan.kernel.ids import new_id
from yizhan.platform.bulkids import fresh_ids
from yizhan.platform.work import UnitOfWork, Works

BATCH_ROWS = 50_000
TASKS = 2
_COLUMNS = (
    "customer_id",
    "id",
    "started_at",
    "line_id",
    "quantity",
    "amount",
    "intake_id",
    "received_at",
    "class_id",
    "family_rank",
    "record_key",
    "peer",
    "partner",
)


class NewUsage(NamedTuple):
    """One clean record; ``class_code`` is ``UsageClass.code``, ``at`` an aware moment."""

    customer_id: UUID
    line_id: UUID
    at: datetime
    class_code: str
    quantity: int
    amount: int | None
    family_rank: int
    peer: str
    partner: str


async def bulk_begin(
    work: UnitOfWork, *, months: Iterable[date], classes: Iterable[str]
) -> Sequence[date]:
    """Make ready for records of *months* (first days, UTC) and *classes* (codes); the new months.

    A month that is new is filled before it joins the table, so that its indexes are built once:
    give what this returns to ``bulk_end`` when all is loaded. Raises ``Forbidden``.
    """
    work.actor.require(INTAKE)
    await store.add_classes(work.db, set(classes))
    return [month for month in sorted(set(months)) if await store.begin_month(work.db, month)]


async def bulk_load(
    work: UnitOfWork,
    rows: Iterable[NewUsage],
    *,
    name: str,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Load *rows*, whose months and classes were made ready; how many.

    Keys are *name* and the place in the load: it is meant for an empty house, and several who load
    side by side have a name each. Raises ``Forbidden``, and what the database says of a row outside
    the months.
    """
    work.actor.require(INTAKE)
    ids = await store.class_ids(work.db)
    intake_id = new_id()
    fresh = fresh_ids()
    waiting: dict[str, list[tuple[object, ...]]] = {}
    total, now = 0, work.now
    for total, row in enumerate(rows, start=1):
        at = row.at.astimezone(UTC)
        table = f"usage_{at.year}_{at.month:02d}"
        batch = waiting.setdefault(table, [])
        batch.append(
            (
                row.customer_id,
                next(fresh),
                at,
                row.line_id,
                row.quantity,
                row.amount,
                intake_id,
                now,
                ids[row.class_code],
                row.family_rank,
                f"{name}-{total}",
                row.peer,
                row.partner,
            )
        )
        if len(batch) == BATCH_ROWS:
            await work.db.copy_records_to_table(table, records=batch, columns=_COLUMNS)
            batch.clear()
            if progress is not None:
                progress(total)
    for table, batch in waiting.items():
        await work.db.copy_records_to_table(table, records=batch, columns=_COLUMNS)
    return total


async def bulk_end(
    works: Works, actor: Actor, months: Iterable[date], *, tasks: int = TASKS
) -> None:
    """Make the *months* that ``bulk_begin`` made part of the records, *tasks* indexed at a time."""
    actor.require(INTAKE)
    ready, hands = sorted(months), asyncio.Semaphore(tasks)

    async def index(month: date) -> None:
        async with hands, works.begin(actor) as work:
            await store.index_month(work.db, month)

    await asyncio.gather(*(index(month) for month in ready))
    async with works.begin(actor) as work:
        for month in ready:
            await store.attach_month(work.db, month)


def months_between(start: datetime, end: datetime) -> list[date]:
    """The first days of the UTC months that ``[start, end)`` touches."""
    day = start.astimezone(UTC).date().replace(day=1)
    last = end.astimezone(UTC).date()
    out = []
    while day <= last:
        out.append(day)
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return out
