"""Receipts and adjustments: limits, levels of approval, decisions. Nothing is read or written."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from yizhan.domain.payments import permissions
from yizhan.domain.payments.events import (
    AdjustmentApproved,
    AdjustmentExpired,
    AdjustmentRefused,
    AdjustmentRequested,
)
from yizhan.kernel.actor import Actor
from yizhan.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from yizhan.kernel.money import yuan

PAYMENT_FEN_MAX = 50_000_00
"""The most one payment at a desk may be: above it, a second receipt or a bank transfer."""
ADJUSTMENT_FEN_MAX = 1_000_000_00
APPROVAL_HOURS = 48
"""How long an adjustment waits for its second person (facts 5: first answer within 48 h)."""
TEXT_MAX = 500
LEVELS: tuple[tuple[int, str], ...] = (
    (50_00, permissions.APPROVE),
    (500_00, permissions.APPROVE_LARGE),
    (ADJUSTMENT_FEN_MAX, permissions.APPROVE_ANY),
)
"""Up to which amount which right decides (facts 5: 50 a lead, 500 a manager, above finance)."""


class NoSuchAccount(NotFound):
    """No billing account like that."""

    code = "payments.no_such_account"


class NoSuchPayment(NotFound):
    """No receipt like that."""

    code = "payments.no_such_payment"


class NoSuchAdjustment(NotFound):
    """No adjustment like that."""

    code = "payments.no_such_adjustment"


class KeyReused(Conflict):
    """The key already took another payment."""

    code = "payments.key_reused"


class AccountClosed(Refused):
    """A closed prepaid account takes no money."""

    code = "payments.account_closed"


class TillIsClosed(Refused):
    """The day of this till is over."""

    code = "payments.till_closed"


class NotToday(Refused):
    """Only a payment of the same day can be reversed."""

    code = "payments.not_today"


class NotCash(Refused):
    """Only cash lies in the till it can be given back from."""

    code = "payments.not_cash"


class AlreadyReversed(Refused):
    """A payment is taken back once."""

    code = "payments.already_reversed"


class AlreadySpent(Refused):
    """What was paid in has been used up."""

    code = "payments.already_spent"


class OwnRequest(Forbidden):
    """Nobody decides on his own request."""

    code = "payments.own_request"


class OwnPayment(Forbidden):
    """Nobody takes back what he took himself: cash would leave the drawer unseen."""

    code = "payments.own_payment"


class AlreadyDecided(Refused):
    """An adjustment is decided once."""

    code = "payments.already_decided"


def checked_amount(amount: int, maximum: int = PAYMENT_FEN_MAX) -> int:
    """The amount in fen if it can be taken. Raises ``Invalid``."""
    if not 0 < amount <= maximum:
        raise Invalid(
            "The amount must be more than 0 and at most {maximum} yuan, not {amount}.",
            field="amount",
            maximum=yuan(maximum),
            amount=yuan(amount),
        )
    return amount


def checked_key(key: str) -> str:
    """The idempotency key if it is one. Raises ``Invalid``."""
    if not 1 <= len(key) <= 100 or not key.isprintable():
        raise Invalid("The key must be 1 to 100 printable characters.", field="key")
    return key


def checked_text(text: str, field: str) -> str:
    """What somebody wrote, trimmed. Raises ``Invalid`` when empty or too long."""
    trimmed = text.strip()
    if not 1 <= len(trimmed) <= TEXT_MAX:
        raise Invalid("Say why, in 1 to {maximum} characters.", field=field, maximum=TEXT_MAX)
    return trimmed


def receipt_number(day: date, till_code: int, number: int) -> str:
    """What is printed on a receipt: day, till, running number of that till and day."""
    return f"{day:%Y%m%d}-{till_code:04d}-{number:05d}"


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A payment taken, or the reversal of one. Amounts in fen."""

    customer_id: UUID
    id: UUID
    account_id: UUID
    at: datetime
    kind: str
    method: str
    bucket: str
    amount: int
    balance_after: int
    """Credits less debits of the bucket: what is left, or less than 0 what is still owed."""
    till_id: UUID
    day: date
    till_code: int
    number: int
    actor_name: str
    reverses: UUID | None = None
    reason: str | None = None
    reversed_by: UUID | None = None
    repeated: bool = False
    """This key had taken the same payment before; nothing was taken again."""

    @property
    def receipt(self) -> str:
        """The number on the receipt."""
        return receipt_number(self.day, self.till_code, self.number)

    def check_reversible(self, *, today: date, by: UUID | None) -> None:
        """Raise unless *by* can still take this payment back as if it had not been made."""
        if self.kind != "payment":
            raise AlreadyReversed("A reversal cannot be reversed. Take the payment again.")
        if self.reversed_by is not None:
            raise AlreadyReversed("Receipt {receipt} was already reversed.", receipt=self.receipt)
        if self.method != "cash":
            raise NotCash(
                "Receipt {receipt} was not paid in cash, so no till can give it back. Ask for an"
                " adjustment instead.",
                receipt=self.receipt,
            )
        if by is not None and by == self.till_id:
            raise OwnPayment("You took this payment yourself: somebody else has to take it back.")
        if self.day != today:
            raise NotToday(
                "Receipt {receipt} is of {day}. Only a payment of today can be reversed; ask for"
                " an adjustment instead.",
                receipt=self.receipt,
                day=self.day,
            )


class Till(msgspec.Struct, frozen=True, kw_only=True):
    """A cash drawer on a day."""

    staff_id: UUID
    day: date
    code: int
    last_number: int
    opened_at: datetime
    closed_at: datetime | None


def right_for(amount: int) -> str:
    """The right that decides on an adjustment of *amount* fen."""
    return next(right for limit, right in LEVELS if amount <= limit)


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """A credit or debit note and its way through a second pair of hands."""

    customer_id: UUID
    id: UUID
    account_id: UUID
    direction: str
    amount: int
    reason: str
    note: str
    bill_id: UUID | None
    key: str
    state: str
    requested_by: UUID | None
    requested_by_name: str
    requested_at: datetime
    deadline: datetime
    decided_by: UUID | None = None
    decided_by_name: str | None = None
    decided_at: datetime | None = None
    decision_note: str | None = None
    transfer_id: UUID | None = None

    @property
    def needs(self) -> str:
        """The right that decides on it."""
        return right_for(self.amount)

    def check_decidable(self, actor: Actor, *, now: datetime) -> None:
        """Raise unless *actor* may decide on this now.

        A right for larger amounts includes the smaller ones. Nobody decides on his own request.
        """
        if self.state != "requested":
            raise AlreadyDecided("This adjustment is already {state}.", state=self.state)
        if now >= self.deadline:
            raise AlreadyDecided("The time to decide ended at {deadline}.", deadline=self.deadline)
        rights = [right for limit, right in LEVELS if self.amount <= limit]
        if not any(actor.may(right) for right in rights):
            actor.require(self.needs)
        if actor.id == self.requested_by:
            raise OwnRequest("Another person must decide: you asked for this adjustment yourself.")

    def requested(self) -> AdjustmentRequested:
        """What the log keeps of the request."""
        return AdjustmentRequested(
            customer_id=self.customer_id,
            adjustment_id=self.id,
            account_id=self.account_id,
            direction=self.direction,
            amount_fen=self.amount,
            reason=self.reason,
            note=self.note,
            needs=self.needs,
            deadline=self.deadline,
        )

    def approved(self, transfer_id: UUID, note: str) -> AdjustmentApproved:
        """What the log keeps of a yes."""
        return AdjustmentApproved(
            customer_id=self.customer_id,
            adjustment_id=self.id,
            account_id=self.account_id,
            direction=self.direction,
            amount_fen=self.amount,
            reason=self.reason,
            transfer_id=transfer_id,
            note=note,
        )

    def refused(self, note: str) -> AdjustmentRefused:
        """What the log keeps of a no."""
        return AdjustmentRefused(
            customer_id=self.customer_id,
            adjustment_id=self.id,
            account_id=self.account_id,
            direction=self.direction,
            amount_fen=self.amount,
            reason=self.reason,
            note=note,
        )

    def expired(self) -> AdjustmentExpired:
        """What the log keeps when nobody decided."""
        return AdjustmentExpired(
            customer_id=self.customer_id,
            adjustment_id=self.id,
            account_id=self.account_id,
            direction=self.direction,
            amount_fen=self.amount,
            reason=self.reason,
        )


def deadline_from(now: datetime) -> datetime:
    """Until when a request made *now* is to be decided."""
    return now + timedelta(hours=APPROVAL_HOURS)
