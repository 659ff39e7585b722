"""What a part of a period is worth: days held against days of the period."""

from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.rating.model import Context
from yizhan.domain.tariff import Allowance, Proration, Prorations, Window
from yizhan.kernel.errors import Invalid
from yizhan.kernel.period import Period

_DAYS_OF_YEAR = 365
_HALF_MONTH_DAYS = 15


class Held(msgspec.Struct, frozen=True):
    """The days of a period, and those on which the plan was held; half-open local days."""

    starts: date
    ends: date
    active_from: date
    active_to: date
    started_by: str
    ended_by: str

    @classmethod
    def of(cls, period: Period, tz: ZoneInfo, context: Context) -> "Held":
        """From a period of moments and what the context knows."""
        starts = period.start.astimezone(tz).date()
        ends = period.end.astimezone(tz).date()
        active_from = max(starts, context.active_from or starts)
        active_to = min(ends, context.active_to or ends)
        if active_to < active_from:
            raise Invalid(
                "The plan was not held in the period {starts} to {ends}.",
                starts=str(starts),
                ends=str(ends),
            )
        return cls(starts, ends, active_from, active_to, context.started_by, context.ended_by)

    @property
    def days(self) -> int:
        """Days held."""
        return (self.active_to - self.active_from).days

    @property
    def of_days(self) -> int:
        """Days of the period."""
        return (self.ends - self.starts).days

    @property
    def whole(self) -> bool:
        """Whether it was held throughout."""
        return self.days == self.of_days


def due(amount: Fraction, prorate: Prorations, held: Held) -> Fraction:
    """What of a monthly *amount* is due for the days held.

    Where both ends of the period are cut, the smaller of what each end leaves is due.
    """
    if held.whole:
        return amount
    shares = []
    if held.active_from > held.starts:
        shares.append(prorate.change if held.started_by == "change" else prorate.start)
    if held.active_to < held.ends:
        shares.append(prorate.change if held.ended_by == "change" else prorate.end)
    return min((_share(amount, how, held) for how in shares), key=abs)


def _share(amount: Fraction, how: Proration, held: Held) -> Fraction:
    match how:
        case Proration.FULL:
            return amount
        case Proration.NONE:
            return Fraction(0)
        case Proration.BY_DAY:
            return amount * held.days / held.of_days
        case Proration.BY_DAY_OF_YEAR:
            by_day = amount * 12 * held.days / _DAYS_OF_YEAR
            return min(by_day, amount, key=abs)
        case Proration.HALF_MONTH:
            return amount / 2 if held.days <= _HALF_MONTH_DAYS else amount


def prorated_units(allowance: Allowance, held: Held) -> int:
    """The size of an allowance for the days held, in whole draw blocks, started ones whole.

    Only allowances of the bill month are prorated; days and weeks are full or not at all.
    """
    if allowance.window is not Window.BILL_MONTH or held.whole:
        return allowance.size
    exact = due(Fraction(allowance.size), allowance.prorate, held)
    blocks = -(-exact // allowance.draw)
    return min(allowance.size, int(blocks) * allowance.draw)
