"""What a change would do: when, at what cost, what is won and lost, and why it may not be.

Pure: the same situation gives the same preview, so an order can show later what was confirmed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from yizhan.domain.catalog import exit_fee
from yizhan.domain.orders import opening
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
    When,
)
from yizhan.domain.orders.draft import (
    Draft,
    check_carried,
    check_condition,
    check_family_numbers,
    check_on_sale,
    check_plan,
)
from yizhan.domain.orders.pricing import items, part, whole
from yizhan.domain.orders.situation import HeldPlan, Offers, Preview, Situation
from yizhan.domain.provisioning import feature
from yizhan.domain.subscriptions import LineKind, LineRefused, State, StopReason, move
from yizhan.domain.tariff import AddOn, Plan, combine
from yizhan.i18n import both
from yizhan.kernel.money import yuan
from yizhan.kernel.period import add_months
from yizhan.kernel.text import Text

_OUT_OF_REACH = frozenset({State.CLOSING, State.CLOSED})
_BLOCKED_BY = {
    StopReason.ARREARS: Text(
        "线路欠费停机，请先缴清欠费", "The line is stopped for arrears: pay first"
    ),
    StopReason.LOST: Text("线路已挂失，请先解挂", "The line is reported lost: lift that first"),
    StopReason.FORCED: Text("线路被强制停机，不能办理", "The line is stopped by force"),
}


_WHY = {"arrears": Text("欠费", "arrears"), "overuse": Text("超量", "overuse")}
_SETTLED = {
    "arrears": Text("欠费已清", "arrears settled"),
    "overuse": Text("用量上限已解除", "usage cap lifted"),
}


def look(change: Change, situation: Situation, offers: Offers) -> Preview:
    """Look at *change*."""
    draft = Draft(kind=change.kind, situation=situation)
    if not isinstance(change, OpenLine):
        _check_line(change, situation, draft)
    match change:
        case ChangePlan():
            _change_plan(change, situation, offers, draft)
        case TakeAddOn():
            _take_add_on(change, situation, offers, draft)
        case DropAddOn():
            _drop_add_on(change, situation, draft)
        case Suspend() | Resume() | ReportLoss():
            _move(change, situation, draft)
        case Bar() | Unbar() | EndForArrears():
            _house_act(change, situation, draft)
        case SetFamilyNumbers():
            _set_family_numbers(change, situation, draft)
        case SwitchFeature():
            _switch_feature(change, situation, draft)
        case ChangeNumber():
            _change_number(change, situation, draft)
        case ChangeSim():
            _change_sim(change, situation, draft)
        case CloseLine():
            _close_line(situation, draft)
        case OpenLine():
            opening.look(change, situation, offers, draft)
        case _ as never:
            assert_never(never)
    return draft.sealed()


def moment_of(when: When, situation: Situation) -> datetime | None:
    """When it takes effect; None is at once."""
    if when is When.NOW:
        return None
    return situation.cycle.period(situation.zone).end


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


# ---------------------------------------------------------------- another plan


def _change_plan(change: ChangePlan, situation: Situation, offers: Offers, draft: Draft) -> None:
    plan, held = offers.plan, situation.plan
    assert plan is not None
    when = change.when or When(plan.change_takes_effect)
    at = moment_of(when, situation)
    draft.effective_at = at
    day = situation.cycle.end if at else situation.today
    kept = [one.add_on for one in situation.add_ons if one.add_on.id in plan.may_carry]
    carried = [*kept, *offers.add_ons]
    draft.after = plan
    draft.say(
        "套餐变更：{old} → {new}（{when}）",
        "Plan change: {old} → {new} ({when})",
        old=held.plan.name if held else "–",
        new=plan.name,
        when=_said(when),
    )
    if situation.planned:
        draft.refuse(
            "plan_planned", "已预约下一个套餐，请先撤销", "Another plan is set to begin: undo that"
        )
    standing = check_plan(plan, day, draft)
    if situation.account and situation.account.payment_kind.value != plan.payment.value:
        draft.refuse(
            "other_payment",
            "该套餐的付费方式与账户不同，须另开账户",
            "The plan is paid another way than the account: it needs an account of its own",
        )
    for add_on in offers.add_ons:
        check_on_sale(add_on, day, draft)
        check_condition(add_on, situation.attributes, draft)
    check_carried(plan, carried, draft)
    _leaving(held, plan, kept, situation, draft)
    if standing.exit_fee_fen and standing.exit_text:
        draft.charge(standing.exit_fee_fen, standing.exit_text.zh, standing.exit_text.en)
    if plan.term:
        until = add_months(day, plan.term.months)
        draft.note(
            "新套餐在网期至 {until}：{text}",
            "The new plan has a term until {until}: {text}",
            until=until.isoformat(),
            text=plan.term.text,
        )
    if draft.clashes:
        return
    _price_plan_change(combine(plan, carried), at, situation, draft)


def _price_plan_change(new: Plan, at: datetime | None, situation: Situation, draft: Draft) -> None:
    zone, cycle = situation.zone, situation.cycle
    old = situation.effective()
    monthly = whole(new, cycle.next, zone)
    draft.monthly_after_fen, draft.monthly_lines = monthly.total, items(monthly)
    since = situation.plan.product.valid_from if situation.plan else None
    held_from = since.astimezone(zone).date() if since else None
    if old is None:
        draft.this_month_after_fen = part(new, cycle, zone, held_from=situation.today).total
        return
    draft.monthly_before_fen = whole(old, cycle.next, zone).total
    draft.this_month_before_fen = part(old, cycle, zone, held_from=held_from).total
    draft.this_month_after_fen = draft.this_month_before_fen
    if at is not None:
        return
    first = part(old, cycle, zone, held_from=held_from, held_to=situation.today, ended_by="change")
    rest = part(new, cycle, zone, held_from=situation.today, started_by="change")
    draft.this_month_after_fen = first.total + rest.total
    draft.note(
        "本月按天折算：原套餐 {old} 元，新套餐 {new} 元（不含使用费）",
        "This month is split: {old} yuan for the old plan, {new} for the new one, usage apart",
        old=yuan(first.total),
        new=yuan(rest.total),
    )


def _leaving(
    held: HeldPlan | None, new: Plan, kept: Sequence[AddOn], situation: Situation, draft: Draft
) -> None:
    """What is won and lost between two plans."""
    if held is None:
        return
    old = held.plan
    theirs = {allowance.text for allowance in new.allowances}
    ours = {allowance.text for allowance in old.allowances}
    draft.lost += [a.text for a in old.allowances if a.text not in theirs]
    draft.gained += [a.text for a in new.allowances if a.text not in ours]
    if any(allowance.rollover for allowance in old.allowances):
        draft.lose("已结转的余量", "Units rolled over from earlier months")
    for one in situation.add_ons:
        if one.add_on not in kept:
            draft.lose("附加包：{name}", "Add-on: {name}", name=one.add_on.name)
    combined = combine(new, kept)
    room = combined.family.numbers if combined.family else 0
    dropped = situation.family_numbers[room:]
    if dropped:
        draft.lose("亲情号码：{numbers}", "Family numbers: {numbers}", numbers=", ".join(dropped))
    if old.family is None and new.family is not None:
        draft.gained.append(new.family.text)
    if not old.on_sale(situation.today):
        draft.lose(
            "{name}已停止销售，更换后不能换回",
            "{name} is no longer sold: there is no way back to it",
            name=old.name,
        )


def _said(when: When) -> Text:
    return {
        When.NOW: Text("立即生效", "at once"),
        When.NEXT_MONTH: Text("次月生效", "from next month"),
    }[when]


# ---------------------------------------------------------------- add-ons


def _take_add_on(change: TakeAddOn, situation: Situation, offers: Offers, draft: Draft) -> None:
    (add_on,) = offers.add_ons
    at = moment_of(change.when, situation)
    draft.effective_at = at
    held = [one.add_on for one in situation.add_ons]
    draft.say(
        "开通{name}（{when}）", "Take {name} ({when})", name=add_on.name, when=_said(change.when)
    )
    check_on_sale(add_on, situation.cycle.end if at else situation.today, draft)
    check_condition(add_on, situation.attributes, draft)
    if add_on.id in {one.id for one in held} and not add_on.repeatable:
        draft.refuse("has_add_on", "已开通该附加包", "The line has this add-on already")
    if situation.plan is None:
        draft.refuse("no_plan", "线路没有套餐", "The line has no plan")
        return
    check_carried(situation.plan.plan, [*held, add_on], draft, named=[add_on])
    draft.gained += [allowance.text for allowance in add_on.allowances]
    if add_on.periods is not None:
        draft.note(
            "{count} 个账期后自动结束", "Ends by itself after {count} bill months",
            count=add_on.periods,
        )  # fmt: skip
    if draft.clashes:
        return
    _price_products(combine(situation.plan.plan, [*held, add_on]), at, situation, draft)


def _drop_add_on(change: DropAddOn, situation: Situation, draft: Draft) -> None:
    at = moment_of(change.when, situation)
    draft.effective_at = at
    found = [one for one in situation.add_ons if one.add_on.id == change.add_on_id]
    if not found or situation.plan is None:
        draft.say("关闭{name}", "Drop {name}", name=change.add_on_id)
        draft.refuse("no_add_on", "线路没有该附加包", "The line does not have this add-on")
        return
    dropped = found[0]
    left = [one.add_on for one in situation.add_ons if one is not dropped]
    draft.say(
        "关闭{name}（{when}）",
        "Drop {name} ({when})",
        name=dropped.add_on.name,
        when=_said(change.when),
    )
    draft.lost += [allowance.text for allowance in dropped.add_on.allowances]
    check_carried(situation.plan.plan, left, draft, named=[])
    day = situation.cycle.end if at else situation.today
    if fee := exit_fee(dropped.add_on.term, dropped.product.term_until, day):
        draft.charge(fee, "提前退订的违约金", "Fee for leaving before the term ends")
    if draft.clashes:
        return
    after = combine(situation.plan.plan, left)
    room = after.family.numbers if after.family else 0
    if dropped_numbers := situation.family_numbers[room:]:
        draft.lose(
            "亲情号码：{numbers}", "Family numbers: {numbers}", numbers=", ".join(dropped_numbers)
        )
    _price_products(after, at, situation, draft, kept_this_month=True)


def _price_products(
    after: Plan,
    at: datetime | None,
    situation: Situation,
    draft: Draft,
    *,
    kept_this_month: bool = False,
) -> None:
    """Fees before and after; an add-on of any part of a month is paid for the month."""
    zone, cycle, old = situation.zone, situation.cycle, situation.effective()
    assert old is not None and situation.plan is not None
    held_from = situation.plan.product.valid_from.astimezone(zone).date()
    monthly = whole(after, cycle.next, zone)
    draft.monthly_before_fen = whole(old, cycle.next, zone).total
    draft.monthly_after_fen, draft.monthly_lines = monthly.total, items(monthly)
    draft.this_month_before_fen = part(old, cycle, zone, held_from=held_from).total
    draft.this_month_after_fen = draft.this_month_before_fen
    if at is None and not kept_this_month:
        draft.this_month_after_fen = part(after, cycle, zone, held_from=held_from).total


# ---------------------------------------------------------------- state, numbers, features


def _move(change: Suspend | Resume | ReportLoss, situation: Situation, draft: Draft) -> None:
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
        move(line.life, target, reason)
    except LineRefused as error:
        said = both(error.message, **error.facts)
        draft.refuse(error.code, said.zh, said.en)


def _house_act(change: HouseChange, situation: Situation, draft: Draft) -> None:
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
                move(line.life, State.STOPPED, StopReason(reason))
            case Unbar(reason=reason):
                move(line.life, State.ACTIVE, StopReason(reason))
            case EndForArrears() if StopReason.ARREARS not in held:
                draft.refuse("not_stopped", "线路未欠费停机", "The line is not stopped for arrears")
            case EndForArrears() if line.base_state is not State.CLOSING:
                move(line.life, State.CLOSING, StopReason.ARREARS)
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


def _set_family_numbers(change: SetFamilyNumbers, situation: Situation, draft: Draft) -> None:
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


def _switch_feature(change: SwitchFeature, situation: Situation, draft: Draft) -> None:
    on_off = Text("开通", "on") if change.on else Text("关闭", "off")
    name = feature(change.feature)
    draft.say("功能{on}：{feature}", "Switch {feature} {on}", on=on_off, feature=name)
    if (change.feature in situation.features) == change.on:
        draft.refuse("feature_is_so", "该功能已是此状态", "The feature is so already")


def _change_number(change: ChangeNumber, situation: Situation, draft: Draft) -> None:
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


def _change_sim(change: ChangeSim, situation: Situation, draft: Draft) -> None:
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


def _close_line(situation: Situation, draft: Draft) -> None:
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
        move(line.life, State.CLOSING)
    except LineRefused as error:
        said = both(error.message, **error.facts)
        draft.refuse(error.code, said.zh, said.en)
