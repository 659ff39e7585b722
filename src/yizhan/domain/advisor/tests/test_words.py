"""Sentences of the adviser that depend on which way a figure goes."""

import pytest

from yizhan.domain.advisor.words import _falls
from yizhan.kernel.text import Text

OCTOBER = Text("2026 年 10 月", "October 2026")


@pytest.mark.parametrize(
    ("before", "after", "zh", "en"),
    [
        (
            *(220_00, 156_00),
            "由 220.00 元变为 156.00 元，省 64.00 元。",
            "falls from 220.00 to 156.00, 64.00 less.",
        ),
        (
            *(50_00, 50_50),
            "由 50.00 元变为 50.50 元，多 0.50 元。",
            "rises from 50.00 to 50.50, 0.50 more.",
        ),
        (50_00, 50_00, "仍是 50.00 元。", "stays at 50.00."),
    ],
)
def test_a_month_may_fall_rise_or_stay(before: int, after: int, zh: str, en: str) -> None:
    said = _falls(OCTOBER, before, after)
    assert said.zh == f"2026 年 10 月{zh}"
    assert said.en == f"October 2026 {en}"
