"""Amounts in capitals, against amounts worked out by hand and back again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain.papers import capitals
from yizhan.domain.papers.model import grouped, money


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (108_00, "壹佰零捌元整"),
        (1_271_50, "壹仟贰佰柒拾壹元伍角整"),
        (10_00, "壹拾元整"),
        (100_05, "壹佰元零伍分"),
        (10_000_00, "壹万元整"),
        (10_005_00, "壹万零伍元整"),
        (100_500_00, "壹拾万零伍佰元整"),
        (100_000_001_00, "壹亿零壹元整"),
        (1_001_000_00, "壹佰万壹仟元整"),
        (-36_60, "负叁拾陆元陆角整"),
    ],
)
def test_an_amount_in_capitals(fen: int, said: str) -> None:
    assert capitals(fen) == said


def value_of(said: str) -> int:
    """Fen from capitals, read the other way round."""
    digits = "零壹贰叁肆伍陆柒捌玖"
    total = group = digit = 0
    fen = 0
    for sign in said.removesuffix("整"):
        if sign in digits:
            digit = digits.index(sign)
        elif sign in "拾佰仟":
            group += digit * {"拾": 10, "佰": 100, "仟": 1000}[sign]
            digit = 0
        elif sign in "万亿":
            total += (group + digit) * {"万": 10**4, "亿": 10**8}[sign]
            group = digit = 0
        elif sign == "元":
            fen += (total + group + digit) * 100
            total = group = digit = 0
        else:
            fen += digit * {"角": 10, "分": 1}[sign]
            digit = 0
    return fen


@given(st.integers(min_value=0, max_value=10**13))
def test_capitals_say_the_amount_and_no_other(fen: int) -> None:
    said = capitals(fen)
    assert value_of(said) == fen
    assert "零零" not in said


def test_figures_as_they_are_read() -> None:
    assert money(1_280_00) == "1,280.00" and money(-36_60) == "-36.60"
    assert grouped("13002208108") == "130 0220 8108" and grouped("04518620017") == "04518620017"
