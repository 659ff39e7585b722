"""Invoices as values: titles and taxpayer numbers, how much may be invoiced, what is taken back."""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from unicodedata import normalize
from uuid import UUID

import msgspec

from yizhan.kernel.errors import Conflict, Invalid, NotFound, Refused
from yizhan.kernel.money import yuan

TITLE_MAX = 100
_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015: without I, O, S, V and Z, which are taken for 1, 0, 5, U and 2."""
_SHAPE = re.compile(f"[{_SIGNS}]{{2}}[0-9]{{6}}[{_SIGNS}]{{10}}")


class NoSuchInvoice(NotFound):
    """No invoice like that."""

    code = "invoices.no_such_invoice"


class NotPaid(Refused):
    """What is not paid is not invoiced."""

    code = "invoices.not_paid"


class TooMuch(Refused):
    """More than was paid, or money that an invoice was issued over already."""

    code = "invoices.too_much"


class NoInvoice(Refused):
    """This kind of payment is invoiced by somebody else, or was taken back."""

    code = "invoices.no_invoice"


class AlreadyTakenBack(Refused):
    """An invoice is taken back once."""

    code = "invoices.already_taken_back"


class KeyReused(Conflict):
    """The key already asked for another invoice."""

    code = "invoices.key_reused"


class Subject(StrEnum):
    """What an invoice is about."""

    BILL = "bill"
    PAYMENT = "payment"


class Title(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an invoice is made out to. A company has a unified social credit code, a person none."""

    kind: str
    name: str
    taxpayer: str = ""


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice (``blue``), or the red one that takes it back. Amounts in fen, tax contained."""

    customer_id: UUID
    id: UUID
    account_id: UUID
    colour: str
    year: int
    number: int
    issued_at: datetime
    subject: Subject
    subject_id: UUID
    subject_number: str
    title_kind: str
    title: str
    taxpayer: str
    amount_fen: int
    tax_fen: int
    reverses: UUID | None
    reason: str
    key: str
    actor_name: str
    taken_back_by: UUID | None = None

    @property
    def printed(self) -> str:
        """The number as it is printed: the year, then the running number."""
        return f"{self.year}-{self.number:08d}"

    @property
    def signed(self) -> int:
        """Fen, less than 0 on a red one."""
        return self.amount_fen if self.colour == "blue" else -self.amount_fen


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """How much may still be invoiced about something: the least of three."""

    worth: int
    """What the bill came to, or was paid."""
    invoiced: int
    """Of that very thing, less what was taken back."""
    paid: int
    """On the account in all, less what went back."""
    invoiced_in_all: int
    """On the account, less what was taken back."""

    @property
    def left(self) -> int:
        """Fen that may still be invoiced; money is never invoiced twice, whatever it paid for."""
        return max(0, min(self.worth - self.invoiced, self.paid - self.invoiced_in_all))


def checked_amount(asked: int | None, room: Room) -> int:
    """Fen to be invoiced: what was asked for, or all that is left. Raises ``TooMuch``."""
    if asked is not None and asked <= 0:
        raise Invalid("The amount must be more than 0.", field="amount")
    if not room.left:
        raise TooMuch(
            "Nothing is left to be invoiced: an invoice was issued over this money already."
        )
    if asked is not None and asked > room.left:
        raise TooMuch(
            "At most {left} yuan can still be invoiced here: never more than was paid, and not"
            " the same money twice.",
            left=yuan(room.left),
        )
    return room.left if asked is None else asked


def checked_title(kind: str, name: str, taxpayer: str) -> Title:
    """A title fit to be printed. Raises ``Invalid`` naming the field."""
    if kind not in ("personal", "company"):
        raise Invalid("A title is personal or company.", field="title_kind")
    said = " ".join(name.split())
    if not 1 <= len(said) <= TITLE_MAX or not said.isprintable():
        raise Invalid(
            "Give the name to be printed, in 1 to {maximum} characters.",
            field="title",
            maximum=TITLE_MAX,
        )
    code = normalize("NFKC", taxpayer).replace(" ", "").replace("-", "").upper()
    if kind == "personal":
        if code:
            raise Invalid("A personal title has no taxpayer number.", field="taxpayer")
        return Title(kind=kind, name=said)
    return Title(kind=kind, name=said, taxpayer=checked_code(code))


def checked_code(code: str) -> str:
    """A unified social credit code if it is one (GB 32100-2015). Raises ``Invalid``."""
    if not _SHAPE.fullmatch(code):
        raise Invalid(
            "A unified social credit code has 18 digits and capital letters, without I, O, S, V"
            " and Z.",
            field="taxpayer",
        )
    if code[17] != check_sign(code[:17]):
        raise Invalid(
            "The last sign of the taxpayer number does not fit the others: one was mistyped.",
            field="taxpayer",
        )
    return code


def check_sign(code: str) -> str:
    """The 18th sign of a unified social credit code: weights 3^i, modulo 31 (GB 32100-2015)."""
    total = sum(_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(code))
    return _SIGNS[-total % 31]


def tax_share(amount: int, total: int, tax: int) -> int:
    """The tax contained in a part of a bill, in fen, half up."""
    if total <= 0 or tax <= 0:
        return 0
    return min(amount, (2 * amount * tax + total) // (2 * total))


def to_take_back(
    standing: Sequence[Invoice], *, paid: int, about: UUID | None = None
) -> list[Invoice]:
    """Which invoices money that went back takes with it: those over it, then the newest.

    *standing* are the account's blue ones that were not taken back, newest first; *paid* what is
    left paid on the account; *about* a payment that was taken back. What is left never exceeds
    *paid*.
    """
    gone = [one for one in standing if about is not None and one.subject_id == about]
    left = sum(one.amount_fen for one in standing) - sum(one.amount_fen for one in gone)
    for one in standing:
        if left <= paid:
            break
        if one not in gone:
            gone.append(one)
            left -= one.amount_fen
    return gone


def same_wish(one: Invoice, wished: dict[str, Any]) -> bool:
    """Whether an invoice is what was wished for, when its key comes again."""
    return all(getattr(one, name) == value for name, value in wished.items() if value is not None)
