"""Which bands hold at a moment, and for how many more seconds."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from yizhan.domain.rating.compiled import CompiledPlan

_MINUTES_OF_DAY = 1440


class BandClock:
    """Reads the calendars of a plan in the operator's zone."""

    def __init__(self, plan: CompiledPlan, tz: ZoneInfo, holidays: Iterable[date]) -> None:
        self._tz = tz
        self._dates = {*holidays, *plan.plan.holidays.dates}
        self._yearly = set(plan.plan.holidays.yearly)
        self._days = [plan.bands_of(kind) for kind in range(14)]
        self._edges = [[minute for minute, _ in day] for day in self._days]

    def _kind(self, day: date) -> int:
        holiday = day in self._dates or (day.month, day.day) in self._yearly
        return day.weekday() + (7 if holiday else 0)

    def atom(self, at: datetime) -> int:
        """The index of the set of bands in force at *at*."""
        local = at.astimezone(self._tz)
        kind = self._kind(local.date())
        minute = local.hour * 60 + local.minute
        return self._days[kind][bisect_right(self._edges[kind], minute) - 1][1]

    def piece(self, at: datetime) -> tuple[int, int]:
        """The bands in force at *at* (UTC), and after how many seconds the next piece begins.

        A second that began before the edge belongs to the earlier piece.
        """
        assert at.tzinfo is UTC
        local = at.astimezone(self._tz)
        kind = self._kind(local.date())
        minute = local.hour * 60 + local.minute
        place = bisect_right(self._edges[kind], minute)
        atom = self._days[kind][place - 1][1]
        edges = self._edges[kind]
        edge = edges[place] if place < len(edges) else _MINUTES_OF_DAY
        ends = at + (
            timedelta(minutes=edge - minute)
            - timedelta(seconds=local.second, microseconds=local.microsecond)
        )
        if ends.astimezone(self._tz).utcoffset() != local.utcoffset():
            ends = self._across_shift(at, atom, ends)
        seconds, micros = divmod((ends - at) // timedelta(microseconds=1), 1_000_000)
        return atom, seconds + (1 if micros else 0)

    def _across_shift(self, at: datetime, atom: int, ends: datetime) -> datetime:
        """The edge on a day whose clocks are put forward or back: looked for minute by minute."""
        local = at.astimezone(self._tz)
        moment = at - timedelta(seconds=local.second, microseconds=local.microsecond)
        last = ends + timedelta(hours=2)
        while moment < last:
            moment += timedelta(minutes=1)
            if self.atom(moment) != atom:
                return moment.astimezone(UTC)
        return last
