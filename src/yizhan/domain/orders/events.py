"""What happens to orders."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event
from yizhan.kernel.text import Text


class OrderEvent(Event, frozen=True, kw_only=True):
    """Something happened to the order ``number``; ``summary`` says what it is."""

    order_id: UUID
    number: str
    line_id: UUID | None
    kind: str
    summary: Text


class OrderPlaced(OrderEvent, frozen=True, kw_only=True):
    """The customer confirmed it; it takes effect at ``effective_at``."""

    name: ClassVar[str] = "orders.placed"
    effective_at: datetime


class OrderHeld(OrderEvent, frozen=True, kw_only=True):
    """It waits for something."""

    name: ClassVar[str] = "orders.held"
    reason: Text


class OrderReleased(OrderEvent, frozen=True, kw_only=True):
    """What it waited for is there."""

    name: ClassVar[str] = "orders.released"


class OrderCompleted(OrderEvent, frozen=True, kw_only=True):
    """It is done. ``charged_fen`` was charged once for it."""

    name: ClassVar[str] = "orders.completed"
    charged_fen: int


class OrderCancelled(OrderEvent, frozen=True, kw_only=True):
    """It was taken back before it took effect."""

    name: ClassVar[str] = "orders.cancelled"
    reason: str


class OrderFailed(OrderEvent, frozen=True, kw_only=True):
    """It could not be done."""

    name: ClassVar[str] = "orders.failed"
    reason: Text
