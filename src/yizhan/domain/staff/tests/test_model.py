"""The rules of passwords, logins and tries, by calling them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain.staff.model import (
    BY_LOGIN,
    Attempt,
    WeakPassword,
    check_login,
    check_password,
    check_rights,
    fingerprint,
    new_secret,
    wait_seconds,
)
from yizhan.kernel.errors import Invalid

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def after(tries: int) -> Attempt:
    state = None
    for _ in range(tries):
        state = BY_LOGIN.count(state, now=NOW)
    assert state is not None
    return state


def test_four_wrong_tries_leave_the_door_open() -> None:
    assert wait_seconds(after(4), now=NOW) == 0


def test_the_fifth_closes_it_for_a_minute_and_each_further_one_for_twice_as_long() -> None:
    waits = [wait_seconds(after(tries), now=NOW) for tries in (5, 6, 7, 8)]
    assert waits == [60, 120, 240, 480]


@given(st.integers(min_value=5, max_value=500))
def test_nobody_waits_longer_than_an_hour(tries: int) -> None:
    assert 60 <= wait_seconds(after(tries), now=NOW) <= 3600


def test_a_quiet_day_wipes_the_slate() -> None:
    state = BY_LOGIN.count(after(9), now=NOW + timedelta(hours=25))
    assert (state.tries, state.locked_until) == (1, None)


@pytest.mark.parametrize(
    "password", ["short", "aaaaaaaaaaaa", "password123", "x" * 201, "wangli-2026", "1234567890"]
)
def test_a_password_that_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(password, login="wangli")


def test_a_phrase_is_a_good_password() -> None:
    check_password("四匹马 running north", login="wangli")


@pytest.mark.parametrize("login", ["", "a", "Wang Li", "李", "-x", "a" * 41, "a;b"])
def test_a_login_is_plain_letters(login: str) -> None:
    with pytest.raises(Invalid):
        check_login(login)


def test_a_login_is_kept_in_small_letters() -> None:
    assert check_login("  Wang.Li ") == "wang.li"


def test_a_right_that_does_not_exist_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        check_rights(frozenset({"bills.read", "bills.burn"}), field="scopes")
    assert refused.value.facts["right"] == "bills.burn"


def test_secrets_differ_and_only_their_fingerprint_is_kept() -> None:
    one, other = new_secret("yzs"), new_secret("yzs")
    assert one != other and len(one) > 40 and fingerprint(one) != fingerprint(other)
    assert one.encode() not in fingerprint(one)
