"""Advice for someone who has no usage with us: a month made from what he says.

A short questionnaire becomes three months of records spread evenly over days and hours, so that
the same engine can price every plan. The result is marked as estimated.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.advisor.model import Month
from yizhan.domain.rating import Usage
from yizhan.domain.tariff import Service
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import id_at
from yizhan.kernel.period import add_months

CALL_SECONDS = 120
"""Mean length of a stated call; published means lie between 90 and 150 seconds."""
SESSION_COUNT = 30
"""One data session a day."""


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of a usual month. Shares are whole per cent."""

    minutes_out: int = 0
    minutes_in: int = 0
    long_distance_percent: int = 0
    home_province: str = ""
    uses_17911: bool = True
    family_percent: int = 0
    evening_percent: int = 30
    campus_percent: int = 0
    messages: int = 0
    megabytes: int = 0
    spends_fen: int | None = None


def check(habits: Habits) -> Habits:
    """The same, or ``Invalid`` naming the answer that cannot be."""
    for field in ("minutes_out", "minutes_in", "messages", "megabytes"):
        value = getattr(habits, field)
        limit = 2_000_000 if field == "megabytes" else 44_640
        if not 0 <= value <= limit:
            raise Invalid(
                "{value} cannot be: a month holds at most {limit}.",
                field=field,
                value=value,
                limit=limit,
            )
    for field in (
        "long_distance_percent",
        "family_percent",
        "evening_percent",
        "campus_percent",
    ):
        if not 0 <= getattr(habits, field) <= 100:
            raise Invalid("A share is 0 to 100 per cent.", field=field)
    if habits.long_distance_percent + habits.family_percent > 100:
        raise Invalid(
            "Long distance and family numbers together cannot exceed 100 per cent.",
            field="family_percent",
        )
    return habits


def months(habits: Habits, *, until: date, tz: ZoneInfo, count: int = 3) -> list[Month]:
    """*count* calendar months before *until* as the habits describe them."""
    first = add_months(until.replace(day=1), -count)
    return [
        Month(start, add_months(start, 1), tuple(_records(check(habits), start, tz)))
        for start in (add_months(first, n) for n in range(count))
    ]


def _records(habits: Habits, start: date, tz: ZoneInfo) -> Iterator[Usage]:
    days = (add_months(start, 1) - start).days
    number = 0

    def make(service: Service, quantity: int, index: int, of: int, **more: object) -> Usage:
        nonlocal number
        number += 1
        evening = index * 100 < habits.evening_percent * of
        moment = datetime(start.year, start.month, 1, tzinfo=tz) + timedelta(
            days=index % days, hours=21 if evening else 9 + index % 10, minutes=number % 60
        )
        return Usage(
            id=id_at(int(moment.timestamp() * 1000) + number),
            line_id=UUID(int=0),
            at=moment,
            service=service,
            quantity=quantity,
            **more,  # type: ignore[arg-type]
        )

    zone = f"domestic.{habits.home_province}" if habits.home_province else "domestic"
    calls = habits.minutes_out * 60 // CALL_SECONDS
    long = calls * habits.long_distance_percent // 100
    family = calls * habits.family_percent // 100
    for index in range(calls):
        campus = "campus" if index * 100 < habits.campus_percent * calls else "none"
        if index < long:
            access = "17911" if habits.uses_17911 else "direct"
            yield make(
                Service.VOICE,
                CALL_SECONDS,
                index,
                calls,
                zone=zone,
                access=access,
                net="fixed",
                place=campus,
            )
        else:
            rank = 1 if index < long + family else 0
            yield make(Service.VOICE, CALL_SECONDS, index, calls, family_rank=rank, place=campus)
    incoming = habits.minutes_in * 60 // CALL_SECONDS
    for index in range(incoming):
        campus = "campus" if index * 100 < habits.campus_percent * incoming else "none"
        yield make(Service.VOICE, CALL_SECONDS, index, incoming, direction="in", place=campus)
    for index in range(habits.messages):
        yield make(Service.SMS, 1, index, habits.messages, net="on" if index % 2 else "off")
    if habits.megabytes:
        each, rest = divmod(habits.megabytes * (1 << 20), SESSION_COUNT)
        for index in range(SESSION_COUNT):
            yield make(Service.DATA, each + (rest if index == 0 else 0), index, SESSION_COUNT)
