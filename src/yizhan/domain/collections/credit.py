"""The life of prepaid credit as functions of a moment; nothing is read here."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from yizhan.domain.collections.flow import Credit


class ValidityRule(msgspec.Struct, frozen=True):
    """A recharge of at least ``from_fen`` keeps the credit valid for ``days``."""

    from_fen: int
    days: int


class PrepaidRule(msgspec.Struct, frozen=True, kw_only=True):
    """How long the windows are and when a low balance is told."""

    window_days: int = 90
    lock_days: int = 30
    low_balance_fen: int = 1000
    expiry_notice_days: int = 7


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """A prepaid account: a row of ``prepaid_life``. Amounts in fen.

    ``charged_fen`` was taken from the balance for the running period, which came to ``rated_fen``
    so far; ``overdraw_fen`` is what the balance did not cover.
    """

    customer_id: UUID
    account_id: UUID
    state: Credit
    state_at: datetime
    valid_until: datetime | None = None
    empty: bool = False
    period_start: date | None = None
    charged_fen: int = 0
    rated_fen: int = 0
    overdraw_fen: int = 0
    low_told: bool = False
    expiry_told_for: datetime | None = None
    tries: int = 0
    round: int = 0
    next_at: datetime | None = None


def days_for(rules: Sequence[ValidityRule], amount_fen: int) -> int:
    """How many days a recharge keeps the credit valid; 0: it does not extend."""
    return max((one.days for one in rules if one.from_fen <= amount_fen), default=0)


def extended(
    life: Life, rules: Sequence[ValidityRule], amount_fen: int, *, now: datetime
) -> datetime | None:
    """Until when the credit is valid after a recharge; without rules it never runs out.

    A recharge never shortens: the days count from the later of now and the end there was.
    """
    if not rules:
        return None
    days = days_for(rules, amount_fen)
    if life.valid_until is None:
        return now + timedelta(days=days) if days else None
    return max(life.valid_until, now) + timedelta(days=days) if days else life.valid_until


def credit_at(valid_until: datetime | None, rule: PrepaidRule, *, now: datetime) -> Credit:
    """The state at a moment: valid, three months to recharge, a month locked, recycled."""
    if valid_until is None or now < valid_until:
        return Credit.ACTIVE
    window = valid_until + timedelta(days=rule.window_days)
    if now < window:
        return Credit.RECHARGE_ONLY
    return Credit.LOCKED if now < window + timedelta(days=rule.lock_days) else Credit.RECYCLED


def next_change(life: Life, rule: PrepaidRule, *, now: datetime) -> datetime | None:
    """When something is to be done about the credit next; None when it never runs out."""
    if life.valid_until is None or life.state is Credit.RECYCLED:
        return None
    moments = [life.valid_until]
    if life.expiry_told_for != life.valid_until:
        moments.append(life.valid_until - timedelta(days=rule.expiry_notice_days))
    moments.append(life.valid_until + timedelta(days=rule.window_days))
    moments.append(moments[-1] + timedelta(days=rule.lock_days))
    later = [one for one in moments if one > now]
    return min(later) if later else None
