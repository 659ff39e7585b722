"""Messages and templates as values: what is said, to whom it may go, when, and when again."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from string import Formatter
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.kernel.errors import Invalid, NotFound, Refused
from yizhan.kernel.money import yuan
from yizhan.kernel.text import Text

CODE_LIFE = timedelta(minutes=5)
CODE_TRIES = 3
CODES_WINDOW = timedelta(hours=1)
CODES_PER_NUMBER = 5
CODES_PER_ADDRESS = 20
"""Codes within an hour, to one number and at the wish of one network address."""
ATTEMPTS_MAX = 12
TEXT_MAX = 2000
SUBJECT_MAX = 200
MARKETING = "marketing"
"""The kind of message, and the purpose a customer consents to before he gets one."""
_FACT = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOBILE = re.compile(r"1\d{10}")


class Medium(StrEnum):
    """What carries a message."""

    SMS = "sms"
    EMAIL = "email"


class State(StrEnum):
    """How far a message is. The last three but ``sent`` are ends; a bounce ends ``sent`` too."""

    QUEUED = "queued"
    DEFERRED = "deferred"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class Reason(StrEnum):
    """Why a message was not sent, or did not arrive."""

    NO_ADDRESS = "no_address"
    NO_CONSENT = "no_consent"
    TOO_OFTEN = "too_often"
    EXPIRED = "expired"
    REFUSED = "refused"
    BOUNCED = "bounced"


class UnknownTemplate(NotFound):
    """No template of this name."""

    code = "unknown_template"


class TooManyCodes(Refused):
    """Enough codes were asked for."""

    code = "too_many_codes"


class NoCode(Refused):
    """No code is in force."""

    code = "no_code"


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a template. ``facts`` are the names it may use, each with a sample."""

    name: str
    version: int
    label: Text
    kind: str
    channels: tuple[Medium, ...]
    urgent: bool
    secret: bool
    lifetime_minutes: int
    limit_count: int
    limit_hours: int
    subject: Text
    text: Text
    facts: Mapping[str, Any]
    written_at: datetime
    written_by: str

    @property
    def lifetime(self) -> timedelta:
        """How long after it was asked for a message is still of use."""
        return timedelta(minutes=self.lifetime_minutes)


class Policy(msgspec.Struct, frozen=True):
    """When customers are left in peace, in the operator's time zone; the same twice: never."""

    quiet_from: time
    quiet_until: time


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message and how far it is. ``text`` is None when it is forgotten or not for this reader."""

    customer_id: UUID
    id: UUID
    template: str
    version: int
    kind: str
    channel: Medium
    address: str
    language: str
    subject: str
    text: str | None
    urgent: bool
    secret: bool
    key: str | None
    state: State
    reason: Reason | None
    detail: str
    attempts: int
    created_at: datetime
    send_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    wire_id: str | None
    resend_of: UUID | None
    actor_name: str
    enclosed: str = ""
    """What a letter encloses: ``bill/ID`` or ``invoice/ID``; made when it is handed over."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What the wire said about a message, once."""

    at: datetime
    outcome: str
    text: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a wire did with a message: took it, wants it later, or refuses it for good.

    ``text`` is its own words; ``wire_id`` is what it calls the message in receipts.
    """

    kind: Literal["taken", "later", "refused"]
    text: str
    wire_id: str = ""


class Said(msgspec.Struct, frozen=True):
    """A template filled: what is read."""

    subject: str
    text: str


class CodesSent(msgspec.Struct, frozen=True):
    """Codes sent of late: to a number, to a customer for a purpose, at an address's wish."""

    to_number: int
    for_purpose: int
    from_address: int


def hours(count: int) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)


def fields_of(text: str) -> list[str]:
    """The names a text wants filled, in order. Raises `Invalid` where the braces do not fit."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise Invalid(
            "The braces do not fit together. A fact is written like {{amount_fen}}.", field="text"
        ) from None
    found = []
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if form or conversion or not _FACT.fullmatch(name):
            raise Invalid(
                "“{said}” cannot stand in braces: a fact is a name in small letters.",
                field="text",
                said=name[:40],
            )
        found.append(name)
    return list(dict.fromkeys(found))


def check_template(template: Template) -> Template:
    """A template fit to be sent. Raises `Invalid` naming what is missing, and where."""
    if not template.channels:
        raise Invalid("Choose at least one channel.", field="channels")
    if template.kind not in ("transactional", MARKETING):
        raise Invalid("A template is transactional or marketing.", field="kind")
    for language in ("zh", "en"):
        if not template.text[language].strip():
            raise Invalid("The text is empty. Word it in both languages.", field=f"text_{language}")
        if len(template.text[language]) > TEXT_MAX:
            raise Invalid(
                "The text is longer than {most} characters.",
                field=f"text_{language}",
                most=TEXT_MAX,
            )
        if len(template.subject[language]) > SUBJECT_MAX:
            raise Invalid(
                "The subject is longer than {most} characters.",
                field=f"subject_{language}",
                most=SUBJECT_MAX,
            )
        if Medium.EMAIL in template.channels and not template.subject[language].strip():
            raise Invalid("An e-mail needs a subject.", field=f"subject_{language}")
    for part in ("subject", "text"):
        said: Text = getattr(template, part)
        zh, en = set(fields_of(said.zh)), set(fields_of(said.en))
        if unknown := sorted((zh | en) - template.facts.keys()):
            raise Invalid(
                "Nobody fills {facts}. This template knows: {known}.",
                field=f"{part}_{'zh' if zh - template.facts.keys() else 'en'}",
                facts=", ".join(unknown),
                known=", ".join(sorted(template.facts)),
            )
        if zh != en:
            raise Invalid(
                "One language says {facts}, the other does not.",
                field=f"{part}_{'en' if zh - en else 'zh'}",
                facts=", ".join(sorted(zh ^ en)),
            )
    return template


def fill(template: Template, facts: Mapping[str, Any], *, language: str, zone: ZoneInfo) -> Said:
    """What the customer reads. Raises `Invalid` naming the facts that were not given."""
    text, subject = template.text[language], template.subject[language]
    wanted = dict.fromkeys([*fields_of(subject), *fields_of(text)])
    if missing := [name for name in wanted if facts.get(name) is None]:
        raise Invalid(
            "The template “{template}” lacks {facts}.",
            field="facts",
            template=template.name,
            facts=", ".join(missing),
        )
    shown = {name: fact_text(name, facts[name], language, zone) for name in wanted}
    return Said(
        " ".join(subject.format(**shown).split())[:SUBJECT_MAX], text.format(**shown).strip()
    )


def fact_text(name: str, value: Any, language: str, zone: ZoneInfo) -> str:
    """A fact as it is read: ``_fen`` in yuan, days and minutes in the operator's zone."""
    if isinstance(value, Text):
        value = value[language]
    if name.endswith("_fen"):
        return yuan(int(value))
    if isinstance(value, str) and name.endswith("_at"):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return "".join(c for c in str(value) if c == "\n" or c.isprintable())


def wake_at(now: datetime, policy: Policy, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours that *now* falls into are over; None outside them."""
    local = now.astimezone(zone)
    start, end, at = policy.quiet_from, policy.quiet_until, local.time()
    if start == end:
        return None
    over_night = start > end
    quiet = (at >= start or at < end) if over_night else start <= at < end
    if not quiet:
        return None
    day = local.date() + timedelta(days=1 if over_night and at >= start else 0)
    return datetime.combine(day, end, tzinfo=zone).astimezone(now.tzinfo)


def back_off(attempts: int, *, urgent: bool) -> timedelta:
    """How long to wait after so many tries: from a minute up to four hours; urgent 5 s to 80 s."""
    if urgent:
        return timedelta(seconds=5 * 2 ** min(attempts - 1, 4))
    return min(timedelta(minutes=2 ** min(attempts - 1, 20)), timedelta(hours=4))


def sms_parts(text: str) -> int:
    """How many short messages a text takes (3GPP TS 23.040: 160 or 70, in pieces 153 or 67)."""
    if text.isascii():
        whole, piece, size = 160, 153, len(text)
    else:
        whole, piece, size = 70, 67, len(text.encode("utf-16-be")) // 2
    return 1 if size <= whole else -(-size // piece)


def pick(
    order: Sequence[Medium], *, emails: Sequence[str], phones: Sequence[str]
) -> tuple[Medium, str] | None:
    """The first channel in the order on which the customer can be reached, and where."""
    mobiles = [one for one in phones if _MOBILE.fullmatch(one)]
    for medium in order:
        places = emails if medium is Medium.EMAIL else mobiles
        if places:
            return medium, places[0]
    return None


def masked(address: str) -> str:
    """An address with its middle hidden."""
    name, at, host = address.partition("@")
    if at:
        return f"{name[:1]}***@{host}"
    return f"{address[:3]}****{address[-4:]}" if len(address) > 7 else "****"
