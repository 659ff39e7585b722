"""One act, one actor, one moment, one transaction.

Everything a command changes, the events it records and the jobs that answer them commit together
or not at all. The event log is the outbox, the audit trail and the timeline.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.kernel.actor import Actor
from yizhan.kernel.events import Event
from yizhan.kernel.ids import new_id
from yizhan.platform.clock import Clock, utc_now
from yizhan.platform.db import Connection, Pool
from yizhan.platform.jobtable import enqueue, enqueue_many

Listeners = Mapping[str, Sequence[str]]
"""Event name -> the kinds of job that react to it."""

_INSERT_EVENT = """
INSERT INTO event (id, customer_id, at, name, actor_kind, actor_id, actor_name, channel,
                   contact_id, payload)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_URGENT = 10
"""As the reactions to single acts."""
_INSERT_REACTION = "INSERT INTO job (id, kind, args, run_at, priority) VALUES ($1, $2, $3, $4, 10)"


class UnitOfWork:
    """An act under way. Made by :meth:`Works.begin`, never by hand."""

    def __init__(
        self, db: Connection, actor: Actor, now: datetime, contact_id: UUID | None, house: "Works"
    ) -> None:
        self.db = db
        self.actor = actor
        self.now = now
        self.contact_id = contact_id
        self.house = house
        self._events: list[tuple[UUID, Event]] = []
        self._after: list[Callable[[], None]] = []

    def record(self, *events: Event) -> None:
        """Keep *events*; they are written when the act commits."""
        self._events.extend((new_id(), event) for event in events)

    @property
    def zone(self) -> ZoneInfo:
        """Where the operator's days begin and end."""
        return self.house.zone

    @property
    def today(self) -> date:
        """The operator's day of this act."""
        return self.now.astimezone(self.house.zone).date()

    @property
    def recorded(self) -> list[Event]:
        """What this act has recorded so far."""
        return [event for _, event in self._events]

    async def later(
        self,
        kind: str,
        args: Mapping[str, Any],
        *,
        run_at: datetime | None = None,
        key: str | None = None,
        urgent: bool = False,
    ) -> None:
        """Have a job done after commit, at *run_at* or at once.

        The same *kind* and *key* again moves the waiting job instead of adding another. An *urgent*
        one has somebody waiting before a screen: it goes with the reactions to single acts, before
        what came in bulk.
        """
        priority = _URGENT if urgent else 0
        await enqueue(self.db, kind, args, run_at=run_at or self.now, key=key, priority=priority)

    async def later_many(
        self, kind: str, jobs: Mapping[str, Mapping[str, Any]], *, priority: int = 0
    ) -> None:
        """Have jobs of one kind done at once after commit, by their keys, in one statement."""
        await enqueue_many(self.db, kind, jobs, run_at=self.now, priority=priority)

    async def cancel_later(self, kind: str, key: str) -> None:
        """Take a waiting job back; nothing happens if there is none.

        One that is being done at this moment is left to find out by itself: waiting for it here
        would be waiting for somebody who may be waiting for what this act has locked.
        """
        await self.db.execute(
            "DELETE FROM job WHERE id IN (SELECT id FROM job WHERE kind = $1 AND key = $2"
            " FOR UPDATE SKIP LOCKED)",
            kind,
            key,
        )

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """A part of the act that may fail without taking the rest back.

        When it raises, its changes and its events are gone and the error goes on to the caller.
        """
        kept = len(self._events)
        try:
            async with self.db.transaction():
                yield
        except BaseException:
            del self._events[kept:]
            raise

    def reactions_to(self, event_name: str) -> Sequence[str]:
        """The kinds of job that must be queued by whoever writes an event in SQL itself."""
        return self.house.listeners.get(event_name, ())

    async def _flush(self) -> None:
        if not self._events:
            return
        actor = self.actor
        await self.db.executemany(
            _INSERT_EVENT,
            [
                (
                    event_id,
                    event.customer_id,
                    self.now,
                    event.name,
                    actor.kind.value,
                    actor.id,
                    actor.name,
                    actor.channel,
                    self.contact_id,
                    payload_of(event),
                )
                for event_id, event in self._events
            ],
        )
        reactions = [
            (new_id(), kind, {"event_id": event_id, "customer_id": event.customer_id}, self.now)
            for event_id, event in self._events
            for kind in self.house.listeners.get(event.name, ())
        ]
        if reactions:
            await self.db.executemany(_INSERT_REACTION, reactions)


def payload_of(event: Event) -> dict[str, Any]:
    """What the log keeps of an event besides its envelope."""
    payload: dict[str, Any] = msgspec.to_builtins(event)
    del payload["customer_id"]
    return payload


class Works:
    """Where units of work come from: one per process."""

    def __init__(
        self,
        pool: Pool,
        *,
        clock: Clock = utc_now,
        listeners: Listeners | None = None,
        zone: ZoneInfo | None = None,
    ) -> None:
        self.pool = pool
        self.clock = clock
        self.listeners: Listeners = listeners or {}
        self.zone = zone or ZoneInfo("Asia/Shanghai")

    @asynccontextmanager
    async def begin(
        self, actor: Actor, *, contact_id: UUID | None = None, now: datetime | None = None
    ) -> AsyncIterator[UnitOfWork]:
        """An act by *actor*. Commits on leaving; an exception takes everything back."""
        async with self.pool.acquire() as connection, connection.transaction():
            work = UnitOfWork(connection, actor, now or self.clock(), contact_id, self)
            yield work
            await work._flush()

    @asynccontextmanager
    async def single(
        self, actor: Actor, *, contact_id: UUID | None = None
    ) -> AsyncIterator[UnitOfWork]:
        """An act that is one statement, which writes its own event: one round trip, no more."""
        async with self.pool.acquire() as connection:
            work = UnitOfWork(connection, actor, self.clock(), contact_id, self)
            yield work
            assert not work._events, "only a statement of its own may tell what it did"

    @asynccontextmanager
    async def read(
        self, actor: Actor, *, contact_id: UUID | None = None
    ) -> AsyncIterator[UnitOfWork]:
        """A look that changes nothing: no transaction of its own, no events."""
        async with self.pool.acquire() as connection:
            yield UnitOfWork(connection, actor, self.clock(), contact_id, self)
