"""What the ledger tells. Transfers themselves are told by the rooms that order them."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class AmountReserved(Event, frozen=True, kw_only=True):
    """An amount is held for a later posting."""

    name: ClassVar[str] = "ledger.amount_reserved"
    transfer_id: UUID
    account_id: UUID | None
    bucket: str
    amount_fen: int
    kind: str
    expires_at: datetime


class ReservationPosted(Event, frozen=True, kw_only=True):
    """A held amount was taken, whole or in part; the rest is free again."""

    name: ClassVar[str] = "ledger.reservation_posted"
    transfer_id: UUID
    kind: str
    amount_fen: int
    released_fen: int


class ReservationVoided(Event, frozen=True, kw_only=True):
    """A held amount was given back; ``expired`` when nobody came for it in time."""

    name: ClassVar[str] = "ledger.reservation_voided"
    transfer_id: UUID
    kind: str
    amount_fen: int
    expired: bool
