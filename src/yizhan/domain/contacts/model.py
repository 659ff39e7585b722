"""Contacts and proofs of identity as values, and when a proof is believed, refused or locked."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec

from yizhan.kernel.errors import Invalid, Refused

TRIES = 3
LOCK = timedelta(hours=24)
"""Three wrong tries lock a method for a day (facts: service password, 3 tries then lock 24 h)."""
VERIFIED_FOR = timedelta(hours=4)
"""A contact nobody finished stops counting as verified after so long."""
CALL_BACK_AGE = timedelta(days=7)
"""A number given only lately proves nothing: it may be the deceiver's own."""
NOTE_LENGTH_MAX = 2000
_PASSWORD = re.compile(r"\d{6}")


class Channel(StrEnum):
    """The nine ways in, and the machines."""

    CALL_CENTRE = "call_centre"
    WEBSITE = "website"
    SHOP = "shop"
    PARTNER_SHOP = "partner_shop"
    AGENCY = "agency"
    EMAIL = "email"
    MOBILE_PAYMENT = "mobile_payment"
    RICH_MESSAGE = "rich_message"
    HANDSET = "handset"


AT_DESK = frozenset({Channel.SHOP, Channel.PARTNER_SHOP, Channel.AGENCY})


class Direction(StrEnum):
    """Who began it."""

    IN = "in"
    OUT = "out"


class Method(StrEnum):
    """How somebody proves that he is the customer."""

    SERVICE_PASSWORD = "service_password"  # noqa: S105
    DOCUMENT = "document"
    CALL_BACK = "call_back"
    ONE_TIME_CODE = "one_time_code"


class Disposition(StrEnum):
    """How a contact ended."""

    ANSWERED = "answered"
    ORDERED = "ordered"
    CASE_OPENED = "case_opened"
    PAID = "paid"
    REFERRED = "referred"
    ABANDONED = "abandoned"
    WRONG_NUMBER = "wrong_number"
    OTHER = "other"


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """One contact on one channel. ``customer_id`` is nil while nobody knows who it is."""

    customer_id: UUID
    id: UUID
    channel: Channel
    direction: Direction
    purpose: str
    number_dialled: str | None
    number_from: str | None
    began_at: datetime
    finished_at: datetime | None
    disposition: Disposition | None
    note: str
    actor_id: UUID | None
    actor_name: str
    verified_at: datetime | None
    verified_method: Method | None
    verified_by: str | None

    def is_verified(self, now: datetime) -> bool:
        """Whether the one in this contact counts as the customer at *now*."""
        return (
            self.verified_at is not None
            and self.finished_at is None
            and now < self.verified_at + VERIFIED_FOR
        )


class Try(msgspec.Struct, frozen=True):
    """One proof that was tried."""

    right_one: bool
    at: datetime


class Standing(msgspec.Struct, frozen=True):
    """How many wrong tries a method still allows, and until when it is locked."""

    tries_left: int
    locked_until: datetime | None = None


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a try. A wrong one is an answer, not an error: it must be counted."""

    ok: bool
    method: Method
    tries_left: int
    locked_until: datetime | None = None


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of comparing a service password with *hash*, before the act that counts it."""

    customer_id: UUID
    hash: str
    right: bool


class NotVerified(Refused):
    """The one in contact has not proved that he is the customer."""

    code = "not_verified"


class Locked(Refused):
    """Too many wrong tries."""

    code = "verification_locked"


class ContactOver(Refused):
    """The contact is finished."""

    code = "contact_over"


def standing(tries: Sequence[Try], *, now: datetime) -> Standing:
    """Where a method stands after *tries*, newest first.

    Wrong tries since the last right one count while they are younger than the lock. When there
    are three, the method is locked for 24 hours from the third.
    """
    wrong: list[datetime] = []
    for tried in tries:
        if tried.right_one or tried.at + LOCK <= now:
            break
        wrong.append(tried.at)
    if len(wrong) >= TRIES:
        return Standing(0, wrong[0] + LOCK)
    return Standing(TRIES - len(wrong))


def check_password_form(password: str, *, birth_digits: str | None = None) -> str:
    """A service password of six digits that is not the first one anybody would guess.

    Raises `Invalid` for another form, one digit repeated, a run, or the birth date.
    """
    if not _PASSWORD.fullmatch(password):
        raise Invalid("A service password has six digits.", field="password")
    if {ord(b) - ord(a) for a, b in pairwise(password)} in ({0}, {1}, {-1}):
        raise Invalid(
            "This service password is too easy to guess: no repeated digit and no run.",
            field="password",
        )
    if birth_digits and password in birth_digits:
        raise Invalid("The service password must not be the birth date.", field="password")
    return password


def clean_note(note: str) -> str:
    """A note as it is kept. Raises `Invalid` when it is too long."""
    text = note.strip()
    if len(text) > NOTE_LENGTH_MAX:
        raise Invalid(
            "The note is longer than {most} characters.", field="note", most=NOTE_LENGTH_MAX
        )
    return text


def evidence_text(evidence: Any, key: str) -> str:
    """One entry of the evidence, as text. Raises `Invalid` naming what is missing."""
    value = evidence.get(key) if isinstance(evidence, dict) else evidence
    text = str(value or "").strip()
    if not text:
        raise Invalid("Say the “{key}” that is to be checked.", field=key, key=key)
    return text
