"""Every plan of both catalogues is readable, proves its own examples and speaks both languages."""

import pytest
from town import TZ, catalogue

from yizhan.domain import rating


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
