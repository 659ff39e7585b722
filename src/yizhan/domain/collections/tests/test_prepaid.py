"""A prepaid line to zero, recharged, and run out; the rules of its credit."""

import json
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain import usage
from yizhan.domain.collections import credit, credit_store, prepaid
from yizhan.domain.collections.credit import Life, PrepaidRule, ValidityRule
from yizhan.domain.collections.flow import Credit
from yizhan.domain.collections.tests.town import SYSTEM, Town, at
from yizhan.domain.ledger import Bucket, balance_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RULES = [ValidityRule(1000, 30), ValidityRule(3000, 90)]
RULE = PrepaidRule()


def life(until: datetime | None = None) -> Life:
    return Life(
        customer_id=UUID(int=1), account_id=UUID(int=2), state=Credit.ACTIVE, state_at=NOW,
        valid_until=until,
    )  # fmt: skip


def test_thirty_yuan_are_three_months_and_never_shorten() -> None:
    assert credit.extended(life(), RULES, 3000, now=NOW) == NOW + timedelta(days=90)
    far = NOW + timedelta(days=200)
    assert credit.extended(life(far), RULES, 1000, now=NOW) == far + timedelta(days=30)
    assert credit.extended(life(far), RULES, 999, now=NOW) == far
    assert credit.extended(life(), [], 3000, now=NOW) is None  # credit that does not run out


@given(st.integers(0, 400), st.integers(0, 400))
def test_credit_only_goes_on(first: int, more: int) -> None:
    until, order = NOW + timedelta(days=60), list(Credit)
    before = credit.credit_at(until, RULE, now=NOW + timedelta(days=first))
    after = credit.credit_at(until, RULE, now=NOW + timedelta(days=first + more))
    assert order.index(before) <= order.index(after)


@given(st.integers(0, 400))
def test_the_clock_never_misses_a_change(day: int) -> None:
    now = NOW + timedelta(days=day)
    one = life(NOW + timedelta(days=60))
    upcoming = credit.next_change(one, RULE, now=now)
    state = credit.credit_at(one.valid_until, RULE, now=now)
    if upcoming is None:
        assert state is Credit.RECYCLED
    else:
        just_before = upcoming - timedelta(microseconds=1)
        assert credit.credit_at(one.valid_until, RULE, now=just_before) is state


async def balance(town: Town) -> int:
    async with town.works.read(SYSTEM) as work:
        return (
            await balance_of(work, town.account.customer_id, town.account.id, Bucket.PREPAID)
        ).amount


async def charged(town: Town) -> Life:
    async with town.works.begin(SYSTEM) as work:
        found = await prepaid.charge(work, town.account.id)
    assert found is not None
    await town.network.obey(town.works)
    return found


async def state(town: Town) -> str:
    async with town.works.pool.acquire() as db:
        found = await credit_store.find(db, town.account.id)
    assert found is not None
    return found.state.value


async def test_a_line_goes_to_zero_and_comes_back_with_a_recharge(town: Town) -> None:
    await town.settle("ruyitong", prepaid=True)
    await town.pay(3_000)
    await town.until(at(date(2026, 1, 2)))
    await town.call(date(2026, 1, 1), 40)  # 40 x 0.54 = 21.60
    assert ((await charged(town)).charged_fen, await balance(town)) == (2_160, 840)
    await town.call(date(2026, 1, 1), 30)  # 16.20, of which 8.40 are there
    spent = await charged(town)
    assert (spent.overdraw_fen, await balance(town)) == (780, 0)
    assert await town.stopped_for() == {"arrears"}
    await town.pay(1_000)
    await town.network.obey(town.works)
    assert (await balance(town), await town.stopped_for()) == (220, set())
    assert "low_balance" in await town.messages()
    await town.until(at(date(2026, 2, 1)))
    await town.bill(date(2026, 1, 1))
    assert (await balance(town), await town.owed()) == (220, 0)  # charged once, not again
    await town.assert_whole()


async def test_credit_runs_out_step_by_step_and_a_recharge_revives_it(town: Town) -> None:
    await town.settle("ruyitong", prepaid=True)
    await town.pay(1_000)  # thirty days
    await town.until(at(date(2026, 1, 31), 9))
    assert (await state(town), await town.stopped_for()) == ("recharge_only", {"arrears"})
    assert town.network.register.lines[str(town.line.id)].barring == "outgoing"
    await town.until(at(date(2026, 5, 2)))
    assert await state(town) == "locked"
    assert town.network.register.lines[str(town.line.id)].barring == "all"
    await town.pay(2_000, method="voucher")
    await town.network.obey(town.works)
    assert (await state(town), await balance(town)) == ("locked", 3_000)  # kept, but not revived
    assert "credit_locked" in await town.messages()
    await town.pay(3_000)
    await town.network.obey(town.works)
    assert (await state(town), await town.stopped_for()) == ("active", set())
    assert await balance(town) == 6_000  # the old balance is kept
    await town.until(at(date(2026, 12, 31)))
    assert await state(town) == "recycled"
    async with town.works.read(SYSTEM) as work:
        assert await work.db.fetchval("SELECT state FROM line") == "closed"
    assert (await town.messages()).count("credit_ending") == 2
    await town.assert_whole()


async def test_usage_out_of_quarantine_is_charged_at_once(town: Town) -> None:
    await town.settle("ruyitong", prepaid=True)
    await town.pay(3_000)
    await town.until(at(date(2026, 1, 2)))
    row = {"key": "late", "number": "13099999999", "at": at(date(2026, 1, 1), 12).isoformat()}
    text = json.dumps(row | {"service": "voice", "quantity": 60 * 40, "peer": "23456789"})
    await usage.intake(
        town.works, BytesIO(text.encode()), mapping=usage.built_in_mapping("standard-jsonl"),
        actor=SYSTEM, file="lost.jsonl", home_area="022",
    )  # fmt: skip
    async with town.works.begin(SYSTEM) as work:
        (kept,) = await usage.list_quarantined(work)
        await usage.correct(work, kept.id, cells={"number": "13000000001"})
        assert (await usage.replay(work, kept.id)).result == "accepted"
    await town.network.obey(town.works)
    assert await balance(town) == 3_000 - 2_160
    await town.assert_whole()
