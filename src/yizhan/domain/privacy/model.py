"""When something is old enough to be let go, and when a customer may be forgotten."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.kernel.text import Text

MONTHS_MAX = 1200
DOCUMENT_MONTHS = 24
"""Real-name records are kept while one is served and two years longer (MIIT Order 25 of 2013)."""
GRACE = timedelta(days=7)
"""How long a request can be taken back."""
AGAIN = timedelta(days=30)
"""When an erasure that something stands against is looked at again."""

State = Literal["waiting", "done", "taken_back"]


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """How long one thing is kept. ``shipped`` is the term the house came with."""

    name: str
    title: Text
    why: Text
    months: int
    least: int
    shipped: int
    last_run_at: datetime | None
    last_rows: int


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """An authority's order to let nothing of a customer go."""

    id: UUID
    customer_id: UUID
    authority: str
    reference: str
    reason: str
    placed_at: datetime
    placed_by: str
    lifted_at: datetime | None
    lifted_by: str


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's request to be forgotten. ``put_off``: why it could not be done when due."""

    id: UUID
    customer_id: UUID
    asked_at: datetime
    asked_by: str
    due_at: datetime
    state: State
    put_off: str
    done_at: datetime | None
    rows: Mapping[str, int]


def months_before(day: date, months: int) -> date:
    """The first of the month *months* whole months before the month of *day*.

    Whole months, because usage and bills are of months: of a term of five, the month that began
    five months ago is still whole.
    """
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def cutoff(now: datetime, months: int, zone: ZoneInfo) -> datetime:
    """Before which moment something that is kept for *months* is let go."""
    first = months_before(now.astimezone(zone).date(), months)
    return datetime.combine(first, time(), zone)


def due_at(asked_at: datetime, closed: Sequence[datetime]) -> datetime:
    """When a customer whose lines closed at these moments may be forgotten."""
    earliest = asked_at + GRACE
    if not closed:
        return earliest
    return max(earliest, _years_later(max(closed), DOCUMENT_MONTHS // 12))


def _years_later(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year + years, month=3, day=1)
