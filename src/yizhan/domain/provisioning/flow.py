"""The states of a request to the network, and how long the house waits for what."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from yizhan.kernel.errors import Refused


class State(StrEnum):
    """Where a request stands."""

    QUEUED = "queued"
    BY_HAND = "by_hand"  # people do it, and say so
    SENT = "sent"  # on its way: the answer may be lost, the effect may be there
    ACCEPTED = "accepted"  # the network took it and will answer in its own time
    UNANSWERED = "unanswered"  # timed out or broken off: asked again after a while
    DONE = "done"
    UNDONE = "undone"  # done, and taken back because a later step failed
    REFUSED = "refused"
    CANCELLED = "cancelled"  # never sent
    GIVEN_UP = "given_up"  # asked too often without an answer


_ANSWERED = frozenset({State.DONE, State.REFUSED})
_STAND = frozenset({State.SENT, State.UNANSWERED, State.GIVEN_UP})
MOVES: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SENT, State.CANCELLED, State.GIVEN_UP}) | _ANSWERED,
    State.BY_HAND: frozenset({State.CANCELLED, State.GIVEN_UP}) | _ANSWERED,
    State.SENT: frozenset({State.ACCEPTED}) | _STAND | _ANSWERED,
    State.ACCEPTED: frozenset({State.ACCEPTED}) | _STAND | _ANSWERED,
    State.UNANSWERED: _STAND | _ANSWERED | {State.ACCEPTED},
    State.DONE: frozenset({State.UNDONE}),
    State.UNDONE: frozenset(),
    State.REFUSED: frozenset(),
    State.CANCELLED: frozenset(),
    State.GIVEN_UP: frozenset(),
}
OPEN = frozenset({State.QUEUED, State.BY_HAND, State.SENT, State.ACCEPTED, State.UNANSWERED})
FAILED = frozenset({State.REFUSED, State.CANCELLED, State.GIVEN_UP})

ATTEMPTS_MAX = 8
"""Asked so often without an answer, a request is given up: about four minutes."""
LEASE = timedelta(seconds=10)
"""A request whose asker died is asked again, under the same id, after so long."""
ANSWER_WITHIN = timedelta(seconds=60)
"""An accepted request without an answer for so long is asked again."""
_PAUSE_MAX_SECONDS = 300.0
_LOOK_SECONDS = 0.25
_LOOK_MAX_SECONDS = 10.0


class RequestNotNow(Refused):
    """The request is past the point where this could be done."""

    code = "request_not_now"


def require(before: State, after: State) -> None:
    """Refuse a move that the table does not have."""
    if after not in MOVES[before]:
        raise RequestNotNow(
            "A request to the network that is “{before}” cannot become “{after}”.",
            before=before.value,
            after=after.value,
        )


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many tries without an answer: 1, 2, 4 ... seconds."""
    return timedelta(seconds=min(_PAUSE_MAX_SECONDS, 2.0 ** (attempts - 1)))


def pause_before_look(looks: int) -> timedelta:
    """How long to wait before asking for the answer to an accepted request once more."""
    return timedelta(seconds=min(_LOOK_MAX_SECONDS, _LOOK_SECONDS * 1.5**looks))
