"""What goes into the rating engine and what comes out: usage records in, a rated month out.

Amounts inside a charge are whole numbers of ``1/scale`` yuan, the finest unit the plan's prices
need, so no addition ever rounds. Amounts on lines and totals are fen.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import msgspec

from yizhan.domain.tariff import Service, UsageClass, classify
from yizhan.kernel.text import Text


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """One usage record, classified.

    ``at`` is the aware moment of answer (voice) or start. ``quantity`` counts seconds, messages,
    bytes or items. ``amount`` is a partner's own price in fen. Records with the same non-empty
    ``session`` are parts of one event: their quantities are summed before anything is rounded;
    ``sequence`` orders them, and a lone part with ``sequence`` above 0 is a continuation, which
    pays no connect fee. Zones, nets and places are the words of ``tariff.classify``.
    """

    id: UUID
    line_id: UUID
    at: datetime
    service: Service
    quantity: int
    direction: str = "out"
    access: str = "direct"
    zone: str = "local"
    net: str = "off"
    roam: str = "home"
    place: str = "none"
    family_rank: int = 0
    """0: no family number; n: the n-th of the line's family numbers."""
    peer: str = ""
    partner: str = ""
    amount: int | None = None
    session: str = ""
    sequence: int = 0

    def usage_class(self) -> UsageClass:
        """The canonical class of the record."""
        return classify(
            self.service,
            self.direction,
            self.access,
            self.zone,
            self.net,
            self.roam,
            self.place,
        )


# ---------------------------------------------------------------- what is known besides usage


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    """Units of an allowance carried from one period into the next.

    ``periods_left`` counts the periods in which they may still be used, the next one included.
    """

    allowance: str
    units: int
    periods_left: int = 1


class OpenWindow(msgspec.Struct, frozen=True, kw_only=True):
    """An allowance window (a day, a week, a calendar month) that reaches over the period's end."""

    allowance: str
    starts: date
    left: int
    packs: int = 0
    entered: bool = False


class Carry(msgspec.Struct, frozen=True, kw_only=True):
    """What one period hands to the next: rolled-over units, open windows, contract-year tiers."""

    lots: tuple[Lot, ...] = ()
    windows: tuple[OpenWindow, ...] = ()
    tiers: dict[str, int] = {}
    """Units counted so far in tiers over a contract year; a missing id is a fresh year."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What rating a month must know besides the plan and the usage.

    ``active_from`` and ``active_to`` (local days, half-open) bound the part of the period in which
    the plan was held; ``None`` is the period's own bound. ``started_by`` is ``start`` or
    ``change``, ``ended_by`` is ``end`` or ``change``: they choose the proration.
    """

    active_from: date | None = None
    active_to: date | None = None
    started_by: str = "start"
    ended_by: str = "end"
    months_since_start: int = 0
    """Whole months the plan was held before this period; bounds discounts and long fees."""
    carry: Carry = Carry()
    holidays: frozenset[date] = frozenset()
    """The operator's holidays, added to the plan's own."""


# ---------------------------------------------------------------- what comes out


class Piece(msgspec.Struct, frozen=True):
    """One step of the arithmetic of a charge, so that it can be said in words.

    ``kind``:
    ``connect``   the connect fee; ``amount``
    ``blocks``    ``count`` started blocks of ``size`` at ``price`` each
    ``allowance`` ``quantity`` taken from allowance ``key``, drawing ``count`` of its units,
                  at ``amount`` (0 unless the allowance has its own price)
    ``own``       the record's own amount
    ``tier``      ``count`` units counted in tier ``key``; graduated tiers carry their ``amount``
    ``pack``      ``count`` packs ``key`` bought by themselves at ``price`` each
    ``entry``     the fee of a window of allowance ``key``
    ``blocked`` / ``throttled``  ``quantity`` beyond allowance ``key``, not charged
    ``free``      ``quantity`` past the last step, declared free
    ``cap``       what the event's cap took off (negative)
    ``rounding``  what rounding the event added or took off
    ``band`` names the bands it fell in, where the plan has calendars.
    """

    kind: str
    item: str
    amount: int
    count: int = 0
    size: int = 0
    price: int = 0
    quantity: int = 0
    key: str = ""
    band: str = ""


class Charge(msgspec.Struct, frozen=True):
    """What one usage record costs, by which rule and by what arithmetic.

    ``amount`` is in ``1/scale`` yuan after the event's rounding and equals the sum of its pieces.
    A later part of a session has amount 0 and names the session's first record in ``part_of``.
    """

    usage_id: UUID
    line_id: UUID
    rule: str
    amount: int
    scale: int
    pieces: tuple[Piece, ...]
    quantity: int
    """Of the whole event: the sum of the session's parts."""
    part_of: UUID | None = None

    @property
    def yuan(self) -> Fraction:
        """The exact amount in yuan."""
        return Fraction(self.amount, self.scale)

    @property
    def drawn(self) -> tuple[tuple[str, int], ...]:
        """Units drawn from each allowance."""
        return tuple((p.key, p.count) for p in self.pieces if p.kind == "allowance")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a bill. The fen of a month's lines add up to its total exactly.

    ``kind``: ``recurring`` ``usage`` ``tier`` ``allowance`` ``day_cap`` ``discount`` ``cap``
    ``minimum`` ``tax`` ``rounding``. ``key`` is the id of the fee, item, tier, allowance,
    discount, cap or tax. The other facts are those its kind has; README lists them.
    """

    kind: str
    key: str
    text: Text
    amount: int
    """Fen."""
    item: str = ""
    exact: Fraction = Fraction(0)
    """Yuan before the line was rounded."""
    records: int = 0
    quantity: int = 0
    unit: str = ""
    """``s``, ``B``, ``count`` or ``points``; on a minimum, ``s`` says only calls counted."""
    base: int = 0
    """Fen: the full fee, the minimum, the cap, what a discount or tax was taken of."""
    counted: int = 0
    """Fen: what counted towards the minimum or the cap."""
    days: int = 0
    of_days: int = 0
    percent: Decimal = Decimal(0)
    size: int = 0
    left: int = 0
    included: bool = False
    """A tax contained in the prices: ``counted`` is the tax, ``amount`` is 0."""


class BucketLeft(msgspec.Struct, frozen=True, kw_only=True):
    """What an allowance had, what was drawn and what is left at the end of the period."""

    allowance: str
    unit: str
    size: int
    """This period's own units, prorated, packs included."""
    carried_in: int
    drawn: int
    left: int
    """Of the window open at the end of the period, rolled units included."""
    rolled_out: int
    packs: int
    shared: bool


class RatedMonth(msgspec.Struct, frozen=True, kw_only=True):
    """One line's (or account's) usage of one period under one plan."""

    plan: str
    version: int
    scale: int
    charges: tuple[Charge, ...]
    """In event-time order, one for each usage record given."""
    lines: tuple[Line, ...]
    total: int
    """Fen; the sum of the lines."""
    exact_total: Fraction
    """Yuan: the lines' exact amounts together, before any was rounded.

    Discounts, caps, minimum and taxes are reckoned from rounded lines, as on the bill.
    """
    buckets: tuple[BucketLeft, ...]
    carry: Carry
    blocked: int = 0
    """How many events were stopped or slowed by an allowance that ran out."""

    def line(self, key: str) -> Line:
        """The line with this key. Raises ``KeyError``."""
        for line in self.lines:
            if line.key == key:
                return line
        raise KeyError(key)

    def charge_by_record(self) -> Mapping[UUID, Charge]:
        """The charges by usage record."""
        return {charge.usage_id: charge for charge in self.charges}


class Purse(msgspec.Struct, frozen=True, kw_only=True):
    """Money someone may pay with: the caller's own balance, or a member's of his group."""

    owner: str
    fen: int


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """How an amount was paid from purses: what is left in each, and what nobody could pay."""

    left: tuple[Purse, ...]
    paid: tuple[Purse, ...]
    unpaid: int


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An example of a plan that does not come out as written."""

    file: str
    line: int
    example: str
    what: str
    """Which claim: ``total``, ``charge 3``, ``line minimum``, ``left voice_600`` ..."""
    expected: str
    got: str
