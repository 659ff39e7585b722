"""Tiers and points as decisions: examples from the rule's sources, then all cases."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain.club.model import (
    RANK,
    Bonus,
    NotEnoughPoints,
    Reward,
    Rule,
    TierRule,
    draw,
    mean_of,
    months_with_us,
    standing,
)
from yizhan.kernel.errors import Invalid
from yizhan.kernel.text import Text

RULE = Rule(
    window_months=6,
    tenure_months=6,
    valid_months=12,
    tiers=(
        TierRule(tier="silver", from_fen=150_00),
        TierRule(tier="gold", from_fen=300_00),
        TierRule(tier="diamond", from_fen=450_00),
    ),
    points_per_yuan=1,
    keep_years=3,
    tenure_bonus=(Bonus(months=36, percent=10), Bonus(months=60, percent=20)),
    rewards=(Reward(id="c", name=Text("十元", "ten"), points=1000, credit_fen=1000),),
)
DAY = date(2026, 7, 15)


@pytest.mark.parametrize(
    ("mean", "tenure", "tier"),
    [
        (149_99, 60, "none"),
        (150_00, 60, "silver"),
        (299_99, 60, "silver"),
        (300_00, 60, "gold"),
        (450_00, 60, "diamond"),
        (450_00, 6, "diamond"),
        (450_00, 5, "none"),
    ],
)
def test_a_mean_and_a_tenure_earn_a_tier(mean: int, tenure: int, tier: str) -> None:
    assert RULE.earned_tier(mean, tenure) == tier


def test_the_mean_is_of_the_six_whole_months_before() -> None:
    bills = [(date(2026, m, 1), 220_00) for m in range(1, 8)] + [(date(2025, 12, 1), 999_00)]
    assert mean_of(RULE, bills, DAY) == 220_00
    # Four of the six months had no bill: (220 + 220) / 6 = 73.33.
    assert mean_of(RULE, bills[:2], DAY) == 73_33
    assert mean_of(RULE, [(date(2026, 6, 1), -5_00)], DAY) == 0


def test_up_at_once_down_only_when_the_term_is_over() -> None:
    assert standing(RULE, tier="none", valid_until=None, earned="gold", today=DAY) == (
        "gold",
        date(2027, 7, 1),
    )
    held = date(2027, 1, 1)
    for today, tier in ((date(2026, 12, 31), "gold"), (held, "silver")):
        found, _ = standing(RULE, tier="gold", valid_until=held, earned="silver", today=today)
        assert found == tier
    assert standing(RULE, tier="gold", valid_until=held, earned="none", today=held) == (
        "none",
        None,
    )


def test_a_tier_brought_along_stays_for_a_term() -> None:
    assert standing(RULE, tier="diamond", valid_until=None, earned="none", today=DAY) == (
        "diamond",
        date(2027, 7, 1),
    )


def test_a_yuan_is_a_point_and_more_for_those_long_with_us() -> None:
    assert RULE.points_for(108_99, 12) == 108
    assert RULE.points_for(108_99, 36) == 118
    assert RULE.points_for(108_99, 60) == 129
    assert RULE.points_for(-10_00, 60) == 0
    assert RULE.expires_on(date(2026, 1, 1)) == RULE.expires_on(date(2026, 12, 31))
    assert RULE.expires_on(DAY) == date(2029, 1, 1)


def test_months_with_us_are_full_ones() -> None:
    assert months_with_us(date(2026, 1, 16), DAY) == 5
    assert months_with_us(date(2026, 1, 15), DAY) == 6
    assert months_with_us(date(2027, 1, 1), DAY) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"tiers": RULE.tiers[:2]},
        {"tiers": (RULE.tiers[0], RULE.tiers[1], TierRule(tier="diamond", from_fen=300_00))},
        {"window_months": 0},
        {"rewards": RULE.rewards * 2},
        {"rewards": (Reward(id="x", name=Text("a", "b"), points=0, credit_fen=1),)},
        {"tenure_bonus": (Bonus(months=1, percent=-1),)},
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        msgspec.structs.replace(RULE, **change).check()


DAYS = st.integers(2027, 2031).map(lambda year: date(year, 1, 1))


@given(st.dictionaries(DAYS, st.integers(0, 5000)), st.integers(1, 9000))
def test_points_that_end_first_go_first_and_none_appears(
    lots: dict[date, int], points: int
) -> None:
    if sum(lots.values()) < points:
        with pytest.raises(NotEnoughPoints):
            draw(lots, points)
        return
    taken = dict(draw(lots, points))
    assert sum(taken.values()) == points
    assert all(0 < part <= lots[day] for day, part in taken.items())
    last = max(taken)
    assert all(taken.get(day, 0) == lots[day] for day in lots if day < last)


@given(
    st.sampled_from(sorted(RANK)),
    st.none() | st.dates(date(2025, 1, 1), date(2028, 1, 1)),
    st.sampled_from(sorted(RANK)),
)
def test_nobody_falls_below_what_he_earns_or_before_his_time(
    tier: str, until: date | None, earned: str
) -> None:
    after, valid = standing(RULE, tier=tier, valid_until=until, earned=earned, today=DAY)
    assert RANK[after] >= RANK[earned]
    if until is not None and until > DAY:
        assert RANK[after] >= RANK[tier]
    assert after in (tier, earned)
    assert (valid is None) == (after == "none")
    again = standing(RULE, tier=after, valid_until=valid, earned=earned, today=DAY)
    assert again == (after, valid)
