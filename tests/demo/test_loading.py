"""A small town on a real database, made by two processes: what it must hold when it is there."""

import os

import pytest

from yizhan import demo, main
from yizhan.demo import loading
from yizhan.demo.scenes import scenes
from yizhan.domain import assurance, club, subscriptions
from yizhan.kernel.actor import SYSTEM
from yizhan.platform import vault
from yizhan.platform.work import Works

PEOPLE = 60


@pytest.fixture
async def town(works: Works, database: str, monkeypatch: pytest.MonkeyPatch) -> Works:
    monkeypatch.setattr(loading, "ALONE_BELOW", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    vault.unlock(b"a secret of this test, long enough")
    house = Works(works.pool, listeners=main.listeners(), zone=works.zone)
    report = await demo.load(
        house,
        catalogue="2004",
        subscribers=PEOPLE,
        seed=1,
        progress=lambda *_: None,
        database_url=database,
    )
    assert report.bills == await house.pool.fetchval("SELECT count(*) FROM bill")
    assert report.records == await house.pool.fetchval("SELECT count(*) FROM usage")
    return house


@pytest.mark.processes
async def test_a_town_made_by_two_is_whole(town: Works) -> None:
    async with town.begin(SYSTEM) as work:
        results = await assurance.look_at_all(work)
    assert {one.name: one.breaches for one in results if not one.holds} == {}
    ask = town.pool.fetchval
    assert await ask("SELECT count(DISTINCT intake_id) FROM usage") == 2, "both made records"
    assert await ask("SELECT count(*) FROM bill") == (PEOPLE + 2) * demo.loading.MONTHS
    assert await ask("SELECT count(*) FROM bill_run WHERE finished_at IS NOT NULL") == 6

    # As it happened: bills and money of a month before the bills of the next.
    assert not await ask(
        "SELECT count(*) FROM (SELECT at < lag(at) OVER"
        " (PARTITION BY till_id, day ORDER BY number) AS back FROM payment) p WHERE back"
    ), "receipts are numbered in the order of the day"
    assert await ask(
        "SELECT count(*) FROM bill b JOIN account a ON a.id = b.account_id"
        " WHERE a.payment_kind = 'prepaid' AND b.settled_fen >= b.total_fen"
    ), "credit bought before the bill paid it"

    # What the worker finds to do is a few jobs a person, and none of it late.
    jobs = await town.pool.fetch("SELECT kind, run_at FROM job WHERE run_at <= now()")
    assert len(jobs) < 4 * PEOPLE
    kinds = {one["kind"] for one in jobs}
    assert {"club.run", "vouchers.make", "collections.bill_issued"} <= kinds
    async with town.read(SYSTEM) as work:
        line = await subscriptions.find_line_by_number(work, scenes("2004")[0].number)
        assert line is not None
        member = await club.find_member(work, line.customer_id)
        points = await club.points_of(work, line.customer_id)
    assert member is not None and member.tier != "none"
    assert points.total > 0


async def test_a_town_larger_than_its_usage_is_whole_too(
    works: Works, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond those with records people have bills that were brought, and nobody who pays them."""
    vault.unlock(b"a secret of this test, long enough")
    house = Works(works.pool, listeners=main.listeners(), zone=works.zone)
    await demo.load(
        house,
        catalogue="2004",
        subscribers=30,
        with_usage=20,
        seed=1,
        progress=lambda *_: None,
        database_url=database,
    )
    ask = house.pool.fetchval
    assert await ask("SELECT count(*) FROM bill WHERE origin = 'import'") == 30
    assert await ask("SELECT count(DISTINCT account_id) FROM bill") == 32
    assert await ask("SELECT count(DISTINCT customer_id) FROM usage") <= 22
    async with house.begin(SYSTEM) as work:
        results = await assurance.look_at_all(work)
    assert {one.name: one.breaches for one in results if not one.holds} == {}
