"""What paying through a provider tells. That money arrived is told by ``payments`` itself."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class PaymentStarted(Event, frozen=True, kw_only=True):
    """Somebody wants to pay through the provider."""

    name: ClassVar[str] = "checkout.payment_started"
    intent_id: UUID
    account_id: UUID
    amount_fen: int
    means: str
    number: str | None
    payer_id: UUID | None


class PaymentRefused(Event, frozen=True, kw_only=True):
    """The payer or the bank said no."""

    name: ClassVar[str] = "checkout.payment_refused"
    intent_id: UUID
    account_id: UUID
    amount_fen: int
    reason: str


class PaymentExpired(Event, frozen=True, kw_only=True):
    """Nobody paid in time."""

    name: ClassVar[str] = "checkout.payment_expired"
    intent_id: UUID
    account_id: UUID
    amount_fen: int


class PaymentHeld(Event, frozen=True, kw_only=True):
    """Money arrived that could not be credited; it is held until somebody decides."""

    name: ClassVar[str] = "checkout.payment_held"
    intent_id: UUID
    account_id: UUID
    amount_fen: int
    reason: str


class PurchasePaid(Event, frozen=True, kw_only=True):
    """Money for something sold arrived; it lies in suspense until who sells books it."""

    name: ClassVar[str] = "checkout.purchase_paid"
    intent_id: UUID
    account_id: UUID
    amount_fen: int
    purpose: str


class PaymentDisputed(Event, frozen=True, kw_only=True):
    """The provider says another amount than was asked for; nothing was posted."""

    name: ClassVar[str] = "checkout.payment_disputed"
    intent_id: UUID
    account_id: UUID
    amount_fen: int
    said_fen: int


class PaymentTakenBack(Event, frozen=True, kw_only=True):
    """The provider took a payment back from us. ``covered``: the account had the money."""

    name: ClassVar[str] = "checkout.payment_taken_back"
    intent_id: UUID
    account_id: UUID
    amount_fen: int
    covered: bool


class TokenBound(Event, frozen=True, kw_only=True):
    """A line may be charged by a card or wallet."""

    name: ClassVar[str] = "checkout.token_bound"
    token_id: UUID
    line_id: UUID
    kind: str
    label: str


class TokenUnbound(Event, frozen=True, kw_only=True):
    """A line is not charged by that card or wallet any more."""

    name: ClassVar[str] = "checkout.token_unbound"
    token_id: UUID
    line_id: UUID
    label: str


class RefundRequested(Event, frozen=True, kw_only=True):
    """A refund waits for a second person."""

    name: ClassVar[str] = "checkout.refund_requested"
    refund_id: UUID
    intent_id: UUID
    amount_fen: int
    reason: str


class RefundSent(Event, frozen=True, kw_only=True):
    """Money left the account on its way back to where it came from."""

    name: ClassVar[str] = "checkout.refund_sent"
    refund_id: UUID
    intent_id: UUID
    account_id: UUID
    amount_fen: int
    reason: str


class RefundDeclined(Event, frozen=True, kw_only=True):
    """The second person did not agree."""

    name: ClassVar[str] = "checkout.refund_declined"
    refund_id: UUID
    intent_id: UUID
    amount_fen: int
    note: str


class RefundDone(Event, frozen=True, kw_only=True):
    """The provider sent the money back."""

    name: ClassVar[str] = "checkout.refund_done"
    refund_id: UUID
    intent_id: UUID
    amount_fen: int


class RefundFailed(Event, frozen=True, kw_only=True):
    """The provider would not; the money is on the account again."""

    name: ClassVar[str] = "checkout.refund_failed"
    refund_id: UUID
    intent_id: UUID
    amount_fen: int
    reason: str


class DifferenceFound(Event, frozen=True, kw_only=True):
    """Our books and the provider's say different things about a day. A case is opened."""

    name: ClassVar[str] = "checkout.difference_found"
    difference_id: UUID
    day: date
    kind: str
    reference: str
    ours_fen: int | None
    theirs_fen: int | None


class SettlementMatched(Event, frozen=True, kw_only=True):
    """A day's settlement file was compared with our books. Addressed to no customer."""

    name: ClassVar[str] = "checkout.settlement_matched"
    provider: str
    day: date
    rows: int
    differences: int
    theirs_fen: int
    ours_fen: int
