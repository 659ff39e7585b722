"""What an order asks of the network, step by step. An order is done when the network says so.

The network knows three ways of a line: open, closed to outgoing calls, closed. What the house knows
is why; so no step may leave a line more open than the strictest reason that holds, or than its
place in life (a kept or closing number is out of use whatever is paid).
"""

from collections.abc import Mapping
from typing import assert_never

import msgspec

from yizhan.domain.orders.changes import (
    Bar,
    Change,
    ChangeNumber,
    ChangePlan,
    ChangeSim,
    CloseLine,
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
from yizhan.domain.orders.line_acts import target_of
from yizhan.domain.subscriptions import Line, State, StopReason


class Task(msgspec.Struct, frozen=True):
    """One thing the network is to do; see ``provisioning`` for actions and facts."""

    action: str
    facts: Mapping[str, str] = {}


OUT_OF_USE = frozenset({State.KEPT, State.CLOSING, State.CLOSED})
"""A line here is closed in the network without any reason to stop it."""


def tasks_of(
    change: Change, line: Line | None, *, card: str = "", held_card: str = ""
) -> tuple[Task, ...]:
    """What the network has to do for *change*; tariffs and family numbers are ours alone.

    *line* as it is now, None for one to be opened; *card* is the SIM card that is to be given,
    *held_card* the one the line has. A one-way stop of a line that is stopped asks for nothing: it
    could only loosen what holds.
    """
    stopped = line is not None and bool(line.stop_reasons or line.base_state in OUT_OF_USE)
    stays = {"stays": "yes"} if stopped else {}
    match change:
        case OpenLine():
            return (Task("line.activate", {"iccid": card} if card else {}),)
        case Bar(one_way=True):
            return () if stopped else (Task("line.bar_outgoing"),)
        case Suspend() | ReportLoss() | Bar():
            return (Task("line.bar", stays),)
        case Resume() | Unbar():
            return () if _others_hold(change, line) else (Task("line.unbar"),)
        case SwitchFeature(feature=feature, on=on):
            return (Task(f"feature.{feature}.{'on' if on else 'off'}"),)
        case ChangeNumber():
            old = line.number or "" if line else ""
            return (Task("line.renumber", {"number": change.number, "old_number": old}),)
        case ChangeSim():
            given = Task("line.change_sim", {"iccid": card, "old_iccid": held_card})
            lost = line is not None and StopReason.LOST in line.stop_reasons
            unbar = lost and not _others_hold(change, line)
            return (given, Task("line.unbar")) if unbar else (given,)
        case CloseLine() | EndForArrears():
            return (Task("line.deactivate", {"iccid": held_card} if held_card else {}),)
        case ChangePlan() | TakeAddOn() | DropAddOn() | SetFamilyNumbers():
            return ()
        case _ as never:
            assert_never(never)


def _others_hold(change: Resume | Unbar | ChangeSim, line: Line | None) -> bool:
    """Whether something this change does not lift keeps the line closed."""
    if line is None:
        return False
    match change:
        case Resume() if not line.stop_reasons:
            return False  # it ends the keeping of the number itself
        case Resume():
            lifted = target_of(change)[1]
        case Unbar(reason=reason):
            lifted = StopReason(reason)
        case ChangeSim():
            lifted = StopReason.LOST
        case _ as never:
            assert_never(never)
    return bool(line.stop_reasons - {lifted}) or line.base_state in OUT_OF_USE
