"""Closed months are adjusted forward: late, cancelled and replaced records, and what they carry."""

from datetime import datetime, timedelta

from yizhan.domain import billing, catalog, usage
from yizhan.domain.billing.tests.town import (
    CATALOGUES,
    FEBRUARY,
    HARBIN,
    JANUARY,
    LOCAL,
    MARCH,
    TZ,
    Person,
    Town,
    amounts,
)
from yizhan.kernel.actor import SYSTEM
from yizhan.platform import events

GIB = 1024**3


async def zhuoyue(town: Town) -> Person:
    await town.publish(
        "2004/zhuoyue.yaml", "2004/addon_caller_id.yaml", "2004/addon_content_month.yaml"
    )
    return await town.person("zhuoyue")


async def test_a_late_call_is_a_line_on_the_next_bill(town: Town) -> None:
    who = await zhuoyue(town)
    await town.use(who, JANUARY, 400)
    await town.bill(JANUARY)
    before = await town.bill_of(who, JANUARY)
    await town.use(who, JANUARY + timedelta(days=20), 10, peer=HARBIN)
    await town.use(who, FEBRUARY, 400)
    await town.bill(FEBRUARY)
    still = await town.bill_of(who, JANUARY)
    assert (still.total_fen, still.lines) == (before.total_fen, before.lines)
    after = await town.bill_of(who, FEBRUARY)
    assert amounts(after) == {
        ("usage", "local"): 120_00,
        ("adjustment", "2026-01"): 10 * (30 + 70),
    }
    async with town.works.read(SYSTEM) as work:
        told = await events.list_of_customer(
            work.db, who.account.customer_id, prefix="billing.period"
        )
    assert [one.payload["difference_fen"] for one in told] == [10_00]
    await town.assert_whole()


async def test_a_late_call_below_the_minimum_costs_nothing(town: Town) -> None:
    who = await zhuoyue(town)
    await town.use(who, JANUARY, 100)
    await town.bill(JANUARY)
    await town.use(who, JANUARY + timedelta(days=20), 10)
    await town.bill(FEBRUARY)
    assert amounts(await town.bill_of(who, FEBRUARY)) == {("minimum", "min_spend"): 108_00}
    async with town.works.read(SYSTEM) as work:
        late = await usage.list_late(work, who.line.customer_id, who.line.id)
    assert late == []


async def test_a_cancelled_call_is_given_back_once(town: Town) -> None:
    who = await zhuoyue(town)
    keys = await town.use(who, JANUARY, 400)
    await town.bill(JANUARY)
    await town.file(
        [
            usage.Record(
                key="cancel-1",
                number=who.number,
                at=datetime(2026, 1, 1, 8, tzinfo=TZ).timestamp(),
                service="voice",
                quantity=60,
                peer=LOCAL,
                action="cancel",
                corrects=keys[0],
            )
        ]
    )
    await town.use(who, FEBRUARY, 400)
    await town.bill(FEBRUARY)
    assert amounts(await town.bill_of(who, FEBRUARY))["adjustment", "2026-01"] == -30
    await town.use(who, MARCH, 400)
    await town.bill(MARCH)
    assert amounts(await town.bill_of(who, MARCH)) == {("usage", "local"): 120_00}
    await town.assert_whole()


async def test_what_a_correction_takes_from_the_rollover_is_charged_where_it_was_used(
    town: Town,
) -> None:
    """Half of January's data rolled over into February; late use of January leaves it none."""
    await town.publish("today/easy_39.yaml", *_today_add_ons())
    who = await town.person("easy_39")
    async with town.works.read(SYSTEM) as work:
        plan = await catalog.effective(work, "easy_39", 1)
    size = next(one for one in plan.allowances if one.rollover and one.unit == "B").size
    half = size // 2
    await town.use(who, JANUARY, 1, service="data", seconds=half)
    await town.bill(JANUARY)
    await town.use(who, FEBRUARY, 1, service="data", seconds=size + half)
    await town.bill(FEBRUARY)
    assert ("usage", "data") not in amounts(await town.bill_of(who, FEBRUARY))
    await town.use(who, JANUARY + timedelta(days=9), 1, service="data", seconds=half)
    await town.bill(MARCH)
    march = amounts(await town.bill_of(who, MARCH))
    gib = half // GIB
    assert march["adjustment", "2026-02"] == gib * 5_00
    assert ("adjustment", "2026-01") not in march
    await town.assert_whole()


def _today_add_ons() -> list[str]:
    return [f"today/{path.name}" for path in sorted((CATALOGUES / "today").glob("addon_*.yaml"))]


async def test_a_month_corrected_twice_is_adjusted_by_the_second_difference_only(
    town: Town,
) -> None:
    who = await zhuoyue(town)
    await town.use(who, JANUARY, 400)
    await town.bill(JANUARY)
    await town.use(who, JANUARY + timedelta(days=20), 10)
    await town.bill(FEBRUARY)
    await town.use(who, JANUARY + timedelta(days=21), 5)
    await town.bill(MARCH)
    assert amounts(await town.bill_of(who, FEBRUARY))["adjustment", "2026-01"] == 3_00
    assert amounts(await town.bill_of(who, MARCH))["adjustment", "2026-01"] == 1_50


async def test_late_records_of_a_month_never_billed_are_named(town: Town) -> None:
    who = await zhuoyue(town)
    await town.bill(FEBRUARY)
    await town.use(who, JANUARY, 1)
    outcome = await town.bill(MARCH)
    assert (outcome.billed, outcome.failed) == (0, 1)
    async with town.works.read(SYSTEM) as work:
        (failure,) = await billing.list_failures(work)
    assert failure.code == "billing.never_billed" and "2026-01" in failure.message
    await town.bill(JANUARY)
    assert (await town.bill(MARCH)).billed == 1
