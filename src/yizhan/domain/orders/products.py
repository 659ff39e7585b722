"""What another plan, an add-on more or an add-on fewer would do. Pure."""

from collections.abc import Sequence
from datetime import datetime

from yizhan.domain.catalog import exit_fee
from yizhan.domain.orders.changes import ChangePlan, DropAddOn, TakeAddOn, When
from yizhan.domain.orders.draft import (
    Draft,
    check_carried,
    check_condition,
    check_on_sale,
    check_plan,
)
from yizhan.domain.orders.pricing import items, part, whole
from yizhan.domain.orders.situation import HeldPlan, Offers, Situation
from yizhan.domain.tariff import AddOn, Plan, combine
from yizhan.kernel.money import yuan
from yizhan.kernel.period import add_months
from yizhan.kernel.text import Text


def moment_of(when: When, situation: Situation) -> datetime | None:
    """When it takes effect; None is at once."""
    if when is When.NOW:
        return None
    return situation.cycle.period(situation.zone).end


def change_plan(change: ChangePlan, situation: Situation, offers: Offers, draft: Draft) -> None:
    """Another plan, now or from the next month."""
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


def take_add_on(change: TakeAddOn, situation: Situation, offers: Offers, draft: Draft) -> None:
    """One more add-on."""
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


def drop_add_on(change: DropAddOn, situation: Situation, draft: Draft) -> None:
    """One add-on fewer."""
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
