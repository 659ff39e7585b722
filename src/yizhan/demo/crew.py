"""Processes that fill the town side by side, each its own part of the people.

This process does the first part itself; the others are started at once and load their code while
it does what nobody can share. They die with it.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from types import TracebackType
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from yizhan.platform.db import open_pool
from yizhan.platform.garbage import collect_seldom
from yizhan.platform.processes import die_with_parent
from yizhan.platform.work import Works

T = TypeVar("T")
Task = Callable[..., Awaitable[T]]
"""Called with units of work, its part ``(k, n)`` and what else it was given."""
MOST = 4
"""More processes do not pay for the seconds each takes to start."""
CONNECTIONS = 4


class Crew:
    """As many processes as there are processors, if the work is worth it."""

    def __init__(self, works: Works, database_url: str | None, *, worth_it: bool) -> None:
        self.works, self.url = works, database_url or ""
        alone = not self.url or not worth_it
        self.size = 1 if alone else min(os.cpu_count() or 1, MOST)
        self._others: ProcessPoolExecutor | None = None

    async def __aenter__(self) -> Self:
        if self.size > 1:
            house = self.works
            self._others = ProcessPoolExecutor(
                self.size - 1,
                mp_context=get_context("spawn"),
                initializer=_begin,
                initargs=(os.getpid(), self.url, dict(house.listeners), house.zone),
            )
            for _ in range(self.size - 1):
                self._others.submit(os.getpid)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._others is not None:
            self._others.shutdown(wait=kind is None, cancel_futures=True)

    async def share(
        self, task: Task[T], given: Callable[[int], Sequence[Any]] = lambda _: ()
    ) -> list[T]:
        """Do *task* in every process, each with its part and with what *given* has for it."""
        others = [
            asyncio.wrap_future(
                self._others.submit(_do, task, (place, self.size), tuple(given(place)))
            )
            for place in range(1, self.size)
            if self._others is not None
        ]
        mine = await task(self.works, (0, self.size), *given(0))
        return [mine, *await asyncio.gather(*others)]


_here: list[tuple[asyncio.AbstractEventLoop, Works]] = []
"""In another process: what it works with."""


def _begin(parent: int, url: str, listeners: dict[str, Sequence[str]], zone: ZoneInfo) -> None:
    die_with_parent(signal.SIGKILL, parent=parent)()
    collect_seldom()
    loop = asyncio.new_event_loop()
    pool = loop.run_until_complete(open_pool(url, max_size=CONNECTIONS))
    _here.append((loop, Works(pool, listeners=listeners, zone=zone)))


def _do(task: Task[T], part: tuple[int, int], given: Sequence[Any]) -> T:
    loop, works = _here[0]

    async def act() -> T:
        return await task(works, part, *given)

    return loop.run_until_complete(act())
