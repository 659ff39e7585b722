"""The bill run again: the same months under a candidate, with the engine that bills.

Pure. Nothing is estimated here: each figure is what the plan's own rules give for the records, so
advice cannot disagree with a bill.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.advisor.model import Candidate, HabitAdvice, Month, Priced, PricedMonth
from yizhan.domain.rating import Carry, Context, RatedMonth, Usage, rate_month
from yizhan.domain.tariff import Plan, Service, within
from yizhan.kernel.period import Period, midnight
from yizhan.kernel.text import Text

LONG_HELD = 1200
"""Months the plan is taken to have been held: promotions of the first months are over, and fees
due every quarter or year fall due in their turn (whole years, so tiers of a year begin anew)."""

_BY_ITEM = ("recurring", "usage", "tier")
"""Lines that belong to a bill item; the others stand for themselves: minimum, discount, cap …"""


def price(
    who: Candidate,
    months: Sequence[Month],
    tz: ZoneInfo,
    *,
    change: Callable[[Usage], Usage] | None = None,
    habit: str | None = None,
) -> Priced:
    """*months* under one candidate, allowances rolling from each into the next.

    *change* rewrites each record first: what if he had dialled another way.
    """
    carry = Carry()
    priced = []
    for place, month in enumerate(months):
        usages = [change(usage) for usage in month.usages] if change else month.usages
        rated = rate_month(
            who.plan,
            usages,
            Period(midnight(month.start, tz), midnight(month.end, tz)),
            tz=tz,
            context=Context(carry=carry, months_since_start=LONG_HELD + place),
        )
        carry = rated.carry
        priced.append(summary(month, rated))
    return Priced(candidate=who, months=tuple(priced), habit=habit)


def summary(month: Month, rated: RatedMonth) -> PricedMonth:
    """A rated month by bill items; line-level credits stand under their own keys."""
    items: Counter[str] = Counter()
    for line in rated.lines:
        items[line.item if line.kind in _BY_ITEM else line.kind] += line.amount
    return PricedMonth(
        start=month.start,
        total=rated.total,
        items=dict(items),
        unused={
            bucket.allowance: (bucket.drawn, bucket.size + bucket.carried_in)
            for bucket in rated.buckets
        },
    )


def over_17911(usage: Usage) -> Usage:
    """The same call, dialled 17911 first; only direct calls beyond the local area change."""
    if (
        usage.service is Service.VOICE
        and usage.direction == "out"
        and usage.access == "direct"
        and not within(usage.zone, "local")
    ):
        return msgspec.structs.replace(usage, access="17911")
    return usage


def prices_17911(plan: Plan, call: Usage) -> bool:
    """Whether the plan has a price for this call over 17911."""
    return any(
        coverage.service is Service.VOICE
        and "17911" in coverage.accesses
        and call.direction in coverage.directions
        and call.roam in coverage.roams
        and any(within(call.zone, zone) for zone in coverage.zones)
        for coverage in plan.covers
    )


def habit_advice(current: Priced, months: Sequence[Month], tz: ZoneInfo) -> HabitAdvice | None:
    """What dialling 17911 would have saved on the plan held; ``None`` without such calls."""
    plan = current.candidate.plan

    def dialled_cheaper(usage: Usage) -> Usage:
        other = over_17911(usage)
        return other if other is not usage and prices_17911(plan, other) else usage

    calls = [
        usage for month in months for usage in month.usages if dialled_cheaper(usage) is not usage
    ]
    if not calls:
        return None
    changed = price(current.candidate, months, tz, change=dialled_cheaper, habit="17911")
    savings = [
        before.total - after.total
        for before, after in zip(current.months, changed.months, strict=True)
    ]
    saving = sum(savings)
    why = None
    if saving <= 0:
        below = any(month.items.get("minimum", 0) > 0 for month in current.months)
        why = (
            Text(
                "通话费在最低消费以内，改拨 17911 不会少付。",
                "The calls stay below the minimum spend, so dialling 17911 would save nothing.",
            )
            if below
            else Text("改拨 17911 不会更便宜。", "Dialling 17911 would not be cheaper.")
        )
    return HabitAdvice(
        kind="17911",
        months=changed.months,
        saving=max(0, saving),
        calls=len(calls),
        seconds=sum(call.quantity for call in calls),
        best_month_saving=max(savings),
        why_none=why,
    )
