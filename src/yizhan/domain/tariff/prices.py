"""What decides a price, as parsed: selectors, price rules, allowances, tiers.

Amounts of money are ``Decimal`` yuan exactly as written; quantities are integers in the unit of
the service (seconds, messages, bytes, items).
"""

from decimal import Decimal
from enum import StrEnum

from yizhan.domain.tariff.classes import Service
from yizhan.domain.tariff.values import Source, Value
from yizhan.kernel.text import Text


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


class Prorations(Value, frozen=True, kw_only=True):
    """Which proration applies when a line starts, ends, or changes its plan."""

    start: Proration = Proration.FULL
    end: Proration = Proration.FULL
    change: Proration = Proration.BY_DAY


class Selector(Value, frozen=True, kw_only=True):
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


class Step(Value, frozen=True, kw_only=True):
    """From ``start`` (a quantity inside one event) on: blocks of ``block``, ``price`` per ``per``.

    A started block is charged whole. Blocks are counted from the start of the step and cut off at
    its end. ``end`` is the start of the next step, or ``None``: to the end of the event.
    """

    start: int
    end: int | None
    block: int
    per: int
    price: Decimal


class Part(Value, frozen=True, kw_only=True):
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


class EventCap(Value, frozen=True, kw_only=True):
    """The most one event costs. ``disconnects``: not a cap on the price but the point to stop."""

    amount: Decimal
    disconnects: bool = False


class PriceRule(Value, frozen=True, kw_only=True):
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


class Split(Value, frozen=True, kw_only=True):
    """Services whose events are split where a band ends; the others take the band at the start."""

    by_clock: frozenset[Service] = frozenset({Service.VOICE})


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


class Rollover(Value, frozen=True, kw_only=True):
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


class Pack(Value, frozen=True, kw_only=True):
    """A pack bought by itself when the allowance is used up; ``most`` per period."""

    size: int
    price: Decimal
    most: int | None
    item: str


class InsidePrice(Value, frozen=True, kw_only=True):
    """The special price of what is drawn from an allowance: ``price`` per ``per`` units."""

    per: int
    price: Decimal
    item: str


class Allowance(Value, frozen=True, kw_only=True):
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


class TierKind(StrEnum):
    """Graduated: each unit at the price of its tier. Volume: all units at the tier reached."""

    GRADUATED = "graduated"
    VOLUME = "volume"


class TierSpan(StrEnum):
    """What a tier counts over."""

    CALL = "call"
    PERIOD = "period"
    CONTRACT_YEAR = "contract_year"


class TierStep(Value, frozen=True, kw_only=True):
    """Units up to ``upto`` (``None``: without end) at ``price`` per unit or ``percent`` of money.

    ``flat`` is due once when the step is reached; the first step is reached by zero units.
    """

    upto: int | None
    price: Decimal = Decimal(0)
    percent: Decimal = Decimal(0)
    flat: Decimal = Decimal(0)


class Tier(Value, frozen=True, kw_only=True):
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
