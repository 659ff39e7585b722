"""Advice as a page shows it: the verdict, the sentences, months against plans, and the chart."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from yizhan.domain import advisor, catalog, usage
from yizhan.domain.tariff import AddOn, Plan
from yizhan.kernel.text import Text
from yizhan.web.staff.bills import month_words, short_month
from yizhan.web.staff.page import AnyRequest, say, words
from yizhan.web.staff.quantities import quantity
from yizhan.web.staff.terms import LINE_KIND, PAYMENT_KIND
from yizhan.web.visit import visit_of

SHOWN = 8
VERDICTS = {
    "switch": (Text("建议更换", "Change the plan"), "good"),
    "change_habit": (Text("改变拨号方式", "Keep the plan, dial another way"), "good"),
    "stay": (Text("不必更换套餐", "Stay on this plan"), "info"),
    "not_enough_history": (Text("记录不足三个月", "Not enough history"), "warn"),
}
_FOR_A_NEWCOMER = Text("推荐套餐", "The plan to take"), "good"


def verdict(request: AnyRequest, given: advisor.Advice) -> dict[str, str]:
    """What the adviser says, in three words."""
    text, tone = VERDICTS[given.verdict.value]
    if given.current is None and given.verdict is advisor.Verdict.SWITCH:
        text, tone = _FOR_A_NEWCOMER
    return {"words": words(request, text), "tone": tone}


def spoken(request: AnyRequest, given: advisor.Advice) -> list[str]:
    """The sentences to read aloud."""
    return [words(request, one) for one in advisor.sentences(given)]


def whole(
    request: AnyRequest, given: advisor.Advice, successors: Mapping[str, catalog.Offer]
) -> dict[str, Any]:
    """Everything the advice page shows."""
    options = list(given.options[:SHOWN])
    if given.current is not None and given.current not in options:
        options.append(given.current)
    other = "en" if visit_of(request).language == "zh" else "zh"
    return {
        "verdict": verdict(request, given),
        "said": spoken(request, given),
        "said_other": [one[other] for one in advisor.sentences(given)],
        "other": other,
        "months": [month_words(request, day) for day in given.months],
        "current": _option(request, given, given.current) if given.current else None,
        "best": _option(request, given, given.best) if given.best else None,
        "options": [_option(request, given, one) for one in options],
        "rest": max(0, len(given.options) - len(options)),
        "saving": given.saving,
        "months_worse": given.months_worse,
        "driver": given.driver,
        "driver_words": words(request, given.driver.text) if given.driver else "",
        "habit": _habit(request, given.habit) if given.habit else None,
        "excluded": [
            {
                "name": words(request, one.name),
                "reasons": [words(request, reason) for reason in one.reasons],
                "successor": words(request, successors[one.successor].name)
                if one.successor and one.successor in successors
                else "",
            }
            for one in given.excluded
        ],
        "not_counted": [words(request, one) for one in given.not_counted],
        "estimated": given.estimated,
        "chart": chart(request, given),
    }


def _option(request: AnyRequest, given: advisor.Advice, priced: advisor.Priced) -> dict[str, Any]:
    totals = [month.total for month in priced.months]
    worst = max(totals, default=0)
    worst = 0 if worst == min(totals, default=0) else worst
    base = given.current.total if given.current else None
    return {
        "key": priced.candidate.key,
        "plan_id": priced.candidate.plan_id,
        "version": priced.candidate.version,
        "add_ons": priced.candidate.add_ons,
        "name": words(request, advisor.label(priced.candidate)),
        "current": priced.candidate.current,
        "recommended": priced is given.best and given.verdict is advisor.Verdict.SWITCH,
        "months": [(total, total == worst and worst > 0) for total in totals],
        "total": priced.total,
        "mean": priced.mean,
        "saving": None if base is None or priced.candidate.current else base - priced.total,
    }


def _habit(request: AnyRequest, habit: advisor.HabitAdvice) -> dict[str, Any]:
    return {
        "months": [month.total for month in habit.months],
        "total": sum(month.total for month in habit.months),
        "saving": habit.saving,
        "calls": habit.calls,
        "talked": words(request, quantity("voice", habit.seconds)),
        "why_none": words(request, habit.why_none) if habit.why_none else "",
    }


def chart(request: AnyRequest, given: advisor.Advice) -> str:
    """The picture's data, as JSON: what is held first, then the best ones, then the habit."""
    picked: list[advisor.Priced] = [given.current] if given.current else []
    picked += [one for one in given.options if one not in picked][: 3 - len(picked) + 1]
    rows = [
        {
            "name": words(request, advisor.label(one.candidate)),
            "values": [month.total / 100 for month in one.months],
        }
        for one in picked
    ]
    if given.habit is not None and given.habit.saving > 0:
        rows.append(
            {
                "name": say(request, "same plan, 17911 for long distance"),
                "values": [month.total / 100 for month in given.habit.months],
            }
        )
    return json.dumps(
        {"months": [short_month(request, day) for day in given.months], "rows": rows},
        ensure_ascii=False,
    )


def plan(request: AnyRequest, one: Plan) -> dict[str, Any]:
    """A plan in the list of what is sold."""
    return {
        "id": one.id,
        "version": one.version,
        "name": words(request, one.name),
        "summary": words(request, one.summary),
        "kind_words": words(request, LINE_KIND[one.kind.value]),
        "payment_words": words(request, PAYMENT_KIND[one.payment.value]),
        "fee": catalog.monthly_fee_fen(one),
        "minimum": one.minimum_spend is not None,
        "conditions": [words(request, condition.text) for condition in one.eligible],
        "allowances": [words(request, allowance.text) for allowance in one.allowances],
        "prices": [words(request, rule.text) for rule in one.price],
        "family": words(request, one.family.text) if one.family else "",
        "term": words(request, one.term.text) if one.term else "",
    }


def add_on(request: AnyRequest, one: AddOn) -> dict[str, Any]:
    """An add-on in the list of what is sold."""
    return {
        "id": one.id,
        "name": words(request, one.name),
        "summary": words(request, one.summary),
        "conditions": [words(request, condition.text) for condition in one.eligible],
    }


@cache
def homes() -> Sequence[tuple[str, str, Text]]:
    """Cities a caller may be from: province (as zones name it), area code, name."""
    return [
        (row.zone.removeprefix("domestic."), row.area, row.name)
        for row in usage.built_in_rows()
        if row.kind == "area" and row.area and row.zone.startswith("domestic.")
    ]
