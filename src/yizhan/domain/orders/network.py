"""What an order asks of the network, step by step. An order is done when the network says so."""

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


class Task(msgspec.Struct, frozen=True):
    """One thing the network is to do; see ``provisioning`` for actions and facts."""

    action: str
    facts: Mapping[str, str] = {}


def tasks_of(
    change: Change,
    *,
    number: str,
    card: str = "",
    held_card: str = "",
    stopped: bool = False,
    others_hold: bool = False,
    lost: bool = False,
) -> tuple[Task, ...]:
    """What the network has to do for *change*; tariffs and family numbers are ours alone.

    *card* is the SIM card that is to be given, *held_card* the one the line has. *stopped*: some
    reason holds the line already; *others_hold*: one that this change does not lift; *lost*: it is
    reported lost.
    """
    stays = {"stays": "yes"} if stopped else {}
    match change:
        case OpenLine():
            return (Task("line.activate", {"iccid": card} if card else {}),)
        case Bar(one_way=True):
            return () if others_hold else (Task("line.bar_outgoing", stays),)
        case Suspend() | ReportLoss() | Bar():
            return (Task("line.bar", stays),)
        case Resume() | Unbar():
            return () if others_hold else (Task("line.unbar"),)
        case SwitchFeature(feature=feature, on=on):
            return (Task(f"feature.{feature}.{'on' if on else 'off'}"),)
        case ChangeNumber():
            return (Task("line.renumber", {"number": change.number, "old_number": number}),)
        case ChangeSim():
            given = Task("line.change_sim", {"iccid": card, "old_iccid": held_card})
            return (given, Task("line.unbar")) if lost and not others_hold else (given,)
        case CloseLine() | EndForArrears():
            return (Task("line.deactivate", {"iccid": held_card} if held_card else {}),)
        case ChangePlan() | TakeAddOn() | DropAddOn() | SetFamilyNumbers():
            return ()
        case _ as never:
            assert_never(never)
