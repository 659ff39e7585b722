"""When a cap is told and when it stops, decided without a database."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain.limits.model import (
    CAP_STEPS,
    DATA_MAX_MB,
    MB,
    AtFull,
    Cap,
    CapKind,
    NothingToLift,
    Rule,
    Service,
    Stop,
    Watch,
    amount_words,
    cap_amount,
    due_steps,
    unit_words,
)
from yizhan.domain.limits.stopping import again_at, wanted
from yizhan.kernel.errors import Invalid

NOW = datetime(2026, 1, 20, tzinfo=UTC)
JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def cap(kind: CapKind = CapKind.SPEND, at_full: AtFull = AtFull.STOP) -> Cap:
    return Cap(
        customer_id=UUID(int=1), id=UUID(int=2), line_id=UUID(int=3), kind=kind, amount=10_000,
        at_full=at_full, set_at=NOW, set_by="王芳",
    )  # fmt: skip


def watch(**more: int) -> Watch:
    return Watch(
        customer_id=UUID(int=1), account_id=UUID(int=4), period_start=JANUARY, looked_at=NOW, **more
    )


@given(st.lists(st.integers(0, 300), max_size=12), st.integers(1, 10_000))
def test_every_step_is_due_once_however_usage_comes(parts: list[int], amount: int) -> None:
    told: set[int] = set()
    used = 0
    for part in parts:
        used += part * amount // 100
        steps = due_steps(used, amount, CAP_STEPS, told)
        assert not told & set(steps)
        told |= set(steps)
        assert told == {one for one in CAP_STEPS if used * 100 >= one * amount}


def test_a_correction_downwards_does_not_tell_again() -> None:
    assert due_steps(8_000, 10_000, CAP_STEPS, {50, 80}) == ()
    assert due_steps(4_999, 10_000, CAP_STEPS, ()) == ()
    assert due_steps(10_000, 10_000, CAP_STEPS, {50}) == (80, 100)
    assert due_steps(5, 0, CAP_STEPS, ()) == ()


def test_a_cap_stops_in_its_month_until_lifted() -> None:
    full = cap().seen(10_000, JANUARY)
    assert full.stops_in(JANUARY) and not full.stops_in(FEBRUARY)
    assert not full.lift(JANUARY).stops_in(JANUARY)
    assert full.lift(JANUARY).seen(0, FEBRUARY).seen(10_000, FEBRUARY).stops_in(FEBRUARY)
    assert not cap(at_full=AtFull.TELL).seen(10_000, JANUARY).stops_in(JANUARY)
    with pytest.raises(NothingToLift):
        cap().seen(9_999, JANUARY).lift(JANUARY)


def test_which_service_is_stopped() -> None:
    money, data = cap().seen(10_000, JANUARY), cap(CapKind.DATA).seen(10_000, JANUARY)
    assert wanted(Service.OUTGOING, [money], watch(), exempt=False) == "spend"
    assert wanted(Service.DATA, [money], watch(), exempt=False) is None
    assert wanted(Service.DATA, [data], watch(), exempt=False) == "data"
    over = watch().seen(
        period_start=JANUARY, month_fen=60, owed_fen=50, credit_fen=100, billed=True, now=NOW
    )
    assert over.over and over.percent == 110
    assert wanted(Service.OUTGOING, [], over, exempt=False) == "credit"
    assert wanted(Service.OUTGOING, [], over, exempt=True) is None


def test_the_last_month_counts_until_it_is_billed() -> None:
    seen = {"credit_fen": 100, "now": NOW}
    january = watch().seen(period_start=JANUARY, month_fen=90, owed_fen=0, billed=True, **seen)
    before = january.seen(period_start=FEBRUARY, month_fen=20, owed_fen=0, billed=False, **seen)
    assert (before.used_fen, before.over) == (110, True)
    again = before.seen(period_start=FEBRUARY, month_fen=21, owed_fen=0, billed=False, **seen)
    assert again.used_fen == 111  # carried once
    after = again.seen(period_start=FEBRUARY, month_fen=21, owed_fen=90, billed=True, **seen)
    assert (after.used_fen, after.unbilled_fen) == (111, 0)
    assert (
        not watch()
        .seen(period_start=JANUARY, month_fen=90, owed_fen=0, credit_fen=0, billed=True, now=NOW)
        .over
    )  # no limit


def test_each_order_of_a_stop_has_a_key_of_its_own() -> None:
    none = Stop(
        customer_id=UUID(int=1), line_id=UUID(int=3), service=Service.DATA, held=False, why="data",
        since=NOW,
    )  # fmt: skip
    first = none.want("data", now=NOW)
    assert first.want("data", now=NOW).key == first.key
    second = first.want(None, now=NOW).want("data", now=NOW)
    keys = {none.key, first.key, first.tried().key, first.want(None, now=NOW).key, second.key}
    assert len(keys) == 5
    assert again_at(NOW, 40) == NOW + timedelta(days=1)


def test_amounts_in_bounds_and_in_words() -> None:
    assert cap_amount(CapKind.DATA, 500) == 500 * MB
    for kind, wrong in ((CapKind.SPEND, 0), (CapKind.DATA, DATA_MAX_MB + 1)):
        with pytest.raises(Invalid) as refused:
            cap_amount(kind, wrong)
        assert refused.value.field == "amount"
    assert amount_words(CapKind.SPEND, 8_050).zh == "80.50 元"
    assert amount_words(CapKind.DATA, 3 * MB // 2).en == "1.5 MB"
    assert (unit_words("s", 119).en, unit_words("count", 3).zh) == ("1 minutes", "3")


def test_who_is_exempt() -> None:
    rule = Rule(exempt_tiers=("gold",), exempt_segments=("government",))
    assert rule.exempts(tier="gold", segment="person")
    assert rule.exempts(tier="none", segment="government")
    assert not rule.exempts(tier="silver", segment="person")
