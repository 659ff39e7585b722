"""What happens to a customer's right to be forgotten, in the past tense."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class HoldPlaced(Event, frozen=True, kw_only=True):
    """Nothing of this customer may be let go until the hold is lifted."""

    name: ClassVar[str] = "privacy.hold_placed"
    hold_id: UUID
    authority: str
    reference: str


class HoldLifted(Event, frozen=True, kw_only=True):
    """A hold has ended."""

    name: ClassVar[str] = "privacy.hold_lifted"
    hold_id: UUID
    reference: str


class ErasureAsked(Event, frozen=True, kw_only=True):
    """The customer asked to be forgotten; it happens at ``due_at`` unless it is taken back."""

    name: ClassVar[str] = "privacy.erasure_asked"
    erasure_id: UUID
    due_at: datetime


class ErasureTakenBack(Event, frozen=True, kw_only=True):
    """The customer is not forgotten after all."""

    name: ClassVar[str] = "privacy.erasure_taken_back"
    erasure_id: UUID


class CustomerErased(Event, frozen=True, kw_only=True):
    """What said who the customer is has been let go; bills and the ledger stay without a name."""

    name: ClassVar[str] = "privacy.customer_erased"
    erasure_id: UUID
    rows: int
