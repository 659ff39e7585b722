"""The monthly run on a real database, with figures that can be checked by hand."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from yizhan import i18n
from yizhan.domain import billing, customers, subscriptions
from yizhan.domain.billing.tests.town import (
    CATALOGUES,
    FEBRUARY,
    HARBIN,
    JANUARY,
    MARCH,
    TZ,
    Town,
    amounts,
)
from yizhan.domain.ledger import Bucket
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden
from yizhan.platform import events
from yizhan.platform.invariants import breaches
from yizhan.platform.jobs import Worker

ZHUOYUE = "2004/zhuoyue.yaml"


async def the_108_caller(town: Town) -> None:
    await town.publish(ZHUOYUE, "2004/addon_caller_id.yaml", "2004/addon_content_month.yaml")


async def test_the_108_caller_pays_220(town: Town) -> None:
    await the_108_caller(town)
    who = await town.person("zhuoyue")
    await town.use(who, JANUARY, 200, every=timedelta(hours=3))
    await town.use(who, JANUARY, 160, peer=HARBIN, every=timedelta(hours=4))
    outcome = await town.bill(JANUARY)
    assert (outcome.billed, outcome.failed, outcome.total_fen) == (1, 0, 220_00)
    bill = await town.bill_of(who, JANUARY)
    assert amounts(bill) == {("usage", "local"): 108_00, ("usage", "long"): 112_00}
    assert bill.number == f"202601-{who.account.number}"
    assert (bill.due_date, bill.state, bill.open_fen) == (
        datetime(2026, 2, 28, tzinfo=TZ).date(),
        "open",
        220_00,
    )
    assert await town.owed(who) == 220_00
    async with town.works.read(SYSTEM) as work:
        (told,) = await events.list_of_customer(work.db, who.account.customer_id, prefix="billing.")
    assert told.payload["total_fen"] == 220_00 and told.payload["number"] == bill.number
    await town.assert_whole()


async def test_the_neighbour_is_brought_up_to_the_minimum(town: Town) -> None:
    await the_108_caller(town)
    who = await town.person("zhuoyue")
    await town.use(who, JANUARY, 138, every=timedelta(hours=4))
    await town.use(who, JANUARY, 30, peer=HARBIN, every=timedelta(hours=20))
    await town.bill(JANUARY)
    bill = await town.bill_of(who, JANUARY)
    assert bill.total_fen == 108_00
    assert amounts(bill)["minimum", "min_spend"] == 36_60


async def test_a_run_of_nothing_says_why(town: Town) -> None:
    async def why(month: date) -> str:
        async with town.works.read(SYSTEM) as work:
            sentence, facts = await billing.why_none(work, month)
        assert i18n.translate("zh", sentence, **facts) != i18n.translate("en", sentence, **facts)
        return i18n.translate("en", sentence, **facts)

    assert await why(JANUARY) == "There are no accounts to bill yet."
    await the_108_caller(town)
    await town.person("zhuoyue")
    assert "No account was open in 2020-01" in await why(date(2020, 1, 1))
    await town.bill(JANUARY)
    assert await why(JANUARY) == "All 1 accounts have their bill of 2026-01 already."
    async with town.works.begin(SYSTEM, now=datetime(2026, 1, 3, tzinfo=TZ)) as work:
        customer = await customers.create_customer(work, name="无线路")
        await customers.open_account(work, customer.id)
    assert (await town.bill(JANUARY)).billed == 0
    assert "1 of 2 accounts" in await why(JANUARY)
    assert "the other 1 had no line then" in await why(JANUARY)


async def test_a_run_started_again_bills_nobody_twice(town: Town) -> None:
    await the_108_caller(town)
    people = [await town.person("zhuoyue") for _ in range(5)]
    assert (await town.bill(JANUARY)).billed == 5
    assert (await town.bill(JANUARY)).billed == 0
    late = await town.person("zhuoyue")
    assert (await town.bill(JANUARY)).billed == 1
    for who in [*people, late]:
        assert await town.owed(who) == 108_00
    await town.assert_whole()


async def test_runs_side_by_side_bill_everybody_once(town: Town) -> None:
    await the_108_caller(town)
    people = [await town.person("zhuoyue") for _ in range(24)]
    town.after(JANUARY)
    outcomes = await asyncio.gather(
        *(
            billing.run(town.works, SYSTEM, JANUARY, part=part, batch=4)
            for part in ((0, 2), (1, 2), (0, 2), (0, 1))
        )
    )
    assert sum(one.billed for one in outcomes) == 24
    for who in people:
        assert await town.owed(who) == 108_00
    await town.assert_whole()


async def test_a_month_that_is_not_over_is_not_billed(town: Town) -> None:
    await the_108_caller(town)
    await town.person("zhuoyue")
    town.after(JANUARY)
    with pytest.raises(billing.NotOver):
        await billing.run(town.works, SYSTEM, FEBRUARY)
    async with town.works.read(SYSTEM) as work:
        assert list(await billing.list_runs(work)) == []


async def test_who_may_not_run_the_bills_does_not(town: Town) -> None:
    agent = Actor(kind=ActorKind.STAFF, permissions=frozenset({"bills.read"}))
    with pytest.raises(Forbidden):
        await billing.run(town.works, agent, JANUARY)


async def test_cycles_begin_on_other_days_too(town: Town) -> None:
    await the_108_caller(town)
    who = await town.person("zhuoyue", cycle_day=15)
    await town.use(who, datetime(2026, 1, 14, tzinfo=TZ).date(), 1)
    await town.use(who, datetime(2026, 1, 15, tzinfo=TZ).date(), 2)
    await town.use(who, datetime(2026, 2, 14, tzinfo=TZ).date(), 3)
    town.now = datetime(2026, 2, 15, 8, tzinfo=TZ).astimezone(UTC)
    await billing.run(town.works, SYSTEM, JANUARY)
    bill = await town.bill_of(who, JANUARY)
    assert str(bill.period_start) == "2026-01-15" and str(bill.period_end) == "2026-02-15"
    assert amounts(bill)["usage", "local"] == 5 * 30


async def test_an_account_that_cannot_be_billed_stops_nobody_else(town: Town) -> None:
    await the_108_caller(town)
    lost = await town.person("")
    fine = await town.person("zhuoyue")
    await town.use(lost, JANUARY, 1)
    outcome = await town.bill(JANUARY)
    assert (outcome.billed, outcome.failed) == (1, 1)
    async with town.works.read(SYSTEM) as work:
        (failure,) = await billing.list_failures(work)
        (run,) = await billing.list_runs(work)
    assert failure.account_id == lost.account.id and failure.code == "billing.no_plan"
    assert "had no plan" in failure.message
    assert (run.billed, run.failed) == (1, 1) and run.finished_at is not None
    assert await town.owed(fine) == 108_00
    async with town.works.begin(SYSTEM) as work:
        await subscriptions.start_product(
            work,
            lost.line.id,
            kind=subscriptions.ProductKind.PLAN,
            plan_id="zhuoyue",
            version=1,
            start=datetime(2025, 12, 31, 16, tzinfo=UTC),
        )
    assert (await town.bill(JANUARY)).billed == 1
    async with town.works.read(SYSTEM) as work:
        assert list(await billing.list_failures(work)) == []
    await town.assert_whole()


async def test_a_change_of_plan_in_the_month_is_two_stretches(town: Town) -> None:
    await town.publish("2004/zhuoyue.yaml", "2004/gsm_std.yaml", *_ADD_ONS)
    who = await town.person("gsm_std")
    change = datetime(2026, 1, 11, tzinfo=TZ)
    town.now = change.astimezone(UTC)
    async with town.works.begin(SYSTEM) as work:
        await subscriptions.start_product(
            work,
            who.line.id,
            kind=subscriptions.ProductKind.PLAN,
            plan_id="zhuoyue",
            version=1,
            start=change,
        )
    await town.use(who, datetime(2026, 1, 10, tzinfo=TZ).date(), 2)
    await town.use(who, datetime(2026, 1, 11, tzinfo=TZ).date(), 2)
    await town.bill(JANUARY)
    bill = await town.bill_of(who, JANUARY)
    calls = [line for line in bill.lines if (line.kind, line.key) == ("usage", "local")]
    assert [line.amount for line in calls] == [80, 60]
    minimum = next(line for line in bill.lines if line.kind == "minimum")
    assert minimum.facts["days"] == 21 and minimum.facts["base"] == 73_16
    async with town.works.read(SYSTEM) as work:
        (evidence,) = await billing.get_evidence(work, bill.customer_id, bill.id)
    assert [part.stretch.plan for part in evidence.summary.parts] == ["gsm_std", "zhuoyue"]
    assert [part.stretch.ended_by for part in evidence.summary.parts] == ["change", "end"]
    await town.assert_whole()


_ADD_ONS = ("2004/addon_caller_id.yaml", "2004/addon_content_month.yaml")


async def test_a_pool_is_shared_by_the_lines_of_an_account(town: Town) -> None:
    await town.publish("today/family_49.yaml", *_family_needs())
    first = await town.person("family_49")
    second = await town.person("family_49", with_account=first.account)
    await town.use(first, JANUARY, 1, seconds=500 * 60)
    await town.use(second, JANUARY, 1, seconds=101 * 60)
    await town.bill(JANUARY)
    bill = await town.bill_of(first, JANUARY)
    assert amounts(bill)["usage", "voice"] == 15  # 600 minutes for both; the 601st costs.
    assert amounts(bill)["recurring", "fee"] == 2 * 49_00
    await town.assert_whole()


def _family_needs() -> tuple[str, ...]:
    return tuple(
        f"today/{path.name}" for path in sorted((CATALOGUES / "today").glob("addon_*.yaml"))
    )


async def test_a_prepaid_account_pays_from_its_balance_and_owes_the_rest(town: Town) -> None:
    await the_108_caller(town)
    rich = await town.person("zhuoyue", prepaid=True)
    poor = await town.person("zhuoyue", prepaid=True)
    await town.pay(rich, 200_00, Bucket.PREPAID)
    await town.pay(poor, 30_00, Bucket.PREPAID)
    await town.bill(JANUARY)
    assert (await town.balance(rich, Bucket.PREPAID)).amount == 92_00
    assert await town.owed(rich) == 0
    assert (await town.bill_of(rich, JANUARY)).state == "paid"
    assert (await town.balance(poor, Bucket.PREPAID)).amount == 0
    assert await town.owed(poor) == 78_00
    half = await town.bill_of(poor, JANUARY)
    assert (half.settled_fen, half.open_fen) == (30_00, 78_00)
    await town.assert_whole()


async def test_payments_fill_the_oldest_bill_first(town: Town) -> None:
    await the_108_caller(town)
    who = await town.person("zhuoyue")
    await town.bill(JANUARY)
    await town.bill(FEBRUARY)
    await town.pay(who, 120_00)
    async with town.works.read(SYSTEM) as work:
        newest, oldest = await billing.list_bills(work, who.account.customer_id)
    assert (oldest.state, oldest.open_fen) == ("paid", 0)
    assert (newest.state, newest.open_fen) == ("partly_paid", 96_00)
    town.after(MARCH)
    assert (await town.bill_of(who, FEBRUARY)).state == "overdue"


async def test_a_run_from_a_page_is_done_by_the_worker(town: Town) -> None:
    await the_108_caller(town)
    who = await town.person("zhuoyue")
    town.after(JANUARY)
    async with town.works.begin(SYSTEM) as work:
        run_id = await billing.start_run(work, JANUARY)
    await Worker(town.works, billing.JOBS).drain()
    async with town.works.read(SYSTEM) as work:
        run = await billing.get_run(work, run_id)
    assert run.billed == 1 and run.finished_at is not None
    assert await town.owed(who) == 108_00


@pytest.mark.parametrize("table", ["bill", "bill_line", "bill_evidence"])
async def test_nothing_of_a_bill_can_be_changed(town: Town, table: str) -> None:
    await the_108_caller(town)
    await town.person("zhuoyue")
    await town.bill(JANUARY)
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET customer_id = customer_id"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            async with town.works.begin(SYSTEM) as work:
                await work.db.execute(statement)


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        ("UPDATE bill_line SET amount_fen = amount_fen + 1", "billing.total_is_sum_of_lines"),
        ("UPDATE bill_line SET amount_fen = amount_fen + 1", "billing.lines_are_their_evidence"),
        ("UPDATE bill SET total_fen = total_fen + 1", "billing.bill_is_posted"),
    ],
)
async def test_each_broken_rule_is_found(town: Town, damage: str, rule: str) -> None:
    await the_108_caller(town)
    await town.person("zhuoyue")
    await town.bill(JANUARY)
    async with town.works.begin(SYSTEM) as work:
        for table in ("bill", "bill_line"):
            await work.db.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await work.db.execute(damage)
        broken = {one.name for one in billing.INVARIANTS if await breaches(work.db, one)}
    assert rule in broken


async def test_the_running_month_is_told_before_its_bill(town: Town) -> None:
    await the_108_caller(town)
    who = await town.person("zhuoyue")
    await town.use(who, JANUARY, 400)
    town.now = datetime(2026, 1, 10, 8, tzinfo=TZ).astimezone(UTC)
    async with town.works.read(SYSTEM) as work:
        current = await billing.current_month(work, who.account.id)
        same = await billing.current_month_of_line(work, who.line.id)
    assert current.total_fen == same.total_fen == 217 * 30 + 4_290  # 217 calls; minimum 108.00.
    assert current.until == town.now


async def test_bills_of_another_system_are_loaded_as_headers(town: Town) -> None:
    await the_108_caller(town)
    who = await town.person("zhuoyue")
    account = who.account
    async with town.works.begin(SYSTEM) as work:
        loaded = await billing.load_headers(
            work,
            [
                billing.Header(
                    account.customer_id, account.id, account.number, 1, month, 108_00, town.now
                )
                for month in (JANUARY, FEBRUARY, MARCH)
            ],
        )
    assert loaded == 3
    bill = await town.bill_of(who, FEBRUARY)
    assert (bill.origin, bill.number, bill.total_fen) == (
        "import",
        f"202602-{account.number}",
        108_00,
    )
    assert bill.issued_at == town.now and bill.state == "paid"
    assert (await town.bill(JANUARY)).billed == 0
    await town.assert_whole()
