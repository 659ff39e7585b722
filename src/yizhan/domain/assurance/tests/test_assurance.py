"""Every check of the house: holds on an empty house, and fails when its data is broken."""

from datetime import timedelta
from uuid import UUID

import pytest

from yizhan.domain import assurance, cases
from yizhan.domain.assurance import service
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden, NotFound
from yizhan.kernel.ids import new_id
from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant
from yizhan.platform.jobs import ATTEMPTS_MAX, Worker
from yizhan.platform.work import UnitOfWork, Works


async def broken(work: UnitOfWork) -> set[str]:
    return {
        r.name for r in [await assurance.look(work, c) for c in assurance.checks()] if not r.holds
    }


async def test_an_empty_house_is_well_and_every_check_can_be_run(works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        results = await assurance.look_at_all(work)
        assert [(r.name, r.error) for r in results if not r.holds] == []
        assert [r.name for r in results] == sorted({r.name for r in results})
        assert all(r.title.zh and r.title.en and r.proves.zh and r.proves.en for r in results)
        health = await assurance.health(work)
        assert health.well and health.never_looked_at == []
        assert (health.runs[0].done, health.runs[0].broken) == (len(results), 0)


SPOILT = {
    "events.not_from_the_future": "UPDATE event SET at = at + interval '1 day'",
    "events.say_who_did_it": "UPDATE event SET channel = ''",
    "jobs.none_set_aside": "UPDATE job SET failed_at = now(), last_error = 'x'",
    "jobs.none_late": "UPDATE job SET run_at = now() - interval '1 hour'",
    "cases.case_has_its_event": "DELETE FROM event WHERE name = 'cases.opened'",
    "cases.nothing_is_closed_unanswered": "UPDATE care_case SET state = 'archived'",
    "cases.deadline_is_the_nearest_clock": "UPDATE care_case SET next_due_at = NULL",
    "cases.open_case_is_woken": "DELETE FROM job WHERE kind = 'cases.tick'",
}


@pytest.mark.parametrize("name", SPOILT)
async def test_a_check_fails_when_the_data_is_spoilt(works: Works, name: str) -> None:
    customer_id = new_id()
    async with works.begin(SYSTEM) as work:
        await cases.open_case(
            work, customer_id=customer_id, class_code="fault.voice", subject="无信号"
        )
    async with works.begin(SYSTEM) as work:
        assert await broken(work) == set()
        await work.db.execute(SPOILT[name])
        found = next(c for c in assurance.checks() if c.name == name)
        result = await assurance.look(work, found)
        assert (result.breaches or 0) >= 1
        assert result.examples[0]["facts"]
        if not name.startswith("jobs."):
            assert result.examples[0]["customer_id"] == customer_id


async def test_a_check_that_cannot_be_run_is_a_finding(works: Works) -> None:
    wrong = Invariant(
        name="x.y", title=Text("甲", "a"), proves=Text("乙", "b"), sql="SELECT * FROM nowhere"
    )
    async with works.begin(SYSTEM) as work:
        result = await assurance.look(work, wrong)
        assert not result.holds and "nowhere" in (result.error or "")
        assert await work.db.fetchval("SELECT 1") == 1, "the act goes on"


async def test_the_hourly_look_is_done_by_jobs_and_sets_its_clock_again(works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        await work.later(assurance.HOURLY, {}, key="hourly")
    assert await Worker(works, assurance.JOBS).drain() == 1 + len(assurance.checks())
    async with works.begin(SYSTEM) as work:
        health = await assurance.health(work)
        assert health.well
        assert (health.runs[0].done, health.runs[0].broken) == (len(assurance.checks()), 0)
        next_at = await work.db.fetchval("SELECT run_at FROM job WHERE key = 'hourly'")
        assert timedelta(minutes=59) < next_at - work.now < timedelta(minutes=61)


async def test_looks_are_forgotten_after_ninety_days(works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        await assurance.look_at_all(work)
    async with works.begin(SYSTEM, now=works.clock() + timedelta(days=91)) as work:
        await service.hourly(work)
        assert await work.db.fetchval("SELECT count(*) FROM invariant_run") == 1
        assert await work.db.fetchval("SELECT count(*) FROM invariant_result") == 0


async def test_a_job_set_aside_is_shown_and_can_be_tried_again(works: Works) -> None:
    tried: list[UUID] = []

    async def fail(work: UnitOfWork, args: object) -> None:
        tried.append(new_id())
        raise RuntimeError("the printer is on fire")

    now = works.clock()
    async with works.begin(SYSTEM) as work:
        await work.later("test.fail", {"page": 1})
    for attempt in range(ATTEMPTS_MAX):
        then = now + timedelta(hours=attempt + 1)
        await Worker(Works(works.pool, clock=lambda at=then: at), {"test.fail": fail}).run_due()  # type: ignore[misc]
    async with works.begin(SYSTEM) as work:
        health = await assurance.health(work)
        assert not health.well
        (job,) = health.failed
        assert (job.kind, job.attempts) == ("test.fail", ATTEMPTS_MAX)
        assert "on fire" in job.last_error
        assert [(k.kind, k.failed) for k in health.jobs] == [("test.fail", 1)]
        await assurance.retry_job(work, job.id)
        with pytest.raises(NotFound):
            await assurance.retry_job(work, job.id)
    await Worker(works, {"test.fail": fail}).run_due()
    assert len(tried) == ATTEMPTS_MAX + 1


async def test_needs_the_right(works: Works) -> None:
    agent = Actor(kind=ActorKind.STAFF, id=new_id(), permissions=frozenset({"cases.read"}))
    async with works.begin(agent) as work:
        for act in (assurance.health(work), assurance.look_at_all(work)):
            with pytest.raises(Forbidden):
                await act
