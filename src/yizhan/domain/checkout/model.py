"""Intents, tokens and refunds, and what may be decided about them. Nothing is read or written."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from yizhan.domain.checkout.flow import NEXT, OPEN, SETTLED, RefundState, State
from yizhan.kernel.actor import Actor
from yizhan.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from yizhan.kernel.money import yuan

Means = Literal["redirect", "qr", "token"]
MEANS: Sequence[Means] = ("redirect", "qr", "token")
TOKEN_KINDS = ("card", "wallet")
LIVES = timedelta(minutes=30)
"""How long a payer has."""
GRACE = timedelta(minutes=5)
"""How long after that the provider may still have an answer under way."""
ASK_SECONDS = (15, 30, 60, 120, 300, 600)
"""When to ask how an order stands that nobody told us about; the last pause repeats."""
REFUND_ALONE_FEN_MAX = 50_00
"""Up to here one person refunds; above, a second one agrees (facts 5: approvals by amount)."""
TOKENS_MAX = 5
"""Cards and wallets a line may have."""
TEXT_MAX = 500
_TILLS = 16
_SPACE = UUID("63686563-6b6f-5574-8000-79697a68616e")


class NoSuchIntent(NotFound):
    """No payment like that, or not yours."""

    code = "checkout.no_such_intent"


class NoSuchToken(NotFound):
    """No card or wallet like that, or not yours."""

    code = "checkout.no_such_token"


class NoSuchRefund(NotFound):
    """No refund like that."""

    code = "checkout.no_such_refund"


class NoSuchSettlement(NotFound):
    """No file of that day was read."""

    code = "checkout.no_such_settlement"


class KeyReused(Conflict):
    """The key already began something else."""

    code = "checkout.key_reused"


class NotRefundable(Refused):
    """There is nothing (more) to send back."""

    code = "checkout.not_refundable"


class AlreadySpent(Refused):
    """The money paid has been used."""

    code = "checkout.already_spent"


class AlreadyDecided(Refused):
    """A refund is decided once."""

    code = "checkout.already_decided"


class OwnRequest(Forbidden):
    """Nobody agrees to his own request."""

    code = "checkout.own_request"


class NotBound(Refused):
    """The card or wallet is not bound (any more)."""

    code = "checkout.not_bound"


class TooManyTokens(Refused):
    """A line has as many cards and wallets as it may."""

    code = "checkout.too_many_tokens"


def checked_reason(text: str) -> str:
    """Why, trimmed. Raises ``Invalid`` when empty or too long."""
    trimmed = text.strip()
    if not 1 <= len(trimmed) <= TEXT_MAX:
        raise Invalid("Say why, in 1 to {maximum} characters.", field="reason", maximum=TEXT_MAX)
    return trimmed


def checked_means(means: str) -> Means:
    """One of ``MEANS``. Raises ``Invalid``."""
    for one in MEANS:
        if one == means:
            return one
    raise Invalid("“{means}” is no way to pay. Choose redirect or qr.", field="means", means=means)


def till_of(intent_id: UUID) -> UUID:
    """Whose receipts this one is numbered with: a few tills, so that payments do not queue."""
    return uuid5(_SPACE, str(intent_id.int % _TILLS))


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to pay, and how far it came. Amounts in fen."""

    customer_id: UUID
    id: UUID
    account_id: UUID
    payer_id: UUID | None
    number: str | None
    amount: int
    refunded: int
    means: str
    token_id: UUID | None
    provider: str
    order_no: str
    key: str
    channel: str
    state: State
    reason: str
    redirect_url: str
    qr_text: str
    return_url: str
    started_at: datetime
    started_by: UUID | None
    expires_at: datetime
    asked: int
    provider_no: str | None
    settle_date: date | None
    paid_at: datetime | None
    payment_id: UUID | None
    reversed_at: datetime | None
    purpose: str = ""
    """What was bought with it; empty: it is credited to the account."""

    def may_become(self, state: State) -> bool:
        """Whether this can still change so."""
        return state in NEXT[self.state]

    @property
    def is_open(self) -> bool:
        """Whether the payer can still pay."""
        return self.state in OPEN

    @property
    def is_settled(self) -> bool:
        """Whether the provider has moved money for it and our books say so."""
        return self.state in SETTLED

    @property
    def refundable(self) -> int:
        """What could still be sent back."""
        return self.amount - self.refunded if self.state in (State.PAID, State.HELD) else 0

    def repeats(self, account_id: UUID, amount: int, means: str, token_id: UUID | None) -> bool:
        """Whether the same was asked for before."""
        return (self.account_id, self.amount, self.means, self.token_id) == (
            account_id, amount, means, token_id,
        )  # fmt: skip

    def check_refundable(self, amount: int) -> None:
        """Raise unless *amount* can be sent back."""
        if not 0 < amount <= self.refundable:
            raise NotRefundable(
                "Of this payment {left} yuan can be sent back, not {amount}.",
                left=yuan(self.refundable),
                amount=yuan(amount),
            )

    def next_ask(self, now: datetime) -> datetime:
        """When to ask the provider (again) how it stands."""
        pause = ASK_SECONDS[min(self.asked, len(ASK_SECONDS) - 1)]
        return now + timedelta(seconds=pause)

    def ran_out(self, now: datetime) -> bool:
        """Whether nobody can pay it any more."""
        return self.is_open and now >= self.expires_at + GRACE


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A card or wallet a line may be charged by; what it opens with is never here."""

    customer_id: UUID
    id: UUID
    line_id: UUID
    provider: str
    bind_no: str
    kind: str
    label: str
    state: str
    asked_at: datetime
    bound_at: datetime | None
    unbound_at: datetime | None


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """A token that waits for its owner to allow it at the provider's."""

    token: Token
    redirect_url: str


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money on its way back to its source."""

    customer_id: UUID
    id: UUID
    intent_id: UUID
    account_id: UUID
    amount: int
    key: str
    reason: str
    state: RefundState
    provider: str
    refund_no: str
    asked: int
    requested_by: UUID | None
    requested_by_name: str
    requested_at: datetime
    decided_by: UUID | None
    decided_by_name: str | None
    decided_at: datetime | None
    note: str
    provider_no: str | None
    settle_date: date | None
    done_at: datetime | None

    def check_decidable(self, actor: Actor) -> None:
        """Raise unless *actor* may agree or disagree."""
        if self.state is not RefundState.WAITING:
            raise AlreadyDecided("This refund was already decided: {state}.", state=self.state)
        if actor.id == self.requested_by:
            raise OwnRequest("Another person must decide: you asked for this refund yourself.")

    def next_ask(self, now: datetime) -> datetime:
        """When to ask the provider again for a refund it did not answer."""
        return now + timedelta(seconds=ASK_SECONDS[min(self.asked, len(ASK_SECONDS) - 1)])


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a day's file. Sums in fen: payments less refunds and reversals."""

    provider: str
    day: date
    state: str
    reason: str
    rows: int
    matched: int
    theirs_fen: int
    ours_fen: int
    runs: int
    matched_at: datetime
    differences: int = 0
    """Those still there."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A difference as it is kept."""

    customer_id: UUID
    id: UUID
    provider: str
    day: date
    kind: str
    reference: str
    intent_id: UUID | None
    ours_fen: int | None
    theirs_fen: int | None
    ours_state: str
    theirs_state: str
    found_at: datetime
    gone_at: datetime | None
    case_id: UUID | None
    case_number: str | None


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One row of what was told, and what became of it."""

    id: UUID
    received_at: datetime
    way: str
    order_no: str
    kind: str
    verdict: str
    reason: str
    address: str
