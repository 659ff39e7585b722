"""Rounding agrees with the decimal module and goes by magnitude."""

import decimal
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain import rating
from yizhan.domain.rating.rounding import divide, round_scaled
from yizhan.domain.tariff import Rounding, RoundingMode

MODES = {
    RoundingMode.HALF_UP: decimal.ROUND_HALF_UP,
    RoundingMode.HALF_EVEN: decimal.ROUND_HALF_EVEN,
    RoundingMode.UP: decimal.ROUND_UP,
    RoundingMode.DOWN: decimal.ROUND_DOWN,
}


@pytest.mark.parametrize(
    ("mode", "fen"),
    [("half_up", (3, -3, 1, 2)), ("half_even", (2, -2, 0, 2)), ("up", (3, -3, 1, 2)),
     ("down", (2, -2, 0, 1))],
)  # fmt: skip
def test_each_mode_drops_digits_as_named(mode, fen):
    amounts = (Fraction("0.025"), Fraction("-0.025"), Fraction("0.005"), Fraction("0.0151"))
    rounding = Rounding(digits=2, mode=RoundingMode(mode))
    assert tuple(rating.to_digits(amount, rounding) * 100 for amount in amounts) == fen


@given(st.integers(-(10**12), 10**12), st.integers(0, 6), st.sampled_from(list(MODES)))
def test_agrees_with_the_decimal_module(amount, digits, mode):
    scale = 10**6
    exact = (Decimal(amount) / scale).quantize(Decimal(1).scaleb(-digits), rounding=MODES[mode])
    rounding = Rounding(digits=digits, mode=mode)
    assert Fraction(round_scaled(amount, scale, rounding), scale) == Fraction(exact)


@given(st.integers(-1000, 1000), st.integers(1, 60), st.sampled_from(list(MODES)))
def test_a_credit_mirrors_its_charge(numerator, denominator, mode):
    assert divide(-numerator, denominator, mode) == -divide(numerator, denominator, mode)
