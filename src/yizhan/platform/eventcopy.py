"""Many events at once: for imports and the demo, where one INSERT each would take hours."""

from collections.abc import Iterable
from datetime import datetime

from yizhan.kernel.events import Event
from yizhan.platform.bulkids import fresh_ids
from yizhan.platform.work import UnitOfWork, payload_of

_COLUMNS = (
    "id", "customer_id", "at", "name", "actor_kind", "actor_id", "actor_name", "channel",
    "contact_id", "payload",
)  # fmt: skip
_REACTION_PRIORITY = -5
"""Behind all else: neither who just paid nor the next slice of a bill run waits for letters."""


async def copy_events(work: UnitOfWork, events: Iterable[tuple[datetime, Event]]) -> None:
    """Write *events*, each with the moment it happened at, and queue what reacts to them."""
    actor, ids = work.actor, fresh_ids()
    rows = [
        (
            next(ids), event.customer_id, at, event.name, actor.kind.value, actor.id, actor.name,
            actor.channel, work.contact_id, payload_of(event),
        )
        for at, event in events
    ]  # fmt: skip
    if not rows:
        return
    await work.db.copy_records_to_table("event", records=rows, columns=_COLUMNS)
    jobs = [
        (next(ids), kind, {"event_id": row[0], "customer_id": row[1]}, work.now, _REACTION_PRIORITY)
        for row in rows
        for kind in work.reactions_to(row[3])
    ]
    if jobs:
        await work.db.copy_records_to_table(
            "job", records=jobs, columns=("id", "kind", "args", "run_at", "priority")
        )
