"""What a change would do: when, at what cost, what is won and lost, and why it may not be.

Pure: the same situation gives the same preview, so an order can show later what was confirmed.
"""

from typing import assert_never

from yizhan.domain.orders import line_acts, opening, products
from yizhan.domain.orders.changes import (
    Bar,
    Change,
    ChangeNumber,
    ChangePlan,
    ChangeSim,
    CloseLine,
    DropAddOn,
    EndForArrears,
    HouseChange,
    OpenLine,
    ReportLoss,
    Resume,
    SetFamilyNumbers,
    Suspend,
    SwitchFeature,
    TakeAddOn,
    Unbar,
)
from yizhan.domain.orders.draft import Draft
from yizhan.domain.orders.situation import Offers, Preview, Situation
from yizhan.domain.subscriptions import State, StopReason
from yizhan.kernel.text import Text

_OUT_OF_REACH = frozenset({State.CLOSING, State.CLOSED})
_BLOCKED_BY = {
    StopReason.ARREARS: Text(
        "线路欠费停机，请先缴清欠费", "The line is stopped for arrears: pay first"
    ),
    StopReason.LOST: Text("线路已挂失，请先解挂", "The line is reported lost: lift that first"),
    StopReason.FORCED: Text("线路被强制停机，不能办理", "The line is stopped by force"),
}


def look(change: Change, situation: Situation, offers: Offers) -> Preview:
    """Look at *change*."""
    draft = Draft(kind=change.kind, situation=situation)
    if not isinstance(change, OpenLine):
        _check_line(change, situation, draft)
    match change:
        case ChangePlan():
            products.change_plan(change, situation, offers, draft)
        case TakeAddOn():
            products.take_add_on(change, situation, offers, draft)
        case DropAddOn():
            products.drop_add_on(change, situation, draft)
        case Suspend() | Resume() | ReportLoss():
            line_acts.move(change, situation, draft)
        case Bar() | Unbar() | EndForArrears():
            line_acts.house_act(change, situation, draft)
        case SetFamilyNumbers():
            line_acts.set_family_numbers(change, situation, draft)
        case SwitchFeature():
            line_acts.switch_feature(change, situation, draft)
        case ChangeNumber():
            line_acts.change_number(change, situation, draft)
        case ChangeSim():
            line_acts.change_sim(change, situation, draft)
        case CloseLine():
            line_acts.close_line(situation, draft)
        case OpenLine():
            opening.look(change, situation, offers, draft)
        case _ as never:
            assert_never(never)
    return draft.sealed()


def _check_line(change: Change, situation: Situation, draft: Draft) -> None:
    line = situation.line
    assert line is not None
    if isinstance(change, HouseChange):
        return
    if line.base_state in _OUT_OF_REACH:
        draft.refuse("line_closed", "线路已销户或正在销户", "The line is closed or closing")
    if isinstance(change, Suspend | Resume | ReportLoss):
        return
    lifts = {StopReason.LOST} if isinstance(change, ChangeSim | CloseLine) else set()
    for reason, text in _BLOCKED_BY.items():
        if reason in line.stop_reasons and reason not in lifts:
            draft.refuse(f"line_{reason.value}", text.zh, text.en)
    if change.kind in situation.waiting:
        draft.refuse(
            "order_waiting",
            "已有一张同类订单尚未竣工，请先撤销或等待",
            "An order of this kind is not done yet: take it back or wait",
        )
