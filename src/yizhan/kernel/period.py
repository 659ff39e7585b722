"""Half-open stretches of time: ``[start, end)``, so that neighbours touch and never overlap."""

from datetime import UTC, date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

import msgspec


class Period(msgspec.Struct, frozen=True, order=True):
    """Moments from ``start`` up to, not including, ``end``; both aware."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def overlaps(self, other: Self) -> bool:
        """Whether the two share a moment."""
        return self.start < other.end and other.start < self.end


def add_months(day: date, months: int) -> date:
    """The same day *months* later, or the last day of that month if it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, days_in_month(year, month + 1)))


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def midnight(day: date, tz: ZoneInfo) -> datetime:
    """The first moment of *day* in *tz*, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC)


def cycle_containing(day: date, cycle_day: int) -> tuple[date, date]:
    """The bill cycle that holds *day*: from one ``cycle_day`` to the next, half-open.

    ``cycle_day`` is 1..28; 1 is the calendar month.
    """
    assert 1 <= cycle_day <= 28
    start = day.replace(day=cycle_day)
    if day.day < cycle_day:
        start = add_months(start, -1)
    return start, add_months(start, 1)
