"""What is done next, decided by calling it."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain.collections.flow import STOPPED, Act, Step
from yizhan.domain.collections.model import (
    Dunning,
    NothingToDun,
    Rule,
    Standing,
    TooEarly,
    next_act,
)
from yizhan.kernel.text import Text

TZ = ZoneInfo("Asia/Shanghai")
DUE = date(2026, 2, 28)
NOW = datetime(2026, 4, 5, 12, tzinfo=TZ)
RULE = Rule(code="standard", name=Text("一般客户", "Everybody"))


def row(step: Step, **more: object) -> Dunning:
    known: dict[str, object] = {
        "customer_id": UUID(int=1), "account_id": UUID(int=2), "step": step, "step_at": NOW,
        "rule": "standard", "owed_fen": 10_000, "first_due": DUE,
    }  # fmt: skip
    return Dunning(**(known | more))  # type: ignore[arg-type]


def owes(fen: int = 10_000, **more: object) -> Standing:
    known: dict[str, object] = {
        "owed_fen": fen, "overdue_fen": fen, "disputed_fen": 0, "fees_fen": 0, "chased_fen": fen,
        "first_due": DUE if fen else None, "next_due": None,
    }  # fmt: skip
    return Standing(**(known | more))  # type: ignore[arg-type]


def found(one: Dunning, stand: Standing, rule: Rule = RULE, now: datetime = NOW):
    return next_act(one, stand, rule, now=now, zone=TZ)


def test_a_stop_comes_thirty_days_after_the_due_date_told_a_day_before() -> None:
    told = found(row(Step.OVERDUE), owes())
    assert (told.act, told.at) == (Act.ANNOUNCE, datetime(2026, 3, 30, 10, tzinfo=TZ))
    stop = found(row(Step.NOTICED, notice_at=told.at), owes())
    assert (stop.act, stop.at) == (Act.STOP_ONE_WAY, datetime(2026, 3, 31, 10, tzinfo=TZ))


def test_a_notice_given_late_moves_the_stop() -> None:
    stop = found(row(Step.NOTICED, notice_at=NOW), owes())
    assert stop.at == NOW + timedelta(hours=24)


def test_members_are_stopped_only_by_hand() -> None:
    vip = msgspec.structs.replace(RULE, by_hand=True, notice_hours=48)
    assert found(row(Step.NOTICED, notice_at=NOW), owes(), vip).by_hand
    asked = row(Step.OVERDUE).ask_stop(vip, now=NOW, zone=TZ)
    told = msgspec.structs.replace(asked, step=Step.NOTICED, notice_at=NOW)
    stop = found(told, owes(), vip)
    assert (stop.by_hand, stop.at) == (False, NOW + timedelta(hours=48))


def test_nobody_can_be_stopped_before_thirty_days() -> None:
    early = datetime(2026, 3, 10, 12, tzinfo=TZ)
    with pytest.raises(TooEarly):
        row(Step.OVERDUE).ask_stop(RULE, now=early, zone=TZ)
    with pytest.raises(NothingToDun):
        row(Step.BILLED).ask_stop(RULE, now=NOW, zone=TZ)


def test_a_promise_resumes_and_a_small_rest_stops_nobody() -> None:
    stopped = row(Step.FULL, one_way_at=NOW, full_at=NOW)
    assert found(stopped, owes(499)).act is Act.RESUME
    promised = stopped.defer(
        NOW + timedelta(days=5), "promise", "下周付", "王番", rule=RULE, now=NOW
    )
    assert found(promised, owes()).act is Act.RESUME


@given(
    step=st.sampled_from(list(Step)),
    fen=st.integers(0, 100_000),
    day=st.integers(0, 200),
    held=st.booleans(),
    noticed=st.one_of(st.none(), st.integers(0, 200)),
    asked=st.one_of(st.none(), st.integers(0, 200)),
)
def test_the_law_holds_whatever_the_state(step, fen, day, held, noticed, asked) -> None:
    """No stop before 30 days overdue, 24 hours after the notice, while it waits or is paid."""
    now = datetime(2026, 3, 1, 0, 30, tzinfo=TZ) + timedelta(days=day)
    told_at = None if noticed is None else now - timedelta(hours=noticed)
    asked_at = None
    if asked is not None and day >= 30:
        asked_at = now - timedelta(hours=min(asked, (day - 29) * 24))
    one = row(
        step, one_way_at=now - timedelta(days=8), full_at=now - timedelta(days=1),
        notice_at=told_at, stop_asked_at=asked_at,
        held_until=now + timedelta(days=3) if held else None,
        held_kind="promise" if held else None,
    )  # fmt: skip
    act = found(one, owes(fen), now=now)
    due = act.at is not None and act.at <= now
    if due and act.act is Act.STOP_ONE_WAY:
        assert fen >= RULE.minimum_fen and not held
        assert now.date() > DUE + timedelta(days=30)
        assert told_at is not None and now - told_at >= timedelta(hours=24)
    if step in STOPPED and fen < RULE.minimum_fen:
        assert due and act.act is Act.RESUME
    if step is Step.ENDED:
        assert act.act is Act.NOTHING
