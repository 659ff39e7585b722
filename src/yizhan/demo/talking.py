"""From habits to records: the usage of the town's people, a part of them in each process."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import product
from uuid import UUID

import msgspec

from yizhan.demo.cast import Member
from yizhan.demo.crew import Crew
from yizhan.demo.people import Person
from yizhan.demo.scenes import scenes
from yizhan.demo.traffic import PROVINCE_OF, Cdr, month
from yizhan.domain import usage
from yizhan.domain.tariff import classify
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.period import add_months, midnight
from yizhan.platform.work import Works

SCENE_MONTHS = 12
Told = Callable[[int, int], None]


class Talker(msgspec.Struct, frozen=True):
    """Who uses a line: a person of the town, or one of the article by his place in the cast."""

    customer_id: UUID
    line_id: UUID
    family: tuple[str, ...]
    person: Person | None
    scene: int


class Town(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody's usage depends on."""

    catalogue: str
    seed: int
    this_month: date
    months: int
    """How many months before this one a person of the town has."""


async def add_usage(
    works: Works, crew: Crew, town: Town, cast: Sequence[tuple[Member, Person | None]], told: Told
) -> int:
    """Usage of the last months and of this one up to now; how many records."""
    talkers = [
        Talker(member.customer.id, member.mobile, member.family, person, place)
        for place, (member, person) in enumerate(cast)
    ]
    starts = [add_months(town.this_month, -n) for n in range(SCENE_MONTHS, -1, -1)]
    async with works.begin(SYSTEM) as work:
        now = work.now
        months = usage.months_between(
            midnight(starts[0], work.zone),
            midnight(add_months(town.this_month, 1), work.zone),
        )
        fresh = await usage.bulk_begin(work, months=months, classes=_all_classes())
    made = await crew.share(
        _talk,
        lambda part: (
            town,
            talkers[part :: crew.size],
            starts,
            now,
            told if part == 0 else None,
        ),
    )
    await usage.bulk_end(works, SYSTEM, fresh, tasks=crew.size)
    return sum(made)


async def _talk(
    works: Works,
    part: tuple[int, int],
    town: Town,
    talkers: Sequence[Talker],
    starts: Sequence[date],
    now: datetime,
    told: Told | None,
) -> int:
    """One part's records."""

    def records() -> Iterator[usage.NewUsage]:
        for done, start in enumerate(starts, start=1):
            yield from _month(works, town, talkers, start, now)
            if told is not None:
                told(done, len(starts))

    async with works.begin(SYSTEM, now=now) as work:
        return await usage.bulk_load(work, records(), name=f"demo{part[0]}")


def _month(
    works: Works, town: Town, talkers: Sequence[Talker], start: date, now: datetime
) -> Iterator[usage.NewUsage]:
    tz = works.zone
    begin = datetime.combine(start, time(0), tzinfo=tz)
    end = datetime.combine(add_months(start, 1), time(0), tzinfo=tz)
    recent = start >= add_months(town.this_month, -town.months)
    cast = scenes(town.catalogue)
    for one in talkers:
        if one.person is None:
            exact = start == add_months(town.this_month, -1)
            records = cast[one.scene].records(start, tz, exact)
        elif recent:
            records = month(one.person, begin, end, seed=town.seed, catalogue=town.catalogue, tz=tz)
        else:
            continue
        yield from _rows(one, records, now)


def _rows(talker: Talker, records: Sequence[Cdr], now: datetime) -> Iterator[usage.NewUsage]:
    family = talker.family
    for record in records:
        if record.at >= now:
            continue
        rank = family.index(record.peer) + 1 if record.peer in family else 0
        yield usage.NewUsage(
            talker.customer_id,
            talker.line_id,
            record.at,
            _code(record),
            record.quantity,
            record.amount_fen,
            rank,
            record.peer,
            record.partner,
        )


_CODES: dict[tuple[str, ...], str] = {}


def _code(record: Cdr) -> str:
    facts = (
        record.service,
        record.direction,
        record.access,
        record.zone,
        record.net,
        record.roam,
        record.place,
    )
    code = _CODES.get(facts)
    if code is None:
        code = _CODES[facts] = classify(*facts).code
    return code


def _all_classes() -> set[str]:
    """Every class the traffic of a catalogue can have."""
    zones = ["local", "domestic", "hkmo", "intl.A", "intl.B"]
    zones += [f"domestic.{province}" for province in sorted(set(PROVINCE_OF.values()))]
    found = set()
    for service in ("voice", "sms", "mms", "data", "content"):
        for facts in product(
            ("out", "in"), ("direct", "17911"), zones, ("on", "off", "fixed"),
            ("home", "domestic"), ("none", "campus"),
        ):  # fmt: skip
            found.add(classify(service, *facts).code)
    return found
