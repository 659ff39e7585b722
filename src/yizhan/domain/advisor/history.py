"""The months advice is made from: records cut into whole bill months, and what to say of them."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.advisor.model import Candidate, Month
from yizhan.domain.rating import Usage
from yizhan.domain.tariff import Plan
from yizhan.kernel.period import add_months, cycle_containing, midnight
from yizhan.kernel.text import Text


def months_of(usages: Iterable[Usage], starts: Sequence[date], tz: ZoneInfo) -> list[Month]:
    """The bill months that begin on *starts*, each with its records by event time."""
    ordered = sorted(usages, key=lambda one: (one.at, one.sequence, one.id))
    moments = [one.at for one in ordered]
    months = []
    for start in starts:
        end = add_months(start, 1)
        first = bisect_left(moments, midnight(start, tz))
        months.append(Month(start, end, ordered[first : bisect_left(moments, midnight(end, tz))]))
    return months


def whole_months(first: date, until: date, cycle_day: int) -> list[date]:
    """The first days of the bill months that lie wholly in the local days ``[first, until)``."""
    start, end = cycle_containing(first, cycle_day)
    if start < first:
        start = end
    starts = []
    while add_months(start, 1) <= until:
        starts.append(start)
        start = add_months(start, 1)
    return starts


def seen(usages: Sequence[Usage], tz: ZoneInfo) -> tuple[date, date]:
    """The local days the records span, half-open. Needs at least one record."""
    days = [one.at.astimezone(tz).date() for one in usages]
    return min(days), max(days) + timedelta(days=1)


def not_counted(
    held: Candidate | None, months: Sequence[Month], plans: Iterable[Plan] = ()
) -> tuple[Text, ...]:
    """What the comparison leaves out, to be said with it."""
    said: list[Text] = []
    if held is not None and held.plan.term is not None:
        said.append(
            Text(
                f"未计提前解约费：{held.plan.term.text.zh}。",
                f"Not counted, what leaving early costs: {held.plan.term.text.en}.",
            )
        )
    every = [*plans, *([held.plan] if held is not None else [])]
    if any(discount.months for plan in every for discount in plan.discounts):
        said.append(Text("未计限期优惠。", "Discounts that end after some months are not counted."))
    away = sum(1 for month in months if any(record.roam != "home" for record in month.usages))
    if away:
        said.append(
            Text(
                f"其中 {away} 个月有漫游，已按实际计入，将来不一定再有。",
                f"{away} of the months hold roaming; it is counted as it was and may not recur.",
            )
        )
    return tuple(said)


def digest(months: Sequence[Month]) -> str:
    """Names exactly these records: everything of them that can decide a price."""
    found = hashlib.sha256()
    for month in months:
        for one in month.usages:
            kind = one.usage_class().code
            facts = (one.at, one.quantity, one.peer, one.amount, kind, one.family_rank)
            found.update(msgspec.msgpack.encode(facts))
    return found.hexdigest()[:16]
