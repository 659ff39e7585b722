"""Plans published, refused, combined, withdrawn, against a real database."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from yizhan.domain import catalog
from yizhan.domain.tariff import PlanRefused, Term, parse
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden, NotFound, Refused
from yizhan.kernel.text import Text
from yizhan.platform.work import Works

NOW = datetime(2026, 6, 1, 4, tzinfo=UTC)
TODAY = date(2026, 6, 1)
DEMO = Path(__file__).parents[3] / "demo" / "catalogues"
PLAN = """\
plan: calls
version: 1
name: {zh: 通话卡, en: Call card}
kind: mobile
payment: postpaid
on_sale: [2020-01-01, null]
eligible:
  - {student: true, text: {zh: 限学生, en: Students only}}
term: {months: 12, exit_fee: "10.00", per: month_left, text: {zh: 一年, en: A year}}
may_carry: [texts]
items:
  rent: {zh: 月租费, en: Monthly fee}
  local: {zh: 通话费, en: Calls}
covers:
  voice: {}
recurring:
  - {id: fee, item: rent, amount: "10.00", text: {zh: 月租, en: Monthly fee}}
price:
  - {id: local, if: {service: voice}, item: local, price: "0.30", per: 60s,
     text: {zh: 每分钟 0.30, en: 0.30 a minute}}
examples:
  - id: one_call
    text: {zh: 一次通话, en: One call}
    usage:
      - {at: "2026-03-02 10:00:00", service: voice, quantity: 61s}
    expect: {total: "10.60"}
"""
ADD_ON = """\
addon: texts
version: 1
name: {zh: 短信包, en: Text pack}
on_sale: [2020-01-01, null]
items:
  rent: {zh: 月租费, en: Monthly fee}
recurring:
  - {id: texts, item: rent, amount: "5.00", text: {zh: 短信包, en: Text pack}}
"""


@pytest.fixture
def works(pool: object) -> Works:
    return Works(pool, clock=lambda: NOW)


async def publish(works: Works, **files: str) -> list[catalog.Offer]:
    async with works.begin(SYSTEM) as work:
        return await catalog.publish_all(work, {f"{n}.yaml": text for n, text in files.items()})


async def test_a_plan_that_proves_itself_is_sold_and_given_back_as_one_object(
    works: Works,
) -> None:
    await publish(works, calls=PLAN, texts=ADD_ON)
    async with works.begin(SYSTEM) as work:
        (plan,) = await catalog.list_on_sale(work, kind="mobile")
        assert plan is await catalog.get_plan(work, "calls") and plan.version == 1
        assert await catalog.list_on_sale(work, kind="internet") == []
        assert [one.id for one in await catalog.list_add_ons_on_sale(work)] == ["texts"]
        both = await catalog.effective(work, "calls", 1, ["texts"])
        assert both is await catalog.effective(work, "calls", 1, [("texts", 1)])
        assert both.carries == ("texts",)
        assert (await catalog.effective(work, "calls", 1)).carries == ()
        (outcome,) = await catalog.examples_of(work, "calls")
        assert outcome.holds and outcome.text.en == "One call"
        assert await catalog.text_of(work, "calls") == PLAN


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        (('"10.60"', '"10.61"'), 22, "claims total 10.61; the engine finds 10.6"),
        (("voice: {}", "voice: {}\n  sms: {}"), 1, "No price for sms/out"),
        (("{zh: 每分钟 0.30, en: 0.30 a minute}", "{zh: 每分钟 0.30}"), 20, "en"),
        (("[texts]", "[gone]"), 1, "may carry “gone”, which is not published"),
        (('price: "0.30"', "price: 0.30x"), 19, "0.30x"),
    ],
)
async def test_a_broken_plan_is_refused_with_file_line_and_reason(
    works: Works, change: tuple[str, str], line: int, reason: str
) -> None:
    broken = PLAN.replace(*change)
    assert broken != PLAN
    with pytest.raises(PlanRefused) as refused:
        await publish(works, broken=broken, texts=ADD_ON)
    said = [str(problem) for problem in refused.value.problems]
    assert any(reason in one and f"broken.yaml, line {line}" in one for one in said), said
    async with works.begin(SYSTEM) as work:
        assert await catalog.list_offers(work) == []


async def test_a_plan_without_examples_is_not_sold(works: Works) -> None:
    bare = PLAN[: PLAN.index("examples:")]
    with pytest.raises(PlanRefused, match="no examples"):
        await publish(works, calls=bare, texts=ADD_ON)


async def test_a_published_version_stays_as_it_is_and_the_next_takes_its_place(
    works: Works,
) -> None:
    await publish(works, calls=PLAN, texts=ADD_ON)
    assert await publish(works, calls=PLAN) == []
    dearer = PLAN.replace('"0.30"', '"0.40"').replace('"10.60"', '"10.80"')
    with pytest.raises(catalog.VersionTaken, match=r"calls.yaml, line 1: version 1"):
        await publish(works, calls=dearer)
    await publish(works, calls=dearer.replace("version: 1", "version: 2"))
    async with works.begin(SYSTEM) as work:
        assert [one.version for one in await catalog.list_versions(work, "calls")] == [2, 1]
        (plan,) = await catalog.list_on_sale(work)
        assert plan.version == 2
        old = await catalog.get_plan(work, "calls", 1)
        assert not old.on_sale(TODAY) and old.price[0].parts[0].steps[0].price == Decimal("0.30")
    await publish(works, talk=PLAN.replace("calls", "talk").replace("version: 1", "version: 3"))
    with pytest.raises(catalog.VersionTaken, match="at version 3 already; 1 is older"):
        await publish(works, talk=PLAN.replace("calls", "talk"))


async def test_an_add_on_that_does_not_fit_a_sold_plan_is_refused(works: Works) -> None:
    await publish(works, calls=PLAN, texts=ADD_ON)
    wrong = ADD_ON.replace("version: 1", "version: 2").replace("id: texts", "id: fee")
    with pytest.raises(PlanRefused, match="calls"):
        await publish(works, texts=wrong)


async def test_a_sale_ends_and_the_successor_is_named(works: Works) -> None:
    await publish(works, calls=PLAN, texts=ADD_ON)
    new = PLAN.replace("plan: calls", "plan: talk")
    await publish(works, talk=new)
    async with works.begin(SYSTEM) as work:
        with pytest.raises(Refused, match="past"):
            await catalog.end_sale(work, "calls", on=date(2026, 5, 1))
        with pytest.raises(NotFound):
            await catalog.end_sale(work, "calls", on=TODAY, successor="nothing")
        ended = await catalog.end_sale(work, "calls", on=TODAY, successor="talk")
        assert ended.successor == "talk"
        assert [one.id for one in await catalog.list_on_sale(work)] == ["talk"]
        after = await catalog.successor_of(work, "calls")
        assert after is not None and after.id == "talk"
        assert await catalog.successor_of(work, "talk") is None
        plan = await catalog.get_plan(work, "calls")
        answer = catalog.eligible(plan, catalog.Facts(on=TODAY, attributes={"student": True}))
        assert [reason.code for reason in answer.reasons] == ["withdrawn"]
        assert answer.successor == "talk" and "talk took its place" in answer.reasons[0].text.en
        with pytest.raises(Refused):
            await catalog.end_sale(work, "calls", on=TODAY)


async def test_publishing_needs_the_right(works: Works) -> None:
    agent = Actor(kind=ActorKind.STAFF, name="agent", permissions=frozenset({"plans.read"}))
    async with works.begin(agent) as work:
        with pytest.raises(Forbidden):
            await catalog.publish(work, PLAN, file="calls.yaml")


@pytest.mark.parametrize("name", ["2004", "today"])
async def test_the_demo_catalogue_can_be_published_whole(works: Works, name: str) -> None:
    texts = {path.name: path.read_text("utf-8") for path in sorted((DEMO / name).glob("*.yaml"))}
    async with works.begin(SYSTEM) as work:
        offers = await catalog.publish_all(work, texts)
        assert len(offers) == len(texts)
        for plan in await catalog.list_on_sale(work, on=TODAY):
            assert all(one.holds for one in await catalog.examples_of(work, plan.id))


# ---------------------------------------------------------------- eligibility, without a database


def facts(**more: object) -> catalog.Facts:
    return catalog.Facts(on=TODAY, **more)  # type: ignore[arg-type]


def codes(plan: object, **more: object) -> list[str]:
    return [reason.code for reason in catalog.eligible(plan, facts(**more)).reasons]  # type: ignore[arg-type]


def test_all_reasons_against_a_plan_are_told_at_once() -> None:
    plan = parse(PLAN.replace("may_carry", "excludes: [old]\nmay_carry"), file="calls.yaml")
    assert codes(plan, attributes={"student": True}) == []
    assert codes(plan, attributes={"student": False}) == ["needs_student"]
    assert codes(plan, line_kind="fixed", plan_id="old", holds=("old",)) == [
        "wrong_kind",
        "needs_student",
        "conflict",
    ]
    assert codes(plan, attributes={"student": True}, plan_id="calls", version=1) == ["same_plan"]
    later = parse(PLAN.replace("2020-01-01", "2030-01-01"), file="calls.yaml")
    assert codes(later, attributes={"student": True}) == ["not_yet_on_sale"]


def test_leaving_a_term_costs_each_started_month_that_is_left() -> None:
    term = Term(
        months=12, exit_fee=Decimal("10.00"), per_month_left=True, text=Text("一年", "A year")
    )
    fee = catalog.exit_fee
    assert fee(term, date(2026, 9, 1), date(2026, 6, 1)) == 3000  # June, July, August
    assert fee(term, date(2026, 9, 2), date(2026, 6, 1)) == 4000  # and a day of September
    assert fee(term, date(2026, 6, 20), date(2026, 6, 10)) == 1000
    assert fee(term, date(2026, 6, 1), date(2026, 6, 1)) == 0
    once = Term(months=12, exit_fee=Decimal("50.00"), per_month_left=False, text=term.text)
    assert fee(once, date(2026, 12, 1), date(2026, 6, 1)) == 5000
    plan = parse(PLAN, file="calls.yaml")
    answer = catalog.eligible(
        plan,  # type: ignore[arg-type]
        facts(attributes={"student": True}, term=term, term_until=date(2026, 9, 1)),
    )
    assert answer.allowed and answer.exit_fee_fen == 3000
    assert answer.exit_text is not None and "30.00" in answer.exit_text.zh


def test_add_ons_are_offered_with_what_stands_against_them() -> None:
    plan = parse(PLAN.replace("[texts]", "[texts, more]"), file="calls.yaml")
    texts = parse(ADD_ON, file="texts.yaml")
    more = parse(
        ADD_ON.replace("texts", "more").replace("items:", "requires: [texts]\nitems:"),
        file="more.yaml",
    )
    other = parse(ADD_ON.replace("texts", "other"), file="other.yaml")

    def offer(carried: list[object]) -> dict[str, str | None]:
        choices = catalog.legal_add_ons(
            plan,
            [texts, more, other],
            carried=carried,
            on=TODAY,  # type: ignore[arg-type, list-item]
        )
        return {one.add_on.id: one.reason and one.reason.text.en for one in choices}

    assert offer([]) == {"texts": None, "more": "“more” needs “texts”."}
    assert offer([texts]) == {"texts": "“texts” can be carried only once.", "more": None}


def test_the_fee_of_a_list_of_plans_is_at_least_the_minimum_spend() -> None:
    plan = parse(PLAN, file="calls.yaml")
    assert catalog.monthly_fee_fen(plan) == 1000  # type: ignore[arg-type]
