"""Where a dialled number leads: prefix 17911 or not, zone, and whose network.

By the longest prefix known, in a table whose rows hold for a time: the built-in table of China
(``data/china.csv``) and what the operator adds. Mobile numbers of the old scheme tell their home
(138 0 451 ... is Harbin); other ranges want a row of their own, or a source that carries the zone.
"""

import csv
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.tariff import Prefix, ZoneSet, zone_set
from yizhan.domain.usage.model import Broken
from yizhan.kernel.period import midnight
from yizhan.kernel.text import Text

IP_PREFIX = "17911"
NUMBER_DIGITS_MAX = 24
_DROPPED = str.maketrans("", "", " -().（）")
_REMEMBERED = 200_000


class PrefixRow(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers that begin with ``prefix``, from one day up to another (half-open).

    ``kind``: ``area`` (0 + area code), ``mobile``, ``intl`` (00 + country), ``special`` (service
    numbers). ``net`` of a mobile range is its operator; ``area`` the area code it is at home in.
    """

    prefix: str
    valid_from: date | None = None
    valid_to: date | None = None
    kind: str
    zone: str
    net: str
    area: str = ""
    name: Text


class Dialled(msgspec.Struct, frozen=True, gc=False):
    """What a dialled number means for one who is at home in some area."""

    access: str
    zone: str
    net: str
    peer: str
    """The number without 17911, as one would write it nationally."""


class Dialling:
    """A table of prefixes, asked for many numbers."""

    def __init__(self, rows: Iterable[PrefixRow], *, tz: ZoneInfo, own: str = "unicom") -> None:
        self.rows = list(rows)
        self.own = own
        self.tz = tz
        self._sets: dict[str, ZoneSet] = {}
        for kind in ("area", "mobile", "intl", "special"):
            prefixes = [
                Prefix(
                    digits=row.prefix,
                    zone=str(index),
                    valid_from=row.valid_from,
                    valid_to=row.valid_to,
                )
                for index, row in enumerate(self.rows)
                if row.kind == kind
            ]
            self._sets[kind] = zone_set(kind, prefixes)
        days = {day for row in self.rows for day in (row.valid_from, row.valid_to) if day}
        self._edges = sorted(midnight(day, tz).timestamp() for day in days)
        self._days = [date.min, *sorted(days)]
        self._seen: dict[tuple[str, str, int], Dialled] = {}

    def find(self, number: str, at: float, home: str) -> Dialled:
        """What *number*, dialled at epoch second *at* by one at home in area *home*, leads to.

        Raises ``Broken`` (``bad_number``, ``unknown_zone``).
        """
        segment = bisect_right(self._edges, at)
        key = (number, home, segment)
        known = self._seen.get(key)
        if known is None:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            known = self._seen[key] = self._analyse(number, self._days[segment], home)
        return known

    def name_of(self, peer: str, at: float) -> Text | None:
        """The city, country or service a number belongs to, for people; ``None`` if unknown."""
        day = self._days[bisect_right(self._edges, at)]
        try:
            row = self._row(national(peer), day, peer)
        except Broken:
            return None
        home = self._home_of(row, national(peer), day) if row.kind == "mobile" else None
        return home.name if home is not None else row.name

    def _analyse(self, number: str, day: date, home: str) -> Dialled:
        digits = clean(number)
        access = "direct"
        if digits.startswith(IP_PREFIX) and len(digits) > len(IP_PREFIX) + 2:
            access, digits = IP_PREFIX, digits[len(IP_PREFIX) :]
        digits = national(digits)
        if _is_local_fixed(digits):
            return Dialled(access, "local", "fixed", digits)
        row = self._row(digits, day, number)
        if row.kind == "mobile":
            return self._mobile(row, access, digits, day, home)
        zone = "local" if row.kind == "area" and row.area and row.area == home else row.zone
        return Dialled(access, zone, row.net, digits)

    def _row(self, digits: str, day: date, number: str) -> PrefixRow:
        if digits.startswith("00"):
            kind = "intl"
        elif digits.startswith("0"):
            kind = "area"
        elif is_mobile(digits):
            kind = "mobile"
        else:
            kind = "special"
        found = self._sets[kind].find(digits, day)
        if found is None:
            raise Broken("unknown_zone", "peer", value=number[:40])
        return self.rows[int(found)]

    def _mobile(self, row: PrefixRow, access: str, digits: str, day: date, home: str) -> Dialled:
        net = "on" if row.net == self.own else "off"
        where = self._home_of(row, digits, day)
        if where is None:
            raise Broken("unknown_zone", "peer", value=digits)
        zone = "local" if where.area and where.area == home else where.zone
        return Dialled(access, zone, net, digits)

    def _home_of(self, row: PrefixRow, digits: str, day: date) -> PrefixRow | None:
        """The area a mobile number is at home in: by its row, or by the old numbering scheme."""
        area = row.area or ("0" + digits[4:7] if digits[3] == "0" else "")
        found = self._sets["area"].find(area, day)
        return None if found is None else self.rows[int(found)]


def clean(number: str) -> str:
    """The digits of a number as dialled, ``+`` read as 00. Raises ``Broken`` (``bad_number``)."""
    digits = number.translate(_DROPPED)
    if digits.startswith("+"):
        digits = "00" + digits[1:]
    if not (digits.isdecimal() and digits.isascii() and 3 <= len(digits) <= NUMBER_DIGITS_MAX):
        raise Broken("bad_number", value=number[:40])
    return digits


def national(digits: str) -> str:
    """Digits without the country's own code, and mobile numbers without a leading 0."""
    if digits.startswith("0086") and len(digits) > 10:
        digits = digits[4:]
        if not digits.startswith("0") and not is_mobile(digits):
            digits = "0" + digits
    if digits.startswith("01") and is_mobile(digits[1:]):
        return digits[1:]
    if digits.startswith("86") and is_mobile(digits[2:]):
        return digits[2:]
    return digits


def is_mobile(digits: str) -> bool:
    """Whether these digits are a Chinese mobile number."""
    return len(digits) == 11 and digits[0] == "1" and digits[1] in "3456789"


def _is_local_fixed(digits: str) -> bool:
    return len(digits) in (7, 8) and digits[0] in "2345678"


def same_number(number: str, home: str) -> str:
    """A number in the one form by which family numbers are compared: with its area code."""
    digits = national(clean(number))
    return home + digits if home and _is_local_fixed(digits) else digits


def prefix_row(cells: Mapping[str, str]) -> PrefixRow:
    """A row of a table of prefixes, from its cells by column."""
    return PrefixRow(
        prefix=cells["prefix"],
        valid_from=date.fromisoformat(cells["valid_from"]) if cells["valid_from"] else None,
        valid_to=date.fromisoformat(cells["valid_to"]) if cells["valid_to"] else None,
        kind=cells["kind"],
        zone=cells["zone"],
        net=cells["net"],
        area=cells["area"],
        name=Text(cells["name_zh"], cells["name_en"]),
    )


@cache
def built_in_rows() -> tuple[PrefixRow, ...]:
    """The table of China that comes with the house."""
    text = files("yizhan.domain.usage").joinpath("data/china.csv").read_text("utf-8")
    return tuple(map(prefix_row, csv.DictReader(text.splitlines())))
