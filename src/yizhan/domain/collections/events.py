"""What collections tell: every step of dunning and of prepaid credit."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class AccountEvent(Event, frozen=True, kw_only=True):
    """Something about an account that owes."""

    account_id: UUID


class Reminded(AccountEvent, frozen=True, kw_only=True):
    """The customer was reminded before the due date."""

    name: ClassVar[str] = "collections.reminded"
    amount_fen: int
    due_date: date


class FellDue(AccountEvent, frozen=True, kw_only=True):
    """The due date passed and something is still open."""

    name: ClassVar[str] = "collections.fell_due"
    amount_fen: int
    due_date: date


class StopAnnounced(AccountEvent, frozen=True, kw_only=True):
    """The customer was told that his lines will be stopped at ``stop_at``."""

    name: ClassVar[str] = "collections.stop_announced"
    amount_fen: int
    stop_at: datetime


class Stopped(AccountEvent, frozen=True, kw_only=True):
    """Orders went out to stop the account's lines."""

    name: ClassVar[str] = "collections.stopped"
    amount_fen: int
    how: str
    lines: int


class Resumed(AccountEvent, frozen=True, kw_only=True):
    """Orders went out to bring the account's lines back."""

    name: ClassVar[str] = "collections.resumed"
    why: str
    lines: int


class EndAnnounced(AccountEvent, frozen=True, kw_only=True):
    """The customer was told that the contract will end at ``end_at``."""

    name: ClassVar[str] = "collections.end_announced"
    amount_fen: int
    end_at: datetime


class Ended(AccountEvent, frozen=True, kw_only=True):
    """The contract ended for arrears; what is owed stays owed."""

    name: ClassVar[str] = "collections.ended"
    amount_fen: int
    lines: int


class LateFeeCharged(AccountEvent, frozen=True, kw_only=True):
    """Late fees of the days ``[first_day, until_day)`` were posted, 0.3 % a day."""

    name: ClassVar[str] = "collections.late_fee_charged"
    amount_fen: int
    base_fen: int
    first_day: date
    until_day: date


class Deferred(AccountEvent, frozen=True, kw_only=True):
    """Stops wait until ``until``: the customer promised to pay, or we hold them."""

    name: ClassVar[str] = "collections.deferred"
    kind: str
    until: datetime
    reason: str
    by: str


class DeferralEnded(AccountEvent, frozen=True, kw_only=True):
    """A promise or hold was lifted before its time."""

    name: ClassVar[str] = "collections.deferral_ended"
    by: str


class StopAsked(AccountEvent, frozen=True, kw_only=True):
    """A person wants the stop now; 24 hours' notice hold all the same."""

    name: ClassVar[str] = "collections.stop_asked"
    reason: str
    by: str


class DisputeBegan(AccountEvent, frozen=True, kw_only=True):
    """A complaint about a bill is in progress: its amount is not dunned."""

    name: ClassVar[str] = "collections.dispute_began"
    bill_id: UUID
    case_id: UUID


class DisputeEnded(AccountEvent, frozen=True, kw_only=True):
    """The complaint is closed: what is open of the bill is dunned again."""

    name: ClassVar[str] = "collections.dispute_ended"
    bill_id: UUID
    case_id: UUID


class CreditExtended(AccountEvent, frozen=True, kw_only=True):
    """A recharge made prepaid credit valid until ``valid_until``."""

    name: ClassVar[str] = "collections.credit_extended"
    amount_fen: int
    valid_until: datetime


class CreditMoved(AccountEvent, frozen=True, kw_only=True):
    """Prepaid credit went on to another state of its life."""

    name: ClassVar[str] = "collections.credit_moved"
    from_credit: str
    to_credit: str
    balance_fen: int


class LowBalance(AccountEvent, frozen=True, kw_only=True):
    """The prepaid balance is below the notice's threshold."""

    name: ClassVar[str] = "collections.low_balance"
    balance_fen: int


class BalanceUsedUp(AccountEvent, frozen=True, kw_only=True):
    """Usage cost more than was there: stopped, and ``overdraw_fen`` could not be taken."""

    name: ClassVar[str] = "collections.balance_used_up"
    overdraw_fen: int


class RechargeKept(AccountEvent, frozen=True, kw_only=True):
    """Money came to a locked account, but not at the counter: kept, and still locked."""

    name: ClassVar[str] = "collections.recharge_kept"
    amount_fen: int
    balance_fen: int
