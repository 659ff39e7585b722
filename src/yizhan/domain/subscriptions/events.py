"""What happens to lines."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class LineOpened(Event, frozen=True, kw_only=True):
    """A line came into being."""

    name: ClassVar[str] = "subscriptions.line_opened"
    line_id: UUID
    kind: str
    number: str
    account_id: UUID


class LineStateChanged(Event, frozen=True, kw_only=True):
    """A line's life moved on. ``reasons`` are the stop reasons that hold from now."""

    name: ClassVar[str] = "subscriptions.line_state_changed"
    line_id: UUID
    number: str
    from_state: str
    to_state: str
    reason: str
    reasons: list[str]


class LineClosed(Event, frozen=True, kw_only=True):
    """A line ended; its number cools down."""

    name: ClassVar[str] = "subscriptions.line_closed"
    line_id: UUID
    number: str


class NumberChanged(Event, frozen=True, kw_only=True):
    """A line got another number."""

    name: ClassVar[str] = "subscriptions.number_changed"
    line_id: UUID
    old_number: str
    new_number: str


class NumberReserved(Event, frozen=True, kw_only=True):
    """A number is held for a customer for a while."""

    name: ClassVar[str] = "subscriptions.number_reserved"
    number: str
    until: datetime


class ProductStarted(Event, frozen=True, kw_only=True):
    """A line has a plan or an add-on from ``valid_from``."""

    name: ClassVar[str] = "subscriptions.product_started"
    line_id: UUID
    product_id: UUID
    kind: str
    plan_id: str
    version: int
    valid_from: datetime
    valid_to: datetime | None


class ProductEnded(Event, frozen=True, kw_only=True):
    """A plan or add-on ends at ``valid_to``."""

    name: ClassVar[str] = "subscriptions.product_ended"
    line_id: UUID
    product_id: UUID
    kind: str
    plan_id: str
    version: int
    valid_to: datetime


class ProductCancelled(Event, frozen=True, kw_only=True):
    """A plan or add-on that had not begun was taken back."""

    name: ClassVar[str] = "subscriptions.product_cancelled"
    line_id: UUID
    product_id: UUID
    kind: str
    plan_id: str
    version: int


class FamilyNumbersSet(Event, frozen=True, kw_only=True):
    """The line's family numbers, by rank, from ``valid_from``."""

    name: ClassVar[str] = "subscriptions.family_numbers_set"
    line_id: UUID
    count: int
    valid_from: datetime


class FeatureSwitched(Event, frozen=True, kw_only=True):
    """A capability of the line was switched."""

    name: ClassVar[str] = "subscriptions.feature_switched"
    line_id: UUID
    feature: str
    on: bool


class UserChanged(Event, frozen=True, kw_only=True):
    """Another person uses the line; empty: the owner himself."""

    name: ClassVar[str] = "subscriptions.user_changed"
    line_id: UUID
    party_id: UUID | None


class PayerChanged(Event, frozen=True, kw_only=True):
    """Another account pays for the line."""

    name: ClassVar[str] = "subscriptions.payer_changed"
    line_id: UUID
    old_account_id: UUID
    account_id: UUID
