"""The life of a line: examples an operator could check by hand, then a property for all walks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain.subscriptions import flow
from yizhan.domain.subscriptions.flow import Life, LineRefused, State, StopReason
from yizhan.kernel.errors import CareError, Invalid

A, K = Life(State.ACTIVE), Life(State.KEPT)
ARREARS, LOST, REQUESTED = StopReason.ARREARS, StopReason.LOST, StopReason.REQUESTED


def test_paying_does_not_bring_back_a_line_reported_lost() -> None:
    lost_and_owing = flow.move(flow.move(A, State.STOPPED, LOST), State.STOPPED, ARREARS)
    paid = flow.move(lost_and_owing, State.ACTIVE, ARREARS)
    assert paid.state is State.STOPPED
    assert paid.reasons == {LOST}
    assert flow.move(paid, State.ACTIVE) == A


def test_a_kept_number_that_was_paid_is_kept_again() -> None:
    owing = flow.move(K, State.STOPPED, ARREARS)
    assert owing.state is State.STOPPED
    assert flow.move(owing, State.ACTIVE, ARREARS) == K


def test_with_several_reasons_one_must_be_named() -> None:
    both = Life(State.ACTIVE, frozenset({LOST, ARREARS}))
    with pytest.raises(Invalid, match="several"):
        flow.move(both, State.ACTIVE)


def test_arrears_block_other_business() -> None:
    owing = flow.move(A, State.STOPPED, ARREARS)
    for to in (State.KEPT, State.CLOSING, State.SILENT):
        with pytest.raises(LineRefused, match="arrears"):
            flow.move(owing, to)


def test_a_line_long_in_arrears_is_closed_by_the_house() -> None:
    owing = flow.move(A, State.STOPPED, ARREARS)
    closing = flow.move(owing, State.CLOSING, ARREARS)
    assert closing.base is State.CLOSING
    assert flow.permission_for(owing, State.CLOSING, ARREARS) == "lines.collect"
    assert flow.move(closing, State.CLOSED) == Life(State.CLOSED)
    with pytest.raises(LineRefused, match="not stopped for"):
        flow.move(flow.move(A, State.STOPPED, LOST), State.CLOSING, ARREARS)


def test_a_line_stopped_on_request_can_go_on_to_keep_its_number() -> None:
    assert flow.move(flow.move(A, State.STOPPED, REQUESTED), State.KEPT) == K


def test_a_card_in_testing_can_be_handed_back() -> None:
    assert flow.move(Life(State.TESTING), State.CLOSED) == Life(State.CLOSED)


def test_nothing_follows_the_end() -> None:
    for to in State:
        with pytest.raises(LineRefused, match="closed"):
            flow.move(Life(State.CLOSED), to, LOST)


@pytest.mark.parametrize(
    ("reason", "permission"),
    [
        (ARREARS, "lines.collect"),
        (REQUESTED, "orders.place"),
        (LOST, "orders.place"),
        (StopReason.FORCED, "lines.force"),
        (StopReason.OVERUSE, "lines.collect"),
    ],
)
def test_who_may_stop_may_lift(reason: StopReason, permission: str) -> None:
    stopped = flow.move(A, State.STOPPED, reason)
    assert flow.permission_for(A, State.STOPPED, reason) == permission
    assert flow.permission_for(stopped, State.ACTIVE, reason) == permission
    assert flow.permission_for(stopped, State.ACTIVE, None) == permission


steps = st.lists(
    st.tuples(st.sampled_from(State), st.none() | st.sampled_from(StopReason)), max_size=30
)


@given(steps)
def test_on_every_walk_the_state_is_what_base_and_reasons_say(
    walk: list[tuple[State, StopReason | None]],
) -> None:
    life = Life(State.TESTING)
    for to, reason in walk:
        before = life
        try:
            life = flow.move(life, to, reason)
        except CareError:
            assert life == before
            continue
        assert life != before  # a move that changes nothing is refused
        assert life.base is not State.STOPPED
        assert (life.state is State.STOPPED) == bool(life.reasons)
        if before.base is not life.base:
            assert (before.base, life.base) in flow.MOVES
        else:
            assert len(before.reasons ^ life.reasons) == 1
        if life.base is State.CLOSED:
            assert not life.reasons


@given(steps)
def test_without_the_right_to_collect_or_force_nobody_gets_rid_of_arrears(
    walk: list[tuple[State, StopReason | None]],
) -> None:
    life = Life(State.ACTIVE, frozenset({ARREARS}))
    for to, reason in walk:
        try:
            if flow.permission_for(life, to, reason) in ("lines.collect", "lines.force"):
                continue
            life = flow.move(life, to, reason)
        except CareError:
            continue
    assert life == Life(State.ACTIVE, life.reasons)
    assert ARREARS in life.reasons
