"""What happens to messages. No text and no address is ever in a payload."""

from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class MessageQueued(Event, frozen=True, kw_only=True):
    """A message waits to be sent, now or after the quiet hours."""

    name: ClassVar[str] = "messages.message_queued"
    message_id: UUID
    template: str
    medium: str


class MessageSuppressed(Event, frozen=True, kw_only=True):
    """A message is not sent, and why."""

    name: ClassVar[str] = "messages.message_suppressed"
    message_id: UUID
    template: str
    why: str


class MessageSent(Event, frozen=True, kw_only=True):
    """The wire took a message over."""

    name: ClassVar[str] = "messages.message_sent"
    message_id: UUID
    template: str
    medium: str


class MessageDelivered(Event, frozen=True, kw_only=True):
    """The wire says that a message arrived."""

    name: ClassVar[str] = "messages.message_delivered"
    message_id: UUID
    template: str
    medium: str


class MessageFailed(Event, frozen=True, kw_only=True):
    """A message did not arrive and is not tried again."""

    name: ClassVar[str] = "messages.message_failed"
    message_id: UUID
    template: str
    medium: str
    why: str


class TemplateWritten(Event, frozen=True, kw_only=True):
    """Somebody worded a template anew. The customer is nil."""

    name: ClassVar[str] = "messages.template_written"
    template: str
    version: int
