"""What the club tells: a tier is a fact other rooms read."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class TierChanged(Event, frozen=True, kw_only=True):
    """A customer is in another tier. ``origin`` says how we know: by rule, by hand."""

    name: ClassVar[str] = "club.tier_changed"
    before: str
    after: str
    origin: str
    mean_fen: int
    rule_version: int
    valid_until: date | None
    reason: str


class ManagerSet(Event, frozen=True, kw_only=True):
    """A customer has an account manager, or has none any more."""

    name: ClassVar[str] = "club.manager_set"
    manager_id: UUID | None
    manager_name: str


class PointsEarned(Event, frozen=True, kw_only=True):
    """Bills that were paid gave points."""

    name: ClassVar[str] = "club.points_earned"
    points: int
    bills: int


class PointsTakenBack(Event, frozen=True, kw_only=True):
    """A payment was reversed, and the points of the bills it had paid went back.

    ``owed_points``: of all that ever went back, what later points are still to pay.
    """

    name: ClassVar[str] = "club.points_taken_back"
    points: int
    bills: int
    owed_points: int


class PointsExpired(Event, frozen=True, kw_only=True):
    """Points nobody spent ended with their third year."""

    name: ClassVar[str] = "club.points_expired"
    points: int
    expires_on: date


class RewardTaken(Event, frozen=True, kw_only=True):
    """Points were spent on a reward."""

    name: ClassVar[str] = "club.reward_taken"
    reward_id: UUID
    reward: str
    points: int
    credit_fen: int
    account_id: UUID


class RulePublished(Event, frozen=True, kw_only=True):
    """The club has another rule from now on."""

    name: ClassVar[str] = "club.rule_published"
    version: int
    note: str


class RunStarted(Event, frozen=True, kw_only=True):
    """Every customer is looked at."""

    name: ClassVar[str] = "club.run_started"
    run_id: UUID
    month: str


class RunFinished(Event, frozen=True, kw_only=True):
    """Every customer was looked at."""

    name: ClassVar[str] = "club.run_finished"
    run_id: UUID
    month: str
    looked_at: int
    changed: int
    points: int
