"""Templates filled, quiet hours, back-off: decisions by calling them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain.messages import model
from yizhan.domain.messages.model import Medium, Policy, Template
from yizhan.kernel.errors import Invalid
from yizhan.kernel.text import Text

SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHTS = Policy(time(21), time(8))
REMINDER = Template(
    name="reminder",
    version=1,
    label=Text("提醒", "Reminder"),
    kind="transactional",
    channels=(Medium.SMS, Medium.EMAIL),
    urgent=False,
    secret=False,
    lifetime_minutes=60,
    limit_count=0,
    limit_hours=24,
    subject=Text("请缴 {amount_fen} 元", "{amount_fen} yuan are due"),
    text=Text("请在 {due_at} 前缴 {amount_fen} 元。", "Pay {amount_fen} yuan by {due_at}."),
    facts={"amount_fen": 15600, "due_at": "2026-05-20T16:00:00+08:00"},
    written_at=datetime(2026, 1, 1, tzinfo=UTC),
    written_by="system",
)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 5, 20, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def test_facts_are_shown_as_the_customer_reads_them() -> None:
    facts = {"amount_fen": 10850, "due_at": at(18, 5), "more": "than it uses"}
    said = model.fill(REMINDER, facts, language="zh", zone=SHANGHAI)
    assert said == model.Said("请缴 108.50 元", "请在 2026-05-20 18:05 前缴 108.50 元。")
    said = model.fill(REMINDER, REMINDER.facts, language="en", zone=SHANGHAI)
    assert said.text == "Pay 156.00 yuan by 2026-05-20 16:00."


def test_a_fact_may_speak_both_languages_and_a_subject_is_one_line() -> None:
    what = Text("校园A卡", "Campus A")
    assert model.fact_text("what", what, "en", SHANGHAI) == "Campus A"
    assert model.fact_text("due_date", date(2026, 6, 1), "zh", SHANGHAI) == "2026-06-01"
    assert model.fact_text("name", "a\x07b\r\nBcc: x", "zh", SHANGHAI) == "ab\nBcc: x"
    sly = msgspec.structs.replace(REMINDER, subject=Text("{name}", "{name}"))
    said = model.fill(sly, {**REMINDER.facts, "name": "a\nBcc: x"}, language="zh", zone=SHANGHAI)
    assert said.subject == "a Bcc: x"


def test_a_missing_fact_is_named() -> None:
    with pytest.raises(Invalid, match="lacks amount_fen, due_at"):
        model.fill(REMINDER, {"amount_fen": None}, language="zh", zone=SHANGHAI)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"text": Text("{due_at} {amount}", "{due_at} {amount}")}, "text_zh", "fills amount"),
        ({"text": Text("{due_at}", "{due_at} {amount_fen}")}, "text_zh", "the other does not"),
        ({"text": Text("{amount_fen}", "")}, "text_en", "empty"),
        ({"text": Text("{amount_fen", "x")}, "text", "braces"),
        ({"text": Text("{a.__class__}", "x")}, "text", "cannot stand in braces"),
        ({"text": Text("{amount_fen!r}", "x")}, "text", "cannot stand in braces"),
        ({"subject": Text("", "x")}, "subject_zh", "needs a subject"),
        ({"channels": ()}, "channels", "at least one"),
        ({"kind": "spam"}, "kind", "transactional or marketing"),
        ({"text": Text("长" * 2001, "x")}, "text_zh", "longer than 2000"),
    ],
)
def test_a_template_that_could_fail_is_refused_where_it_is_wrong(
    changes: dict[str, object], field: str, words: str
) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        model.check_template(msgspec.structs.replace(REMINDER, **changes))
    assert refused.value.field == field


def test_the_template_of_the_examples_is_good() -> None:
    assert model.check_template(REMINDER) is REMINDER


@pytest.mark.parametrize(
    ("now", "wake"),
    [
        (at(20, 59), None),
        (at(21), at(8) + timedelta(days=1)),
        (at(23, 30), at(8) + timedelta(days=1)),
        (at(0, 30), at(8)),
        (at(7, 59), at(8)),
        (at(8), None),
    ],
)
def test_quiet_hours_end_in_the_morning_of_the_operators_zone(
    now: datetime, wake: datetime | None
) -> None:
    assert model.wake_at(now, NIGHTS, SHANGHAI) == wake


@given(
    st.integers(0, 10 * 365 * 24 * 60).map(lambda n: at(0) + timedelta(minutes=n)),
    st.times(), st.times(),
    st.sampled_from([SHANGHAI, ZoneInfo("Europe/Berlin"), ZoneInfo("America/Sao_Paulo")]),
)  # fmt: skip
def test_who_waits_wakes_later_and_not_in_quiet_hours(
    now: datetime, start: time, end: time, zone: ZoneInfo
) -> None:
    policy = Policy(start, end)
    wake = model.wake_at(now, policy, zone)
    if wake is not None:
        assert now < wake <= now + timedelta(hours=26)
        if (end.hour, end.minute) > (4, 0):  # clocks are changed in the small hours
            assert model.wake_at(wake, policy, zone) is None


def test_back_off_grows_and_stays_within_bounds() -> None:
    slow = [model.back_off(n, urgent=False) for n in range(1, 13)]
    assert slow[0] == timedelta(minutes=1) and slow[-1] == timedelta(hours=4)
    assert slow == sorted(slow)
    assert model.back_off(9, urgent=True) == timedelta(seconds=80)


def test_the_length_of_a_text_in_short_messages() -> None:
    assert [model.sms_parts("a" * n) for n in (1, 160, 161, 306, 307)] == [1, 1, 2, 2, 3]
    assert [model.sms_parts("长" * n) for n in (70, 71, 134, 135)] == [1, 2, 2, 3]


def test_the_first_channel_the_customer_can_be_reached_on() -> None:
    order = (Medium.SMS, Medium.EMAIL)
    fixed, mobile, mail = "02223456789", "13012340001", "a@example.com"
    assert model.pick(order, emails=[mail], phones=[fixed, mobile]) == (Medium.SMS, mobile)
    assert model.pick(order, emails=[mail], phones=[fixed]) == (Medium.EMAIL, mail)
    assert model.pick(order, emails=[], phones=[fixed]) is None
