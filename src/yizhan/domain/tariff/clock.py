"""Calendars: which band of the week a moment lies in, and when it ends.

A calendar divides every week, ordinary days and holidays alike, into named bands without gap or
overlap. Times are local wall times in whole minutes; a moment is converted with the operator's
zone, so a day of 23 or 25 hours is divided as its clocks show.
"""

import re
from datetime import date

import msgspec

from yizhan.kernel.errors import Invalid
from yizhan.kernel.text import Text

MINUTES_OF_DAY = 1440
DAY_KINDS = 14
"""Monday to Sunday, then Monday to Sunday when it is a holiday."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)\Z")


class Holidays(msgspec.Struct, frozen=True, kw_only=True):
    """Days that count as holidays: each year on ``(month, day)``, and single dates."""

    yearly: tuple[tuple[int, int], ...] = ()
    dates: tuple[date, ...] = ()


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """A named part of the week."""

    id: str
    text: Text
    when: str
    """As written, for readers: ``Mon-Fri 08:00-19:00 & !holiday``."""


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """A division of the week into bands.

    ``days`` has one entry for each of the 14 kinds of day: the pieces of that day as
    ``(first minute, index of the band)``, the first at minute 0.
    """

    id: str
    bands: tuple[Band, ...]
    days: tuple[tuple[tuple[int, int], ...], ...]


class _Spans:
    """The minutes of the 14 kinds of day that one band claims."""

    def __init__(self) -> None:
        self.minutes = [bytearray(MINUTES_OF_DAY) for _ in range(DAY_KINDS)]

    def add(self, day_kinds: set[int], spans: list[tuple[int, int]]) -> None:
        for kind in day_kinds:
            for start, end in spans:
                self.minutes[kind][start:end] = b"\x01" * (end - start)


def divide(id: str, bands: list[tuple[Band, str | None]]) -> Calendar:
    """The calendar made of *bands*; one ``when`` may be ``None`` and takes what is left.

    Raises ``Invalid`` for an expression that cannot be read and for weeks with gaps or overlaps,
    naming the bands and the first minute concerned.
    """
    claimed = [[-1] * MINUTES_OF_DAY for _ in range(DAY_KINDS)]
    rest: int | None = None
    for index, (band, when) in enumerate(bands):
        if when is None:
            if rest is not None:
                raise Invalid("Two bands of “{calendar}” say “else”; one may.", calendar=id)
            rest = index
            continue
        for kind, minutes in enumerate(_read(when).minutes):
            row = claimed[kind]
            for minute in range(MINUTES_OF_DAY):
                if not minutes[minute]:
                    continue
                if row[minute] >= 0:
                    raise Invalid(
                        "Bands “{first}” and “{second}” of “{calendar}” both claim {when}.",
                        first=bands[row[minute]][0].id,
                        second=band.id,
                        calendar=id,
                        when=_say(kind, minute),
                    )
                row[minute] = index
    return Calendar(
        id=id,
        bands=tuple(band for band, _ in bands),
        days=tuple(_pieces(id, kind, row, rest) for kind, row in enumerate(claimed)),
    )


def _pieces(id: str, kind: int, row: list[int], rest: int | None) -> tuple[tuple[int, int], ...]:
    pieces: list[tuple[int, int]] = []
    for minute, index in enumerate(row):
        if index < 0:
            if rest is None:
                raise Invalid(
                    "No band of “{calendar}” claims {when}. Add a band that says “else”.",
                    calendar=id,
                    when=_say(kind, minute),
                )
            index = rest
        if not pieces or pieces[-1][1] != index:
            pieces.append((minute, index))
    return tuple(pieces)


def _say(kind: int, minute: int) -> str:
    day = _DAYS[kind % 7].capitalize()
    holiday = " (holiday)" if kind >= 7 else ""
    return f"{day} {minute // 60:02d}:{minute % 60:02d}{holiday}"


def _read(when: str) -> _Spans:
    """The spans of an expression: alternatives joined by ``;``.

    Each alternative is words joined by blanks or ``&``: days (``Mon-Fri``, ``Sat,Sun``), times
    (``08:00-19:00``; past midnight belongs to the same named day), ``holiday`` or ``!holiday``.
    """
    spans = _Spans()
    for alternative in when.split(";"):
        days = set(range(7))
        times: list[tuple[int, int]] = []
        holiday: bool | None = None
        words = alternative.replace("&", " ").split()
        if not words:
            raise Invalid("“{when}” has an empty alternative.", when=when)
        for word in words:
            if word in ("holiday", "!holiday"):
                holiday = word == "holiday"
            elif word[0].isdigit():
                times.extend(_times(word, when))
            else:
                days = _days(word, when)
        kinds = set()
        if holiday is not True:
            kinds |= days
        if holiday is not False:
            kinds |= {day + 7 for day in days}
        spans.add(kinds, times or [(0, MINUTES_OF_DAY)])
    return spans


def _days(word: str, when: str) -> set[int]:
    chosen: set[int] = set()
    for piece in word.lower().split(","):
        first, dash, last = piece.partition("-")
        if first not in _DAYS or (dash and last not in _DAYS):
            raise Invalid(
                "“{word}” in “{when}” is no day. Write Mon-Fri or Sat,Sun.", word=word, when=when
            )
        start = _DAYS.index(first)
        end = _DAYS.index(last) if dash else start
        chosen |= {day % 7 for day in range(start, end + 1 if end >= start else end + 8)}
    return chosen


def _times(word: str, when: str) -> list[tuple[int, int]]:
    match = _TIME.match(word)
    if match:
        hour, minute, to_hour, to_minute = map(int, match.groups())
        start, end = hour * 60 + minute, to_hour * 60 + to_minute
        if minute < 60 and to_minute < 60 and start < MINUTES_OF_DAY and end <= MINUTES_OF_DAY:
            if start < end:
                return [(start, end)]
            if end < start:
                return [(start, MINUTES_OF_DAY), (0, end)] if end else [(start, MINUTES_OF_DAY)]
    raise Invalid(
        "“{word}” in “{when}” is no span of time. Write 08:00-19:00.", word=word, when=when
    )


def atoms(calendars: tuple[Calendar, ...]) -> tuple[frozenset[str], ...]:
    """The sets of bands that can hold at one moment, one band of each calendar in each."""
    found: dict[frozenset[str], None] = {}
    for kind in range(DAY_KINDS):
        edges = {minute for calendar in calendars for minute, _ in calendar.days[kind]}
        for minute in sorted(edges):
            found[frozenset(band_at(calendar, kind, minute) for calendar in calendars)] = None
    return tuple(found) or (frozenset(),)


def band_at(calendar: Calendar, day_kind: int, minute: int) -> str:
    """The band of *calendar* at a minute of a kind of day."""
    index = 0
    for start, band in calendar.days[day_kind]:
        if start > minute:
            break
        index = band
    return calendar.bands[index].id
