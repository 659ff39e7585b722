"""The seam to the network: what an order asks of it, and what it answers.

An order that touches the network is done when the network says so, not before. ``ask`` is the one
place where it is asked; an answer that comes later goes through ``service.answered``. Services
named in the table ``network_by_hand`` are done by people, who answer when they have done them.
"""

from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

import msgspec

from yizhan.domain.orders.changes import (
    Bar,
    Change,
    ChangePlan,
    DropAddOn,
    EndForArrears,
    OpenLine,
    ReportLoss,
    Resume,
    SetFamilyNumbers,
    Suspend,
    SwitchFeature,
    TakeAddOn,
    Unbar,
)


class Answer(StrEnum):
    """What the network says. LATER: it took the task and will answer in its own time."""

    DONE = "done"
    REFUSED = "refused"
    LATER = "later"


class Task(msgspec.Struct, frozen=True):
    """One thing the network is to do for a number."""

    service: str
    subject: str


class TaskRow(msgspec.Struct, frozen=True, kw_only=True):
    """A task as it was asked and answered. ``state``: asked, done, refused."""

    id: UUID
    service: str
    subject: str
    state: str
    asked_at: datetime
    answered_at: datetime | None
    detail: str


def tasks_of(change: Change, number: str) -> tuple[Task, ...]:
    """What the network has to do for *change*; tariffs and family numbers are ours alone."""
    match change:
        case OpenLine():
            return (Task("line.activate", number),)
        case Suspend() | ReportLoss():
            return (Task("line.bar", number),)
        case Bar(one_way=one_way):
            return (Task("line.bar_outgoing" if one_way else "line.bar", number),)
        case EndForArrears():
            return (Task("line.deactivate", number),)
        case Resume() | Unbar():
            return (Task("line.unbar", number),)
        case SwitchFeature(feature=feature, on=on):
            return (Task(f"feature.{feature}.{'on' if on else 'off'}", number),)
        case ChangePlan() | TakeAddOn() | DropAddOn() | SetFamilyNumbers():
            return ()
        case _ as never:
            assert_never(never)


def ask(task: Task, by_hand: frozenset[str]) -> Answer:
    """Have *task* done: switches obey at once; what people do, they report when it is done."""
    return Answer.LATER if task.service in by_hand else Answer.DONE
