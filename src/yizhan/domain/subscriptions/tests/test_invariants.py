"""The invariants hold after all a line can go through, and each finds what breaks it."""

from datetime import timedelta

import pytest

from yizhan.domain import subscriptions
from yizhan.domain.subscriptions import State, StopReason
from yizhan.domain.subscriptions.tests.town import NUMBERS, open_line, owner
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.clock import utc_now
from yizhan.platform.invariants import breaches
from yizhan.platform.work import UnitOfWork, Works

SPOILT = {
    "subscriptions.state_is_last_of_history": [
        "UPDATE line SET base_state = 'kept', state = 'kept' WHERE state = 'active'"
    ],
    "subscriptions.open_line_has_number": [
        "UPDATE line SET base_state = 'closed', state = 'closed', closed_at = now()",
        "UPDATE line_state SET state = 'closed' WHERE valid_to IS NULL",
    ],
    "subscriptions.held_number_is_in_use": [
        "UPDATE number_stock SET state = 'free', until = NULL WHERE state = 'in_use'"
    ],
    "subscriptions.plans_do_not_overlap": [
        "UPDATE line_product SET valid_from = valid_from - interval '30 days'"
        " WHERE plan_id = 'xiuxian'"
    ],
    "subscriptions.numbers_do_not_overlap": [
        "UPDATE line_number n SET number = (SELECT o.number FROM line_number o"
        " WHERE o.line_id <> n.line_id AND o.valid_to IS NULL LIMIT 1),"
        " valid_to = valid_from + interval '1 day'"
        " WHERE n.valid_to IS NOT NULL"
    ],
    "subscriptions.held_number_is_found": ["DELETE FROM search_key WHERE kind = 'number'"],
}


async def broken(work: UnitOfWork) -> set[str]:
    return {one.name for one in subscriptions.INVARIANTS if await breaches(work.db, one)}


@pytest.fixture
async def town(works: Works) -> None:
    """Two owners whose lines have been through much, all at once."""
    wang, li = await owner(works, "王小明"), await owner(works, "李四")
    start = utc_now() - timedelta(days=60)
    one = await open_line(works, wang, NUMBERS[0], now=start)
    two = await open_line(works, li, NUMBERS[1], now=start)
    async with works.begin(SYSTEM, now=start + timedelta(days=9)) as work:
        await subscriptions.start_product(
            work, one.id, kind=subscriptions.ProductKind.PLAN, plan_id="xiuxian", version=1
        )
        await subscriptions.change_number(work, one.id, NUMBERS[2])
        await subscriptions.change_state(work, two.id, State.STOPPED, reason=StopReason.LOST)
        await subscriptions.change_state(work, two.id, State.ACTIVE)
    gone = await open_line(works, li, NUMBERS[3], now=start)
    async with works.begin(SYSTEM, now=start + timedelta(days=20)) as work:
        await subscriptions.change_state(work, gone.id, State.CLOSING)
        await subscriptions.change_state(work, gone.id, State.CLOSED)


async def test_all_hold_after_all_a_line_can_go_through(works: Works, town: None) -> None:
    async with works.read(SYSTEM) as work:
        assert await broken(work) == set()


@pytest.mark.parametrize("name", sorted(SPOILT))
async def test_each_finds_what_breaks_it(works: Works, town: None, name: str) -> None:
    async with works.begin(SYSTEM) as work:
        for statement in SPOILT[name]:
            await work.db.execute(statement)
        assert name in await broken(work)


def test_every_invariant_is_shown_to_fail() -> None:
    assert {one.name for one in subscriptions.INVARIANTS} == set(SPOILT)
