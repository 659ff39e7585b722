"""Luhn's digit."""

from hypothesis import given
from hypothesis import strategies as st

from yizhan.kernel.checkdigit import luhn

DIGITS = st.text("0123456789", min_size=1, max_size=20)


def test_the_published_example() -> None:
    assert luhn("7992739871") == "3"  # ISO/IEC 7812-1, annex B


@given(DIGITS, st.data())
def test_one_wrong_digit_is_noticed(digits: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(digits) - 1))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[place]]))
    assert luhn(digits[:place] + wrong + digits[place + 1 :]) != luhn(digits)
