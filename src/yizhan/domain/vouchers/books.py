"""Where the ledger keeps the money of cards, and whose receipt numbers their payments take."""

from uuid import UUID

from yizhan.domain import ledger
from yizhan.domain.ledger import Bucket

TILLS = 16
"""Over so many number rows the receipts of cards are spread, so that they seldom queue."""


def liability_of(batch_id: UUID) -> ledger.Holder:
    """Where the ledger keeps what was sold of a batch and not yet used."""
    return ledger.house(Bucket.VOUCHER, str(batch_id))


SELLERS = ledger.house(Bucket.BANK, "vouchers")
"""What sellers pay for cards, at face value."""
LAPSED = ledger.house(Bucket.REVENUE, "expired_vouchers")


def till_of(serial: int) -> UUID:
    """Whose receipt numbers a card's payment takes: one of sixteen drawers that hold no cash."""
    return UUID(int=(0x766F7563686572 << 64) + serial % TILLS)
