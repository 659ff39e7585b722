"""Many jobs of a kind at once: each done once, and a bad one set aside alone."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from yizhan.kernel.actor import SYSTEM
from yizhan.platform.jobs import AT_ONCE, ATTEMPTS_MAX, Worker
from yizhan.platform.work import UnitOfWork, Works


class Shop:
    """Does jobs of the kind "note" by writing them down, in a table that is rolled back too."""

    def __init__(self, works: Works) -> None:
        self.works, self.batches = works, list[int]()
        self.moment = works.clock()
        self.house = Works(works.pool, clock=lambda: self.moment)

    async def open(self, count: int) -> None:
        async with self.works.pool.acquire() as db:
            await db.execute("CREATE TABLE note (n int)")
        async with self.house.begin(SYSTEM) as work:
            for n in range(count):
                await work.later("note", {"n": n})

    async def one(self, work: UnitOfWork, args: Mapping[str, Any]) -> None:
        await work.db.execute("INSERT INTO note VALUES ($1)", args["n"])
        if args["n"] == 13:
            raise ValueError("an unlucky one")

    async def many(self, work: UnitOfWork, jobs: Sequence[Mapping[str, Any]]) -> None:
        self.batches.append(len(jobs))
        for args in jobs:
            await self.one(work, args)

    def worker(self) -> Worker:
        return Worker(self.house, {"note": self.one}, together={"note": self.many})

    async def notes(self) -> list[int]:
        async with self.works.pool.acquire() as db:
            return [row["n"] for row in await db.fetch("SELECT n FROM note ORDER BY n")]


@pytest.fixture
def shop(works: Works) -> Shop:
    return Shop(works)


async def test_all_are_done_in_few_acts_and_each_once(shop: Shop) -> None:
    await shop.open(13)
    assert await shop.worker().drain() == 13
    assert (await shop.notes(), shop.batches) == (list(range(13)), [13])


async def test_more_than_fit_are_done_in_turn(shop: Shop) -> None:
    await shop.open(12)
    async with shop.house.begin(SYSTEM) as work:
        for n in range(100, 100 + AT_ONCE):
            await work.later("note", {"n": n})
    await shop.worker().drain()
    assert shop.batches == [AT_ONCE, 12]


async def test_a_bad_one_holds_back_none_and_is_set_aside(shop: Shop) -> None:
    await shop.open(30)
    worker = shop.worker()
    for _ in range(ATTEMPTS_MAX):
        await worker.drain()
        shop.moment += timedelta(minutes=20)
    assert await shop.notes() == [n for n in range(30) if n != 13]
    async with shop.works.pool.acquire() as db:
        (left,) = await db.fetch("SELECT args, attempts, failed_at, last_error FROM job")
    assert (left["args"]["n"], left["attempts"]) == (13, ATTEMPTS_MAX)
    assert left["failed_at"] is not None and "unlucky" in left["last_error"]


async def test_who_comes_late_with_an_old_claim_does_nothing(shop: Shop) -> None:
    await shop.open(5)
    late = shop.worker()
    async with shop.works.pool.acquire() as db:
        taken = await db.fetch("UPDATE job SET attempts = 1 RETURNING id, kind, args, attempts")
    shop.moment += timedelta(minutes=2)
    await shop.worker().drain()  # another took them over, and did them
    await late._do_together("note", taken)
    assert await shop.notes() == [0, 1, 2, 3, 4]


async def test_single_acts_come_before_what_came_in_bulk(shop: Shop) -> None:
    await shop.open(0)
    order: list[str] = []

    async def note(work: UnitOfWork, args: Mapping[str, Any]) -> None:
        order.append(args["what"])

    async with shop.house.begin(SYSTEM) as work:
        for what, priority in (("clock", 0), ("bulk", -5), ("act", 10), ("clock", 0)):
            await work.db.execute(
                "INSERT INTO job (id, kind, args, run_at, priority)"
                " VALUES (gen_random_uuid(), 'say', $1, $2, $3)",
                {"what": what},
                work.now,
                priority,
            )
    await Worker(shop.house, {"say": note}, concurrency=1).drain()
    assert order == ["act", "clock", "clock", "bulk"]
