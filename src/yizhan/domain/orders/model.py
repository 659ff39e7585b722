"""An order and what may be decided about it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.orders import events as ev
from yizhan.domain.orders.changes import Change
from yizhan.domain.orders.flow import UNDOABLE, OrderNotNow, State, require
from yizhan.kernel.errors import Invalid
from yizhan.kernel.text import Text


class Order(msgspec.Struct, kw_only=True):
    """One confirmed change. ``preview`` is what the customer was shown when he confirmed."""

    customer_id: UUID
    id: UUID
    number: str
    line_id: UUID | None
    account_id: UUID | None
    change: Change
    summary: Text
    state: State
    preview: dict[str, Any]
    effective_at: datetime
    placed_at: datetime
    placed_by: str
    channel: str
    contact_id: UUID | None
    key: str
    closed_at: datetime | None = None
    charged_fen: int = 0
    reason: Text | None = None
    version: int = 0

    @property
    def is_undoable(self) -> bool:
        """Whether it can still be taken back."""
        return self.state in UNDOABLE

    def hold(self, reason: Text) -> ev.OrderHeld:
        """Let it wait."""
        self._move(State.HELD)
        self.reason = reason
        return ev.OrderHeld(**self._head(), reason=reason)

    def release(self) -> ev.OrderReleased:
        """What it waited for is there."""
        self._move(State.ACKNOWLEDGED)
        self.reason = None
        return ev.OrderReleased(**self._head())

    def begin(self) -> None:
        """Hand it to those who do it."""
        self._move(State.IN_PROGRESS)

    def complete(self, *, charged_fen: int, now: datetime) -> ev.OrderCompleted:
        """It is done."""
        self._move(State.COMPLETED)
        self.closed_at, self.charged_fen = now, charged_fen
        return ev.OrderCompleted(**self._head(), charged_fen=charged_fen)

    def fail(self, reason: Text, *, now: datetime) -> ev.OrderFailed:
        """It could not be done."""
        self._move(State.FAILED)
        self.closed_at, self.reason = now, reason
        return ev.OrderFailed(**self._head(), reason=reason)

    def undo(self, reason: str, *, now: datetime) -> ev.OrderCancelled:
        """Take it back; only before it takes effect."""
        if not reason.strip():
            raise Invalid("Say why the order is taken back.", field="reason")
        if self.state is State.ACKNOWLEDGED and now >= self.effective_at:
            raise OrderNotNow("The order is taking effect now and can no longer be taken back.")
        self._move(State.CANCELLED)
        self.closed_at = now
        return ev.OrderCancelled(**self._head(), reason=reason.strip())

    def placed(self) -> ev.OrderPlaced:
        """The event of its beginning."""
        return ev.OrderPlaced(**self._head(), effective_at=self.effective_at)

    def _move(self, to: State) -> None:
        require(self.state, to)
        self.state = to

    def _head(self) -> dict[str, Any]:
        return {
            "customer_id": self.customer_id,
            "order_id": self.id,
            "number": self.number,
            "line_id": self.line_id,
            "kind": self.change.kind,
            "summary": self.summary,
        }
