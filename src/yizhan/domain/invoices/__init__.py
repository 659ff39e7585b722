"""Invoices over money that was paid: titles, numbers without a gap, red ones that take back."""

from yizhan.domain.invoices.events import InvoiceIssued, InvoiceTakenBack
from yizhan.domain.invoices.invariants import INVARIANTS
from yizhan.domain.invoices.model import (
    AlreadyTakenBack,
    Invoice,
    KeyReused,
    NoInvoice,
    NoSuchInvoice,
    NotPaid,
    Room,
    Subject,
    Title,
    TooMuch,
    check_sign,
    checked_code,
    checked_title,
)
from yizhan.domain.invoices.permissions import PERMISSIONS
from yizhan.domain.invoices.queries import Thing, get, last_title, list_of_customer, room, thing
from yizhan.domain.invoices.reactions import REACTIONS
from yizhan.domain.invoices.service import Wish, issue, void
from yizhan.domain.invoices.words import SUBJECT, TITLE, VALUES, WORDS

__all__ = [
    "INVARIANTS",
    "PERMISSIONS",
    "REACTIONS",
    "SUBJECT",
    "TITLE",
    "VALUES",
    "WORDS",
    "AlreadyTakenBack",
    "Invoice",
    "InvoiceIssued",
    "InvoiceTakenBack",
    "KeyReused",
    "NoInvoice",
    "NoSuchInvoice",
    "NotPaid",
    "Room",
    "Subject",
    "Thing",
    "Title",
    "TooMuch",
    "Wish",
    "check_sign",
    "checked_code",
    "checked_title",
    "get",
    "issue",
    "last_title",
    "list_of_customer",
    "room",
    "thing",
    "void",
]
