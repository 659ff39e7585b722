"""News as it happens, by server-sent events: one relay per process reads the log, many listen.

The relay reads the event log by visibility (``platform.events.follow``), so an event is told once
everything committed before it has been told, and none is skipped. A browser that lost its
connection says what it heard last (``Last-Event-ID``) and is told what it missed; if that is too
much, it is told to load again (``"name": "reset"``).

News carries no personal data: the name of the event, whose it is and when. The page asks for the
part that changed, with its own rights.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec
import structlog
from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Stream

from yizhan.domain import staff
from yizhan.kernel.errors import Invalid, Unavailable
from yizhan.platform import events
from yizhan.platform.db import Connection
from yizhan.platform.jobs import DATABASE_ERRORS
from yizhan.platform.work import Works
from yizhan.web.visit import visit_of

log = structlog.get_logger()

POLL_SECONDS = 0.2
BATCH = 500
BUFFER = 256
"""News kept for one slow listener before it is told to load again."""
BACKLOG_MAX = 5000
"""Events looked through for one who comes back, before he is told to load again."""
HEARTBEAT_SECONDS = 15.0
CHECK_SECONDS = 60.0
"""How often it is looked whether a listener's session still stands."""
LISTENERS_MAX = 2000

TOPICS: dict[str, tuple[str, ...]] = {
    "queue": ("cases.",),
    "money": ("payments.",),
    "health": ("assurance.", "usage.", "billing."),
    "staff": ("staff.",),
    "network": ("provisioning.",),
}
"""News that is nobody's in particular: the first letters of the events each topic tells."""

Cursor = tuple[int, UUID]
LAST = UUID(int=2**128 - 1)
TXID_MAX = 2**64 - 1


class News(msgspec.Struct, frozen=True):
    """What a listener is told."""

    name: str
    customer_id: UUID
    at: str


class Listener:
    """One open stream, its wishes and its buffer."""

    def __init__(self, *, customer_id: UUID | None, prefixes: Sequence[str]) -> None:
        self.customer_id = customer_id
        self.prefixes = tuple(prefixes)
        self.buffer: asyncio.Queue[bytes] = asyncio.Queue(BUFFER)
        self.overrun = False

    def wants(self, event: events.Recorded) -> bool:
        """Whether this event is for this listener."""
        if self.customer_id is not None:
            return event.customer_id == self.customer_id
        return event.name.startswith(self.prefixes)

    def tell(self, piece: bytes) -> None:
        """Keep it for sending; one who does not keep up is told once to load again."""
        if self.overrun:
            return
        try:
            self.buffer.put_nowait(piece)
        except asyncio.QueueFull:
            self.overrun = True
            while not self.buffer.empty():
                self.buffer.get_nowait()
            self.buffer.put_nowait(RESET)


def piece_of(event: events.Recorded) -> bytes:
    """An event as it goes over the wire."""
    news = msgspec.json.encode(News(event.name, event.customer_id, event.at.isoformat()))
    return b"id: %d-%s\ndata: %s\n\n" % (event.txid, event.id.hex.encode(), news)


RESET = b'data: {"name":"reset"}\n\n'
HEARTBEAT = b": still here\n\n"


async def settled(db: Connection) -> str:
    """Where a page that is read from now on begins to listen, as `cursor_of` reads it."""
    return f"{await events.tail(db)}-{LAST.hex}"


def left_off(request: Request[Any, Any, Any]) -> Cursor | None:
    """What a browser heard last, or else how far the log was final when its page was read."""
    return cursor_of(
        request.headers.get("last-event-id", "") or request.query_params.get("settled", "")
    )


def cursor_of(last_event_id: str) -> Cursor | None:
    """Where a listener left off; raises ``Invalid`` for what we never sent."""
    if not last_event_id:
        return None
    txid, _, event_id = last_event_id.partition("-")
    try:
        number, event = int(txid), UUID(event_id)
        if not 0 <= number <= TXID_MAX:
            raise ValueError(txid)
        return number, event
    except ValueError:
        raise Invalid("Last-Event-ID is none of ours.", field="Last-Event-ID") from None


class Relay:
    """Reads the log while somebody listens, and hands each event to whom it concerns."""

    def __init__(self, works: Works, *, poll_seconds: float = POLL_SECONDS) -> None:
        self.works = works
        self.poll_seconds = poll_seconds
        self.listeners: set[Listener] = set()
        self.cursor: Cursor | None = None
        self._by_customer: dict[UUID, set[Listener]] = {}
        self._by_topic: set[Listener] = set()
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.closing = False

    def start(self) -> None:
        """Begin; it costs nothing until somebody listens."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End, and with it every stream."""
        self.closing = True
        for listener in self.listeners:
            listener.tell(HEARTBEAT)
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def join(self, listener: Listener, after: Cursor | None) -> list[bytes]:
        """Begin to listen. What was missed since *after* is returned; the rest will be told."""
        async with self.works.pool.acquire() as db:
            tail = (await events.tail(db), LAST) if self.cursor is None else None
            if self.cursor is None:
                self.cursor = tail
            self._add(listener)
            reached = self.cursor
            assert reached is not None
            if after is None or after >= reached:
                return []
            return await self._missed(db, listener, after, reached)

    async def _missed(
        self, db: Any, listener: Listener, after: Cursor, reached: Cursor
    ) -> list[bytes]:
        """What became visible after *after* and up to where the relay stood at joining."""
        pieces: list[bytes] = []
        looked = 0
        while looked < BACKLOG_MAX:
            found = await events.follow(db, *after, limit=BATCH)
            for event in found:
                if (event.txid, event.id) > reached:
                    return pieces
                if listener.wants(event):
                    pieces.append(piece_of(event))
            if len(found) < BATCH:
                return pieces
            looked += len(found)
            after = (found[-1].txid, found[-1].id)
        return [RESET]

    def leave(self, listener: Listener) -> None:
        """Stop listening."""
        self.listeners.discard(listener)
        self._by_topic.discard(listener)
        if listener.customer_id is not None:
            group = self._by_customer.get(listener.customer_id, set())
            group.discard(listener)
            if not group:
                self._by_customer.pop(listener.customer_id, None)
        if not self.listeners:
            self._wanted.clear()

    def _add(self, listener: Listener) -> None:
        self.listeners.add(listener)
        if listener.customer_id is None:
            self._by_topic.add(listener)
        else:
            self._by_customer.setdefault(listener.customer_id, set()).add(listener)
        self._wanted.set()

    async def _run(self) -> None:
        while True:
            if not self.listeners:
                self.cursor = None
                await self._wanted.wait()
            try:
                told = await self.relay_once()
            except DATABASE_ERRORS as error:
                log.warning("live.database_unavailable", error=type(error).__name__)
                told = 0
            if told < BATCH:
                await asyncio.sleep(self.poll_seconds)

    async def relay_once(self) -> int:
        """Read what became final and hand it out; how many events there were."""
        if self.cursor is None:
            return 0
        async with self.works.pool.acquire() as db:
            found = await events.follow(db, *self.cursor, limit=BATCH)
        for event in found:
            self.cursor = (event.txid, event.id)
            group = [
                *self._by_customer.get(event.customer_id, ()),
                *(one for one in self._by_topic if one.wants(event)),
            ]
            if group:
                piece = piece_of(event)
                for listener in group:
                    listener.tell(piece)
        return len(found)


async def stream(
    relay: Relay, listener: Listener, after: Cursor | None, token_id: UUID
) -> AsyncIterator[bytes]:
    """The pieces of one open stream, until the browser leaves or its session ends."""
    loop = asyncio.get_running_loop()
    checked = loop.time()
    try:
        for piece in await relay.join(listener, after):
            yield piece
        yield HEARTBEAT
        while not relay.closing:
            try:
                yield await asyncio.wait_for(listener.buffer.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield HEARTBEAT
            if listener.overrun and listener.buffer.empty():
                listener.overrun = False
            if loop.time() - checked > CHECK_SECONDS:
                checked = loop.time()
                async with relay.works.pool.acquire() as db:
                    if not await staff.stands(db, token_id, now=relay.works.clock()):
                        return
    finally:
        relay.leave(listener)


def _open(
    request: Request[Any, Any, Any], *, customer_id: UUID | None, prefixes: Sequence[str]
) -> Stream:
    relay: Relay = request.app.state.relay
    if len(relay.listeners) >= LISTENERS_MAX:
        raise Unavailable("Too many pages are listening here. Try again later.")
    entry = visit_of(request).entry
    assert entry is not None, "the guard lets nobody unknown listen"
    after = left_off(request)
    listener = Listener(customer_id=customer_id, prefixes=prefixes)
    return Stream(
        stream(relay, listener, after, entry.token_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@get("/live/customers/{customer_id:uuid}", needs="customers.read")
async def live_of_customer(request: Request[Any, Any, Any], customer_id: FromPath[UUID]) -> Stream:
    """What happens to one customer, as it happens."""
    return _open(request, customer_id=customer_id, prefixes=())


@get("/live/queue", needs="cases.read")
async def live_of_queue(request: Request[Any, Any, Any]) -> Stream:
    """What happens to cases, anybody's."""
    return _open(request, customer_id=None, prefixes=TOPICS["queue"])


@get("/live/money", needs=("adjustments.approve", "payments.read"))
async def live_of_money(request: Request[Any, Any, Any]) -> Stream:
    """Payments, and adjustments that wait for a second person."""
    return _open(request, customer_id=None, prefixes=TOPICS["money"])


@get("/live/health", needs="health.read")
async def live_of_health(request: Request[Any, Any, Any]) -> Stream:
    """Intake, bill runs and readings of the house's own health."""
    return _open(request, customer_id=None, prefixes=TOPICS["health"])


@get("/live/staff", needs="staff.manage")
async def live_of_staff(request: Request[Any, Any, Any]) -> Stream:
    """Who comes and goes."""
    return _open(request, customer_id=None, prefixes=TOPICS["staff"])


@get("/live/network", needs="network.read")
async def live_of_network(request: Request[Any, Any, Any]) -> Stream:
    """What the network is asked and answers."""
    return _open(request, customer_id=None, prefixes=TOPICS["network"])


def open_relay(works: Works) -> Relay:
    """The relay of this process, running."""
    relay = Relay(works)
    relay.start()
    return relay


ROUTES = [
    live_of_customer,
    live_of_queue,
    live_of_money,
    live_of_health,
    live_of_staff,
    live_of_network,
]
