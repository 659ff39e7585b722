"""The seam to the network: what an order asks of it, and what it answers.

An order that touches the network is done when the network says so, not before. ``ask`` is the one
place where it is asked; an answer that comes later goes through ``service.answered``.
"""

from enum import StrEnum
from typing import assert_never

import msgspec

from yizhan.domain.orders.changes import (
    Change,
    ChangePlan,
    DropAddOn,
    OpenLine,
    ReportLoss,
    Resume,
    SetFamilyNumbers,
    Suspend,
    SwitchFeature,
    TakeAddOn,
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


def tasks_of(change: Change, number: str) -> tuple[Task, ...]:
    """What the network has to do for *change*; tariffs and family numbers are ours alone."""
    match change:
        case OpenLine():
            return (Task("line.activate", number),)
        case Suspend() | ReportLoss():
            return (Task("line.bar", number),)
        case Resume():
            return (Task("line.unbar", number),)
        case SwitchFeature(feature=feature, on=on):
            return (Task(f"feature.{feature}.{'on' if on else 'off'}", number),)
        case ChangePlan() | TakeAddOn() | DropAddOn() | SetFamilyNumbers():
            return ()
        case _ as never:
            assert_never(never)


async def ask(task: Task) -> Answer:
    """Have *task* done. The operator's switches are set by hand today, so the answer is at once."""
    return Answer.DONE
