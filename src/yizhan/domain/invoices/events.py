"""What invoices tell. Titles and taxpayer numbers are in no payload."""

from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class InvoiceIssued(Event, frozen=True, kw_only=True):
    """An invoice was issued over money that was paid."""

    name: ClassVar[str] = "invoices.invoice_issued"
    invoice_id: UUID
    account_id: UUID
    number: str
    amount_fen: int
    subject: str
    subject_number: str


class InvoiceTakenBack(Event, frozen=True, kw_only=True):
    """A red invoice takes a blue one back in full."""

    name: ClassVar[str] = "invoices.invoice_taken_back"
    invoice_id: UUID
    account_id: UUID
    number: str
    taken_back: str
    amount_fen: int
    reason: str
