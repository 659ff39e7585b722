"""A month of one line's usage, made from a person's habits. Pure: the same seed, the same month."""

import math
import random
from bisect import bisect_right
from datetime import datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import msgspec

from yizhan.demo.people import HABITS_2004, HABITS_TODAY, Habit, Person

KIB = 1024
MIB = 1024 * 1024

_DAY = (1, 1, 1, 1, 1, 1, 3, 8, 16, 22, 24, 22, 20, 17, 19, 21, 22, 24, 26, 28, 26, 18, 9, 3)
"""Relative traffic by hour of the day, working people."""
_EVENING = (2, 1, 1, 1, 1, 1, 2, 4, 6, 6, 7, 9, 11, 8, 6, 6, 8, 14, 26, 38, 42, 36, 22, 8)
_DAY_SUM = list(accumulate(_DAY))
_EVENING_SUM = list(accumulate(_EVENING))
_AREAS = ("0451", "010", "021", "0311", "0531", "024", "0371", "0571", "020", "028")
PROVINCE_OF = {
    "0451": "heilongjiang",
    "010": "beijing",
    "021": "shanghai",
    "0311": "hebei",
    "0531": "shandong",
    "024": "liaoning",
    "0371": "henan",
    "0571": "zhejiang",
    "020": "guangdong",
    "028": "sichuan",
    "022": "tianjin",
}


class Cdr(msgspec.Struct, frozen=True):
    """One record as intake takes it; quantities in seconds, messages, bytes, items."""

    at: datetime
    service: str
    direction: str
    access: str
    zone: str
    net: str
    roam: str
    place: str
    quantity: int
    peer: str
    partner: str = ""
    amount_fen: int | None = None


def month(
    person: Person, start: datetime, end: datetime, *, seed: int, catalogue: str, tz: ZoneInfo
) -> list[Cdr]:
    """The records of *person* from *start* to *end* (local midnights), in time order."""
    chance = random.Random(f"{seed}:{person.index}:{start:%Y%m}")
    habit = (HABITS_2004 if catalogue == "2004" else HABITS_TODAY)[person.archetype]
    # Month-to-month variation with a coefficient of about 0.35.
    swing = math.exp(chance.gauss(0, 0.34) - 0.058)
    days = max(1, round((end - start).total_seconds() / 86400))
    part = days / 30
    out = _Month(person, habit, start, days, chance, tz, catalogue)
    out.voice(person.minutes * swing * part)
    out.texts(person.texts * swing * part)
    out.data(person.mebibytes * swing * part)
    out.content(habit.content * part)
    return sorted(out.records, key=lambda record: record.at)


def friends_of(person: Person) -> tuple[str, ...]:
    """The eight numbers a person calls most, the dearest first."""
    circle = random.Random(person.index * 7 + 1)
    return tuple(
        circle.choice(("130", "131", "139", "133")) + f"{circle.randrange(10**8):08d}"
        for _ in range(8)
    )


class _Month:
    """The month being filled."""

    def __init__(
        self,
        person: Person,
        habit: Habit,
        start: datetime,
        days: int,
        chance: random.Random,
        tz: ZoneInfo,
        catalogue: str,
    ) -> None:
        self.person, self.habit, self.start, self.days = person, habit, start, days
        self.chance, self.tz, self.catalogue = chance, tz, catalogue
        self.records: list[Cdr] = []
        self.friends = friends_of(person)
        circle = random.Random(person.index * 7 + 2)
        self.home_numbers = [
            f"{person.away_area}{circle.randrange(2, 9)}{circle.randrange(10**6):06d}"
            for _ in range(3)
        ]

    def moment(self) -> datetime:
        """A random second of the month by the day's profile; aware, in local time."""
        draw = self.chance.random
        sums = _EVENING_SUM if draw() < self.habit.evening else _DAY_SUM
        hour = bisect_right(sums, draw() * sums[-1])
        # One fraction gives minute and second; days are counted on the local calendar.
        return self.start + timedelta(
            days=int(draw() * self.days), hours=hour, seconds=int(draw() * 3600)
        )

    def voice(self, minutes: float) -> None:
        """Calls out until *minutes* are spoken, and about as many coming in."""
        spoken, chance = 0, self.chance
        goal = int(minutes * 60)
        while spoken < goal:
            seconds = min(3600, max(3, int(chance.expovariate(1 / 320)) + 3))
            spoken += seconds
            self._call(seconds)
            if chance.random() < 0.3:
                self._incoming(min(3600, int(chance.expovariate(1 / 240)) + 3))

    def _call(self, seconds: int) -> None:
        chance, habit = self.chance, self.habit
        kind = chance.random()
        roaming = chance.random() < habit.share_roaming
        roam = "domestic" if roaming else "home"
        access, zone, net = "direct", "local", _net(chance)
        peer = chance.choice(self.friends)
        if kind < habit.share_international:
            zone = chance.choice(("hkmo", "intl.A", "intl.B"))
            net, peer = (
                "off",
                {"hkmo": "0085225554321", "intl.A": "0012125550123", "intl.B": "00442079460958"}[
                    zone
                ],
            )
        elif kind < habit.share_international + habit.share_ip + habit.share_long_distance:
            access = "17911" if kind < habit.share_international + habit.share_ip else "direct"
            area = self.person.away_area if chance.random() < 0.75 else chance.choice(_AREAS)
            zone = f"domestic.{PROVINCE_OF[area]}"
            net = "fixed"
            own = area == self.person.away_area
            peer = (
                chance.choice(self.home_numbers) if own else f"{area}{chance.randrange(10**7):07d}"
            )
        elif self.catalogue == "today" and chance.random() < 0.3:
            zone, net = "domestic", _net(chance)
        place = "none"
        if self.person.archetype == "student" and not roaming and self.catalogue == "2004":
            place = "campus" if chance.random() < 0.7 else "none"
        self.records.append(
            Cdr(self.moment(), "voice", "out", access, zone, net, roam, place, seconds, peer)
        )

    def _incoming(self, seconds: int) -> None:
        chance = self.chance
        roam = "domestic" if chance.random() < self.habit.share_roaming else "home"
        self.records.append(
            Cdr(
                self.moment(),
                "voice",
                "in",
                "direct",
                "local",
                _net(chance),
                roam,
                "none",
                seconds,
                chance.choice(self.friends),
            )
        )

    def texts(self, count: float) -> None:
        """Messages out; one picture message for every thirty."""
        chance = self.chance
        for index in range(int(count)):
            service = "mms" if index % 30 == 29 else "sms"
            self.records.append(
                Cdr(
                    self.moment(),
                    service,
                    "out",
                    "direct",
                    "local",
                    _net(chance),
                    "home",
                    "none",
                    1,
                    chance.choice(self.friends),
                )
            )

    def data(self, mebibytes: float) -> None:
        """Sessions: two a day today, each a share of the month; few and small in 2004."""
        chance = self.chance
        if mebibytes <= 0:
            return
        sessions = max(1, int(self.days * (0.5 if self.catalogue == "today" else 0.15)))
        cuts = [chance.expovariate(1) for _ in range(sessions)]
        for cut in cuts:
            quantity = int(mebibytes * MIB * cut / sum(cuts))
            roam = "domestic" if chance.random() < self.habit.share_roaming else "home"
            if quantity:
                self.records.append(
                    Cdr(
                        self.moment(),
                        "data",
                        "out",
                        "direct",
                        "local",
                        "off",
                        roam,
                        "none",
                        quantity,
                        "",
                    )
                )

    def content(self, mean: float) -> None:
        """Partner content at 1.00 an item."""
        items = int(mean) + (1 if self.chance.random() < mean % 1 else 0)
        for _ in range(items):
            partner = self.chance.choice(("P9001", "P9002", "P9003"))
            self.records.append(
                Cdr(
                    self.moment(),
                    "content",
                    "out",
                    "direct",
                    "local",
                    "off",
                    "home",
                    "none",
                    1,
                    "",
                    partner,
                    100,
                )
            )


def _net(chance: random.Random) -> str:
    draw = chance.random()
    return "on" if draw < 0.45 else "off" if draw < 0.85 else "fixed"
