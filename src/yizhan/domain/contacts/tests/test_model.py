"""When a method is locked, and what a service password may be, called."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain.contacts import model
from yizhan.domain.contacts.model import Standing, Try
from yizhan.kernel.errors import Invalid

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def test_three_wrong_tries_lock_for_a_day_from_the_third() -> None:
    tries = [Try(False, ago(minutes=1)), Try(False, ago(minutes=2)), Try(False, ago(hours=3))]
    assert model.standing(tries, now=NOW) == Standing(0, ago(minutes=1) + timedelta(hours=24))


def test_a_right_try_wipes_the_slate() -> None:
    tries = [Try(False, ago(minutes=1)), Try(True, ago(minutes=2)), Try(False, ago(minutes=3))]
    assert model.standing(tries, now=NOW) == Standing(2)


def test_wrong_tries_of_yesterday_are_forgotten() -> None:
    tries = [Try(False, ago(hours=1)), Try(False, ago(hours=24)), Try(False, ago(hours=25))]
    assert model.standing(tries, now=NOW) == Standing(2)


@given(st.lists(st.booleans(), max_size=12), st.integers(0, 30 * 60))
def test_a_lock_ends_and_never_outlives_a_day(results: list[bool], minutes: int) -> None:
    tries = [Try(right, ago(minutes=place)) for place, right in enumerate(results)][:3]
    later = NOW + timedelta(minutes=minutes)
    now = model.standing(tries, now=later)
    assert (now.locked_until is not None) == (now.tries_left == 0)
    if now.locked_until is not None:
        assert later < now.locked_until <= NOW + model.LOCK
    if minutes >= 24 * 60:
        assert now == Standing(3)


@pytest.mark.parametrize("password", ["12345", "abcdef", "111111", "123456", "987654", "850301"])
def test_a_password_anybody_would_guess_is_refused(password: str) -> None:
    with pytest.raises(Invalid):
        model.check_password_form(password, birth_digits="19850301")
