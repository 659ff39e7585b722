"""The customer club: tiers by a rule kept as data, points, rewards, account managers."""

from yizhan.domain.club.events import (
    ManagerSet,
    PointsEarned,
    PointsExpired,
    PointsTakenBack,
    RewardTaken,
    RulePublished,
    RunFinished,
    RunStarted,
    TierChanged,
)
from yizhan.domain.club.invariants import INVARIANTS
from yizhan.domain.club.jobs import JOBS
from yizhan.domain.club.model import (
    Bonus,
    KeyReused,
    Member,
    NoSuchReward,
    NotEnoughPoints,
    Published,
    Reward,
    Rule,
    Run,
    RunUnderWay,
    TierRule,
)
from yizhan.domain.club.permissions import PERMISSIONS
from yizhan.domain.club.queries import (
    Points,
    Taken,
    count_tiers,
    find_member,
    list_members,
    list_rewards,
    list_rules,
    list_runs,
    points_of,
    rule,
)
from yizhan.domain.club.reactions import REACTIONS
from yizhan.domain.club.run import MONTHLY, start_run
from yizhan.domain.club.service import evaluate, publish, redeem, set_manager, set_tier
from yizhan.domain.club.words import ORIGINS, TIERS, VALUES, WORDS

__all__ = [
    "INVARIANTS",
    "JOBS",
    "MONTHLY",
    "ORIGINS",
    "PERMISSIONS",
    "REACTIONS",
    "TIERS",
    "VALUES",
    "WORDS",
    "Bonus",
    "KeyReused",
    "ManagerSet",
    "Member",
    "NoSuchReward",
    "NotEnoughPoints",
    "Points",
    "PointsEarned",
    "PointsExpired",
    "PointsTakenBack",
    "Published",
    "Reward",
    "RewardTaken",
    "Rule",
    "RulePublished",
    "Run",
    "RunFinished",
    "RunStarted",
    "RunUnderWay",
    "Taken",
    "TierChanged",
    "TierRule",
    "count_tiers",
    "evaluate",
    "find_member",
    "list_members",
    "list_rewards",
    "list_rules",
    "list_runs",
    "points_of",
    "publish",
    "redeem",
    "rule",
    "set_manager",
    "set_tier",
    "start_run",
]
