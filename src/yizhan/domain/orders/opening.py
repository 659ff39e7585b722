"""Looking at a new line: the plan, the number, the first month, and the papers it waits for."""

from yizhan.domain.orders.changes import OpenLine
from yizhan.domain.orders.draft import (
    Draft,
    check_carried,
    check_condition,
    check_family_numbers,
    check_on_sale,
    check_plan,
)
from yizhan.domain.orders.pricing import items, part, whole
from yizhan.domain.orders.situation import Offers, Situation
from yizhan.domain.subscriptions import NumberState
from yizhan.domain.tariff import combine
from yizhan.kernel.period import add_months
from yizhan.kernel.text import Text

PAPERS = Text("等待核验证件原件", "Waiting for the original of an identity document to be seen")
"""A line is opened under a real name, by its original document (R30)."""


def look(change: OpenLine, situation: Situation, offers: Offers, draft: Draft) -> None:
    """Look at opening a line."""
    plan = offers.plan
    assert plan is not None
    draft.after = plan
    draft.say(
        "新开 {number}：{plan}", "New line {number}: {plan}", number=change.number, plan=plan.name
    )
    check_plan(plan, situation.today, draft)
    for add_on in offers.add_ons:
        check_on_sale(add_on, situation.today, draft)
        check_condition(add_on, situation.attributes, draft)
    check_carried(plan, offers.add_ons, draft)
    check_number(change.number, situation, plan.kind.value, draft)
    if situation.account and situation.account.payment_kind.value != plan.payment.value:
        draft.refuse(
            "other_payment",
            "该套餐的付费方式与所选账户不同",
            "The plan is paid another way than the account chosen",
        )
    if situation.documents == 0:
        draft.hold = PAPERS
    if plan.term:
        draft.note(
            "在网期至 {until}：{text}",
            "A term until {until}: {text}",
            until=add_months(situation.today, plan.term.months).isoformat(),
            text=plan.term.text,
        )
    if draft.clashes:
        return
    combined = combine(plan, offers.add_ons)
    check_family_numbers(
        change.family_numbers, combined, own=change.number, area=change.area, draft=draft
    )
    draft.gained += [allowance.text for allowance in combined.allowances]
    if combined.family:
        draft.gained.append(combined.family.text)
    if change.family_numbers:
        said = ", ".join(change.family_numbers)
        draft.note("亲情号码：{numbers}", "Family numbers: {numbers}", numbers=said)
    zone, cycle = situation.zone, situation.cycle
    monthly = whole(combined, cycle.next, zone)
    draft.monthly_after_fen, draft.monthly_lines = monthly.total, items(monthly)
    draft.this_month_after_fen = part(combined, cycle, zone, held_from=situation.today).total


def check_number(number: str, situation: Situation, kind: str, draft: Draft) -> None:
    """Refuse a number that this customer cannot be given."""
    stock = situation.stock
    if stock is None:
        if kind != "internet":
            draft.refuse(
                "number_unknown",
                "{number} 不在号码库中",
                "{number} is not in the stock of numbers",
                number=number,
            )
        return
    if stock.kind.value != kind:
        draft.refuse(
            "number_kind",
            "{number} 不适用于此类线路",
            "{number} is a number for another kind of line",
            number=number,
        )
    standing = stock.standing(situation.now)
    reserved_for_him = (
        standing is NumberState.RESERVED and stock.reserved_for == situation.customer_id
    )
    if standing is not NumberState.FREE and not reserved_for_him:
        draft.refuse(
            "number_taken",
            "{number} 已被占用，请另选",
            "{number} cannot be given: choose another",
            number=number,
        )
