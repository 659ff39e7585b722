"""The people of the newspaper article, with the figures they are told on the telephone.

The last whole month of each is exact and can be checked by hand; the months before vary around it.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from yizhan.demo.traffic import MIB, Cdr
from yizhan.kernel.period import add_months

HARBIN = "04518620017"
SHIJIAZHUANG = "03118701122"


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A customer with a part in the story."""

    key: str
    name: str
    gender: str
    birth_date: date
    document: str
    number: str
    plan: str
    service_password: str
    attributes: dict[str, str] = {}
    tier: str = "none"
    email: str = ""
    records: Callable[[date, ZoneInfo, bool], list[Cdr]]
    """(first day of the month, zone, whether it is the exact last month) -> records."""


def scenes(catalogue: str) -> tuple[Scene, ...]:
    """The cast of a catalogue."""
    return _2004 if catalogue == "2004" else _TODAY


def _moments(
    start: date, tz: ZoneInfo, count: int, hours: tuple[int, ...], salt: str
) -> Iterator[datetime]:
    """*count* moments spread over the month at *hours*."""
    chance = random.Random(f"{salt}:{start}")
    days = (add_months(start, 1) - start).days
    for index in range(count):
        day = start + timedelta(days=index * days // count)
        yield datetime(
            day.year, day.month, day.day, chance.choice(hours), chance.randrange(0, 50), tzinfo=tz
        ) + timedelta(seconds=index)


class Habit(msgspec.Struct, frozen=True):
    """One kind of call or session of a scene: exact in the last month, around it before.

    ``count`` of ``size`` (minutes of a call, megabytes of a session); earlier months have between
    ``least`` and ``most`` of them, or sessions of between those sizes.
    """

    count: int
    size: int
    least: int
    most: int
    hours: tuple[int, ...]
    peers: tuple[str, ...] = ()
    zone: str = "local"
    net: str = "on"


def _months(*habits: Habit) -> Callable[[date, ZoneInfo, bool], list[Cdr]]:
    """The records of a scene with these habits."""

    def records(start: date, tz: ZoneInfo, exact: bool) -> list[Cdr]:
        out = []
        for place, habit in enumerate(habits):
            chance = random.Random(f"{start}:{place}:{habit.size}")
            varied = chance.randint(habit.least, habit.most)
            made = _calls if habit.peers else _sessions
            out += made(habit, start, tz, None if exact else varied, f"{place}{habit.zone}")
        return sorted(out, key=lambda record: record.at)

    return records


def _calls(habit: Habit, start: date, tz: ZoneInfo, varied: int | None, salt: str) -> list[Cdr]:
    count = habit.count if varied is None else varied
    return [
        Cdr(
            moment,
            "voice",
            "out",
            "direct",
            habit.zone,
            habit.net,
            "home",
            "none",
            habit.size * 60,
            habit.peers[n % len(habit.peers)],
        )
        for n, moment in enumerate(_moments(start, tz, count, habit.hours, salt))
    ]


def _sessions(habit: Habit, start: date, tz: ZoneInfo, varied: int | None, salt: str) -> list[Cdr]:
    size = (habit.size if varied is None else varied) * MIB
    return [
        Cdr(moment, "data", "out", "direct", "local", "off", "home", "none", size, "")
        for moment in _moments(start, tz, habit.count, habit.hours, salt)
    ]


def _circle(prefix: str, size: int) -> tuple[str, ...]:
    return tuple(f"{prefix}{1000 + n}" for n in range(size))


_WORK = (9, 10, 11, 14, 15, 16, 17)
_EVENING = (19, 20, 20, 21, 21, 22, 18)
_ALL_DAY = (8, 9, 10, 12, 15, 17, 18, 19, 20)
TRADER = _months(
    Habit(40, 5, 36, 43, _WORK, _circle("1300220", 7)),
    Habit(32, 5, 28, 36, _EVENING, (HARBIN,), "domestic.heilongjiang", "fixed"),
)
"""360 whole minutes out, 160 of them direct to Harbin, mostly after 19:00: 220.00 yuan."""
NEIGHBOUR = _months(
    Habit(46, 3, 40, 50, _ALL_DAY, _circle("1300221", 5)),
    Habit(10, 3, 8, 12, _ALL_DAY, (SHIJIAZHUANG,), "domestic.hebei", "fixed"),
)
"""168 minutes, 30 of them direct to Shijiazhuang: 71.40 yuan, below the minimum of 108."""
LIGHT = _months(
    Habit(20, 3, 16, 24, (9, 12, 18, 20), _circle("1860222", 5)),
    Habit(10, 256, 200, 300, (8, 12, 21)),
)
"""On a large plan, using little: 2.5 GB and 60 minutes."""
HEAVY = _months(
    Habit(50, 3, 42, 55, (10, 13, 19, 22), _circle("1860223", 9)),
    Habit(30, 600, 520, 680, (0, 8, 12, 20, 23)),
)
"""On a small plan, using much: 18 GB and 150 minutes."""


_2004 = (
    Scene(
        key="trader",
        name="李建国",
        gender="m",
        birth_date=date(1968, 5, 17),
        document="999999196805170150",
        number="13002208108",
        plan="zhuoyue",
        service_password="135790",  # noqa: S106  a demo's, said on the screen
        attributes={"home_province": "tianjin"},
        email="lijianguo@example.com",
        records=TRADER,
    ),
    Scene(
        key="neighbour",
        name="张淑芬",
        gender="f",
        birth_date=date(1972, 11, 2),
        document="999999197211020248",
        number="13002208109",
        plan="zhuoyue",
        service_password="246801",  # noqa: S106
        attributes={"home_province": "tianjin"},
        records=NEIGHBOUR,
    ),
)
_TODAY = (
    Scene(
        key="light",
        name="李建国",
        gender="m",
        birth_date=date(1968, 5, 17),
        document="999999196805170150",
        number="18602208108",
        plan="easy_99",
        service_password="135790",  # noqa: S106
        attributes={"home_province": "tianjin"},
        email="lijianguo@example.com",
        records=LIGHT,
    ),
    Scene(
        key="heavy",
        name="张淑芬",
        gender="f",
        birth_date=date(1972, 11, 2),
        document="999999197211020248",
        number="18602208109",
        plan="light_19",
        service_password="246801",  # noqa: S106
        attributes={"home_province": "tianjin"},
        records=HEAVY,
    ),
)
