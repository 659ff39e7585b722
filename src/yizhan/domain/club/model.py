"""Who is in which tier, what a paid bill gives, which points go first: decisions only."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Self
from uuid import UUID

import msgspec

from yizhan.kernel.errors import Conflict, Invalid, NotFound, Refused
from yizhan.kernel.period import add_months
from yizhan.kernel.text import Text

RANK: Mapping[str, int] = {"none": 0, "silver": 1, "gold": 2, "diamond": 3}
TEXT_MAX = 200


class NoSuchReward(NotFound):
    """The rule has no reward like that."""

    code = "club.no_such_reward"


class NotEnoughPoints(Refused):
    """The reward costs more than is there."""

    code = "club.not_enough_points"


class KeyReused(Conflict):
    """The key already took another reward."""

    code = "club.key_reused"


class RunUnderWay(Refused):
    """One run at a time."""

    code = "club.run_under_way"


class TierRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which monthly mean a tier begins, and what it brings."""

    tier: str
    from_fen: int
    benefits: tuple[Text, ...] = ()


class Bonus(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From so many months with us, so many percent more points."""

    months: int
    percent: int


class Reward(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Credit on an account for points."""

    id: str
    name: Text
    points: int
    credit_fen: int


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The club as data. Amounts in fen, times in months; see the README for its sources."""

    window_months: int
    tenure_months: int
    valid_months: int
    tiers: tuple[TierRule, ...]
    points_per_yuan: int
    keep_years: int
    tenure_bonus: tuple[Bonus, ...] = ()
    rewards: tuple[Reward, ...] = ()

    def check(self) -> Self:
        """Raise ``Invalid`` for a rule that cannot be followed."""
        for field, least, most in (
            ("window_months", 1, 24),
            ("tenure_months", 0, 120),
            ("valid_months", 1, 60),
            ("points_per_yuan", 0, 100),
            ("keep_years", 1, 10),
        ):
            if not least <= getattr(self, field) <= most:
                raise Invalid(
                    "Give a whole number from {least} to {most}.",
                    field=field,
                    least=least,
                    most=most,
                )
        if [one.tier for one in self.tiers] != ["silver", "gold", "diamond"]:
            raise Invalid("A rule names silver, gold and diamond, in this order.", field="tiers")
        amounts = [one.from_fen for one in self.tiers]
        if amounts[0] <= 0 or amounts != sorted(set(amounts)):
            raise Invalid("Each tier must begin above the one before it.", field="tiers")
        bonus = [(one.months, one.percent) for one in self.tenure_bonus]
        if any(months < 0 or not 0 <= percent <= 500 for months, percent in bonus):
            raise Invalid("A bonus is 0 to 500 percent.", field="tenure_bonus")
        names = [one.id for one in self.rewards]
        if len(set(names)) != len(names):
            raise Invalid("Two rewards have the same id.", field="rewards")
        if any(one.points <= 0 or one.credit_fen <= 0 or not one.id for one in self.rewards):
            raise Invalid("A reward has an id, and costs and gives more than 0.", field="rewards")
        return self

    def earned_tier(self, mean_fen: int, tenure_months: int) -> str:
        """The tier a mean and a tenure earn."""
        if tenure_months < self.tenure_months:
            return "none"
        return next((one.tier for one in reversed(self.tiers) if mean_fen >= one.from_fen), "none")

    def points_for(self, total_fen: int, tenure_months: int) -> int:
        """What a paid bill gives: for every whole yuan, and more for those long with us."""
        base = max(0, total_fen) // 100 * self.points_per_yuan
        percent = max(
            (one.percent for one in self.tenure_bonus if tenure_months >= one.months), default=0
        )
        return base + base * percent // 100

    def expires_on(self, day: date) -> date:
        """The first day points of *day* are gone: after the end of the last calendar year."""
        return date(day.year + self.keep_years, 1, 1)

    def benefits_of(self, tier: str) -> Sequence[Text]:
        """What a tier brings."""
        return next((one.benefits for one in self.tiers if one.tier == tier), ())

    def reward(self, reward_id: str) -> Reward:
        """One reward. Raises ``NoSuchReward``."""
        found = next((one for one in self.rewards if one.id == reward_id), None)
        if found is None:
            raise NoSuchReward("There is no reward “{reward}”.", reward=reward_id[:40])
        return found


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the rule."""

    version: int
    rule: Rule
    note: str
    published_at: datetime
    by_name: str


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's standing in the club."""

    customer_id: UUID
    tier: str
    origin: str
    mean_fen: int
    rule_version: int
    since: datetime
    valid_until: date | None
    evaluated_at: datetime
    reason: str = ""
    manager_id: UUID | None = None
    manager_name: str | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A look at every customer."""

    id: UUID
    month: date
    started_at: datetime
    started_by: str
    finished_at: datetime | None
    looked_at: int
    changed: int
    points: int


def months_with_us(since: date, today: date) -> int:
    """Full months since *since*."""
    months = (today.year - since.year) * 12 + today.month - since.month
    return max(0, months - (today.day < since.day))


def window(rule: Rule, today: date) -> tuple[date, date]:
    """The months a mean is taken over: whole ones before this."""
    first = today.replace(day=1)
    return add_months(first, -rule.window_months), first


def mean_of(rule: Rule, bills: Sequence[tuple[date, int]], today: date) -> int:
    """The mean of a customer's months in fen; a month without a bill counts as nothing.

    *bills* are (first day of the period, amount), of all his accounts.
    """
    start, end = window(rule, today)
    return max(0, sum(fen for day, fen in bills if start <= day < end)) // rule.window_months


def standing(
    rule: Rule, *, tier: str, valid_until: date | None, earned: str, today: date
) -> tuple[str, date | None]:
    """The tier from now on, and until when it stays whatever comes.

    Up at once; who still earns his tier has it for another year; down only when its time is over.
    """
    if earned == "none" and tier == "none":
        return "none", None
    if RANK[earned] >= RANK[tier]:
        return earned, add_months(today.replace(day=1), rule.valid_months)
    if valid_until is None:
        return tier, add_months(today.replace(day=1), rule.valid_months)
    if today < valid_until:
        return tier, valid_until
    if earned == "none":
        return "none", None
    return earned, add_months(today.replace(day=1), rule.valid_months)


def draw(lots: Mapping[date, int], points: int) -> list[tuple[date, int]]:
    """Which points are spent: those that end first. Raises ``NotEnoughPoints``."""
    have = sum(lots.values())
    if have < points:
        raise NotEnoughPoints(
            "This costs {points} points; there are {have}.", points=points, have=have
        )
    taken = []
    for day in sorted(lots):
        part = min(lots[day], points)
        if part > 0:
            taken.append((day, part))
            points -= part
    return taken
