"""What may be decided about a request, by calling it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from yizhan.domain.provisioning import Said, Verdict, opposite, words_of
from yizhan.domain.provisioning.cards import clean_iccid
from yizhan.domain.provisioning.events import (
    NetworkDone,
    NetworkGivenUp,
    NetworkRefused,
    NetworkUnanswered,
)
from yizhan.domain.provisioning.flow import ATTEMPTS_MAX, MOVES, State, pause_after
from yizhan.domain.provisioning.model import Request, check_action
from yizhan.kernel.errors import CareError, Invalid

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
DONE, ACCEPTED = Said(verdict=Verdict.DONE), Said(verdict=Verdict.ACCEPTED)


def request(state: State = State.SENT, *, attempts: int = 1) -> Request:
    return Request(
        customer_id=uuid4(),
        id=uuid4(),
        position=1,
        line_id=uuid4(),
        reference=uuid4(),
        number="13000000001",
        action="line.bar",
        facts={},
        key="k",
        undoes=None,
        state=state,
        attempts=attempts,
        looks=0,
        asked_at=NOW,
        due_at=NOW,
        accepted_at=None,
        closed_at=None,
        code="",
        reason="",
    )


def test_an_answer_told_twice_happens_once() -> None:
    asked = request()
    (event,) = asked.heard(DONE, now=NOW)
    assert isinstance(event, NetworkDone)
    assert asked.heard(DONE, now=NOW) == []
    assert asked.heard(Said(verdict=Verdict.REFUSED), now=NOW) == []
    assert asked.state is State.DONE


def test_waits_longer_and_longer_and_then_gives_up() -> None:
    asked = request(attempts=0)
    waited = []
    for attempt in range(1, ATTEMPTS_MAX):
        asked.attempts = attempt
        (event,) = asked.unheard("silence", now=NOW)
        assert isinstance(event, NetworkUnanswered)
        waited.append((asked.due_at - NOW).total_seconds())
    assert waited == [1, 2, 4, 8, 16, 32, 64]
    asked.attempts = ATTEMPTS_MAX
    given_up, refused = asked.unheard("silence", now=NOW)
    assert isinstance(given_up, NetworkGivenUp) and isinstance(refused, NetworkRefused)
    assert asked.state is State.GIVEN_UP
    assert pause_after(60) == timedelta(seconds=300)


def test_an_accepted_request_is_asked_again_after_a_minute_without_an_answer() -> None:
    asked = request()
    assert asked.heard(ACCEPTED, now=NOW) == []
    assert asked.heard(ACCEPTED, now=NOW + timedelta(seconds=59)) == []
    (event,) = asked.heard(ACCEPTED, now=NOW + timedelta(seconds=60))
    assert isinstance(event, NetworkUnanswered)
    assert asked.state is State.UNANSWERED


def test_what_the_network_forgot_is_asked_again() -> None:
    asked = request()
    asked.heard(ACCEPTED, now=NOW)
    asked.heard(Said(verdict=Verdict.UNKNOWN), now=NOW)
    assert asked.state is State.UNANSWERED


def test_what_is_on_its_way_cannot_be_cancelled() -> None:
    with pytest.raises(CareError):
        request(State.SENT).cancel("why", now=NOW)
    request(State.QUEUED).cancel("why", now=NOW)


def test_what_has_ended_stays_so() -> None:
    ended = [state for state, after in MOVES.items() if not after]
    assert set(ended) == {State.UNDONE, State.REFUSED, State.CANCELLED, State.GIVEN_UP}
    assert MOVES[State.DONE] == {State.UNDONE}


def test_the_opposite_of_the_opposite_is_the_act() -> None:
    for action in ("line.bar", "line.activate", "feature.roaming.on"):
        once, facts = opposite(action, {})
        assert opposite(once, facts)[0] == action != once
    assert opposite("line.renumber", {"number": "2", "old_number": "1"}) == (
        "line.renumber",
        {"number": "1", "old_number": "2"},
    )
    assert opposite("line.activate", {"iccid": "8"}) == ("line.deactivate", {"iccid": "8"})


def test_names_what_no_network_knows() -> None:
    check_action("feature.call_forwarding.off")
    with pytest.raises(Invalid, match=r"line\.explode"):
        check_action("line.explode")
    assert words_of("feature.roaming.on", "130").en == "Switch domestic roaming on for 130"


@pytest.mark.parametrize(
    "text", ["89860100000000000019", "1986010000000000001", "8986", "", "8986010000000000001x"]
)
def test_a_mistyped_card_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        clean_iccid(text)
    assert clean_iccid("8986 0100 0000 0000 0018") == "89860100000000000018"
