"""Every plan of both catalogues is readable, proves its own examples and speaks both languages."""

from datetime import date, datetime
from uuid import UUID

import pytest
from town import TZ, catalogue

from yizhan.demo import goods
from yizhan.domain import rating
from yizhan.domain.rating import Usage
from yizhan.domain.tariff import Service
from yizhan.kernel.ids import new_id
from yizhan.kernel.period import Period, midnight


@pytest.mark.parametrize(("name", "plans", "add_ons"), [("2004", 11, 6), ("today", 14, 5)])
def test_every_plan_proves_its_own_examples(name: str, plans: int, add_ons: int) -> None:
    sold, beside = catalogue(name)
    assert (len(sold), len(beside)) == (plans, add_ons)
    for plan in sold.values():
        assert plan.examples, plan.id
        assert rating.prove(plan, tz=TZ) == []


@pytest.mark.parametrize("name", ["2004", "today"])
def test_every_add_on_a_plan_may_carry_is_there_and_combines(name: str) -> None:
    from yizhan.domain.tariff import combine

    plans, add_ons = catalogue(name)
    for plan in plans.values():
        for key in plan.may_carry:
            assert combine(plan, [add_ons[key]]).carries == (key,)


@pytest.mark.parametrize("name", ["2004", "today"])
def test_every_withdrawn_plan_names_a_successor_that_is_sold(name: str) -> None:
    plans, _ = catalogue(name)
    withdrawn = [plan for plan in plans.values() if plan.on_sale_to is not None]
    assert withdrawn
    for plan in withdrawn:
        assert plan.successor in plans
        assert plans[plan.successor].on_sale_to is None


def test_all_four_kinds_of_line_have_a_plan() -> None:
    for name in ("2004", "today"):
        plans, _ = catalogue(name)
        assert {plan.kind.value for plan in plans.values()} == {
            "mobile",
            "fixed",
            "data",
            "internet",
        }


@pytest.mark.parametrize("name", ["2004", "today"])
def test_emergency_and_service_numbers_are_free_even_while_roaming(name: str) -> None:
    """R37: emergency numbers are free always."""
    plans, _ = catalogue(name)
    for plan in plans.values():
        if plan.kind.value not in ("mobile", "fixed"):
            continue
        for roam in ("home", "domestic") if plan.kind == "mobile" else ("home",):
            call = Usage(
                id=new_id(),
                line_id=UUID(int=1),
                at=datetime(2026, 10, 5, 12, tzinfo=TZ),
                service=Service.VOICE,
                quantity=600,
                zone="local.free",
                net="fixed",
                roam=roam,
            )
            period = Period(midnight(date(2026, 10, 1), TZ), midnight(date(2026, 11, 1), TZ))
            charge = rating.rate_month(plan, [call], period, tz=TZ).charges[0]
            assert charge.yuan == 0, plan.id
            assert charge.rule == "free_numbers"


@pytest.mark.parametrize("name", ["2004", "today"])
def test_goods_are_sold_with_plans_of_their_catalogue(name: str) -> None:
    sold, _ = catalogue(name)
    for one in goods.read(name):
        assert len(one["stock"]) == len(goods.read("places"))
        assert "contract" not in one or one["contract"]["plan"] in sold, one["code"]
