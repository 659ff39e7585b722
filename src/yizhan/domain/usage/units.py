"""Quantities and moments as sources write them, read exactly: no floats, no guessed time zone."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from zoneinfo import ZoneInfo

from yizhan.domain.usage.model import Broken
from yizhan.kernel.errors import Invalid

UNITS: dict[str, Fraction] = {
    "": Fraction(1),
    "item": Fraction(1),
    "message": Fraction(1),
    "s": Fraction(1),
    "ms": Fraction(1, 1000),
    "min": Fraction(60),
    "h": Fraction(3600),
    "B": Fraction(1),
    "kB": Fraction(10**3),
    "KB": Fraction(10**3),
    "MB": Fraction(10**6),
    "GB": Fraction(10**9),
    "KiB": Fraction(2**10),
    "MiB": Fraction(2**20),
    "GiB": Fraction(2**30),
}
"""What one of each unit is in seconds, bytes or items. MB is a million bytes, MiB 2**20."""
CLOCK = "h:m:s"
"""The unit of durations written like 1:02:03 or 02:03."""
ROUNDINGS = ("refuse", "up", "down", "half_up")

Quantity = Callable[[str], int]
Moment = Callable[[str], float]

_HOURS_KEPT = 100_000
_TOKENS = {
    "%Y": r"(?P<Y>\d{4})",
    "%y": r"(?P<y>\d{2})",
    "%m": r"(?P<m>\d{1,2})",
    "%d": r"(?P<d>\d{1,2})",
    "%H": r"(?P<H>\d{1,2})",
    "%M": r"(?P<M>\d{1,2})",
    "%S": r"(?P<S>\d{1,2})",
    "%f": r"(?P<f>\d{1,6})",
    "%z": r"(?P<z>Z|[+-]\d{2}:?\d{2})",
    "%%": "%",
}
_TIGHT = {"%m", "%d", "%H", "%M", "%S"}


def quantity(unit: str, rounding: str = "refuse") -> Quantity:
    """A reader of whole quantities written in *unit*. Raises ``Invalid`` for unknown words."""
    if rounding not in ROUNDINGS:
        raise Invalid("“{word}” is no rounding. Use one of: {known}.", word=rounding,
                      known=", ".join(ROUNDINGS))  # fmt: skip
    if unit == CLOCK:
        return _clock
    if unit not in UNITS:
        raise Invalid("“{word}” is no unit. Use one of: {known}.", word=unit,
                      known=", ".join([*filter(None, UNITS), CLOCK]))  # fmt: skip
    factor = UNITS[unit]
    whole = int(factor) if factor.denominator == 1 else 0

    def read(text: str) -> int:
        if whole and text.isdecimal() and len(text) < 19 and text.isascii():
            return int(text) * whole
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise Broken("bad_quantity", value=text[:40]) from None
        if not value.is_finite() or not text.isascii() or "_" in text or abs(value) > 10**18:
            raise Broken("bad_quantity", value=text[:40])
        if value < 0:
            raise Broken("negative_quantity", value=text[:40])
        if value and value.adjusted() < -30:
            raise Broken("bad_quantity", value=text[:40])
        exact = Fraction(value) * factor
        if exact.denominator == 1:
            return exact.numerator
        match rounding:
            case "up":
                return -(-exact.numerator // exact.denominator)
            case "down":
                return exact.numerator // exact.denominator
            case "half_up":
                return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
        raise Broken("inexact_quantity", value=text[:40], unit=unit)

    return read


def _clock(text: str) -> int:
    if text.startswith("-"):
        raise Broken("negative_quantity", value=text[:40])
    parts = text.split(":")
    if not 2 <= len(parts) <= 3 or not all(p.isdecimal() and p.isascii() for p in parts):
        raise Broken("bad_quantity", value=text[:40])
    if any(len(part) > 6 for part in parts) or any(int(part) > 59 for part in parts[1:]):
        raise Broken("bad_quantity", value=text[:40])
    seconds = 0
    for part in parts:
        seconds = seconds * 60 + int(part)
    return seconds


def moment(form: str, tz: ZoneInfo) -> Moment:
    """A reader of moments as epoch seconds.

    *form* is ``iso``, ``epoch``, ``epoch_ms`` or a pattern of ``%Y %y %m %d %H %M %S %f %z``;
    what carries no offset is local time in *tz*. A local time shown twice is its first showing;
    one never shown is refused. Raises ``Invalid`` for a pattern that gives no full time.
    """
    if form in ("epoch", "epoch_ms"):
        return _epoch(1000 if form == "epoch_ms" else 1)
    local = _LocalHours(tz)
    if form == "iso":
        return _ByMinute(_iso(local), 19)
    pattern = _compile(form)

    def read(text: str) -> float:
        match = pattern.fullmatch(text)
        if match is None or not text.isascii():
            raise Broken("bad_time", value=text[:40], format=form)
        part = match.groupdict()
        year = int(part["Y"]) if part.get("Y") else 2000 + int(part["y"])
        second = int(part.get("S") or 0)
        minute = int(part["M"])
        if minute > 59 or second > 59:
            raise Broken("bad_time", value=text[:40], format=form)
        fraction = int(part["f"].ljust(6, "0")) / 1e6 if part.get("f") else 0
        month, day, hour = int(part["m"]), int(part["d"]), int(part["H"])
        if part.get("z"):
            try:
                moment = datetime.fromisoformat(
                    f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{part['z']}"
                )
                return int(moment.timestamp()) + fraction
            except (ValueError, OverflowError):
                raise Broken("bad_time", value=text[:40], format=form) from None
        return local.at(year, month, day, hour, minute, second, text, form) + fraction

    return _ByMinute(read, 0) if form.endswith("%S") else read


def _compile(form: str) -> re.Pattern[str]:
    pieces = re.split(r"(%.)", form)
    found = {piece for piece in pieces if piece.startswith("%")}
    if unknown := sorted(found - set(_TOKENS)):
        raise Invalid("“{word}” in the time format is unknown.", word=unknown[0])
    missing = [need for need in ("%m", "%d", "%H", "%M") if need not in found]
    if missing or not found & {"%Y", "%y"} or any(pieces.count(word) > 1 for word in found):
        raise Invalid("The time format “{form}” must name year, month, day, hour and minute once.",
                      form=form)  # fmt: skip
    expression = ""
    for index, piece in enumerate(pieces):
        if piece not in _TOKENS:
            expression += re.escape(piece)
            continue
        token = _TOKENS[piece]
        # Figures that stand next to figures have no separator, so they must be two wide.
        neighbours = (pieces[index - 1] == "" and index > 1) or (
            index + 2 < len(pieces) and pieces[index + 1] == ""
        )
        expression += token.replace("{1,2}", "{2}") if piece in _TIGHT and neighbours else token
    return re.compile(expression)


def _epoch(scale: int) -> Moment:
    def read(text: str) -> float:
        try:
            value = Decimal(text) / scale
        except InvalidOperation:
            raise Broken("bad_time", value=text[:40], format="epoch") from None
        if not value.is_finite() or not text.isascii() or abs(value) > 10**11:
            raise Broken("bad_time", value=text[:40], format="epoch")
        return int(value) if value == int(value) else float(round(value, 6))

    return read


def _iso(local: "_LocalHours") -> Moment:
    def read(text: str) -> float:
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            raise Broken("bad_time", value=text[:40], format="ISO 8601") from None
        if len(text) < 13 or not text.isascii():
            raise Broken("bad_time", value=text[:40], format="ISO 8601")
        if value.tzinfo is not None:
            try:
                whole = value.replace(microsecond=0).timestamp()
            except (ValueError, OverflowError):
                raise Broken("bad_time", value=text[:40], format="ISO 8601") from None
            return int(whole) + (value.microsecond / 1e6 if value.microsecond else 0)
        seconds = local.at(
            value.year, value.month, value.day, value.hour, value.minute, value.second, text, "iso"
        )
        return seconds + value.microsecond / 1e6 if value.microsecond else seconds

    return read


_SECONDS = {f"{second:02}": second for second in range(60)}


class _ByMinute:
    """Remembers the minutes read: records come close together, and ends in two figures of seconds.

    *length*: only texts of this length end so; 0: all do.
    """

    def __init__(self, read: Moment, length: int) -> None:
        self.read = read
        self.length = length
        self.minutes: dict[str, float] = {}

    def __call__(self, text: str) -> float:
        second = _SECONDS.get(text[-2:])
        if second is None or (self.length and len(text) != self.length):
            return self.read(text)
        minute = text[:-2]
        start = self.minutes.get(minute)
        if start is None:
            start = self.read(text) - second
            if len(self.minutes) > _HOURS_KEPT:
                self.minutes.clear()
            self.minutes[minute] = start
        return start + second


class _LocalHours:
    """When each local hour began, remembered: asking the zone for every record is slow.

    An hour in which clocks were changed is not remembered but asked to the minute.
    """

    def __init__(self, tz: ZoneInfo) -> None:
        self.tz = tz
        self.hours: dict[tuple[int, int, int, int], int | None] = {}

    def at(
        self,
        year: int,
        month: int,
        day: int,
        hour: int,
        minute: int,
        second: int,
        text: str,
        form: str,
    ) -> int:
        key = (year, month, day, hour)
        start = self.hours.get(key, -1)
        if start == -1:
            if len(self.hours) > _HOURS_KEPT:
                self.hours.clear()
            try:
                start = self.hours[key] = self._steady(datetime(*key))  # noqa: DTZ001
            except (ValueError, OverflowError):
                raise Broken("bad_time", value=text[:40], format=form) from None
        if start is not None:
            return start + minute * 60 + second
        return self._exact(datetime(*key, minute, second), text)  # noqa: DTZ001

    def _steady(self, hour: datetime) -> int | None:
        """The epoch second of the local hour, or ``None`` when clocks changed around it."""
        first = hour.replace(tzinfo=self.tz)
        last = (hour + timedelta(minutes=59, seconds=59)).replace(tzinfo=self.tz)
        offsets = {first.utcoffset(), last.utcoffset()}
        offsets |= {first.replace(fold=1).utcoffset(), last.replace(fold=1).utcoffset()}
        return int(first.timestamp()) if len(offsets) == 1 else None

    def _exact(self, local: datetime, text: str) -> int:
        moment = local.replace(tzinfo=self.tz).astimezone(UTC)
        if moment.astimezone(self.tz).replace(tzinfo=None) != local:
            raise Broken("time_gap", value=text[:40])
        return int(moment.timestamp())
