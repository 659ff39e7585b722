"""The words cases are made of: kinds, outcomes, classes, people, and what is refused by name."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from yizhan.kernel.errors import Invalid, Refused
from yizhan.kernel.text import Text


class Kind(StrEnum):
    """咨询 受理 申告 投诉 建议 表扬."""

    CONSULTATION = "consultation"
    ORDER = "order"
    FAULT = "fault"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    PRAISE = "praise"


class Urgency(StrEnum):
    """How the queue should feel about it."""

    NORMAL = "normal"
    URGENT = "urgent"
    CRITICAL = "critical"


class Outcome(StrEnum):
    """What the answer says."""

    SOLVED = "solved"
    EXPLAINED = "explained"
    UPHELD = "upheld"
    NOT_UPHELD = "not_upheld"
    PASSED_ON = "passed_on"


class FollowUp(StrEnum):
    """What the customer said when asked."""

    SATISFIED = "satisfied"
    FAIR = "fair"
    DISSATISFIED = "dissatisfied"
    UNREACHABLE = "unreachable"


class CaseClass(msgspec.Struct, frozen=True, kw_only=True):
    """A leaf or branch of the taxonomy; data, not code."""

    code: str
    parent: str | None
    kind: Kind
    name: Text
    team: str
    urgency: Urgency
    review: bool
    follow_up: bool
    in_use: bool


class HoldReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why work may wait, and for how long at most."""

    code: str
    name: Text
    cap_seconds: int


class Person(msgspec.Struct, frozen=True):
    """Somebody of the staff; ``id`` is None for the house itself."""

    id: UUID | None
    name: str


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a case is sent: exactly one of role, team or person."""

    role: str | None = None
    team: str | None = None
    person: Person | None = None
    label: Text

    def __post_init__(self) -> None:
        if sum(x is not None for x in (self.role, self.team, self.person)) != 1:
            raise Invalid("Send it to one role, one team or one person.", field="to")


def to_person(person: Person) -> Target:
    """Into one person's hands."""
    return Target(person=person, label=Text(person.name, person.name))


LEADS = Target(team="leads", label=Text("值班班长", "Team leads"))
MANAGERS = Target(role="manager", label=Text("经理", "Managers"))


class TooManyDispatches(Refused):
    """A case may be passed on twice; then somebody has to keep it."""

    code = "case_too_many_dispatches"


class OwnAnswer(Refused):
    """Whoever wrote an answer may not be the one who approves it."""

    code = "case_own_answer"


class TooLateToReopen(Refused):
    """A new case is opened instead."""

    code = "case_too_late_to_reopen"


class LinkKind(StrEnum):
    """What a case can be tied to."""

    CONTACT = "contact"
    LINE = "line"
    ACCOUNT = "account"
    BILL = "bill"
    ORDER = "order"
    PAYMENT = "payment"
    USAGE = "usage"
    CASE = "case"
    STAFF = "staff"


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A tie to something elsewhere, with the name it had then."""

    kind: LinkKind
    ref_id: UUID
    label: str = ""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something written on a case; ``visible_to`` is ``internal`` or ``customer``."""

    id: UUID
    at: datetime
    author_id: UUID | None
    author_name: str
    visible_to: Literal["internal", "customer"]
    text: str
