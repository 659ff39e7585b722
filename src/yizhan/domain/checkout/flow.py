"""The life of an intent and of a refund, as tables."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where an intent stands."""

    STARTED = "started"
    """Kept, the provider does not know of it yet."""
    SENT = "sent"
    """The provider was asked, or the payer has the way to it."""
    PAID = "paid"
    HELD = "held"
    """Paid, and the account takes no money: it lies in suspense."""
    REFUSED = "refused"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    """Sent back in full."""
    REVERSED = "reversed"
    """The provider took it back from us."""


NEXT: Mapping[State, frozenset[State]] = {
    State.STARTED: frozenset({State.SENT, State.PAID, State.HELD, State.REFUSED, State.EXPIRED}),
    State.SENT: frozenset({State.PAID, State.HELD, State.REFUSED, State.EXPIRED}),
    # Money that arrives late is money: it is credited.
    State.REFUSED: frozenset({State.PAID, State.HELD}),
    State.EXPIRED: frozenset({State.PAID, State.HELD}),
    State.PAID: frozenset({State.REFUNDED, State.REVERSED}),
    State.HELD: frozenset({State.REFUNDED, State.REVERSED}),
    State.REFUNDED: frozenset(),
    State.REVERSED: frozenset(),
}
OPEN = frozenset({State.STARTED, State.SENT})
SETTLED = frozenset({State.PAID, State.HELD, State.REFUNDED, State.REVERSED})
"""The provider says that money moved, and we have it in our books."""


class RefundState(StrEnum):
    """Where a refund stands."""

    WAITING = "waiting"
    """For a second person."""
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    DECLINED = "declined"
