"""What happens to a case, in the past tense. The payloads are what the timeline and others read."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event
from yizhan.kernel.text import Text


class CaseEvent(Event, frozen=True, kw_only=True):
    """Something happened to the case ``number``."""

    case_id: UUID
    number: str


class CaseOpened(CaseEvent, frozen=True, kw_only=True):
    """A case was opened. ``repeat_of``: the earlier one of the same class within 30 days."""

    name: ClassVar[str] = "cases.opened"
    kind: str
    class_code: str
    class_name: Text
    subject: str
    urgency: str
    due_at: datetime | None
    repeat_of: UUID | None


class CaseTaken(CaseEvent, frozen=True, kw_only=True):
    """Somebody took the case in hand."""

    name: ClassVar[str] = "cases.taken"
    taken_by: str


class CaseDispatched(CaseEvent, frozen=True, kw_only=True):
    """The case was sent to a role, a team or a person. ``again``: how often it was re-sent."""

    name: ClassVar[str] = "cases.dispatched"
    to: Text
    again: int
    reason: str


class CaseNoted(CaseEvent, frozen=True, kw_only=True):
    """A note for ourselves. Its text stays with the case."""

    name: ClassVar[str] = "cases.noted"
    note_id: UUID


class CaseReplied(CaseEvent, frozen=True, kw_only=True):
    """A note to the customer, or from the customer."""

    name: ClassVar[str] = "cases.replied"
    note_id: UUID
    text: str


class CaseAttached(CaseEvent, frozen=True, kw_only=True):
    """A file was put to the case, by the customer or by us."""

    name: ClassVar[str] = "cases.attached"
    attachment_id: UUID
    file: str


class CaseLinked(CaseEvent, frozen=True, kw_only=True):
    """The case was tied to a contact, line, account, bill, order, payment, usage or case."""

    name: ClassVar[str] = "cases.linked"
    link: str
    ref_id: UUID
    label: str


class CaseHeld(CaseEvent, frozen=True, kw_only=True):
    """Work waits for somebody else, until ``until`` at the latest."""

    name: ClassVar[str] = "cases.held"
    reason: str
    reason_name: Text
    until: datetime


class CaseResumed(CaseEvent, frozen=True, kw_only=True):
    """The wait is over; ``by_clock`` when nobody ended it before its time was up."""

    name: ClassVar[str] = "cases.resumed"
    by_clock: bool


class CaseUrged(CaseEvent, frozen=True, kw_only=True):
    """The customer asked where it stands, for the ``times``-th time."""

    name: ClassVar[str] = "cases.urged"
    times: int


class CaseAnswered(CaseEvent, frozen=True, kw_only=True):
    """An answer was written. ``final`` when no second pair of eyes is needed."""

    name: ClassVar[str] = "cases.answered"
    outcome: str
    final: bool


class CaseApproved(CaseEvent, frozen=True, kw_only=True):
    """The answer was reviewed and stands."""

    name: ClassVar[str] = "cases.approved"


class CaseSentBack(CaseEvent, frozen=True, kw_only=True):
    """The case went back: an answer that will not do, or a team it does not belong to."""

    name: ClassVar[str] = "cases.sent_back"
    reason: str


class CaseFollowedUp(CaseEvent, frozen=True, kw_only=True):
    """The customer was asked whether the answer helped."""

    name: ClassVar[str] = "cases.followed_up"
    result: str
    attempt: int


class CaseClosed(CaseEvent, frozen=True, kw_only=True):
    """The case went to the archive."""

    name: ClassVar[str] = "cases.closed"
    outcome: str
    satisfaction: str | None


class CaseReopened(CaseEvent, frozen=True, kw_only=True):
    """An archived case is open again."""

    name: ClassVar[str] = "cases.reopened"
    reason: str
    due_at: datetime | None


class CaseCancelled(CaseEvent, frozen=True, kw_only=True):
    """The case was withdrawn."""

    name: ClassVar[str] = "cases.cancelled"
    reason: str


class CaseReclassified(CaseEvent, frozen=True, kw_only=True):
    """The case turned out to be of another class; its clocks follow."""

    name: ClassVar[str] = "cases.reclassified"
    class_code: str
    class_name: Text
    due_at: datetime | None


class CaseEscalated(CaseEvent, frozen=True, kw_only=True):
    """The case went up to ``level``: by hand, or because a clock ran out."""

    name: ClassVar[str] = "cases.escalated"
    level: int
    reason: str


class CaseDueSoon(CaseEvent, frozen=True, kw_only=True):
    """A deadline is near."""

    name: ClassVar[str] = "cases.due_soon"
    clock: str
    rule: str
    due_at: datetime


class CaseOverdue(CaseEvent, frozen=True, kw_only=True):
    """A deadline has passed."""

    name: ClassVar[str] = "cases.overdue"
    clock: str
    rule: str
    due_at: datetime
