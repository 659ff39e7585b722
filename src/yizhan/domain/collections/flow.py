"""The steps of a post-paid account that owes, and the states of prepaid credit.

clear ─> billed ─> reminded ─> overdue ─> noticed ─> one_way ─> full ─> ended
  ^__________________________ paid, or settled _______________|

active ─> recharge_only ─> locked ─> recycled
  ^______ recharge ________|___|
"""

from enum import StrEnum


class Step(StrEnum):
    """How far dunning has come."""

    CLEAR = "clear"
    BILLED = "billed"
    REMINDED = "reminded"
    OVERDUE = "overdue"
    NOTICED = "noticed"
    ONE_WAY = "one_way"
    FULL = "full"
    ENDED = "ended"


STOPPED = frozenset({Step.ONE_WAY, Step.FULL})


class Act(StrEnum):
    """What is done next."""

    REMIND = "remind"
    FALL_DUE = "fall_due"
    ANNOUNCE = "announce"
    STOP_ONE_WAY = "stop_one_way"
    STOP_FULL = "stop_full"
    ANNOUNCE_END = "announce_end"
    END = "end"
    RESUME = "resume"
    SETTLE = "settle"
    """Nothing is owed any more."""
    LATE_FEE = "late_fee"
    NOTHING = ""


class Credit(StrEnum):
    """Prepaid credit: 有效期, 充值期, 锁定期, 回收."""

    ACTIVE = "active"
    RECHARGE_ONLY = "recharge_only"
    """May receive; a recharge revives it and keeps the old balance."""
    LOCKED = "locked"
    """Out of service; a recharge at the counter revives it."""
    RECYCLED = "recycled"
