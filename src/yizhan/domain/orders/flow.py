"""The states of an order, and which may follow which."""

from collections.abc import Mapping
from enum import StrEnum

from yizhan.domain.orders.words import VALUES
from yizhan.kernel.errors import Refused


class State(StrEnum):
    """Where an order stands. 已受理 办理中 暂停 竣工 已撤销 失败 (names of TMF622)."""

    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    HELD = "held"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


MOVES: Mapping[State, frozenset[State]] = {
    State.ACKNOWLEDGED: frozenset({State.IN_PROGRESS, State.HELD, State.CANCELLED}),
    State.HELD: frozenset({State.ACKNOWLEDGED, State.CANCELLED}),
    State.IN_PROGRESS: frozenset({State.COMPLETED, State.FAILED}),
    State.COMPLETED: frozenset(),
    State.CANCELLED: frozenset(),
    State.FAILED: frozenset(),
}
OPEN = frozenset({State.ACKNOWLEDGED, State.IN_PROGRESS, State.HELD})
UNDOABLE = frozenset({State.ACKNOWLEDGED, State.HELD})


class OrderNotNow(Refused):
    """The order is past the point where this could be done."""

    code = "order_not_now"


def require(before: State, after: State) -> None:
    """Refuse a move that the table does not have."""
    if after not in MOVES[before]:
        raise OrderNotNow(
            "An order that is “{before}” cannot become “{after}”.",
            before=VALUES["state"][before],
            after=VALUES["state"][after],
        )
