"""A second opinion on every bill: the rules of the rating room, worked out the slow way.

It shares nothing with the engine but the parsed plan: no compiled cells, no caches, no scaled
integers. Bands are looked up second by second, money is fractions of a yuan, every record asks
every rule. What it leaves out is said by raising ``Beyond``.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.bench.oracle_bill import Month, bill
from yizhan.bench.oracle_court import Court
from yizhan.bench.oracle_parts import Beyond, Wrong
from yizhan.domain.tariff import (
    Plan,
)

__all__ = ["Beyond", "Month", "Wrong", "opinion"]


class Opinion(msgspec.Struct, frozen=True):
    """What the oracle holds a month to cost."""

    charges: Mapping[UUID, Fraction]
    month: Month
    left: Mapping[str, int]


def opinion(
    plan: Plan,
    usages: Sequence[Any],
    start: date,
    end: date,
    tz: ZoneInfo,
    *,
    active_from: date | None = None,
    months_since_start: int = 0,
    carried: Mapping[str, int] | None = None,
) -> Opinion:
    """The month ``[start, end)`` of one line. Raises ``Wrong`` and ``Beyond``."""
    court = Court(plan, start, end, tz, active_from or start, carried or {})
    charges: dict[UUID, Fraction] = {}
    events: dict[tuple[Any, ...], list[Any]] = {}
    for usage in usages:
        key = (usage.line_id, usage.session) if usage.session else (usage.id,)
        events.setdefault(key, []).append(usage)
    ordered = []
    for parts in events.values():
        parts.sort(key=lambda part: (part.sequence, part.at, part.id))
        ordered.append(parts)
    ordered.sort(key=lambda parts: (parts[0].at, parts[0].id))
    for parts in ordered:
        total = sum(part.quantity for part in parts)
        charges[parts[0].id] = court.event(parts[0], total)
        for later in parts[1:]:
            charges[later.id] = Fraction(0)
    month = bill(plan, court.money, start, end, active_from or start, months_since_start)
    return Opinion(charges, month, court.left())
