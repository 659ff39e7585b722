"""Events as sentences."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain.timeline.model import Entry, group, sentence
from yizhan.kernel.text import Text

ZONE = ZoneInfo("Asia/Shanghai")
WORDS = {
    "payments.payment_taken": Text(
        "缴费 {amount_fen} 元，{kind}", "Paid {amount_fen} yuan, {kind}"
    ),
    "cases.held": Text("{reason_name}，至 {until}", "{reason_name}, until {until}"),
}
VALUES = {"payments": {"kind": {"cash": Text("现金", "cash")}}}
NOW = datetime(2004, 12, 8, tzinfo=UTC)


def say(name: str, payload: dict[str, Any]) -> Text:
    return sentence(name, payload, words=WORDS, values=VALUES, zone=ZONE)


def test_fen_are_said_as_yuan_and_codes_as_words() -> None:
    said = say("payments.payment_taken", {"amount_fen": 10850, "kind": "cash"})
    assert said == Text("缴费 108.50 元，现金", "Paid 108.50 yuan, cash")


def test_moments_are_said_in_the_operators_time_and_texts_in_the_language() -> None:
    payload = {
        "reason_name": {"zh": "等待材料", "en": "Documents"},
        "until": "2004-12-08T16:30:00Z",
    }
    assert say("cases.held", payload) == Text(
        "等待材料，至 2004-12-09 00:30", "Documents, until 2004-12-09 00:30"
    )


def test_a_missing_fact_is_a_dash() -> None:
    assert say("payments.payment_taken", {}).en == "Paid – yuan, –"


def test_an_empty_fact_leaves_no_gap() -> None:
    payload = {"amount_fen": 1, "kind": ""}
    assert say("payments.payment_taken", payload).en == "Paid 0.01 yuan,"


def test_an_event_without_words_is_shown_plainly() -> None:
    assert say("later.invented", {"seats": 2, "on": True, "gone": None}) == Text(
        "later.invented – seats 2; on 是", "later.invented – seats 2; on yes"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(
    name=st.sampled_from([*WORDS, "later.invented", "", "."]),
    payload=st.dictionaries(
        st.sampled_from(["amount_fen", "kind", "until", "reason_name"]) | st.text(max_size=8), JSON
    ),
)
def test_no_payload_breaks_it(name: str, payload: dict[str, Any]) -> None:
    said = say(name, payload)
    assert isinstance(said.zh, str) and isinstance(said.en, str)


def _entry(n: int, contact: int | None) -> Entry:
    return Entry(
        id=UUID(int=n),
        at=NOW + timedelta(seconds=n),
        name="a.b",
        words=Text("甲", "a"),
        actor_kind="staff",
        actor_name="陈光",
        channel="phone",
        contact_id=UUID(int=contact) if contact else None,
        payload={},
    )


def test_what_was_done_in_one_contact_stands_together() -> None:
    entries = [_entry(9, 1), _entry(8, None), _entry(7, 1), _entry(6, None), _entry(5, 2)]
    groups = [(g.contact_id, [e.id.int for e in g.entries]) for g in group(entries, {})]
    assert groups == [
        (UUID(int=1), [9, 7]),
        (None, [8, 6]),
        (UUID(int=2), [5]),
    ]
