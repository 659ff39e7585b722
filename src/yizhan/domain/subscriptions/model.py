"""Lines and what they have, as values; the rules of numbers, products and family numbers."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from yizhan.domain.subscriptions.flow import Life, State, StopReason
from yizhan.kernel import phone
from yizhan.kernel.errors import Invalid, Refused

COOLING = timedelta(days=90)
"""A number rests so long between two owners (facts: reuse 90 days after close)."""
RESERVATION_MAX = timedelta(days=30)
LINES_PER_PERSON_MAX = 5
"""Mobile lines one person may own, by identity document (real-name rule, since 2013)."""
FAMILY_NUMBERS_MAX = 20
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{2,39}")
_FEATURE = re.compile(r"[a-z][a-z0-9_]{1,39}")


class LineKind(StrEnum):
    """The four kinds of line."""

    MOBILE = "mobile"
    FIXED = "fixed"
    DATA = "data"
    INTERNET = "internet"


class ProductKind(StrEnum):
    """A line has one plan, and add-ons beside it."""

    PLAN = "plan"
    ADD_ON = "add_on"


class NumberState(StrEnum):
    """Where a number of ours is."""

    FREE = "free"
    RESERVED = "reserved"
    IN_USE = "in_use"
    COOLING = "cooling"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line. Owner (``customer_id``), payer and user may be three people.

    ``number`` is the one it has, or had at the moment that was asked about.
    """

    customer_id: UUID
    id: UUID
    kind: LineKind
    number: str | None
    account_id: UUID
    payer_customer_id: UUID
    user_party_id: UUID | None
    area: str
    base_state: State
    stop_reasons: frozenset[StopReason]
    state: State
    state_since: datetime
    opened_at: datetime
    closed_at: datetime | None

    @property
    def life(self) -> Life:
        """Its place in the table of `flow`."""
        return Life(self.base_state, self.stop_reasons)


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """A plan version or add-on of a line in ``[valid_from, valid_to)``."""

    customer_id: UUID
    id: UUID
    line_id: UUID
    kind: ProductKind
    plan_id: str
    version: int
    valid_from: datetime
    valid_to: datetime | None
    term_until: date | None
    order_id: UUID | None


class FamilyNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A number the line calls at the family price; ``rank`` counts from 1."""

    line_id: UUID
    rank: int
    number: str
    valid_from: datetime
    valid_to: datetime | None


class NumberPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """Whose a number was in ``[valid_from, valid_to)``."""

    number: str
    customer_id: UUID
    line_id: UUID
    valid_from: datetime
    valid_to: datetime | None
    area: str = ""
    """The line's home area code: what is local for it."""
    closed_at: datetime | None = None
    """When the line itself was closed."""


class StatePeriod(msgspec.Struct, frozen=True, kw_only=True):
    """What a line was in ``[valid_from, valid_to)``."""

    state: State
    reasons: frozenset[StopReason]
    valid_from: datetime
    valid_to: datetime | None


class StockNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A number of ours. ``until`` ends a reservation or the cooling."""

    number: str
    kind: LineKind
    area: str
    grade: str
    state: NumberState
    until: datetime | None
    reserved_for: UUID | None

    def standing(self, now: datetime) -> NumberState:
        """Its state at *now*: what has run out is free again."""
        if self.until is not None and self.until <= now:
            return NumberState.FREE
        return self.state


class NumberTaken(Refused):
    """A number cannot be given."""

    code = "number_taken"


class TooManyLines(Refused):
    """One person may not own so many lines."""

    code = "too_many_lines"


class ProductRefused(Refused):
    """A plan or add-on cannot begin or end so."""

    code = "product_refused"


def clean_number(kind: LineKind, text: str) -> str:
    """A number in one form: digits, or the login name of an internet line. Raises `Invalid`."""
    if kind is LineKind.INTERNET:
        login = text.strip().lower()
        if not _LOGIN.fullmatch(login):
            raise Invalid(
                "“{text}” is not a login of an internet line: 3 to 40 small letters, digits, "
                "dots, dashes.",
                field="number",
                text=text[:40],
            )
        return login
    return phone.normalise(text)


def check_assignable(stock: StockNumber, customer_id: UUID, *, now: datetime) -> None:
    """Whether this customer may be given the number now. Raises `NumberTaken`."""
    match stock.standing(now):
        case NumberState.FREE:
            return
        case NumberState.RESERVED:
            if stock.reserved_for == customer_id:
                return
            raise NumberTaken("{number} is reserved for somebody else.", number=stock.number)
        case NumberState.IN_USE:
            raise NumberTaken("{number} is in use. Choose another one.", number=stock.number)
        case NumberState.COOLING:
            raise NumberTaken(
                "{number} was given up recently and rests until {until}.",
                number=stock.number,
                until=f"{stock.until:%Y-%m-%d}" if stock.until else "",
            )


def clean_family_numbers(numbers: Sequence[str], *, own: str | None) -> list[str]:
    """Family numbers in one form, by rank. Raises `Invalid` for doubles and the line itself."""
    if len(numbers) > FAMILY_NUMBERS_MAX:
        raise Invalid(
            "At most {most} family numbers can be set.", field="numbers", most=FAMILY_NUMBERS_MAX
        )
    cleaned = [phone.normalise(number, field="numbers") for number in numbers]
    for place, number in enumerate(cleaned):
        if number in cleaned[:place]:
            raise Invalid(
                "{number} is listed twice. List every family number once.",
                field="numbers",
                number=number,
            )
        if number == own:
            raise Invalid(
                "{number} is the line itself; a family number is another's.",
                field="numbers",
                number=number,
            )
    return cleaned


def clean_feature(text: str) -> str:
    """A feature's name. Raises `Invalid`."""
    if not _FEATURE.fullmatch(text):
        raise Invalid(
            "“{text}” is not a feature's name: small letters, digits and underscores.",
            field="feature",
            text=text[:40],
        )
    return text


def check_start(
    plans: Sequence[Product], kind: ProductKind, start: datetime, end: datetime | None
) -> None:
    """Whether a product may begin at *start* beside the line's *plans*. Raises `ProductRefused`."""
    if end is not None and end <= start:
        raise ProductRefused("A product must end after it begins.")
    if kind is ProductKind.ADD_ON:
        return
    if end is not None:
        raise ProductRefused("A plan has no end of its own; the next plan ends it.")
    for plan in plans:
        if plan.valid_from >= start:
            raise ProductRefused(
                "The plan {plan} is already set to begin on {day}. Take that change back first.",
                plan=plan.plan_id,
                day=f"{plan.valid_from:%Y-%m-%d}",
            )
