"""Numbers: who may be given one, and that a new owner never meets the old one."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from yizhan.domain import customers, subscriptions
from yizhan.domain.subscriptions import LineKind, NumberState, NumberTaken, State, model
from yizhan.domain.subscriptions.model import StockNumber
from yizhan.domain.subscriptions.tests.town import NUMBERS, Owner, open_line, owner
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.errors import Invalid, NotFound
from yizhan.kernel.ids import new_id
from yizhan.platform.clock import utc_now
from yizhan.platform.work import Works

START = datetime(2026, 1, 1, tzinfo=UTC)
MINE, THEIRS = new_id(), new_id()


class NumberLife(RuleBasedStateMachine):
    """One number through any order of acts: it has at most one holder, and rests between two."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.number = StockNumber(
            number="13000000001",
            kind=LineKind.MOBILE,
            area="022",
            grade="plain",
            state=NumberState.FREE,
            until=None,
            reserved_for=None,
        )
        self.holder = None
        self.released_at: datetime | None = None

    def put(self, state: NumberState, **more: object) -> None:
        values = {"state": state, "until": None, "reserved_for": None, **more}
        self.number = StockNumber(
            number=self.number.number, kind=LineKind.MOBILE, area="022", grade="plain", **values
        )

    @rule(who=st.sampled_from([MINE, THEIRS]))
    def assign(self, who) -> None:
        free = self.holder is None and (
            self.released_at is None or self.now >= self.released_at + model.COOLING
        )
        held = self.number.standing(self.now) is NumberState.RESERVED
        theirs = held and self.number.reserved_for != who
        try:
            model.check_assignable(self.number, who, now=self.now)
        except NumberTaken:
            assert not free or theirs
            return
        assert free and not theirs
        self.holder = who
        self.put(NumberState.IN_USE)

    @precondition(lambda self: self.holder is not None)
    @rule()
    def release(self) -> None:
        self.holder, self.released_at = None, self.now
        self.put(NumberState.COOLING, until=self.now + model.COOLING)

    @rule(who=st.sampled_from([MINE, THEIRS]))
    def reserve(self, who) -> None:
        try:
            model.check_assignable(self.number, who, now=self.now)
        except NumberTaken:
            return
        self.put(NumberState.RESERVED, until=self.now + timedelta(days=1), reserved_for=who)

    @rule(hours=st.integers(1, 60 * 24))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def a_held_number_is_in_use(self) -> None:
        assert (self.holder is not None) == (self.number.standing(self.now) is NumberState.IN_USE)


TestNumberLife = NumberLife.TestCase
TestNumberLife.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@pytest.fixture
async def wang(works: Works) -> Owner:
    return await owner(works, "王小明")


@pytest.fixture
async def li(works: Works) -> Owner:
    return await owner(works, "李四")


async def close(works: Works, line_id, *, now: datetime) -> None:
    async with works.begin(SYSTEM, now=now) as work:
        await subscriptions.change_state(work, line_id, State.CLOSING)
        await subscriptions.change_state(work, line_id, State.CLOSED)


async def test_a_new_owner_never_meets_the_old_one(works: Works, wang: Owner, li: Owner) -> None:
    born = utc_now()
    old = await open_line(works, wang, NUMBERS[0], now=born)
    end = born + timedelta(days=10)
    await close(works, old.id, now=end)

    async with works.begin(SYSTEM, now=end + timedelta(days=1)) as work:
        assert await subscriptions.find_line_by_number(work, NUMBERS[0]) is None
        assert await customers.search(work, NUMBERS[0]) == []
        with pytest.raises(NumberTaken, match="rests until"):
            await subscriptions.create_line(
                work,
                customer_id=li.customer_id,
                kind=LineKind.MOBILE,
                number=NUMBERS[0],
                account_id=li.account_id,
            )

    reborn = end + model.COOLING
    new = await open_line(works, li, NUMBERS[0], now=reborn)
    async with works.begin(SYSTEM, now=reborn + timedelta(days=1)) as work:
        now_held = await subscriptions.find_line_by_number(work, NUMBERS[0])
        then_held = await subscriptions.find_line_by_number(work, NUMBERS[0], at=born)
        between = await subscriptions.find_line_by_number(work, NUMBERS[0], at=end)
        [hit] = await customers.search(work, NUMBERS[0])
    assert now_held is not None and now_held.id == new.id
    assert then_held is not None and then_held.id == old.id
    assert between is None  # half-open: at the moment it ended nobody has it
    assert hit.customer_id == li.customer_id


async def test_two_lines_cannot_hold_one_number(works: Works, wang: Owner, li: Owner) -> None:
    await open_line(works, wang, NUMBERS[0])
    with pytest.raises(NumberTaken, match="in use"):
        await open_line(works, li, NUMBERS[0])
    # Not even past the service: the database refuses the second.
    other = await open_line(works, li, NUMBERS[1])
    async with works.begin(SYSTEM) as work:
        with pytest.raises(asyncpg.UniqueViolationError):
            await work.db.execute(
                "UPDATE line_number SET number = $1 WHERE line_id = $2", NUMBERS[0], other.id
            )


async def test_a_reserved_number_goes_to_whom_it_is_reserved_for(
    works: Works, wang: Owner, li: Owner
) -> None:
    async with works.begin(SYSTEM) as work:
        await subscriptions.reserve_number(work, NUMBERS[0], customer_id=wang.customer_id)
        free = await subscriptions.list_free_numbers(work, LineKind.MOBILE)
    assert NUMBERS[0] not in [one.number for one in free]
    with pytest.raises(NumberTaken, match="reserved for somebody else"):
        await open_line(works, li, NUMBERS[0])
    assert (await open_line(works, wang, NUMBERS[0])).number == NUMBERS[0]


async def test_what_cooled_down_is_free_again_by_the_clock(works: Works, wang: Owner) -> None:
    born = utc_now()
    line = await open_line(works, wang, NUMBERS[0], now=born)
    await close(works, line.id, now=born + timedelta(hours=1))
    async with works.begin(SYSTEM, now=born + timedelta(days=91)) as work:
        due = await work.db.fetchval("SELECT run_at FROM job WHERE kind = 'subscriptions.recycle'")
        assert due == born + timedelta(hours=1) + model.COOLING
        await subscriptions.JOBS["subscriptions.recycle"](work, {})
        stock = await subscriptions.find_stock_number(work, NUMBERS[0])
        assert stock is not None and stock.state is NumberState.FREE


async def test_a_changed_number_cools_and_the_line_stays(works: Works, wang: Owner) -> None:
    line = await open_line(works, wang, NUMBERS[0], now=utc_now() - timedelta(days=3))
    async with works.begin(SYSTEM) as work:
        changed = await subscriptions.change_number(work, line.id, NUMBERS[1])
        assert (changed.id, changed.number) == (line.id, NUMBERS[1])
        stock = await subscriptions.find_stock_number(work, NUMBERS[0])
        assert stock is not None and stock.state is NumberState.COOLING
        periods = await subscriptions.number_periods(work, NUMBERS[:2])
    assert [(one.number, one.valid_to) for one in periods] == [
        (NUMBERS[0], periods[1].valid_from),
        (NUMBERS[1], None),
    ]


async def test_a_number_must_be_ours_and_of_the_kind(works: Works, wang: Owner) -> None:
    with pytest.raises(NotFound, match="stock"):
        await open_line(works, wang, "13999999999")
    async with works.begin(SYSTEM) as work:
        with pytest.raises(Invalid, match="mobile"):
            await subscriptions.create_line(
                work,
                customer_id=wang.customer_id,
                kind=LineKind.FIXED,
                number=NUMBERS[0],
                account_id=wang.account_id,
            )
