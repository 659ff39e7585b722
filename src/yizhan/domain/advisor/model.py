"""What advice is: months priced under candidates, compared, with the reasons a person can check.

Everything here is a value; amounts are fen. ``pricing`` fills these structures, ``words`` says
them, the service keeps them as evidence.
"""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec

from yizhan.domain.rating import Usage
from yizhan.domain.tariff import Plan
from yizhan.kernel.errors import Refused
from yizhan.kernel.text import Text

MONTHS_NEEDED = 3
"""With less history a recommendation is a guess (regret 8.5 % of the bill at one month)."""


class NothingToPrice(Refused):
    """No usage and no stated habits: there is nothing to advise on."""

    code = "advice_nothing_to_price"


class NotTheirLine(Refused):
    """Advice made from one customer's line cannot be kept for another."""

    code = "advice_not_their_line"


class Month(msgspec.Struct, frozen=True):
    """One whole bill month of usage, half-open local days."""

    start: date
    end: date
    usages: Sequence[Usage]


class Candidate(msgspec.Struct, frozen=True):
    """A plan with a set of add-ons, effective and ready to price."""

    plan_id: str
    version: int
    name: Text
    add_ons: tuple[str, ...]
    add_on_names: tuple[Text, ...]
    plan: Plan
    current: bool = False

    @property
    def key(self) -> str:
        """Names the combination: ``w39+pack5``."""
        return "+".join((self.plan_id, *self.add_ons))

    @property
    def identity(self) -> tuple[str, int, tuple[str, ...]]:
        """Tells it from every other, also from another version of the same plan."""
        return self.plan_id, self.version, tuple(sorted(self.add_ons))


class Excluded(msgspec.Struct, frozen=True):
    """A plan that was not priced as a choice, and why."""

    plan_id: str
    name: Text
    reasons: tuple[Text, ...]
    successor: str | None = None


class PricedMonth(msgspec.Struct, frozen=True):
    """One month under one candidate: the bill, and what each item contributed."""

    start: date
    total: int
    items: dict[str, int]
    """Fen by bill item: local, long distance, fee, minimum top-up, discounts …"""
    unused: dict[str, tuple[int, int]] = {}
    """Allowance -> (drawn, size), in the allowance's unit."""


class Priced(msgspec.Struct, frozen=True):
    """A candidate priced over the same months as every other."""

    candidate: Candidate
    months: tuple[PricedMonth, ...]
    habit: str | None = None
    """Set when the price supposes a changed habit, such as dialling 17911 first."""

    @property
    def total(self) -> int:
        """Fen over all months."""
        return sum(month.total for month in self.months)

    @property
    def mean(self) -> int:
        """Fen a month, rounded half up."""
        return (2 * self.total + len(self.months)) // (2 * len(self.months))

    @property
    def worst(self) -> PricedMonth:
        """The dearest month."""
        return max(self.months, key=lambda month: (month.total, month.start))


class Verdict(StrEnum):
    """What the adviser says."""

    SWITCH = "switch"
    CHANGE_HABIT = "change_habit"
    STAY = "stay"
    NOT_ENOUGH_HISTORY = "not_enough_history"


class Driver(msgspec.Struct, frozen=True):
    """The bill item that moves the difference most."""

    item: str
    text: Text
    now: int
    then: int


class BreakEven(msgspec.Struct, frozen=True):
    """Up to how much use of a service the recommendation stays the cheapest of those priced.

    ``now`` and ``limit`` are monthly means in the unit of the service; ``limit`` is ``None`` when
    it stays cheapest up to five times today's use. ``then`` names who is cheaper beyond.
    """

    service: str
    now: int
    limit: int | None
    then: Text | None


class HabitAdvice(msgspec.Struct, frozen=True):
    """Advice that is no plan: the same calls dialled another way on the plan held today."""

    kind: str
    months: tuple[PricedMonth, ...]
    saving: int
    """Fen over all months; never negative."""
    calls: int
    seconds: int
    best_month_saving: int
    why_none: Text | None = None
    """Why nothing is saved although there are such calls, e.g. below the minimum spend."""


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """The whole advice, ranked, with what a customer needs to check it."""

    line_id: UUID | None
    verdict: Verdict
    months: tuple[date, ...]
    current: Priced | None
    options: tuple[Priced, ...]
    """Every candidate, the cheapest first, the current one included."""
    best: Priced | None
    saving: int
    """Fen over all months against the current plan as used; 0 unless a switch is recommended."""
    months_worse: int
    """In how many of the months the cheapest would have cost more than the plan held."""
    driver: Driver | None
    break_even: tuple[BreakEven, ...]
    habit: HabitAdvice | None
    excluded: tuple[Excluded, ...]
    not_counted: tuple[Text, ...]
    estimated: bool = False
    """True when made from stated habits, not from records."""
    usage_digest: str = ""
    catalogue_digest: str = ""


def rank(priced: Sequence[Priced]) -> list[Priced]:
    """The cheapest first; equal totals: what is held now, then fewer add-ons, then the name."""
    return sorted(
        priced,
        key=lambda p: (
            p.total,
            not p.candidate.current,
            len(p.candidate.add_ons),
            p.candidate.key,
        ),
    )
