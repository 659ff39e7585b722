"""Lines on a real database: three people, one plan at a time, states that add up."""

from datetime import timedelta
from itertools import pairwise

import asyncpg
import pytest

from yizhan.domain import customers, subscriptions
from yizhan.domain.subscriptions import LineKind, ProductKind, ProductRefused, State, StopReason
from yizhan.domain.subscriptions.tests.town import NUMBERS, Owner, open_line, owner
from yizhan.kernel.actor import SYSTEM, Actor
from yizhan.kernel.errors import Forbidden, Invalid
from yizhan.kernel.ids import new_id
from yizhan.platform.clock import utc_now
from yizhan.platform.work import Works

PAST = timedelta(days=40)


@pytest.fixture
async def wang(works: Works) -> Owner:
    return await owner(works, "王小明")


async def test_owner_payer_and_user_can_be_three_people(works: Works, wang: Owner) -> None:
    company = await owner(works, "天津商贸公司")
    async with works.begin(SYSTEM) as work:
        child = await customers.add_party(
            work, wang.customer_id, name="王小小", role=customers.PartyRole.USER
        )
        line = await subscriptions.create_line(
            work,
            customer_id=wang.customer_id,
            kind=LineKind.MOBILE,
            number=NUMBERS[0],
            account_id=company.account_id,
            user_party_id=child.id,
        )
        assert line.payer_customer_id == company.customer_id
        assert line.user_party_id == child.id
        [owned] = await subscriptions.list_lines(work, wang.customer_id)
        [paid] = await subscriptions.list_lines_of_account(work, company.account_id)
        assert owned == paid
        await subscriptions.set_payer(work, line.id, wang.account_id)
        await subscriptions.set_user(work, line.id, None)
        changed = await subscriptions.get_line(work, line.id)
        assert (changed.payer_customer_id, changed.user_party_id) == (wang.customer_id, None)
        with pytest.raises(Invalid, match="recorded"):
            await subscriptions.set_user(work, line.id, new_id())


async def test_a_person_owns_five_mobile_lines_at_most_under_any_customer_number(
    works: Works,
) -> None:
    first = await owner(works, "王小明", document="E12345678")
    again = await owner(works, "王小明", document="e1234 5678")
    for number in NUMBERS[:5]:
        await open_line(works, first, number)
    with pytest.raises(subscriptions.TooManyLines, match="5 mobile lines"):
        await open_line(works, again, NUMBERS[5])


async def test_a_plan_ends_the_one_before_and_taking_it_back_lets_that_go_on(
    works: Works, wang: Owner
) -> None:
    line = await open_line(works, wang, NUMBERS[0], now=utc_now() - PAST)
    async with works.begin(SYSTEM) as work:
        month = work.now + timedelta(days=9)
        planned = await subscriptions.start_product(
            work, line.id, kind=ProductKind.PLAN, plan_id="xiuxian", version=3, start=month
        )
        both = await subscriptions.products_between(
            work, line.id, work.now, month + timedelta(days=1)
        )
        assert [(one.plan_id, one.valid_to) for one in both] == [
            ("zhuoyue", month),
            ("xiuxian", None),
        ]
        assert [one.plan_id for one in await subscriptions.products_of(work, line.id)] == [
            "zhuoyue"
        ]
        with pytest.raises(ProductRefused, match="already set to begin"):
            await subscriptions.start_product(
                work, line.id, kind=ProductKind.PLAN, plan_id="other", version=1
            )
        await subscriptions.end_product(work, planned.id)
        [left] = await subscriptions.products_of(work, line.id, at=month + timedelta(days=1))
        assert (left.plan_id, left.valid_to) == ("zhuoyue", None)
        with pytest.raises(ProductRefused, match="always has a plan"):
            await subscriptions.end_product(work, left.id)


async def test_the_database_refuses_a_second_plan(works: Works, wang: Owner) -> None:
    line = await open_line(works, wang, NUMBERS[0])
    async with works.begin(SYSTEM) as work:
        with pytest.raises(asyncpg.UniqueViolationError):
            await work.db.execute(
                "INSERT INTO line_product (customer_id, id, line_id, kind, plan_id, version,"
                " valid_from) VALUES ($1, $2, $3, 'plan', 'x', 1, now())",
                wang.customer_id,
                new_id(),
                line.id,
            )


async def test_add_ons_stand_beside_the_plan_over_time(works: Works, wang: Owner) -> None:
    line = await open_line(works, wang, NUMBERS[0], now=utc_now() - PAST)
    async with works.begin(SYSTEM, now=utc_now() - PAST / 2) as work:
        started = work.now
        pack = await subscriptions.start_product(
            work, line.id, kind=ProductKind.ADD_ON, plan_id="sms130", version=1
        )
    async with works.begin(SYSTEM) as work:
        await subscriptions.end_product(work, pack.id)
        ended = work.now
        [_, kept] = await subscriptions.products_between(work, line.id, started, ended)
        assert (kept.valid_from, kept.valid_to) == (started, ended)
        assert len(await subscriptions.products_of(work, line.id, at=ended)) == 1
        with pytest.raises(ProductRefused, match="ended already"):
            await subscriptions.end_product(work, pack.id)


async def test_family_numbers_keep_their_rank_over_time(works: Works, wang: Owner) -> None:
    line = await open_line(works, wang, NUMBERS[0], now=utc_now() - PAST)
    async with works.begin(SYSTEM, now=utc_now() - PAST) as work:
        then = work.now
        await subscriptions.set_family_numbers(work, line.id, ["13100000001", "131 0000 0002"])
    async with works.begin(SYSTEM) as work:
        later = work.now + timedelta(days=3)
        await subscriptions.set_family_numbers(
            work, line.id, ["13100000001", "13100000003"], start=later
        )

        async def at(moment):
            found = await subscriptions.family_numbers(work, line.id, at=moment)
            return [(one.rank, one.number[-1]) for one in found]

        assert await at(then) == [(1, "1"), (2, "2")]
        assert await at(later - timedelta(seconds=1)) == [(1, "1"), (2, "2")]
        assert await at(later) == [(1, "1"), (2, "3")]
        await subscriptions.set_family_numbers(work, line.id, [])  # also takes back the plan
        assert await at(work.now) == []
        assert await at(later) == []
        assert await at(then) == [(1, "1"), (2, "2")]


@pytest.mark.parametrize("numbers", [["13100000001", "131-0000-0001"], [NUMBERS[0]], ["12"]])
async def test_family_numbers_are_others_and_each_once(
    works: Works, wang: Owner, numbers: list[str]
) -> None:
    line = await open_line(works, wang, NUMBERS[0])
    async with works.begin(SYSTEM) as work:
        with pytest.raises(Invalid):
            await subscriptions.set_family_numbers(work, line.id, numbers)


async def test_features_are_on_or_off_at_a_moment(works: Works, wang: Owner) -> None:
    line = await open_line(works, wang, NUMBERS[0], now=utc_now() - PAST)
    async with works.begin(SYSTEM, now=utc_now() - PAST) as work:
        on = work.now
        await subscriptions.switch_feature(work, line.id, "roaming", on=True)
        await subscriptions.switch_feature(work, line.id, "roaming", on=True)
        assert [e.name for e in work.recorded] == ["subscriptions.feature_switched"]
    async with works.begin(SYSTEM) as work:
        await subscriptions.switch_feature(work, line.id, "roaming", on=False)
        assert await subscriptions.features_of(work, line.id) == frozenset()
        assert await subscriptions.features_of(work, line.id, at=on) == {"roaming"}


async def test_states_leave_a_seamless_history(works: Works, wang: Owner) -> None:
    start = utc_now() - PAST
    line = await open_line(works, wang, NUMBERS[0], now=start)
    for days, to, reason in (
        (5, State.STOPPED, StopReason.LOST),
        (6, State.STOPPED, StopReason.ARREARS),
        (8, State.ACTIVE, StopReason.ARREARS),
        (9, State.ACTIVE, None),
        (20, State.CLOSING, None),
        (30, State.CLOSED, None),
    ):
        async with works.begin(SYSTEM, now=start + timedelta(days=days)) as work:
            now = await subscriptions.change_state(work, line.id, to, reason=reason)
    assert (now.state, now.number, now.closed_at) == (
        State.CLOSED,
        None,
        start + timedelta(days=30),
    )
    async with works.begin(SYSTEM) as work:
        periods = await subscriptions.state_periods(work, line.id, start, work.now)
        assert [(one.state.value, len(one.reasons)) for one in periods] == [
            ("active", 0),
            ("stopped", 1),
            ("stopped", 2),
            ("stopped", 1),
            ("active", 0),
            ("closing", 0),
            ("closed", 0),
        ]
        for before, after in pairwise(periods):
            assert before.valid_to == after.valid_from
        assert await subscriptions.products_of(work, line.id) == []
        with pytest.raises(subscriptions.LineRefused, match="closed"):
            await subscriptions.switch_feature(work, line.id, "roaming", on=True)


async def test_who_may_do_what_to_a_line(works: Works, agent: Actor, wang: Owner) -> None:
    line = await open_line(works, wang, NUMBERS[0])
    async with works.begin(agent) as work:
        for reason in (StopReason.ARREARS, StopReason.FORCED, StopReason.OVERUSE):
            with pytest.raises(Forbidden):
                await subscriptions.change_state(work, line.id, State.STOPPED, reason=reason)
        stopped = await subscriptions.change_state(
            work, line.id, State.STOPPED, reason=StopReason.LOST
        )
        assert stopped.stop_reasons == {StopReason.LOST}
        with pytest.raises(Forbidden):
            await subscriptions.add_numbers(work, LineKind.MOBILE, ["13000000099"])


async def test_a_loaded_line_is_like_one_opened_by_hand(works: Works, wang: Owner) -> None:
    opened = utc_now() - PAST
    row = subscriptions.NewLine(
        id=new_id(),
        customer_id=wang.customer_id,
        account_id=wang.account_id,
        kind=LineKind.MOBILE,
        number="13100000009",
        opened_at=opened,
        stop_reasons=frozenset({StopReason.ARREARS}),
        products=(
            subscriptions.NewProduct(plan_id="zhuoyue", version=2),
            subscriptions.NewProduct(plan_id="pack", kind=ProductKind.ADD_ON),
        ),
        family_numbers=("13100000001",),
        features=("roaming",),
    )
    async with works.begin(SYSTEM) as work:
        assert await subscriptions.bulk_load(work, [row]) == 1
        line = await subscriptions.find_line_by_number(work, "13100000009")
        assert line is not None and line.state is State.STOPPED
        assert [p.plan_id for p in await subscriptions.products_of(work, line.id)] == [
            "zhuoyue",
            "pack",
        ]
        assert [f.rank for f in await subscriptions.family_numbers(work, line.id)] == [1]
        assert await subscriptions.features_of(work, line.id) == {"roaming"}
        assert [hit.kind for hit in await customers.search(work, "1310000")] == ["number"]
        stock = await subscriptions.find_stock_number(work, "13100000009")
        assert stock is not None and stock.state is subscriptions.NumberState.IN_USE
        lifted = await subscriptions.change_state(work, line.id, State.ACTIVE)
        assert lifted.state is State.ACTIVE
