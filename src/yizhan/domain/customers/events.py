"""What happens to customers. Payloads hold no document numbers and no contact addresses."""

from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class CustomerCreated(Event, frozen=True, kw_only=True):
    """A party became a customer, or a prospect."""

    name: ClassVar[str] = "customers.customer_created"
    number: str
    kind: str
    status: str


class CustomerChanged(Event, frozen=True, kw_only=True):
    """Something of the master record changed; the values are in the record."""

    name: ClassVar[str] = "customers.customer_changed"
    fields: list[str]


class AccountOpened(Event, frozen=True, kw_only=True):
    """A billing account was opened."""

    name: ClassVar[str] = "customers.account_opened"
    account_id: UUID
    number: str
    payment_kind: str


class AccountChanged(Event, frozen=True, kw_only=True):
    """The terms of a billing account changed."""

    name: ClassVar[str] = "customers.account_changed"
    account_id: UUID
    number: str
    fields: list[str]


class DocumentAdded(Event, frozen=True, kw_only=True):
    """An identity document was recorded."""

    name: ClassVar[str] = "customers.document_added"
    document_id: UUID
    kind: str
    number_masked: str
    original_seen: bool


class DocumentRevealed(Event, frozen=True, kw_only=True):
    """Somebody entitled saw a document's number in clear."""

    name: ClassVar[str] = "customers.document_revealed"
    document_id: UUID
    number_masked: str
    reason: str


class ContactPointAdded(Event, frozen=True, kw_only=True):
    """A way to reach the customer was added."""

    name: ClassVar[str] = "customers.contact_point_added"
    contact_point_id: UUID
    kind: str


class ContactPointEnded(Event, frozen=True, kw_only=True):
    """A way to reach the customer is no longer used."""

    name: ClassVar[str] = "customers.contact_point_ended"
    contact_point_id: UUID
    kind: str


class ConsentGranted(Event, frozen=True, kw_only=True):
    """The customer agreed to a purpose."""

    name: ClassVar[str] = "customers.consent_granted"
    purpose: str
    origin: str


class ConsentWithdrawn(Event, frozen=True, kw_only=True):
    """The customer took his consent back; what was known under it is deleted."""

    name: ClassVar[str] = "customers.consent_withdrawn"
    purpose: str
    origin: str
    attributes_deleted: list[str]


class AttributeSet(Event, frozen=True, kw_only=True):
    """Something about the customer was recorded."""

    name: ClassVar[str] = "customers.attribute_set"
    attribute: str
    origin: str


class PartyAdded(Event, frozen=True, kw_only=True):
    """Somebody belonging to the customer was recorded: a user, an agent, a guardian."""

    name: ClassVar[str] = "customers.party_added"
    party_id: UUID
    role: str
