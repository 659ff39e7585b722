"""Random months: records that lean towards the edges.

Calls of 0, 59, 60, 61, 180 and 181 seconds, calls over a band's end, exact kilobytes and megabytes,
sessions of ten gigabytes, sessions in parts.
"""

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from yizhan.domain.rating import Usage
from yizhan.domain.tariff import Service
from yizhan.kernel.ids import id_at

ZONES = ("local", "domestic", "domestic.hebei", "hkmo", "intl.A")
EDGES = (0, 1, 6, 7, 30, 59, 60, 61, 119, 120, 121, 179, 180, 181, 599, 600, 3600, 3601)
KIB = 1024


def month(
    chance: random.Random,
    count: int,
    *,
    tz: ZoneInfo,
    year: int = 2026,
    of: int = 3,
) -> list[Usage]:
    """*count* records of one line in one calendar month, leaning towards the edges."""
    line = UUID(int=chance.getrandbits(128))
    start = datetime(year, of, 1, tzinfo=tz)
    days = 31 if of in (1, 3, 5, 7, 8, 10, 12) else 28 if of == 2 else 30
    records: list[Usage] = []
    while len(records) < count:
        moment = start + timedelta(days=chance.randrange(days), seconds=_second(chance))
        records += _event(chance, line, moment, len(records))
    return records[:count]


def _second(chance: random.Random) -> int:
    if chance.random() < 0.3:
        edge = chance.choice((0, 6 * 3600 + 1800, 7 * 3600, 8 * 3600, 21 * 3600, 23 * 3600))
        return max(0, min(86_399, edge + chance.choice((-600, -61, -60, -30, -1, 0, 1))))
    return chance.randrange(86_400)


def _event(chance: random.Random, line: UUID, moment: datetime, number: int) -> list[Usage]:
    identifier = id_at(1_700_000_000_000 + number)
    service = chance.choices(
        (Service.VOICE, Service.SMS, Service.DATA, Service.CONTENT), (60, 20, 16, 4)
    )[0]
    common: dict[str, Any] = {"id": identifier, "line_id": line, "at": moment, "service": service}
    roam = chance.choices(("home", "domestic"), (85, 15))[0]
    if service is Service.CONTENT:
        return [Usage(**common, quantity=1, amount=chance.choice((100, 200, 1)), partner="P1")]
    if service is Service.SMS:
        return [
            Usage(
                **common,
                quantity=1,
                zone=chance.choice(ZONES),
                roam=roam,
                net=chance.choice(("on", "off")),
                direction=chance.choices(("out", "in"), (85, 15))[0],
            )
        ]
    if service is Service.DATA:
        quantity = chance.choice(
            (
                0,
                1,
                KIB,
                KIB + 1,
                1 << 20,
                (1 << 20) + 1,
                10 << 30,
                chance.randrange(1, 40 << 20),
                chance.randrange(1, 4 << 20),
            )
        )
        return _parts(chance, {**common, "roam": roam}, quantity)
    direction = chance.choices(("out", "in"), (75, 25))[0]
    out = direction == "out"
    voice: dict[str, Any] = {
        **common,
        "direction": direction,
        "zone": chance.choices(ZONES, (60, 15, 10, 8, 7))[0],
        "access": "17911" if out and chance.random() < 0.2 else "direct",
        "net": chance.choice(("on", "off", "fixed")),
        "roam": roam,
        "place": chance.choices(("none", "campus"), (80, 20))[0],
        "family_rank": chance.choices((0, 1, 2, 4), (70, 12, 10, 8))[0],
    }
    seconds = chance.choice(EDGES) if chance.random() < 0.5 else chance.randrange(1, 2000)
    return _parts(chance, voice, seconds)


def _parts(chance: random.Random, record: dict[str, Any], quantity: int) -> list[Usage]:
    """The event whole or, now and then, as two or three partial records of one session."""
    if quantity < 3 or chance.random() > 0.12:
        return [Usage(**record, quantity=quantity)]
    cut = chance.randrange(1, quantity)
    base = record["id"]
    assert isinstance(base, UUID)
    moment = record["at"]
    assert isinstance(moment, datetime)
    second = {**record, "id": UUID(int=base.int + 1), "at": moment + timedelta(seconds=1)}
    return [
        Usage(**record, quantity=cut, session=base.hex, sequence=0),
        Usage(**second, quantity=quantity - cut, session=base.hex, sequence=1),
    ]
