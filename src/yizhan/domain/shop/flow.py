"""The life of an order of goods.

ordered ──> paid ──> packed ──> sent ──> handed over ──> returned
   │          │         └── at the shop ──^
   └──────────┴──> cancelled
"""

from collections.abc import Mapping
from enum import StrEnum

from yizhan.kernel.errors import Refused


class State(StrEnum):
    """How far an order is."""

    ORDERED = "ordered"
    PAID = "paid"
    PACKED = "packed"
    SENT = "sent"
    HANDED_OVER = "handed_over"
    RETURNED = "returned"
    CANCELLED = "cancelled"


MOVES: Mapping[State, frozenset[State]] = {
    State.ORDERED: frozenset({State.PAID, State.CANCELLED}),
    State.PAID: frozenset({State.PACKED, State.CANCELLED}),
    State.PACKED: frozenset({State.SENT, State.HANDED_OVER, State.CANCELLED}),
    State.SENT: frozenset({State.HANDED_OVER}),
    State.HANDED_OVER: frozenset({State.RETURNED}),
    State.RETURNED: frozenset(),
    State.CANCELLED: frozenset(),
}
RESERVING = frozenset({State.ORDERED, State.PAID, State.PACKED})
"""While the goods are kept on the shelf for him."""
EARNED = frozenset({State.PAID, State.PACKED, State.SENT, State.HANDED_OVER})
"""While his money is ours."""


class NotNow(Refused):
    """An order cannot do this from where it is."""

    code = "shop.not_now"


def require(now_is: State, to: State) -> None:
    """Raise ``NotNow`` unless an order may go from one state to the other."""
    if to not in MOVES[now_is]:
        raise NotNow(
            "The order is {state} and cannot become {to}. Look at it again.",
            state=now_is.value,
            to=to.value,
        )
