"""What is printed: a bill, a receipt, an invoice as PDF, in the reader's language."""

from yizhan.domain.papers.bill import bill
from yizhan.domain.papers.enclosed import enclosed
from yizhan.domain.papers.invoice import invoice
from yizhan.domain.papers.model import Letterhead, Sheet, capitals
from yizhan.domain.papers.receipt import receipt
from yizhan.domain.papers.service import drawn

__all__ = [
    "Letterhead",
    "Sheet",
    "bill",
    "capitals",
    "drawn",
    "enclosed",
    "invoice",
    "receipt",
]
