"""What the desk's money tells. ``PaymentTaken`` is written by the SQL function ``post_payment``."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class PaymentTaken(Event, frozen=True, kw_only=True):
    """A customer paid and has a receipt. ``balance_fen`` is credits less debits after it."""

    name: ClassVar[str] = "payments.payment_taken"
    payment_id: UUID
    account_id: UUID
    bucket: str
    amount_fen: int
    balance_fen: int
    method: str
    receipt: str


class PaymentReversed(Event, frozen=True, kw_only=True):
    """A payment was taken back on the day it was made."""

    name: ClassVar[str] = "payments.payment_reversed"
    payment_id: UUID
    reverses: UUID
    account_id: UUID
    amount_fen: int
    balance_fen: int
    receipt: str
    reversed_receipt: str
    reason: str


class AdjustmentRequested(Event, frozen=True, kw_only=True):
    """Somebody asks that an account be credited or debited by hand."""

    name: ClassVar[str] = "payments.adjustment_requested"
    adjustment_id: UUID
    account_id: UUID
    direction: str
    amount_fen: int
    reason: str
    note: str
    needs: str
    deadline: datetime


class AdjustmentApproved(Event, frozen=True, kw_only=True):
    """A second person agreed, and the amount was posted."""

    name: ClassVar[str] = "payments.adjustment_approved"
    adjustment_id: UUID
    account_id: UUID
    direction: str
    amount_fen: int
    reason: str
    transfer_id: UUID
    note: str


class AdjustmentRefused(Event, frozen=True, kw_only=True):
    """A second person did not agree."""

    name: ClassVar[str] = "payments.adjustment_refused"
    adjustment_id: UUID
    account_id: UUID
    direction: str
    amount_fen: int
    reason: str
    note: str


class AdjustmentExpired(Event, frozen=True, kw_only=True):
    """Nobody decided in time."""

    name: ClassVar[str] = "payments.adjustment_expired"
    adjustment_id: UUID
    account_id: UUID
    direction: str
    amount_fen: int
    reason: str


class TillClosed(Event, frozen=True, kw_only=True):
    """A till takes no more on this day. Addressed to no customer."""

    name: ClassVar[str] = "payments.till_closed"
    staff_id: UUID
    day: str
    till_code: int
    receipts: int
    cash_fen: int
