"""Amounts as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.kernel.errors import Invalid
from yizhan.kernel.money import parse_yuan, yuan


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("108", 108_00),
        ("36.6", 36_60),
        ("36.60", 36_60),
        (" ¥1,280.00 ", 1_280_00),
        ("￥１２．５", 12_50),
        ("-0.01", -1),
    ],
)
def test_reads_what_people_write(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "abc",
        "1e3",
        "1_000",
        "36.605",
        "0x10",
        "inf",
        "nan",
        "1 000",
        "10 yuan",
        "99999999999999999999",
    ],
)
def test_refuses_what_only_a_machine_would_read(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_yuan(text, field="amount")
    assert refused.value.field == "amount"


@given(st.integers(-(10**12), 10**12))
def test_reads_back_what_it_wrote(fen: int) -> None:
    assert parse_yuan(yuan(fen)) == fen
