"""Where in the week a moment lies, and which rule of a plan means a record there."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from yizhan.bench.oracle_parts import Wrong
from yizhan.domain.tariff import (
    Plan,
    PriceRule,
    Selector,
    within,
)


class Week:
    """A plan's calendars and rules, asked one moment at a time."""

    def __init__(self, plan: Plan, tz: ZoneInfo) -> None:
        self.plan, self.tz = plan, tz
        self.rank_max = plan.family.numbers if plan.family else 0

    def bands(self, moment: datetime) -> set[str]:
        """The names of the bands a moment lies in, one of each calendar."""
        local = moment.astimezone(self.tz)
        minute = local.hour * 60 + local.minute
        holiday = (local.month, local.day) in self.plan.holidays.yearly or (
            local.date() in self.plan.holidays.dates
        )
        found = set()
        for calendar in self.plan.calendars:
            day = calendar.days[local.weekday() + (7 if holiday else 0)]
            index = next(band for first, band in reversed(day) if first <= minute)
            found.add(calendar.bands[index].id)
        return found

    def meets(self, when: Selector, usage: Any, bands: set[str]) -> bool:
        """Whether a selector means this record in these bands."""
        family = 1 <= usage.family_rank <= self.rank_max
        wanted = (
            (when.services, usage.service),
            (when.directions, usage.direction),
            (when.accesses, usage.access),
            (when.nets, usage.net),
            (when.places, usage.place),
            (when.partners, usage.partner),
        )
        return (
            all(not words or word in words for words, word in wanted)
            and (not when.zones or any(within(usage.zone, zone) for zone in when.zones))
            and (not when.roams or any(within(usage.roam, roam) for roam in when.roams))
            and (not when.bands or bool(bands & set(when.bands)))
            and (when.family is None or when.family == family)
        )

    def rule(self, usage: Any, bands: set[str]) -> PriceRule:
        """The first rule that matches."""
        for rule in self.plan.price:
            if self.meets(rule.when, usage, bands):
                return rule
        raise Wrong(f"no price for {usage}")
