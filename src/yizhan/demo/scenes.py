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


def _calls(
    start: date, tz: ZoneInfo, count: int, minutes: int, *, hours: tuple[int, ...], salt: str
) -> Iterator[tuple[datetime, int]]:
    """*count* moments spread over the month at *hours*; ``(moment, seconds)``."""
    chance = random.Random(f"{salt}:{start}")
    days = (add_months(start, 1) - start).days
    for index in range(count):
        day = start + timedelta(days=index * days // count)
        moment = datetime(
            day.year, day.month, day.day, chance.choice(hours), chance.randrange(0, 50), tzinfo=tz
        ) + timedelta(seconds=index)
        yield moment, minutes * 60


def _voice(moment: datetime, seconds: int, peer: str, zone: str = "local", net: str = "on") -> Cdr:
    return Cdr(moment, "voice", "out", "direct", zone, net, "home", "none", seconds, peer)


def _trader(start: date, tz: ZoneInfo, exact: bool) -> list[Cdr]:
    """360 whole minutes out, 160 of them direct to Harbin, mostly after 19:00: 220.00 yuan."""
    chance = random.Random(f"trader:{start}")
    local = 40 if exact else chance.randint(36, 43)
    long = 32 if exact else chance.randint(28, 36)
    day, evening = (9, 10, 11, 14, 15, 16, 17), (19, 20, 20, 21, 21, 22, 18)
    out = [
        _voice(moment, seconds, f"1300220{1000 + n % 7}")
        for n, (moment, seconds) in enumerate(_calls(start, tz, local, 5, hours=day, salt="tl"))
    ]
    out += [
        _voice(moment, seconds, HARBIN, "domestic.heilongjiang", "fixed")
        for moment, seconds in _calls(start, tz, long, 5, hours=evening, salt="th")
    ]
    return sorted(out, key=lambda record: record.at)


def _neighbour(start: date, tz: ZoneInfo, exact: bool) -> list[Cdr]:
    """168 minutes, 30 of them direct to Shijiazhuang: 71.40 yuan, below the minimum of 108."""
    chance = random.Random(f"neighbour:{start}")
    local = 46 if exact else chance.randint(40, 50)
    long = 10 if exact else chance.randint(8, 12)
    hours = (8, 9, 10, 12, 15, 17, 18, 19, 20)
    out = [
        _voice(moment, seconds, f"1300221{1000 + n % 5}")
        for n, (moment, seconds) in enumerate(_calls(start, tz, local, 3, hours=hours, salt="nl"))
    ]
    out += [
        _voice(moment, seconds, SHIJIAZHUANG, "domestic.hebei", "fixed")
        for moment, seconds in _calls(start, tz, long, 3, hours=hours, salt="nh")
    ]
    return sorted(out, key=lambda record: record.at)


def _light(start: date, tz: ZoneInfo, exact: bool) -> list[Cdr]:
    """On a large plan, using little: 2.5 GB and 60 minutes."""
    chance = random.Random(f"light:{start}")
    calls = 20 if exact else chance.randint(16, 24)
    out = [
        _voice(moment, seconds, f"1860222{1000 + n % 5}")
        for n, (moment, seconds) in enumerate(
            _calls(start, tz, calls, 3, hours=(9, 12, 18, 20), salt="ll")
        )
    ]
    size = 256 if exact else chance.randint(200, 300)
    out += [
        Cdr(m, "data", "out", "direct", "local", "off", "home", "none", size * MIB, "")
        for m, _ in _calls(start, tz, 10, 1, hours=(8, 12, 21), salt="ld")
    ]
    return sorted(out, key=lambda record: record.at)


def _heavy(start: date, tz: ZoneInfo, exact: bool) -> list[Cdr]:
    """On a small plan, using much: 18 GB and 150 minutes."""
    chance = random.Random(f"heavy:{start}")
    calls = 50 if exact else chance.randint(42, 55)
    out = [
        _voice(moment, seconds, f"1860223{1000 + n % 9}")
        for n, (moment, seconds) in enumerate(
            _calls(start, tz, calls, 3, hours=(10, 13, 19, 22), salt="hl")
        )
    ]
    size = 600 if exact else chance.randint(520, 680)
    out += [
        Cdr(m, "data", "out", "direct", "local", "off", "home", "none", size * MIB, "")
        for m, _ in _calls(start, tz, 30, 1, hours=(0, 8, 12, 20, 23), salt="hd")
    ]
    return sorted(out, key=lambda record: record.at)


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
        records=_trader,
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
        records=_neighbour,
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
        records=_light,
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
        records=_heavy,
    ),
)
