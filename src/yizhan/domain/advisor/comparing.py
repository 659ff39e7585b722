"""What makes the difference between two candidates, and how far it holds when use grows."""

from collections import Counter
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.advisor.candidates import label
from yizhan.domain.advisor.model import BreakEven, Candidate, Driver, Month, Priced
from yizhan.domain.advisor.pricing import price
from yizhan.domain.rating import Usage
from yizhan.domain.tariff import Service
from yizhan.kernel.text import Text

RANKED_FOR_LIMITS = 6
"""Among how many of the cheapest the break-even is looked for."""
GRID = (12, 15, 20, 30, 50)
"""Tenths of today's use at which the break-even is looked for first."""


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

    Every record of the service is stretched by the same factor, up to five, and the rivals are
    priced again: a statement about these months, exact for them. It is looked for at ``GRID``,
    then between the last that holds and the first that does not, by tenths. Rivals are the next
    cheapest, and the best plan with each add-on that does not pay off today (*others*).
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

    low = 10
    for high in GRID:
        if (winner := beaten_by(high)) is not None:
            break
        low = high
    else:
        return None, None
    while high - low > 1:
        middle = (low + high) // 2
        if (other := beaten_by(middle)) is None:
            low = middle
        else:
            high, winner = middle, other
    return low, winner


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
