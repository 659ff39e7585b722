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

NEAR = 6
"""How many of the cheapest today the break-even looks at, the best included."""
FAR = 3
"""How many of the cheapest at a larger use it looks at besides."""
LEVELS = {
    "minimum": Text("最低消费补足", "what was added up to the minimum spend"),
    "discount": Text("优惠", "discounts"),
    "cap": Text("封顶减免", "what a cap took off"),
    "day_cap": Text("日封顶减免", "what a cap for the day took off"),
    "tax": Text("税", "tax"),
    "rounding": Text("尾数", "rounding"),
}
"""What of a bill has no item of its own."""
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
    text = LEVELS.get(item) or now.candidate.plan.item_text(item)
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
    """How far each service may grow before another combination overtakes the best.

    Every record of the service is stretched by the same factor, up to five, and the rivals are
    priced again: a statement about these months, exact for them. Rivals are the next cheapest
    today and those cheapest at twice and at five times the use, among all with at most one add-on
    (*others* are such that were not priced because they do not pay off today). It is looked for at
    ``GRID``, then by tenths between the last that holds and the first that does not.
    """
    near = [priced.candidate for priced in ranked[1:NEAR]]
    far = [one.candidate for one in ranked[1:]] + list(others)
    far = [one for one in far if len(one.add_ons) <= 1 and one not in near]
    found = []
    for service in (Service.VOICE, Service.DATA, Service.SMS):
        used = _mean_use(months, service)
        if used == 0 or not near:
            continue
        race = _Race(ranked, months, tz, service)
        rivals = [*near, *race.winners(far, 20), *race.winners(far, 50)]
        limit, then = race.overtaken(rivals)
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


class _Race:
    """The best against its rivals while the use of one service grows."""

    def __init__(
        self, ranked: Sequence[Priced], months: Sequence[Month], tz: ZoneInfo, service: Service
    ) -> None:
        self._best, self._months, self._tz, self._service = ranked[0].candidate, months, tz, service
        self._today = {one.candidate.identity: one.total for one in ranked}
        self._stretched: dict[int, list[Month]] = {}
        self._totals: dict[tuple[int, object], int] = {}

    def winners(self, rivals: Sequence[Candidate], tenths: int) -> list[Candidate]:
        """Of those that beat the best at this factor, the cheapest few."""
        own = self._total(self._best, tenths)
        beating = [
            rival
            for rival in rivals
            if not self._dearer_already(rival, own) and self._total(rival, tenths) < own
        ]
        return sorted(beating, key=lambda one: self._total(one, tenths))[:FAR]

    def overtaken(self, rivals: Sequence[Candidate]) -> tuple[int | None, Text | None]:
        """The last factor, in tenths, at which the best holds, and who is cheaper beyond."""
        low = 10
        for high in GRID:
            if winning := self.winners(rivals, high):
                break
            low = high
        else:
            return None, None
        while high - low > 1:
            middle = (low + high) // 2
            if earlier := self.winners(rivals, middle):
                high, winning = middle, earlier
            else:
                low = middle
        return low, label(winning[0])

    def _total(self, who: Candidate, tenths: int) -> int:
        key = (tenths, who.identity)
        if tenths not in self._stretched:
            self._stretched[tenths] = [_stretch(m, self._service, tenths) for m in self._months]
        if key not in self._totals:
            self._totals[key] = price(who, self._stretched[tenths], self._tz).total
        return self._totals[key]

    def _dearer_already(self, rival: Candidate, own: int) -> bool:
        """Whether it costs as much today: more use only adds, unless a price falls with use."""
        falls = rival.plan.warnings or any(rule.allow_negative for rule in rival.plan.price)
        return not falls and self._today.get(rival.identity, 0) >= own


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
