"""Live pages: from the commit of an event to its bytes at two hundred open pages.

The pages are connections held by a process of their own; it and the one that commits read the same
monotonic clock of the machine. A commit counts from the moment the database has confirmed it.
"""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections import Counter
from typing import Any
from uuid import UUID

import msgspec

from yizhan import main as composed
from yizhan.bench import desk, load
from yizhan.bench.desk import House
from yizhan.domain import payments
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.ids import new_id
from yizhan.platform.work import Works

PAGES = 200
QUEUES = 20
"""Of them, how many watch everybody's payments; the others watch a customer each."""
PER_SECOND = 100
WRITERS = 8
TAIL_SECONDS = 3.0
_CHOSEN = (
    "SELECT DISTINCT ON (customer_id) customer_id, id FROM account WHERE status = 'active'"
    " AND payment_kind = 'postpaid' ORDER BY customer_id, id LIMIT $1"
)


class Task(msgspec.Struct, frozen=True):
    """Which pages to hold open, and for how long after the word to stop."""

    host: str
    port: int
    token: str
    paths: tuple[str, ...]


class Heard(msgspec.Struct, frozen=True):
    """A piece of news at a page: whose event, of which moment, when its bytes were there."""

    page: int
    customer_id: UUID
    at: str
    heard: float


async def live(there: House, *, seconds: int) -> dict[str, Any]:
    """p50 and p99 in milliseconds at a hundred events a second; ``missed``: never heard."""
    rows = await desk.some(there.url, _CHOSEN, PAGES - QUEUES)
    watched = [rows[number % len(rows)]["customer_id"] for number in range(PAGES - QUEUES)]
    paths = [f"/live/customers/{one}" for one in watched] + ["/live/money"] * QUEUES
    holder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "yizhan.bench.live"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdin is not None and holder.stdout is not None
    task = Task(there.host, there.port, there.every_right, tuple(paths))
    holder.stdin.write(msgspec.json.encode(task) + b"\n")
    assert await holder.stdout.readline() == b"open\n", "the pages did not open"
    async with composed.open_works(there.settings, connections=WRITERS) as works:
        committed, rate = await _write(works, [(r["customer_id"], r["id"]) for r in rows], seconds)
    await asyncio.sleep(TAIL_SECONDS)
    holder.stdin.close()
    heard = msgspec.json.decode(await holder.stdout.read(), type=list[Heard])
    await holder.wait()
    return {"pages": len(paths), **_figures(committed, heard, rate, Counter(watched))}


async def _write(
    works: Works, accounts: list[tuple[UUID, UUID]], seconds: int
) -> tuple[dict[tuple[UUID, str], float], float]:
    """Payments at an even pace: (customer, moment) -> when it was committed, and the pace kept."""
    clock = time.monotonic
    committed: dict[tuple[UUID, str], float] = {}
    free = asyncio.Semaphore(WRITERS)
    begun = clock()

    async def one(customer_id: UUID, account_id: UUID) -> None:
        async with free:
            async with works.begin(SYSTEM) as work:
                await payments.take_cash(work, account_id=account_id, amount=100, key=str(new_id()))
            committed[customer_id, work.now.isoformat()] = clock()

    async with asyncio.TaskGroup() as group:
        for number in range(seconds * PER_SECOND):
            await asyncio.sleep(max(0.0, begun + number / PER_SECOND - clock()))
            group.create_task(one(*accounts[number % len(accounts)]))
    return committed, len(committed) / (clock() - begun)


def _figures(
    committed: dict[tuple[UUID, str], float],
    heard: list[Heard],
    rate: float,
    watched: Counter[UUID],
) -> dict[str, Any]:
    taken = sorted(
        max(0.0, one.heard - committed[one.customer_id, one.at])
        for one in heard
        if (one.customer_id, one.at) in committed
    )
    wanted = sum(watched[customer_id] + QUEUES for customer_id, _ in committed)

    def at(share: float) -> float:
        return round(taken[min(len(taken) - 1, int(len(taken) * share))] * 1000, 1)

    if not taken:
        return {"missed": wanted}
    return {
        "events": len(committed),
        "events_per_second": round(rate, 1),
        "heard": len(taken),
        "missed": wanted - len(taken),
        "p50_ms": at(0.5),
        "p99_ms": at(0.99),
        "worst_ms": at(1.0),
    }


# ---------------------------------------------------------------- the pages, in their own process


async def _hold(task: Task) -> list[Heard]:
    """Open every page, say so, and listen until standard input ends."""
    found: list[Heard] = []
    opened = [asyncio.Event() for _ in task.paths]
    pages = [
        asyncio.create_task(_page(task, number, opened[number], found))
        for number in range(len(task.paths))
    ]
    await asyncio.gather(*(one.wait() for one in opened))
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)
    for page in pages:
        page.cancel()
    await asyncio.gather(*pages, return_exceptions=True)
    return found


async def _page(task: Task, number: int, opened: asyncio.Event, found: list[Heard]) -> None:
    reader, writer = await asyncio.open_connection(task.host, task.port)
    headers = {"Authorization": f"Bearer {task.token}", "Accept": "text/event-stream"}
    host = f"{task.host}:{task.port}"
    writer.write(load.request("GET", task.paths[number], host=host, headers=headers))
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise RuntimeError(f"{task.paths[number]} answered {head[:200]!r}")
    with contextlib.suppress(asyncio.IncompleteReadError):
        while True:
            line = await reader.readuntil(b"\n")
            if line.startswith(b": still here"):
                opened.set()
            elif line.startswith(b"data: "):
                now = time.monotonic()
                news = msgspec.json.decode(line[6:])
                if news["name"].startswith("payments."):
                    found.append(Heard(number, UUID(news["customer_id"]), news["at"], now))


def main() -> None:
    """The process of the pages: a task on the first line of input, what was heard on output."""
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(_hold(task))))


if __name__ == "__main__":
    main()
