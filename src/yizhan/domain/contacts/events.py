"""What happens in contacts. No code and no password is ever in a payload."""

from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class ContactBegan(Event, frozen=True, kw_only=True):
    """Somebody called, came or wrote; or we did."""

    name: ClassVar[str] = "contacts.contact_began"
    id: UUID
    via: str
    direction: str
    purpose: str
    number_dialled: str


class ContactIdentified(Event, frozen=True, kw_only=True):
    """It became known whose contact this is. It is not proof that he is the one."""

    name: ClassVar[str] = "contacts.contact_identified"
    id: UUID


class ContactFinished(Event, frozen=True, kw_only=True):
    """The contact ended."""

    name: ClassVar[str] = "contacts.contact_finished"
    id: UUID
    via: str
    disposition: str
    note: str
    seconds: int


class CallerVerified(Event, frozen=True, kw_only=True):
    """The one in contact proved that he is the customer."""

    name: ClassVar[str] = "contacts.caller_verified"
    id: UUID
    method: str


class VerificationFailed(Event, frozen=True, kw_only=True):
    """A proof was wrong. ``tries_left`` 0: the method is locked."""

    name: ClassVar[str] = "contacts.verification_failed"
    id: UUID
    method: str
    tries_left: int


class CodeSent(Event, frozen=True, kw_only=True):
    """A one-time code was sent to the customer."""

    name: ClassVar[str] = "contacts.code_sent"
    id: UUID
    sent_to: str


class ServicePasswordSet(Event, frozen=True, kw_only=True):
    """The customer has a new service password."""

    name: ClassVar[str] = "contacts.service_password_set"
    temporary: bool


class MessageQueued(Event, frozen=True, kw_only=True):
    """A message waited to be delivered. Told until messages had a room of their own; kept for
    the logs that hold it."""

    name: ClassVar[str] = "contacts.message_queued"
    message_id: UUID
    medium: str
