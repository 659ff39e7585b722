"""The bill run again: the same months under every candidate, with the engine that bills.

Pure. Nothing is estimated here: each figure is what the plan's own rules give for the records, so
advice cannot disagree with a bill.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.advisor.model import (
    MONTHS_NEEDED,
    Advice,
    BreakEven,
    Candidate,
    Driver,
    Excluded,
    HabitAdvice,
    Month,
    NothingToPrice,
    Priced,
    PricedMonth,
    Verdict,
    rank,
)
from yizhan.domain.rating import Carry, Context, RatedMonth, Usage, rate_month
from yizhan.domain.tariff import AddOn, Plan, Selector, Service, combine, within
from yizhan.kernel.period import Period, midnight
from yizhan.kernel.text import Text

ADD_ONS_MAX = 6
"""How many useful add-ons of one plan are tried in every combination (2^6 sets)."""
RANKED_FOR_LIMITS = 6
"""Among how many of the cheapest the break-even is looked for."""


_BY_ITEM = ("recurring", "usage", "tier")
"""Lines that belong to a bill item; the others stand for themselves: minimum, discount, cap …"""

# ---------------------------------------------------------------- candidates


def candidates(
    plans: Iterable[Plan], add_ons: Mapping[str, AddOn], usages: Sequence[Usage]
) -> Iterator[Candidate]:
    """Every plan with every legal set of add-ons that could pay off for *usages*.

    An add-on that touches no record and costs money cannot lower a bill, so leaving it out loses
    nothing. Sets that exclude or lack each other are not legal and are left out too.
    """
    for plan in plans:
        useful = [
            add_ons[key]
            for key in plan.may_carry
            if key in add_ons and plan.kind in add_ons[key].kinds and touches(add_ons[key], usages)
        ][:ADD_ONS_MAX]
        for count in range(len(useful) + 1):
            for chosen in combinations(useful, count):
                if legal(plan, chosen):
                    yield candidate(plan, chosen)


def candidate(plan: Plan, chosen: Sequence[AddOn], *, current: bool = False) -> Candidate:
    """The plan with these add-ons, ready to price."""
    return Candidate(
        plan_id=plan.id,
        version=plan.version,
        name=plan.name,
        add_ons=tuple(add_on.id for add_on in chosen),
        add_on_names=tuple(add_on.name for add_on in chosen),
        plan=combine(plan, list(chosen)) if chosen else plan,
        current=current,
    )


def legal(plan: Plan, chosen: Sequence[AddOn]) -> bool:
    """Whether nothing in the set excludes another and all that is required is there."""
    together = {plan.id, *(add_on.id for add_on in chosen)}
    return all(
        not (set(thing.excludes) & (together - {thing.id})) and set(thing.requires) <= together
        for thing in (plan, *chosen)
    )


def touches(add_on: AddOn, usages: Sequence[Usage]) -> bool:
    """Whether any selector of the add-on could meet any of the records."""
    selectors = [rule.when for rule in add_on.price]
    selectors += [when for allowance in add_on.allowances for when in allowance.when]
    return any(_could_meet(selector, usage) for selector in selectors for usage in usages)


def _could_meet(selector: Selector, usage: Usage) -> bool:
    return (
        (not selector.services or usage.service in selector.services)
        and (not selector.directions or usage.direction in selector.directions)
        and (not selector.accesses or usage.access in selector.accesses)
        and (not selector.nets or usage.net in selector.nets)
        and (not selector.places or usage.place in selector.places)
        and (not selector.partners or usage.partner in selector.partners)
        and (not selector.zones or any(within(usage.zone, zone) for zone in selector.zones))
        and (not selector.roams or any(within(usage.roam, roam) for roam in selector.roams))
        and (selector.family is not True or usage.family_rank > 0)
    )


# ---------------------------------------------------------------- pricing


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
    for month in months:
        usages = [change(usage) for usage in month.usages] if change else month.usages
        rated = rate_month(
            who.plan,
            usages,
            Period(midnight(month.start, tz), midnight(month.end, tz)),
            tz=tz,
            context=Context(carry=carry, months_since_start=12),
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


def prices_17911(plan: Plan) -> bool:
    """Whether the plan has a price for calls over 17911 at all."""
    return any(
        coverage.service is Service.VOICE and "17911" in coverage.accesses
        for coverage in plan.covers
    )


def habit_advice(current: Priced, months: Sequence[Month], tz: ZoneInfo) -> HabitAdvice | None:
    """What dialling 17911 would have saved on the plan held; ``None`` without such calls."""
    if not prices_17911(current.candidate.plan):
        return None
    calls = [usage for month in months for usage in month.usages if over_17911(usage) is not usage]
    if not calls:
        return None
    changed = price(current.candidate, months, tz, change=over_17911, habit="17911")
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


# ---------------------------------------------------------------- comparing


def driver(now: Priced, then: Priced) -> Driver | None:
    """The item with the largest change in the direction of the whole change."""
    before = _items(now)
    after = _items(then)
    sign = 1 if now.total >= then.total else -1
    changes = {
        item: (before.get(item, 0) - after.get(item, 0)) * sign for item in {*before, *after}
    }
    if not changes:
        return None
    item = max(changes, key=lambda key: (changes[key], key))
    if changes[item] <= 0:
        return None
    text = now.candidate.plan.item_text(item)
    if text.zh == item:
        text = then.candidate.plan.item_text(item)
    return Driver(item=item, text=text, now=before.get(item, 0), then=after.get(item, 0))


def _items(priced: Priced) -> Counter[str]:
    total: Counter[str] = Counter()
    for month in priced.months:
        total.update(month.items)
    return total


def break_even(
    ranked: Sequence[Priced],
    months: Sequence[Month],
    tz: ZoneInfo,
    *,
    others: Sequence[Candidate] = (),
) -> tuple[BreakEven, ...]:
    """How far each service may grow before another of those compared overtakes the best.

    Every record of the service is stretched by the same factor, in steps of a tenth up to five,
    and the rivals are priced again: a statement about these months, exact for them. Rivals are
    the next cheapest, and the best plan with each add-on that does not pay off today (*others*).
    """
    best = ranked[0]
    rivals = [priced.candidate for priced in ranked[1:RANKED_FOR_LIMITS]]
    rivals += [other for other in others if other.plan_id == best.candidate.plan_id]
    found = []
    for service in (Service.VOICE, Service.DATA, Service.SMS):
        used = _mean_use(months, service)
        if used == 0 or not rivals:
            continue
        limit, then = _overtaken(best.candidate, rivals, months, tz, service)
        found.append(
            BreakEven(
                service=service.value,
                now=used,
                limit=None if limit is None else used * limit // 10,
                then=then,
            )
        )
    return tuple(found)


def _mean_use(months: Sequence[Month], service: Service) -> int:
    total = sum(
        usage.quantity
        for month in months
        for usage in month.usages
        if usage.service is service and usage.direction == "out"
    )
    return total // len(months)


def _overtaken(
    best: Candidate,
    rivals: Sequence[Candidate],
    months: Sequence[Month],
    tz: ZoneInfo,
    service: Service,
) -> tuple[int | None, Text | None]:
    def beaten_by(tenths: int) -> Text | None:
        stretched = [_stretch(month, service, tenths) for month in months]
        own = price(best, stretched, tz).total
        for rival in rivals:
            if price(rival, stretched, tz).total < own:
                return label(rival)
        return None

    if beaten_by(50) is None:
        return None, None
    low, high = 10, 50
    while high - low > 1:
        middle = (low + high) // 2
        if beaten_by(middle) is None:
            low = middle
        else:
            high = middle
    return low, beaten_by(high)


def _stretch(month: Month, service: Service, tenths: int) -> Month:
    def grown(usage: Usage) -> Usage:
        if usage.service is not service or usage.direction != "out":
            return usage
        return msgspec.structs.replace(usage, quantity=usage.quantity * tenths // 10)

    if service is Service.SMS:
        texts = [u for u in month.usages if u.service is service and u.direction == "out"]
        more = len(texts) * (tenths - 10) // 10
        repeated = [texts[i % len(texts)] for i in range(more)] if texts else []
        return Month(month.start, month.end, [*month.usages, *repeated])
    return Month(month.start, month.end, [grown(usage) for usage in month.usages])


def label(who: Candidate) -> Text:
    """What a combination is called: the plan, and the add-ons it carries."""
    if not who.add_ons:
        return who.name
    return Text(
        who.name.zh + " + " + "、".join(name.zh for name in who.add_on_names),
        who.name.en + " + " + ", ".join(name.en for name in who.add_on_names),
    )


# ---------------------------------------------------------------- the advice


def advise(
    current: Candidate | None,
    choices: Iterable[Candidate],
    months: Sequence[Month],
    tz: ZoneInfo,
    *,
    excluded: Sequence[Excluded] = (),
    not_counted: Sequence[Text] = (),
    estimated: bool = False,
    limits: bool = True,
) -> Advice:
    """The advice for these months. Raises ``NothingToPrice`` when there are none.

    ``limits=False`` leaves the break-even out: a glance does not need it and it costs the most.
    """
    if not months:
        raise NothingToPrice(
            "There is no whole month of usage to price. Ask for his habits instead."
        )
    priced: dict[str, Priced] = {}
    if current is not None:
        priced[current.key] = price(current, months, tz)
    passed_over = []
    for choice in choices:
        if choice.key in priced:
            continue
        if _hopeless(choice, priced, months):
            passed_over.append(choice)
        else:
            priced[choice.key] = price(choice, months, tz)
    if not priced:
        raise NothingToPrice("No plan on sale could be priced for this line.")
    ranked = rank(list(priced.values()))
    held = priced[current.key] if current is not None else None
    habit = habit_advice(held, months, tz) if held is not None else None
    best = ranked[0]
    verdict = _verdict(held, best, habit, len(months), estimated=estimated)
    switching = verdict is Verdict.SWITCH
    return Advice(
        line_id=None,
        verdict=verdict,
        months=tuple(month.start for month in months),
        current=held,
        options=tuple(ranked),
        best=best,
        saving=held.total - best.total if held is not None else 0,
        months_worse=_months_worse(held, best),
        driver=driver(held, best) if held is not None and best is not held else None,
        break_even=break_even(
            ranked, months, tz, others=[c for c in passed_over if len(c.add_ons) == 1]
        )
        if limits and (switching or held is best)
        else (),
        habit=habit,
        excluded=tuple(excluded),
        not_counted=tuple(not_counted),
        estimated=estimated,
    )


def _hopeless(choice: Candidate, priced: Mapping[str, Priced], months: Sequence[Month]) -> bool:
    """Whether its fees alone cost no less than the plan without these add-ons did.

    Nothing a plan charges is negative unless it has discounts, so such a set cannot be cheaper.
    """
    plain = priced.get(choice.plan_id)
    if plain is None or not choice.add_ons or choice.plan.discounts:
        return False
    fees = sum(fee.amount for fee in choice.plan.recurring if fee.months == 1)
    return fees * 100 * len(months) >= plain.total


def _verdict(
    held: Priced | None, best: Priced, habit: HabitAdvice | None, months: int, *, estimated: bool
) -> Verdict:
    if months < MONTHS_NEEDED and not estimated:
        return Verdict.NOT_ENOUGH_HISTORY
    if held is None:
        return Verdict.SWITCH
    from_habit = habit.saving if habit is not None else 0
    if held.total - best.total > from_habit and _worth_it(held, best):
        return Verdict.SWITCH
    if from_habit > 0:
        return Verdict.CHANGE_HABIT
    return Verdict.STAY


def _worth_it(held: Priced, best: Priced) -> bool:
    """A twentieth saved, and dearer in at most a third of the months: less is noise."""
    return (held.total - best.total) * 20 >= held.total and _months_worse(held, best) * 3 <= len(
        held.months
    )


def _months_worse(held: Priced | None, best: Priced) -> int:
    if held is None:
        return 0
    return sum(
        1
        for before, after in zip(held.months, best.months, strict=True)
        if after.total > before.total
    )
