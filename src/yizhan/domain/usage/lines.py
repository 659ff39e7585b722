"""Whose a number was when it was used: looked up for a batch at a time and remembered for a while.

What is remembered is thrown away after a minute, so a long intake learns of new lines.
"""

import time
from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from yizhan.domain import subscriptions
from yizhan.domain.usage.dialling import same_number
from yizhan.domain.usage.model import Broken
from yizhan.platform.work import UnitOfWork

REMEMBERED_SECONDS = 60
REMEMBERED_NUMBERS = 300_000
_FOREVER = float("inf")

Family = dict[str, list[tuple[float, float, int]]]
"""Number (as ``same_number`` gives it) -> when it was a family number, and its rank."""


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A line, and when it held a number; epoch seconds, half-open."""

    customer_id: UUID
    line_id: UUID
    start: float
    end: float
    closed_at: float | None
    home: str
    family: Family | None
    ids: tuple[str, str]
    """Customer and line as text."""


class Lines:
    """Numbers and their holders."""

    def __init__(self, home: str) -> None:
        """*home* is the area of lines that name none."""
        self.home = home
        self._holders: dict[str, list[Holder]] = {}
        self._since = time.monotonic()

    async def learn(self, work: UnitOfWork, numbers: Collection[str]) -> None:
        """Look up those of *numbers* that are not known yet."""
        if (
            time.monotonic() - self._since > REMEMBERED_SECONDS
            or len(self._holders) > REMEMBERED_NUMBERS
        ):
            self._holders.clear()
            self._since = time.monotonic()
        wanted = [number for number in numbers if number and number not in self._holders]
        if not wanted:
            return
        periods = await subscriptions.number_periods(work, wanted)
        families = await self._families(work, periods)
        for period in periods:
            self._holders.setdefault(period.number, []).append(
                Holder(
                    customer_id=period.customer_id,
                    line_id=period.line_id,
                    start=period.valid_from.timestamp(),
                    end=_end(period.valid_to),
                    closed_at=period.closed_at.timestamp() if period.closed_at else None,
                    home=period.area or self.home,
                    family=families.get(period.line_id),
                    ids=(period.customer_id.hex, period.line_id.hex),
                )
            )

    async def _families(
        self, work: UnitOfWork, periods: Collection[subscriptions.NumberPeriod]
    ) -> dict[UUID, Family]:
        homes = {period.line_id: period.area or self.home for period in periods}
        families: dict[UUID, Family] = {}
        for known in await subscriptions.family_periods(work, list(homes)):
            number = same_number(known.number, homes[known.line_id])
            spans = families.setdefault(known.line_id, {}).setdefault(number, [])
            spans.append((known.valid_from.timestamp(), _end(known.valid_to), known.rank))
        return families

    def holder(self, number: str, at: float) -> Holder:
        """The line that held *number* at a moment. Raises ``Broken`` naming why there is none."""
        holders = self._holders.get(number)
        if not holders:
            raise Broken("unknown_line", "number", value=number)
        for holder in holders:
            if holder.start <= at < holder.end:
                return holder
        last = holders[-1]
        if last.closed_at is not None and at >= last.closed_at:
            since = datetime.fromtimestamp(last.closed_at, UTC).date().isoformat()
            raise Broken("line_terminated", "number", value=number, since=since)
        raise Broken("number_unassigned", "number", value=number)


def family_rank(holder: Holder, peer: str, at: float) -> int:
    """The rank of *peer* among the line's family numbers at a moment; 0 if it was none."""
    if holder.family is None or not peer:
        return 0
    for start, end, rank in holder.family.get(same_number(peer, holder.home), ()):
        if start <= at < end:
            return rank
    return 0


def _end(moment: datetime | None) -> float:
    return _FOREVER if moment is None else moment.timestamp()
