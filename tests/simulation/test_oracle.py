"""The engine against a second opinion, on plans and months nobody chose."""

import random
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from yizhan.bench.compare import TZ, compare, features_of, one_month
from yizhan.bench.months import month
from yizhan.bench.oracle import opinion
from yizhan.bench.plans import plan_text
from yizhan.domain import rating
from yizhan.domain.tariff import Plan, parse
from yizhan.kernel.period import Period, midnight


@pytest.mark.parametrize("first", range(50_000, 50_120, 20))
def test_engine_and_oracle_agree_on_every_figure(first: int) -> None:
    done = compare(first, 20)
    assert done.differences == ()
    assert done.months == 80
    assert done.beyond == 0
    assert done.records / done.months >= 20


def test_the_random_plans_use_the_whole_language_they_can() -> None:
    found: set[str] = set()
    for seed in range(300):
        plan = parse(plan_text(random.Random(seed), seed), file="random")
        assert isinstance(plan, Plan)
        found |= features_of(plan)
    assert found >= {
        "bands", "family numbers", "event cap", "several parts", "connect fee", "in-call steps",
        "rollover", "day pass", "packs", "points", "allowance of some items", "price inside",
        "then block", "then throttle", "minimum spend", "cap over day", "cap over period",
        "discount", "tax", "event rounding", "graduated tiers over period",
        "volume tiers over period", "graduated tiers over call", "volume tiers over call",
    }  # fmt: skip


def test_a_price_that_is_off_by_the_smallest_coin_is_found() -> None:
    plan = parse(plan_text(random.Random(7), 7), file="random")
    assert isinstance(plan, Plan)
    rule = plan.price[-1]
    part = rule.parts[0]
    assert part.steps
    dearer = part.steps[0].price + Decimal("0.01")
    step = msgspec.structs.replace(part.steps[0], price=dearer)
    spoilt_part = msgspec.structs.replace(part, steps=(step, *part.steps[1:]))
    spoilt_rule = msgspec.structs.replace(rule, parts=(spoilt_part, *rule.parts[1:]))
    spoilt = msgspec.structs.replace(plan, price=(*plan.price[:-1], spoilt_rule))
    usages = month(random.Random(1), 60, tz=TZ)
    start, end = date(2026, 3, 1), date(2026, 4, 1)
    rated = rating.rate_month(spoilt, usages, Period(midnight(start, TZ), midnight(end, TZ)), tz=TZ)
    held = opinion(plan, usages, start, end, TZ)
    assert any(charge.yuan != held.charges[charge.usage_id] for charge in rated.charges)


def test_one_month_is_the_same_for_the_same_seed() -> None:
    def once() -> object:
        chance = random.Random(11)
        plan = parse(plan_text(chance, 11), file="random")
        assert isinstance(plan, Plan)
        return one_month(plan, chance, 11, 20)

    assert once() == once()
