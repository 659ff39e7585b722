"""A plan as parsed: what it is called, who may have it, what it costs and in whose words.

Everything here is a value. Amounts of money are ``Decimal`` yuan exactly as written; quantities
are integers in the unit of the service (seconds, messages, bytes, items); days are half-open.
The README of this room describes the language these structures are parsed from.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

import msgspec

from yizhan.domain.tariff.classes import Service
from yizhan.domain.tariff.clock import Calendar, Holidays
from yizhan.domain.tariff.zones import ZoneSet
from yizhan.kernel.text import Text


class _Value(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the structures below: compared by content, never changed."""


class Source(_Value, frozen=True, kw_only=True):
    """Where in which file something was written, so that a refusal can point at it."""

    file: str
    line: int


# ---------------------------------------------------------------- what a plan is made of


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


class Item(_Value, frozen=True, kw_only=True):
    """A kind of charge as the bill groups it: local calls, long distance, data, content ..."""

    id: str
    text: Text


class Condition(_Value, frozen=True, kw_only=True):
    """One condition a customer must meet; ``attribute`` names a fact about him or his line.

    Exactly one of ``equals``, ``among`` or the bounds is set. Bounds are inclusive.
    """

    attribute: str
    equals: str | bool | None = None
    among: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    text: Text


class Term(_Value, frozen=True, kw_only=True):
    """A minimum term of ``months`` and what leaving earlier costs."""

    months: int
    exit_fee: Decimal
    per_month_left: bool
    """True: ``exit_fee`` is due for each month left, started months whole. False: once."""
    text: Text


class FamilyNumbers(_Value, frozen=True, kw_only=True):
    """How many numbers the line may call at the family price (亲情号码).

    ``other_province`` of them may belong to another province.
    """

    numbers: int
    other_province: int = 0
    text: Text


# ---------------------------------------------------------------- recurring fees


class Proration(StrEnum):
    """What is due for a month of which the plan held only a part."""

    FULL = "full"
    """The whole fee."""
    NONE = "none"
    """Nothing."""
    BY_DAY = "by_day"
    """Days held / days of the period."""
    BY_DAY_OF_YEAR = "by_day_of_year"
    """Fee x 12 / 365 for each day held, never above the fee (50 a month = 1.64 a day)."""
    HALF_MONTH = "half_month"
    """15 days or fewer: half the fee; more: the whole fee."""


class Prorations(_Value, frozen=True, kw_only=True):
    """Which proration applies when a line starts, ends, or changes its plan."""

    start: Proration = Proration.FULL
    end: Proration = Proration.FULL
    change: Proration = Proration.BY_DAY


class Recurring(_Value, frozen=True, kw_only=True):
    """A fee due every ``months`` months, in advance (at the start) or in arrears (at the end)."""

    id: str
    item: str
    amount: Decimal
    months: int = 1
    in_advance: bool = False
    prorate: Prorations = Prorations()
    text: Text
    source: Source


# ---------------------------------------------------------------- selecting usage


class Selector(_Value, frozen=True, kw_only=True):
    """Which usage something applies to; an empty tuple or ``None`` means any.

    ``zones`` and ``roams`` match by dotted prefix: ``intl`` also matches ``intl.A``. ``family``
    True asks for a family number among the plan's, False for any other. ``bands`` names parts of
    the plan's calendars. ``partners`` are the senders of content.
    """

    services: tuple[Service, ...] = ()
    directions: tuple[str, ...] = ()
    accesses: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    nets: tuple[str, ...] = ()
    roams: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()
    family: bool | None = None


# ---------------------------------------------------------------- prices


class Step(_Value, frozen=True, kw_only=True):
    """From ``start`` (a quantity inside one event) on: blocks of ``block``, ``price`` per ``per``.

    A started block is charged whole. Blocks are counted from the start of the step and cut off at
    its end. ``end`` is the start of the next step, or ``None``: to the end of the event.
    """

    start: int
    end: int | None
    block: int
    per: int
    price: Decimal


class Part(_Value, frozen=True, kw_only=True):
    """One of the charges a single event adds up: the local minute, the long distance on top.

    Exactly one of three kinds: ``steps``; ``tier`` (the quantity is counted in that tier); or
    ``own_price`` (the record carries its own amount, as partners' content does).
    """

    item: str
    connect: Decimal = Decimal(0)
    steps: tuple[Step, ...] = ()
    tier: str | None = None
    own_price: bool = False
    remainder_free: bool = False
    """Declared: what lies past the last step costs nothing."""


class EventCap(_Value, frozen=True, kw_only=True):
    """The most one event costs. ``disconnects``: not a cap on the price but the point to stop."""

    amount: Decimal
    disconnects: bool = False


class PriceRule(_Value, frozen=True, kw_only=True):
    """A price. Rules are tried in order; the first whose selector matches decides."""

    id: str
    when: Selector
    parts: tuple[Part, ...]
    cap: EventCap | None = None
    allow_negative: bool = False
    """Declared: prices below zero are meant, and a negative quantity gives its charge back."""
    text: Text
    source: Source
    owner: str
    """The plan or add-on the rule came from."""


class Split(_Value, frozen=True, kw_only=True):
    """Services whose events are split where a band ends; the others take the band at the start."""

    by_clock: frozenset[Service] = frozenset({Service.VOICE})


# ---------------------------------------------------------------- allowances


class Unit(StrEnum):
    """What an allowance counts."""

    SECONDS = "s"
    COUNT = "count"
    BYTES = "B"
    POINTS = "points"


class Window(StrEnum):
    """How long an allowance lasts before it is filled again."""

    BILL_MONTH = "bill_month"
    CALENDAR_MONTH = "calendar_month"
    WEEK = "week"
    DAY = "day"


class Scope(StrEnum):
    """Whose allowance it is: of the line, or a pool of the billing account."""

    LINE = "line"
    ACCOUNT = "account"


class PoolGrowth(StrEnum):
    """The size of a pool: once for the account, or once for each line that carries it."""

    ONCE = "once"
    PER_MEMBER = "per_member"


class Rollover(_Value, frozen=True, kw_only=True):
    """Unused units live ``periods`` more periods, ``cap`` at most at any time."""

    cap: int | None
    periods: int
    rolled_first: bool = True
    """True: what was carried in is drawn before this period's own."""


class Then(StrEnum):
    """What happens when the allowance is used up."""

    PRICE = "price"
    """The next allowance, then the price rules."""
    BLOCK = "block"
    """The service stops: the rest is not charged and marked as blocked."""
    THROTTLE = "throttle"
    """The service slows down and costs nothing."""
    PACK = "pack"
    """Another pack is bought by itself."""


class Pack(_Value, frozen=True, kw_only=True):
    """A pack bought by itself when the allowance is used up; ``most`` per period."""

    size: int
    price: Decimal
    most: int | None
    item: str


class InsidePrice(_Value, frozen=True, kw_only=True):
    """The special price of what is drawn from an allowance: ``price`` per ``per`` units."""

    per: int
    price: Decimal
    item: str


class Allowance(_Value, frozen=True, kw_only=True):
    """A bucket of free or specially priced use, drawn before prices apply.

    ``order``: smaller is drawn first; equal orders in the sequence written. ``draw`` is the block
    in which it is drawn: a started block counts whole, and less than a block left is no use.
    ``items``: the parts of a price it covers (empty: all). ``points`` says how much of a service
    one point is worth.
    """

    id: str
    unit: Unit
    size: int
    when: tuple[Selector, ...]
    items: tuple[str, ...] = ()
    draw: int
    order: int
    window: Window = Window.BILL_MONTH
    scope: Scope = Scope.LINE
    growth: PoolGrowth = PoolGrowth.ONCE
    member_cap: int | None = None
    points: tuple[tuple[Service, int], ...] = ()
    prorate: Prorations = Prorations()
    rollover: Rollover | None = None
    then: Then = Then.PRICE
    throttle_to: str = ""
    pack: Pack | None = None
    inside: InsidePrice | None = None
    entry_fee: Decimal = Decimal(0)
    """Due once in each window in which anything is drawn: a day pass."""
    entry_item: str = ""
    text: Text
    source: Source
    owner: str


# ---------------------------------------------------------------- tiers


class TierKind(StrEnum):
    """Graduated: each unit at the price of its tier. Volume: all units at the tier reached."""

    GRADUATED = "graduated"
    VOLUME = "volume"


class TierSpan(StrEnum):
    """What a tier counts over."""

    CALL = "call"
    PERIOD = "period"
    CONTRACT_YEAR = "contract_year"


class TierStep(_Value, frozen=True, kw_only=True):
    """Units up to ``upto`` (``None``: without end) at ``price`` per unit or ``percent`` of money.

    ``flat`` is due once when the step is reached; the first step is reached by zero units.
    """

    upto: int | None
    price: Decimal = Decimal(0)
    percent: Decimal = Decimal(0)
    flat: Decimal = Decimal(0)


class Tier(_Value, frozen=True, kw_only=True):
    """A price that depends on how much was used over a span.

    Events are counted in units of ``unit`` (a quantity; started units whole), or, when ``money``,
    in the fen their records carry (``upto`` is then in fen and ``percent`` applies).
    ``upto_inclusive``: the unit that lands on the edge belongs to the lower step.
    """

    id: str
    item: str
    kind: TierKind
    span: TierSpan
    unit: int
    money: bool = False
    steps: tuple[TierStep, ...]
    upto_inclusive: bool = True
    text: Text
    source: Source


# ---------------------------------------------------------------- limits, discounts, tax


class MinimumSpend(_Value, frozen=True, kw_only=True):
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


class Cap(_Value, frozen=True, kw_only=True):
    """The most that ``items`` (empty: everything) cost in a period or a local day."""

    id: str
    items: tuple[str, ...]
    amount: Decimal
    span: CapSpan
    text: Text
    source: Source


class Discount(_Value, frozen=True, kw_only=True):
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


class Tax(_Value, frozen=True, kw_only=True):
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


class Rounding(_Value, frozen=True, kw_only=True):
    """To how many decimals of a yuan, and how."""

    digits: int
    mode: RoundingMode


class Roundings(_Value, frozen=True, kw_only=True):
    """Where money is rounded: each event, each line of the bill, the invoice. ``None``: not."""

    event: Rounding | None = None
    line: Rounding | None = Rounding(digits=2, mode=RoundingMode.HALF_UP)
    invoice: Rounding = Rounding(digits=2, mode=RoundingMode.HALF_UP)


# ---------------------------------------------------------------- worked examples


class ExampleUsage(_Value, frozen=True, kw_only=True):
    """One record of an example; ``times`` repeats it every ``every_seconds``.

    ``at`` is local wall time as written (``2004-03-01 20:00:00``) in the operator's zone.
    """

    at: str
    service: Service
    quantity: int
    direction: str = "out"
    access: str = "direct"
    zone: str = "local"
    net: str = "off"
    roam: str = "home"
    place: str = "none"
    family_rank: int = 0
    peer: str = ""
    partner: str = ""
    amount: Decimal | None = None
    session: str = ""
    sequence: int = 0
    line: str = ""
    times: int = 1
    every_seconds: int = 3600


class Expected(_Value, frozen=True, kw_only=True):
    """What an example claims; what is ``None`` or empty is not claimed."""

    total: Decimal | None = None
    """The sum of all lines before the invoice is rounded, in yuan."""
    charges: tuple[Decimal, ...] | None = None
    """The charge of each record, in the order written."""
    lines: tuple[tuple[str, Decimal], ...] = ()
    """Amounts of bill lines by their key, rounded to the fen."""
    left: tuple[tuple[str, int], ...] = ()
    """Units left in allowances."""
    allowed: int | None = None
    """The quantity the balance allows for the (single) record."""
    purses: tuple[tuple[str, Decimal], ...] = ()
    """Balances left after paying the charges from the purses in order."""


class Example(_Value, frozen=True, kw_only=True):
    """A month or a call as a customer could check it by hand."""

    id: str
    text: Text | None = None
    starts: date | None = None
    """First day of the period (default: the first of the month of the first record)."""
    ends: date | None = None
    active_from: date | None = None
    active_to: date | None = None
    starts_by: str = "start"
    ends_by: str = "end"
    months_since_start: int = 0
    in_order_of_arrival: bool = False
    """Records are rated as listed, as if late ones were not re-rated."""
    carried: tuple[tuple[str, int], ...] = ()
    """Units carried in from the period before, by allowance."""
    holidays: tuple[date, ...] = ()
    add_ons: tuple[str, ...] = ()
    balance: Decimal | None = None
    purses: tuple[tuple[str, Decimal], ...] = ()
    usage: tuple[ExampleUsage, ...]
    expected: Expected
    source: Source


# ---------------------------------------------------------------- the whole


class Coverage(_Value, frozen=True, kw_only=True):
    """The canonical usage a plan answers for; every one of these must find a price."""

    service: Service
    directions: tuple[str, ...]
    accesses: tuple[str, ...]
    zones: tuple[str, ...]
    nets: tuple[str, ...]
    roams: tuple[str, ...]
    places: tuple[str, ...]


class Warned(_Value, frozen=True, kw_only=True):
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


def fraction(amount: Decimal) -> Fraction:
    """An amount as an exact fraction of a yuan."""
    return Fraction(amount)
