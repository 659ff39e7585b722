"""Advice in the house: from a line's own records, from stated habits, and kept as evidence."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from yizhan.domain import advisor, billing, catalog, contacts, customers, subscriptions, usage
from yizhan.domain.advisor import Habits, Verdict
from yizhan.domain.billing.tests.town import (
    CATALOGUES,
    FEBRUARY,
    HARBIN,
    JANUARY,
    TZ,
    Person,
    Town,
)
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden, Invalid, NotFound
from yizhan.kernel.ids import new_id
from yizhan.kernel.period import midnight
from yizhan.platform.db import Pool
from yizhan.platform.vault import unlock
from yizhan.platform.work import UnitOfWork, Works

DECEMBER = date(2025, 12, 1)
AGENT = Actor(
    kind=ActorKind.STAFF,
    id=new_id(),
    name="陈光",
    channel="call_centre",
    permissions=frozenset({"advice.give", "customers.read", "contacts.write", "plans.read"}),
)


@pytest.fixture
async def town(pool: Pool) -> AsyncIterator[Town]:
    town = Town(pool)
    await town.publish(*(f"2004/{path.name}" for path in (CATALOGUES / "2004").glob("*.yaml")))
    yield town
    await town.assert_whole()


async def trader(town: Town, *months: date, **more: object) -> Person:
    """200 minutes about town and 160 direct to Harbin in each month: 108.00 + 112.00 = 220.00."""
    who = await town.person("zhuoyue", **more)  # type: ignore[arg-type]
    for month in months:
        await town.use(who, month, 40, seconds=300, every=timedelta(hours=11))
        await town.use(who, month, 32, seconds=300, peer=HARBIN, every=timedelta(hours=13))
    return who


async def test_the_line_is_advised_from_its_own_records(town: Town) -> None:
    who = await trader(town, DECEMBER, JANUARY, FEBRUARY)
    town.after(FEBRUARY)
    async with town.works.read(SYSTEM) as work:
        advice = await advisor.advise(work, who.line.id)
    assert advice.months == (DECEMBER, JANUARY, FEBRUARY)
    assert advice.current is not None and advice.habit is not None
    assert [month.total for month in advice.current.months] == [22_000] * 3
    assert [month.total for month in advice.habit.months] == [15_600] * 3
    assert advice.verdict is Verdict.CHANGE_HABIT
    assert (advice.habit.saving, advice.saving) == (3 * 6_400, 0)
    assert advice.line_id == who.line.id
    assert advice.usage_digest and advice.catalogue_digest


async def test_advice_never_disagrees_with_the_bill(town: Town) -> None:
    who = await trader(town, DECEMBER, JANUARY, cycle_day=1)
    await town.use(who, FEBRUARY, 3, seconds=61)
    for month in (DECEMBER, JANUARY, FEBRUARY):
        await town.bill(month)
    bills = [await town.bill_of(who, month) for month in (DECEMBER, JANUARY, FEBRUARY)]
    async with town.works.read(SYSTEM) as work:
        advice = await advisor.advise(work, who.line.id)
    assert advice.current is not None
    assert [month.total for month in advice.current.months] == [bill.total_fen for bill in bills]
    assert bills[2].total_fen == 10_800  # three calls of two minutes: the minimum


async def test_bill_months_that_begin_on_the_fifteenth_are_kept(town: Town) -> None:
    who = await trader(town, DECEMBER, JANUARY, FEBRUARY, cycle_day=15)
    town.now = midnight(date(2026, 3, 20), TZ)
    async with town.works.read(SYSTEM) as work:
        advice = await advisor.advise(work, who.line.id)
    assert advice.months[-1] == date(2026, 2, 15)
    assert advice.months[0] == date(2025, 12, 15)


async def test_a_line_of_two_months_is_compared_and_nothing_recommended(town: Town) -> None:
    who = await trader(town, JANUARY, FEBRUARY)
    town.after(FEBRUARY)
    async with town.works.read(SYSTEM) as work:
        advice = await advisor.advise(work, who.line.id)
    # December is empty: its records may never have come in.
    assert advice.months == (JANUARY, FEBRUARY)
    assert (advice.verdict, advice.saving) == (Verdict.NOT_ENOUGH_HISTORY, 0)
    assert len(advice.options) > 3


async def test_a_line_without_records_is_asked_about(town: Town) -> None:
    who = await town.person("zhuoyue")
    town.after(FEBRUARY)
    async with town.works.read(SYSTEM) as work:
        with pytest.raises(advisor.NothingToPrice, match="habits"):
            await advisor.advise(work, who.line.id)


async def test_only_a_verified_caller_is_advised_from_records(town: Town) -> None:
    who = await trader(town, FEBRUARY)
    town.after(FEBRUARY)
    customer = who.account.customer_id
    async with town.works.begin(SYSTEM) as work:
        await contacts.set_service_password(work, customer, "135791")
    async with town.works.begin(AGENT) as work:
        call = await contacts.begin(work, customer_id=customer, channel="call_centre")
    async with town.works.read(AGENT, contact_id=call.id) as work:
        for ask in (
            advisor.advise(work, who.line.id),
            advisor.list_of_customer(work, customer),
            advisor.get_advice(work, customer, new_id()),
        ):
            with pytest.raises(contacts.NotVerified):
                await ask
    async with town.works.begin(AGENT, contact_id=call.id) as work:
        await contacts.verify(
            work, call.id, method="service_password", evidence={"password": "135791"}
        )
    async with town.works.begin(AGENT, contact_id=call.id) as work:
        advice = await advisor.advise(work, who.line.id)
        await advisor.give(work, customer, advice)
    async with town.works.read(AGENT, contact_id=call.id) as work:
        (kept,) = await advisor.list_of_customer(work, customer)
    assert (kept.contact_id, kept.actor_name) == (call.id, "陈光")


async def test_one_without_the_right_is_refused(town: Town) -> None:
    who = await trader(town, FEBRUARY)
    nobody = Actor(kind=ActorKind.CLIENT, id=new_id(), permissions=frozenset({"plans.read"}))
    async with town.works.begin(SYSTEM) as work:
        advice = await advisor.advise_habits(work, Habits(minutes_out=100), facts={})
    async with town.works.read(nobody) as work:
        for ask in (
            advisor.advise(work, who.line.id),
            advisor.advise_habits(work, Habits(), facts={}),
            advisor.give(work, who.account.customer_id, advice),
            advisor.list_of_customer(work, who.account.customer_id),
        ):
            with pytest.raises(Forbidden):
                await ask


async def given(work: UnitOfWork, who: Person) -> tuple[advisor.Advice, advisor.Given]:
    advice = await advisor.advise(work, who.line.id)
    id = await advisor.give(work, who.account.customer_id, advice)
    return advice, await advisor.get_advice(work, who.account.customer_id, id)


async def test_advice_given_is_kept_with_all_its_figures(town: Town) -> None:
    who = await trader(town, DECEMBER, JANUARY, FEBRUARY)
    town.after(FEBRUARY)
    async with town.works.begin(SYSTEM) as work:
        advice, kept = await given(work, who)
    assert (kept.verdict, kept.current_key, kept.line_id) == (
        "change_habit", "zhuoyue", who.line.id,
    )  # fmt: skip
    assert (kept.saving_fen, kept.habit_saving_fen) == (0, 19_200)
    assert kept.months == [DECEMBER, JANUARY, FEBRUARY]
    assert (kept.usage_digest, kept.catalogue_digest) == (
        advice.usage_digest, advice.catalogue_digest,
    )  # fmt: skip
    # The evidence is plain data of its own, equal to the advice to the fen.
    assert kept.result == msgspec.json.decode(msgspec.json.encode(advisor.as_evidence(advice)))
    assert kept.result["current"]["total_fen"] == 66_000
    assert len(kept.result["options"]) <= 10


async def test_advice_given_is_told_on_the_timeline(town: Town, pool: Pool) -> None:
    who = await trader(town, DECEMBER, JANUARY, FEBRUARY)
    town.after(FEBRUARY)
    async with town.works.begin(SYSTEM) as work:
        _, kept = await given(work, who)
    row = await pool.fetchrow(
        "SELECT payload FROM event WHERE customer_id = $1 AND name = 'advisor.advice_given'",
        who.account.customer_id,
    )
    assert row is not None
    payload = row["payload"]
    assert payload["advice_id"] == str(kept.id)
    assert payload["recommended"] is None
    assert payload["said"]["en"] == "keep the plan and dial 17911 first, 192.00 saved"
    assert "192.00" in payload["said"]["zh"]
    assert set(advisor.WORDS["advisor.advice_given"].zh) > {"{", "}"}


async def test_advice_is_not_kept_for_another_customer(town: Town) -> None:
    who = await trader(town, FEBRUARY)
    other = await town.person("zhuoyue")
    town.after(FEBRUARY)
    async with town.works.begin(SYSTEM) as work:
        advice = await advisor.advise(work, who.line.id)
        with pytest.raises(advisor.NotTheirLine):
            await advisor.give(work, other.account.customer_id, advice)
        with pytest.raises(NotFound):
            await advisor.get_advice(work, other.account.customer_id, new_id())


# ---------------------------------------------------------------- conditions and habits


STUDENT = Habits(
    minutes_out=110, minutes_in=40, long_distance_percent=25, home_province="heilongjiang",
    family_percent=35, campus_percent=80, messages=120,
)  # fmt: skip


async def test_a_newcomer_who_asks_for_a_withdrawn_plan_hears_what_came_after(town: Town) -> None:
    async with town.works.read(SYSTEM) as work:
        advice = await advisor.advise_habits(
            work, STUDENT, facts={"student": True, "age": 19}, asked_for="xiuxian"
        )
    assert advice.estimated and advice.current is None
    assert advice.best is not None and advice.best.candidate.plan_id == "campus_a"
    (gone,) = [one for one in advice.excluded if one.plan_id == "xiuxian"]
    assert gone.successor == "campus_a"
    assert gone.reasons[0].en == "Not sold since 2004-07-01"
    assert "不再销售" in gone.reasons[0].zh
    assert any("estimate" in one.en for one in advice.not_counted)


async def test_who_may_not_have_a_plan_hears_every_reason(town: Town) -> None:
    async with town.works.read(SYSTEM) as work:
        advice = await advisor.advise_habits(work, STUDENT, facts={"age": 40})
    excluded = {one.plan_id: [reason.zh for reason in one.reasons] for one in advice.excluded}
    assert excluded["campus_a"] == ["限在校学生，凭学生证"]
    assert set(excluded) == {"campus_a", "campus_b", "xinshili"}
    offered = {one.candidate.plan_id for one in advice.options}
    assert offered and not offered & set(excluded)


async def test_what_is_known_of_a_customer_decides_what_he_may_have(town: Town) -> None:
    who = await trader(town, DECEMBER, JANUARY, FEBRUARY)
    town.after(FEBRUARY)
    async with town.works.begin(SYSTEM) as work:
        before = await advisor.advise(work, who.line.id)
        await customers.set_attribute(
            work, who.account.customer_id, name="student", value="true",
            origin=customers.Origin.DOCUMENT,
        )  # fmt: skip
        after = await advisor.advise(work, who.line.id)
    assert "campus_a" in {one.plan_id for one in before.excluded}
    assert "campus_a" not in {one.plan_id for one in after.excluded}
    assert "campus_a" in {one.candidate.plan_id for one in after.options}


async def test_an_impossible_answer_is_named(town: Town) -> None:
    async with town.works.read(SYSTEM) as work:
        with pytest.raises(Invalid) as refused:
            await advisor.advise_habits(work, Habits(long_distance_percent=101), facts={})
        assert refused.value.field == "long_distance_percent"
        with pytest.raises(NotFound):
            await advisor.advise_habits(work, STUDENT, facts={}, asked_for="no_such_plan")


async def test_a_plan_no_longer_sold_stays_a_choice_for_who_has_it(town: Town) -> None:
    who = await town.person("xiuxian", prepaid=True)
    for month in (DECEMBER, JANUARY, FEBRUARY):
        await town.use(who, month, 20, seconds=60)
    town.after(FEBRUARY)
    async with town.works.read(SYSTEM) as work:
        advice = await advisor.advise(work, who.line.id)
    assert advice.current is not None and advice.current.candidate.plan_id == "xiuxian"
    assert advice.current in advice.options


# ---------------------------------------------------------------- a person's real history

HISTORY = Path(__file__).parents[6] / "shared" / "data" / "itemised-usage-real.csv"
EXAMPLE = Path(__file__).parents[5] / "docs" / "examples" / "history_card.yaml"
CYCLES = [date(2014, 10, 15), date(2014, 11, 15), date(2014, 12, 15), date(2015, 1, 15),
          date(2015, 2, 15)]  # fmt: skip


@pytest.mark.skipif(not HISTORY.exists(), reason="the real history is not kept here")
async def test_a_real_history_is_taken_in_billed_and_advised_on_alike(pool: Pool) -> None:
    unlock(b"a secret of thirty-two bytes, 1!")
    works = Works(pool, clock=lambda: datetime(2015, 3, 15, 8, tzinfo=TZ))
    then = datetime(2014, 10, 1, tzinfo=TZ)
    texts = {EXAMPLE.name: EXAMPLE.read_text(encoding="utf-8")}
    async with works.begin(SYSTEM, now=then) as work:
        await catalog.publish_all(work, texts)
        customer = await customers.create_customer(work, name="张三")
        account = await customers.open_account(work, customer.id, cycle_day=15)
        line = await subscriptions.create_line(
            work, customer_id=customer.id, kind=subscriptions.LineKind.MOBILE,
            number="13099990001", account_id=account.id, area="022", from_stock=False,
        )  # fmt: skip
        await subscriptions.start_product(
            work, line.id, kind=subscriptions.ProductKind.PLAN, plan_id="history_card", version=1
        )
    mapping = usage.built_in_mapping("phone-history")
    taken = await usage.intake(works, HISTORY, mapping=mapping, actor=SYSTEM, number=line.number)
    assert (taken.counts.accepted, taken.counts.quarantined) == (830, 0)
    for cycle in CYCLES:
        await billing.run(works, SYSTEM, cycle.replace(day=1))
    async with works.read(SYSTEM) as work:
        bills = [
            await billing.get_bill(work, customer.id, billing.bill_id_of(account.id, cycle))
            for cycle in CYCLES
        ]
        advice = await advisor.advise(work, line.id)
    assert [bill.total_fen for bill in bills] == [11_548, 6_991, 8_463, 7_145, 7_580]
    assert advice.months == tuple(CYCLES)
    assert advice.current is not None
    assert [month.total for month in advice.current.months] == [bill.total_fen for bill in bills]
