"""Customers as values, and every decision about them that needs no database."""

import re
import unicodedata
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

import msgspec

from yizhan.kernel.errors import Invalid, Refused

Chosen = TypeVar("Chosen", bound=StrEnum)
CYCLE_DAYS = range(1, 29)
NAME_LENGTH_MAX = 120
PART_LENGTH = 12
PARTS_MAX = 20
"""A name is found from its first twenty characters or words on."""
VALUE_LENGTH_MAX = 400


class PartyKind(StrEnum):
    """What a party is."""

    PERSON = "person"
    ORGANISATION = "organisation"


class PartyRole(StrEnum):
    """What a party is to the customer it belongs to."""

    CUSTOMER = "customer"
    USER = "user"
    AGENT = "agent"
    GUARDIAN = "guardian"


class Tier(StrEnum):
    """Standing in the customer club."""

    NONE = "none"
    SILVER = "silver"
    GOLD = "gold"
    DIAMOND = "diamond"


class Segment(StrEnum):
    """The market a customer belongs to."""

    PERSONAL = "personal"
    FAMILY = "family"
    BUSINESS = "business"
    GOVERNMENT = "government"


class Status(StrEnum):
    """A prospect has bought nothing yet; a closed customer is kept for the law only."""

    PROSPECT = "prospect"
    ACTIVE = "active"
    CLOSED = "closed"


class PaymentKind(StrEnum):
    """Pays after the bill, or before use."""

    POSTPAID = "postpaid"
    PREPAID = "prepaid"


class BillMedium(StrEnum):
    """How the bill reaches the payer."""

    NONE = "none"
    PAPER = "paper"
    EMAIL = "email"
    SMS = "sms"
    FAX = "fax"


class DocumentKind(StrEnum):
    """Papers a person or an organisation is known by."""

    RESIDENT_ID = "resident_id"
    HOUSEHOLD = "household"
    PASSPORT = "passport"
    MILITARY = "military"
    TRAVEL_PERMIT = "travel_permit"
    STUDENT_CARD = "student_card"
    BUSINESS_LICENCE = "business_licence"


class ContactKind(StrEnum):
    """Ways to reach somebody."""

    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    FAX = "fax"


class Origin(StrEnum):
    """Whence we know an attribute. What was asked or inferred needs consent."""

    ASKED = "asked"
    DOCUMENT = "document"
    ORDER = "order"
    IMPORT = "import"
    INFERRED = "inferred"


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """The role a party plays towards us. ``id`` is the ``customer_id`` of every other table."""

    id: UUID
    number: str
    party_id: UUID
    kind: PartyKind
    name: str
    gender: str | None
    birth_date: date | None
    tier: Tier
    segment: Segment
    language: str
    status: Status
    since: date


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A person or organisation belonging to a customer."""

    customer_id: UUID
    id: UUID
    kind: PartyKind
    role: PartyRole
    name: str
    gender: str | None = None
    birth_date: date | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What bills are written for and payments are taken on."""

    customer_id: UUID
    id: UUID
    number: str
    name: str
    payment_kind: PaymentKind
    cycle_day: int
    currency: str
    bill_medium: BillMedium
    credit_limit_fen: int
    status: str
    opened_at: datetime
    closed_at: datetime | None
    bill_enclosed: bool = True
    """Whether a bill that goes by e-mail is enclosed as PDF."""


class ContactPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A number or address to reach a party by, in ``[valid_from, valid_to)``."""

    customer_id: UUID
    id: UUID
    party_id: UUID
    kind: ContactKind
    value: str
    preferred: bool
    valid_from: datetime
    valid_to: datetime | None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """An identity document without its number: that is shown masked."""

    customer_id: UUID
    id: UUID
    party_id: UUID
    kind: DocumentKind
    number_masked: str
    valid_until: date | None
    original_seen: bool
    created_at: datetime


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """The customer's last word on one purpose."""

    purpose: str
    granted: bool
    origin: str
    at: datetime


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """Something known of a customer, and under which consent if one was needed."""

    name: str
    value: str
    origin: Origin
    purpose: str | None
    at: datetime


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A customer found, masked. ``kind``, ``label`` and ``ref_id`` say by what."""

    customer_id: UUID
    number: str
    name_masked: str
    tier: Tier
    status: Status
    kind: str
    label: str
    ref_id: UUID
    exact: bool


class NeedsConsent(Refused):
    """An attribute may not be kept without the customer's consent."""

    code = "needs_consent"


_SPACE = re.compile(r"\s+")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·]+")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,59}")
_NUMBERLIKE = re.compile(r"[+a-z]{0,4}[\d\s\-()/.]*\d[\d\s\-()/.x]*")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def clean_name(name: str, *, field: str = "name") -> str:
    """A name without stray spaces. Raises `Invalid` when nothing or too much is left."""
    cleaned = _SPACE.sub(" ", unicodedata.normalize("NFC", name)).strip()
    if not cleaned:
        raise Invalid("The name is empty. Write the name as on the document.", field=field)
    if len(cleaned) > NAME_LENGTH_MAX:
        raise Invalid(
            "The name is longer than {most} characters.", field=field, most=NAME_LENGTH_MAX
        )
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") for c in cleaned):
        raise Invalid("The name holds characters that cannot be written.", field=field)
    return cleaned


def search_text(text: str) -> str:
    """What a key is compared by: one case, one width, numbers without their separators."""
    folded = _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
    if _NUMBERLIKE.fullmatch(folded):
        folded = re.sub(r"[\s\-()/.+]", "", folded)
        if folded.startswith("86") and len(folded) == 13:
            folded = folded[2:]
        return folded
    if _HAN.match(folded):
        return folded.replace(" ", "")
    return folded


def name_keys(name: str) -> list[tuple[str, str]]:
    """The ``(kind, key)`` pairs a name is found by: whole, and from each place one may begin at.

    A Chinese name may be asked for from any of its characters on, another one from any word. So
    the beginning of a key is any part of the name, and no index but the ordered one is needed.
    """
    whole = search_text(name)
    keys = [("name", whole)]
    if _HAN.fullmatch(whole):
        parts = [whole[at : at + PART_LENGTH] for at in range(1, len(whole) - 1)]
    else:
        words = whole.split(" ")
        parts = [" ".join(words[at:]) for at in range(1, len(words))]
    keys += [("name_part", part) for part in dict.fromkeys(parts[:PARTS_MAX])]
    return keys


def mask_name(name: str) -> str:
    """``王*明``, ``J*** S****``: enough to tell two apart, not to learn one."""
    if _HAN.fullmatch(name):
        if len(name) <= 2:
            return name[0] + "*" * (len(name) - 1)
        if len(name) <= 4:
            return name[0] + "*" * (len(name) - 2) + name[-1]
        return name[:2] + "*" * (len(name) - 4) + name[-2:]
    return " ".join(word[0] + "*" * (len(word) - 1) for word in name.split())


def clean_document_number(kind: DocumentKind, number: str, *, field: str = "document") -> str:
    """A document number in one form. Raises `Invalid` for a resident id whose sum is wrong.

    GB 11643: 17 digits and a check character; numbers of 15 digits are of the older form.
    """
    cleaned = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", number)).upper()
    if not re.fullmatch(r"[0-9A-Z\u4e00-\u9fff]{4,30}", cleaned):
        raise Invalid(
            "The document number has a form that no document has. Use 4 to 30 letters and digits.",
            field=field,
        )
    if kind is DocumentKind.RESIDENT_ID:
        if re.fullmatch(r"\d{15}", cleaned):
            return cleaned
        if not re.fullmatch(r"\d{17}[\dX]", cleaned):
            raise Invalid("A resident identity number has 18 characters (or 15).", field=field)
        if id_check_character(cleaned[:17]) != cleaned[17]:
            raise Invalid(
                "The last character of the identity number does not fit the others. "
                "Compare it with the document.",
                field=field,
            )
    return cleaned


def id_check_character(first_17: str) -> str:
    """The last character of a resident identity number (GB 11643, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def mask_document(number: str) -> str:
    """A document number as it may be seen: the first three and the last character."""
    if len(number) <= 6:
        return "*" * (len(number) - 1) + number[-1]
    return number[:3] + "*" * (len(number) - 4) + number[-1]


def clean_word(text: str, *, field: str) -> str:
    """A machine word such as an attribute's or purpose's name. Raises `Invalid`."""
    if not _WORD.fullmatch(text):
        raise Invalid(
            "“{text}” cannot be used as a name: use small letters, digits and underscores.",
            field=field,
            text=text[:60],
        )
    return text


def choice(kind: type[Chosen], said: object, *, field: str) -> Chosen:
    """The member of a closed set that was *said*. Raises `Invalid` naming what there is."""
    try:
        return kind(str(said))
    except ValueError:
        raise Invalid(
            "“{said}” is not among: {known}.",
            field=field,
            said=str(said)[:40],
            known=", ".join(kind),
        ) from None


def clean_cycle_day(day: int) -> int:
    """1 to 28, so that every month has it. Raises `Invalid`."""
    if day not in CYCLE_DAYS:
        raise Invalid(
            "The cycle day must be 1 to 28, so that every month has it; it is {day}.",
            field="cycle_day",
            day=day,
        )
    return day


def clean_contact(kind: ContactKind, value: str) -> str:
    """A contact point's value in one form. Raises `Invalid`."""
    text = _SPACE.sub(" ", value).strip()
    if not text or len(text) > VALUE_LENGTH_MAX:
        raise Invalid(
            "A contact point has 1 to {most} characters.", field="contact", most=VALUE_LENGTH_MAX
        )
    if kind in (ContactKind.PHONE, ContactKind.FAX):
        digits = re.sub(r"[\s\-()（）]", "", text)
        if not re.fullmatch(r"\+?\d{3,20}", digits):
            raise Invalid(
                "“{text}” is not a telephone number. Use 3 to 20 digits.",
                field="contact",
                text=text[:40],
            )
        return digits
    if kind is ContactKind.EMAIL and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        raise Invalid("“{text}” is not an e-mail address.", field="contact", text=text[:80])
    return text


def needs_consent(origin: Origin) -> bool:
    """What the customer was asked or we concluded about him is kept only with his consent."""
    return origin in (Origin.ASKED, Origin.INFERRED)


def age_on(birth_date: date, day: date) -> int:
    """Full years lived on *day*; one born on 29 February has his birthday on 1 March."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def age_band(birth_date: date, day: date) -> str:
    """The band that eligibility rules speak of: ``-17 18-25 26-35 36-50 51-64 65-``."""
    age = age_on(birth_date, day)
    for most, band in ((17, "-17"), (25, "18-25"), (35, "26-35"), (50, "36-50"), (64, "51-64")):
        if age <= most:
            return band
    return "65-"
