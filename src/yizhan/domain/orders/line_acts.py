"""What an act on the line itself would do: its state, numbers, card, functions, end. Pure."""

from typing import assert_never

from yizhan.domain import subscriptions
from yizhan.domain.catalog import exit_fee
from yizhan.domain.orders import opening
from yizhan.domain.orders.changes import (
    Bar,
    ChangeNumber,
    ChangeSim,
    EndForArrears,
    HouseChange,
    ReportLoss,
    Resume,
    SetFamilyNumbers,
    Suspend,
    SwitchFeature,
    Unbar,
)
from yizhan.domain.orders.draft import Draft, check_family_numbers
from yizhan.domain.orders.situation import Situation
from yizhan.domain.subscriptions import LineKind, LineRefused, State, StopReason
from yizhan.i18n import both
from yizhan.kernel.text import Text

_WHY = {"arrears": Text("欠费", "arrears"), "overuse": Text("超量", "overuse")}
_SETTLED = {
    "arrears": Text("欠费已清", "arrears settled"),
    "overuse": Text("用量上限已解除", "usage cap lifted"),
}


def move(change: Suspend | Resume | ReportLoss, situation: Situation, draft: Draft) -> None:
    """Suspended, resumed or reported lost, by the customer."""
    line = situation.line
    assert line is not None
    target, reason = target_of(change)
    match change:
        case Suspend():
            draft.say("报停 {number}", "Suspend {number}", number=line.number or "")
            draft.note(
                "停机期间套餐月费按套餐规则照收",
                "Monthly fees go on as the plan says while the line is suspended",
            )
        case Resume():
            draft.say("复机 {number}", "Resume {number}", number=line.number or "")
        case ReportLoss():
            draft.say("挂失 {number}", "Report {number} lost", number=line.number or "")
            draft.note("补卡后可解挂", "A new card lifts the report")
        case _ as never:
            assert_never(never)
    try:
        subscriptions.move(line.life, target, reason)
    except LineRefused as error:
        said = both(error.message, **error.facts)
        draft.refuse(error.code, said.zh, said.en)


def house_act(change: HouseChange, situation: Situation, draft: Draft) -> None:
    """A stop, its end and the end of the contract, by the house."""
    line = situation.line
    assert line is not None
    number, held = line.number or "", line.stop_reasons
    match change:
        case Bar(reason=reason, one_way=True):
            draft.say("单向停机 {number}（{why}）", "Stop outgoing service of {number} ({why})",
                      number=number, why=_WHY[reason])  # fmt: skip
        case Bar(reason=reason):
            draft.say("停机 {number}（{why}）", "Stop {number} ({why})",
                      number=number, why=_WHY[reason])  # fmt: skip
        case Unbar(reason=reason):
            draft.say("复机 {number}（{why}）", "Resume {number} ({why})",
                      number=number, why=_SETTLED[reason])  # fmt: skip
        case EndForArrears():
            draft.say("欠费销户 {number}", "End {number} for arrears", number=number)
        case _ as never:
            assert_never(never)
    if change.kind in situation.waiting:
        draft.refuse("order_waiting", "同类订单正在办理", "An order of this kind is under way")
    try:
        match change:
            case Bar(reason=reason) if StopReason(reason) not in held:
                subscriptions.move(line.life, State.STOPPED, StopReason(reason))
            case Unbar(reason=reason):
                subscriptions.move(line.life, State.ACTIVE, StopReason(reason))
            case EndForArrears() if StopReason.ARREARS not in held:
                draft.refuse("not_stopped", "线路未欠费停机", "The line is not stopped for arrears")
            case EndForArrears() if line.base_state is not State.CLOSING:
                subscriptions.move(line.life, State.CLOSING, StopReason.ARREARS)
            case _:
                pass
    except LineRefused as error:
        said = both(error.message, **error.facts)
        draft.refuse(error.code, said.zh, said.en)


def target_of(change: Suspend | Resume | ReportLoss) -> tuple[State, StopReason]:
    """Where the line goes, and the reason that is laid on or lifted."""
    match change:
        case Suspend():
            return State.STOPPED, StopReason.REQUESTED
        case ReportLoss():
            return State.STOPPED, StopReason.LOST
        case Resume(lost=lost):
            return State.ACTIVE, StopReason.LOST if lost else StopReason.REQUESTED
        case _ as never:
            assert_never(never)


def set_family_numbers(change: SetFamilyNumbers, situation: Situation, draft: Draft) -> None:
    """Other family numbers."""
    said = ", ".join(change.numbers) or "–"
    draft.say("设置亲情号码：{numbers}", "Set family numbers: {numbers}", numbers=said)
    plan = situation.effective()
    own = situation.line.number if situation.line else None
    check_family_numbers(change.numbers, plan, own=own, area=_area(situation), draft=draft)
    gone = [n for n in situation.family_numbers if n not in change.numbers]
    if gone:
        draft.lose("亲情号码：{numbers}", "Family numbers: {numbers}", numbers=", ".join(gone))
    if plan and plan.family and change.numbers:
        draft.gained.append(plan.family.text)


def _area(situation: Situation) -> str:
    return situation.line.area if situation.line else ""


def switch_feature(change: SwitchFeature, situation: Situation, draft: Draft) -> None:
    """A function of the line, on or off."""
    on_off = Text("开通", "on") if change.on else Text("关闭", "off")
    draft.say("功能{on}：{feature}", "Switch {feature} {on}", on=on_off, feature=change.feature)
    if (change.feature in situation.features) == change.on:
        draft.refuse("feature_is_so", "该功能已是此状态", "The feature is so already")


def change_number(change: ChangeNumber, situation: Situation, draft: Draft) -> None:
    """Another number on the same line."""
    line = situation.line
    assert line is not None
    draft.say(
        "改号：{old} → {new}", "Number: {old} → {new}", old=line.number or "–", new=change.number
    )
    draft.lose("号码 {number}", "The number {number}", number=line.number or "–")
    draft.note(
        "原号码冷却 90 天后才会给别人", "The old number rests for 90 days before another gets it"
    )
    if change.number == line.number:
        draft.refuse("same_number", "线路已是此号码", "The line has this number already")
        return
    opening.check_number(change.number, situation, line.kind.value, draft)


def change_sim(change: ChangeSim, situation: Situation, draft: Draft) -> None:
    """Another card for the same number."""
    line = situation.line
    assert line is not None
    draft.say("补换 SIM 卡 {number}", "New SIM card for {number}", number=line.number or "")
    draft.note("旧卡立即作废", "The old card is void at once")
    if line.kind is not LineKind.MOBILE:
        draft.refuse("no_sim", "只有移动电话使用 SIM 卡", "Only a mobile line has a SIM card")
    if StopReason.LOST in line.stop_reasons:
        draft.note("同时解除挂失", "The loss report is lifted with it")
    if not situation.has_card:
        draft.refuse(
            "no_card",
            "{card}：没有可发放的卡",
            "{card}: no card that can be given",
            card=change.iccid or Text("SIM 卡库存", "SIM cards in stock"),
        )


def close_line(situation: Situation, draft: Draft) -> None:
    """The end of the line, at once."""
    line, held = situation.line, situation.plan
    assert line is not None
    draft.say("销户 {number}", "Close {number}", number=line.number or "–")
    draft.note(
        "最后一张账单随下次出账寄出；号码冷却 90 天",
        "The final bill comes with the next run; the number rests for 90 days",
    )
    if situation.family_numbers:
        draft.lose("亲情号码", "Family numbers")
    if held is not None:
        draft.lose("套餐：{name}", "Plan: {name}", name=held.plan.name)
        if fee := exit_fee(held.plan.term, held.product.term_until, situation.today):
            draft.charge(fee, "提前解约的违约金", "Fee for leaving before the term ends")
    for one in situation.add_ons:
        draft.lose("附加包：{name}", "Add-on: {name}", name=one.add_on.name)
        if fee := exit_fee(one.add_on.term, one.product.term_until, situation.today):
            draft.charge(fee, "提前退订的违约金", "Fee for leaving before the term ends")
    try:
        subscriptions.move(line.life, State.CLOSING)
    except LineRefused as error:
        said = both(error.message, **error.facts)
        draft.refuse(error.code, said.zh, said.en)
