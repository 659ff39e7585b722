"""What is overdue and what is done about it; prepaid credit and its validity."""

from yizhan.domain.collections.credit import Life
from yizhan.domain.collections.flow import Credit, Step
from yizhan.domain.collections.invariants import INVARIANTS
from yizhan.domain.collections.jobs import JOBS, TOGETHER
from yizhan.domain.collections.model import (
    Dunning,
    NothingToDun,
    Rule,
    Standing,
    TooEarly,
    TooLong,
)
from yizhan.domain.collections.permissions import PERMISSIONS
from yizhan.domain.collections.queries import (
    BoardRow,
    LateFee,
    LateFees,
    StepCount,
    count_steps,
    credit_of,
    late_fee_of,
    late_fees,
    list_board,
    list_rules,
    standing,
)
from yizhan.domain.collections.reactions import REACTIONS
from yizhan.domain.collections.service import (
    defer,
    dispute,
    hold,
    release,
    settle_disputes,
    stop_now,
)
from yizhan.domain.collections.words import VALUES, WORDS

__all__ = [
    "INVARIANTS",
    "JOBS",
    "PERMISSIONS",
    "REACTIONS",
    "TOGETHER",
    "VALUES",
    "WORDS",
    "BoardRow",
    "Credit",
    "Dunning",
    "LateFee",
    "LateFees",
    "Life",
    "NothingToDun",
    "Rule",
    "Standing",
    "Step",
    "StepCount",
    "TooEarly",
    "TooLong",
    "count_steps",
    "credit_of",
    "defer",
    "dispute",
    "hold",
    "late_fee_of",
    "late_fees",
    "list_board",
    "list_rules",
    "release",
    "settle_disputes",
    "standing",
    "stop_now",
]
