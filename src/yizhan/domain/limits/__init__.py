"""What a line may cost or load in a month, and what an account may owe: told, stopped, lifted."""

from yizhan.domain.limits.invariants import INVARIANTS
from yizhan.domain.limits.jobs import JOBS
from yizhan.domain.limits.model import (
    DATA_MAX_MB,
    MB,
    SPEND_MAX_FEN,
    AtFull,
    CapKind,
    NoSuchCap,
    NothingToLift,
    Rule,
    RuleChanged,
    RuleVersion,
    Service,
    amount_words,
)
from yizhan.domain.limits.permissions import PERMISSIONS
from yizhan.domain.limits.queries import (
    CapNow,
    Credit,
    LineLimits,
    Stopped,
    Told,
    credit_of,
    of_line,
)
from yizhan.domain.limits.reactions import REACTIONS
from yizhan.domain.limits.rule import change_rule, list_rules
from yizhan.domain.limits.service import lift_cap, money_came, remove_cap, set_cap
from yizhan.domain.limits.words import AT_FULL, KIND, SERVICE, VALUES, WHY, WORDS

__all__ = [
    "AT_FULL",
    "DATA_MAX_MB",
    "INVARIANTS",
    "JOBS",
    "KIND",
    "MB",
    "PERMISSIONS",
    "REACTIONS",
    "SERVICE",
    "SPEND_MAX_FEN",
    "VALUES",
    "WHY",
    "WORDS",
    "AtFull",
    "CapKind",
    "CapNow",
    "Credit",
    "LineLimits",
    "NoSuchCap",
    "NothingToLift",
    "Rule",
    "RuleChanged",
    "RuleVersion",
    "Service",
    "Stopped",
    "Told",
    "amount_words",
    "change_rule",
    "credit_of",
    "lift_cap",
    "list_rules",
    "money_came",
    "of_line",
    "remove_cap",
    "set_cap",
]
