"""What a plan costs whether or not it is used: its fees and minimum, by the bill's own engine."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.rating import Context, RatedMonth, rate_month
from yizhan.domain.tariff import Plan
from yizhan.kernel.period import Period, add_months, cycle_containing, midnight
from yizhan.kernel.text import Text


class Item(msgspec.Struct, frozen=True):
    """An amount with its words. Fen."""

    text: Text
    amount_fen: int


class Cycle(msgspec.Struct, frozen=True):
    """The bill month a day lies in: local days, half-open."""

    start: date
    end: date

    @classmethod
    def of(cls, day: date, cycle_day: int) -> "Cycle":
        """The bill month that holds *day*."""
        return cls(*cycle_containing(day, cycle_day))

    @property
    def next(self) -> "Cycle":
        """The bill month after it."""
        return Cycle(self.end, add_months(self.end, 1))

    def period(self, zone: ZoneInfo) -> Period:
        """The same as moments."""
        return Period(midnight(self.start, zone), midnight(self.end, zone))


def whole(plan: Plan, cycle: Cycle, zone: ZoneInfo) -> RatedMonth:
    """A whole month of *plan*, nothing used, nothing at a discount that will end."""
    return rate_month(plan, [], cycle.period(zone), tz=zone, context=Context(months_since_start=99))


def part(
    plan: Plan,
    cycle: Cycle,
    zone: ZoneInfo,
    *,
    held_from: date | None = None,
    held_to: date | None = None,
    started_by: str = "start",
    ended_by: str = "end",
) -> RatedMonth:
    """The part of a month in which *plan* is held, nothing used; fees as the plan prorates them."""
    inside = held_from is not None and cycle.start < held_from
    return rate_month(
        plan,
        [],
        cycle.period(zone),
        tz=zone,
        context=Context(
            active_from=held_from if inside else None,
            active_to=held_to,
            started_by=started_by,
            ended_by=ended_by,
            months_since_start=0 if inside else 1,
        ),
    )


def items(month: RatedMonth) -> tuple[Item, ...]:
    """The lines of a month without usage."""
    return tuple(Item(line.text, line.amount) for line in month.lines if line.amount)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The operator's day of a moment."""
    return moment.astimezone(zone).date()
