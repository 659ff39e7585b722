"""What recharge cards tell. A secret is in none of it; batches are addressed to no customer."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class VoucherRedeemed(Event, frozen=True, kw_only=True):
    """A card was used for a number of this customer; ``number`` has its middle hidden."""

    name: ClassVar[str] = "vouchers.redeemed"
    serial: str
    account_id: UUID
    number: str
    amount_fen: int
    payment_id: UUID
    receipt: str


class VoucherRefused(Event, frozen=True, kw_only=True):
    """Somebody tried to use a card for a number of this customer, and it was not taken."""

    name: ClassVar[str] = "vouchers.refused"
    number: str
    outcome: str
    serial: str | None = None


class RedeemingLocked(Event, frozen=True, kw_only=True):
    """Too many wrong secrets: no card is taken until then."""

    name: ClassVar[str] = "vouchers.locked"
    number: str
    until: datetime


class RedeemingUnlocked(Event, frozen=True, kw_only=True):
    """A lead let a number try again before its time."""

    name: ClassVar[str] = "vouchers.unlocked"
    number: str


class BatchOrdered(Event, frozen=True, kw_only=True):
    """Somebody had cards made."""

    name: ClassVar[str] = "vouchers.batch_ordered"
    batch_id: UUID
    number: int
    size: int
    value_fen: int
    expires_on: date


class BatchMade(Event, frozen=True, kw_only=True):
    """The last secret of a batch was made."""

    name: ClassVar[str] = "vouchers.batch_made"
    batch_id: UUID
    number: int
    size: int


class BatchPrinted(Event, frozen=True, kw_only=True):
    """The secrets were handed out, once; from now on nobody can read them here."""

    name: ClassVar[str] = "vouchers.batch_printed"
    batch_id: UUID
    number: int
    size: int


class VouchersActivated(Event, frozen=True, kw_only=True):
    """Cards were sold and are in force."""

    name: ClassVar[str] = "vouchers.activated"
    act_id: UUID
    batch_id: UUID
    cards: int
    value_fen: int
    first: str
    last: str
    note: str


class VoidAsked(Event, frozen=True, kw_only=True):
    """Cards are to be put out of force, and a second person decides."""

    name: ClassVar[str] = "vouchers.void_asked"
    act_id: UUID
    batch_id: UUID
    cards: int
    value_fen: int
    first: str
    last: str
    note: str


class VoidRefused(Event, frozen=True, kw_only=True):
    """The second person did not agree: the cards stay in force."""

    name: ClassVar[str] = "vouchers.void_refused"
    act_id: UUID
    batch_id: UUID
    note: str


class VouchersVoided(Event, frozen=True, kw_only=True):
    """Cards were put out of force."""

    name: ClassVar[str] = "vouchers.voided"
    act_id: UUID
    batch_id: UUID
    cards: int
    value_fen: int
    moved_fen: int
    first: str
    last: str
    note: str


class VouchersExpired(Event, frozen=True, kw_only=True):
    """The day of a batch came; what nobody used became income."""

    name: ClassVar[str] = "vouchers.expired"
    batch_id: UUID
    number: int
    cards: int
    moved_fen: int
