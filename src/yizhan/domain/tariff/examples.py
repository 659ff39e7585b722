"""The worked examples of a plan, as parsed."""

from datetime import date
from decimal import Decimal

from yizhan.domain.tariff.classes import Service
from yizhan.domain.tariff.values import Source, Value
from yizhan.kernel.text import Text


class ExampleUsage(Value, frozen=True, kw_only=True):
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


class Expected(Value, frozen=True, kw_only=True):
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


class Example(Value, frozen=True, kw_only=True):
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
