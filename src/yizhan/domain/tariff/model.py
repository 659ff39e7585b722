"""A plan as parsed: what it is called, who may have it, what it costs and in whose words.

Everything here is a value; what decides a price is in ``prices``. Amounts of money are
``Decimal`` yuan exactly as written; days are half-open.
The README of this room describes the language these structures are parsed from.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from yizhan.domain.tariff.classes import Service
from yizhan.domain.tariff.clock import Calendar, Holidays
from yizhan.domain.tariff.examples import Example
from yizhan.domain.tariff.prices import Allowance, PriceRule, Prorations, Split, Tier
from yizhan.domain.tariff.values import Source, Value
from yizhan.domain.tariff.zones import ZoneSet
from yizhan.kernel.text import Text


class Kind(StrEnum):
    """The four kinds of line (facts: the article's four lines of business)."""

    MOBILE = "mobile"
    FIXED = "fixed"
    DATA = "data"
    INTERNET = "internet"


class Payment(StrEnum):
    """Whether the line is paid before or after use."""

    PREPAID = "prepaid"
    POSTPAID = "postpaid"


class Item(Value, frozen=True, kw_only=True):
    """A kind of charge as the bill groups it: local calls, long distance, data, content ..."""

    id: str
    text: Text


class Condition(Value, frozen=True, kw_only=True):
    """One condition a customer must meet; ``attribute`` names a fact about him or his line.

    Exactly one of ``equals``, ``among`` or the bounds is set. Bounds are inclusive.
    """

    attribute: str
    equals: str | bool | None = None
    among: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    text: Text


class Term(Value, frozen=True, kw_only=True):
    """A minimum term of ``months`` and what leaving earlier costs."""

    months: int
    exit_fee: Decimal
    per_month_left: bool
    """True: ``exit_fee`` is due for each month left, started months whole. False: once."""
    text: Text


class FamilyNumbers(Value, frozen=True, kw_only=True):
    """How many numbers the line may call at the family price (亲情号码).

    ``other_province`` of them may belong to another province.
    """

    numbers: int
    other_province: int = 0
    text: Text


class Recurring(Value, frozen=True, kw_only=True):
    """A fee due every ``months`` months, in advance (at the start) or in arrears (at the end)."""

    id: str
    item: str
    amount: Decimal
    months: int = 1
    in_advance: bool = False
    prorate: Prorations = Prorations()
    text: Text
    source: Source


class MinimumSpend(Value, frozen=True, kw_only=True):
    """The least a month costs: charges of ``items`` count towards it, and a top-up fills it."""

    amount: Decimal
    items: tuple[str, ...]
    prorate: Prorations = Prorations()
    text: Text
    source: Source


class CapSpan(StrEnum):
    """What a cap limits."""

    PERIOD = "period"
    DAY = "day"


class Cap(Value, frozen=True, kw_only=True):
    """The most that ``items`` (empty: everything) cost in a period or a local day."""

    id: str
    items: tuple[str, ...]
    amount: Decimal
    span: CapSpan
    text: Text
    source: Source


class Discount(Value, frozen=True, kw_only=True):
    """``percent`` or ``amount`` off ``items`` (empty: everything) for the first ``months``.

    Taken in ``order``, each from what the earlier ones left, before caps and before tax.
    """

    id: str
    items: tuple[str, ...]
    percent: Decimal | None = None
    amount: Decimal | None = None
    months: int | None = None
    order: int = 0
    text: Text
    source: Source


class Tax(Value, frozen=True, kw_only=True):
    """A tax of ``rate`` (0.06 is six per cent), contained in the prices or added to them."""

    code: str
    rate: Decimal
    included: bool
    items: tuple[str, ...] = ()
    text: Text


class RoundingMode(StrEnum):
    """How the digit after the last is dropped. Up and down are away from and towards zero."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    UP = "up"
    DOWN = "down"


class Rounding(Value, frozen=True, kw_only=True):
    """To how many decimals of a yuan, and how."""

    digits: int
    mode: RoundingMode


class Roundings(Value, frozen=True, kw_only=True):
    """Where money is rounded: each event, each line of the bill, the invoice. ``None``: not."""

    event: Rounding | None = None
    line: Rounding | None = Rounding(digits=2, mode=RoundingMode.HALF_UP)
    invoice: Rounding = Rounding(digits=2, mode=RoundingMode.HALF_UP)


class Coverage(Value, frozen=True, kw_only=True):
    """The canonical usage a plan answers for; every one of these must find a price."""

    service: Service
    directions: tuple[str, ...]
    accesses: tuple[str, ...]
    zones: tuple[str, ...]
    nets: tuple[str, ...]
    roams: tuple[str, ...]
    places: tuple[str, ...]


class Warned(Value, frozen=True, kw_only=True):
    """Something allowed but worth knowing, such as a price that falls with usage."""

    text: Text
    source: Source


class Tariff(msgspec.Struct, frozen=True, kw_only=True, eq=False, weakref=True):
    """What plans and add-ons share: everything that has a price. Compared by identity."""

    id: str
    version: int
    name: Text
    summary: Text
    on_sale_from: date | None = None
    on_sale_to: date | None = None
    """Half-open: the first day on which it is no longer sold."""
    successor: str | None = None
    eligible: tuple[Condition, ...] = ()
    excludes: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    term: Term | None = None
    items: tuple[Item, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    holidays: Holidays = Holidays()
    family: FamilyNumbers | None = None
    recurring: tuple[Recurring, ...] = ()
    price: tuple[PriceRule, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    tiers: tuple[Tier, ...] = ()
    minimum_spend: MinimumSpend | None = None
    caps: tuple[Cap, ...] = ()
    discounts: tuple[Discount, ...] = ()
    examples: tuple[Example, ...] = ()
    warnings: tuple[Warned, ...] = ()
    source: Source

    def on_sale(self, day: date) -> bool:
        """Whether it is sold on *day*."""
        return (self.on_sale_from is None or self.on_sale_from <= day) and (
            self.on_sale_to is None or day < self.on_sale_to
        )

    def item_text(self, item: str) -> Text:
        """The words of a bill item."""
        for candidate in self.items:
            if candidate.id == item:
                return candidate.text
        return Text(item, item)


class Plan(Tariff, frozen=True, kw_only=True, eq=False, weakref=True):
    """A plan a line can be on. Immutable; a new version is a new plan with the same id."""

    kind: Kind
    payment: Payment
    change_takes_effect: str = "next_month"
    """``next_month`` or ``now``: when a change to this plan takes effect."""
    may_carry: tuple[str, ...] = ()
    """The add-ons a line on this plan may have."""
    covers: tuple[Coverage, ...]
    split: Split = Split()
    taxes: tuple[Tax, ...] = ()
    rounding: Roundings = Roundings()
    zones: ZoneSet | None = None
    """Number prefixes to zones, for records that carry a number and no zone."""
    carries: tuple[str, ...] = ()
    """Add-ons combined into this plan (see ``combine``); empty for a plan as published."""


class AddOn(Tariff, frozen=True, kw_only=True, eq=False, weakref=True):
    """Something a line may have besides its plan: a pack, a family option, a day pass.

    Its rules come before the plan's, its allowances join the plan's by their order.
    """

    kinds: tuple[Kind, ...] = (Kind.MOBILE,)
    repeatable: bool = False
    """Whether a line may carry it more than once at a time."""
    periods: int | None = None
    """How many bill months it lasts before it ends by itself; ``None``: until given up."""
