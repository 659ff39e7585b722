"""Quantities as written in plans: ``60s``, ``100min``, ``1KiB``, ``130``."""

import re
from enum import StrEnum

from yizhan.domain.tariff.classes import Service
from yizhan.kernel.errors import Invalid


class Measure(StrEnum):
    """What a quantity measures."""

    TIME = "time"
    BYTES = "bytes"
    COUNT = "count"


MEASURES = {
    Service.VOICE: Measure.TIME,
    Service.SMS: Measure.COUNT,
    Service.MMS: Measure.COUNT,
    Service.DATA: Measure.BYTES,
    Service.CONTENT: Measure.COUNT,
}
"""What each service is measured in: seconds, messages, bytes, items."""

_UNITS = {
    "s": (Measure.TIME, 1),
    "min": (Measure.TIME, 60),
    "h": (Measure.TIME, 3600),
    "d": (Measure.TIME, 86400),
    "B": (Measure.BYTES, 1),
    "KiB": (Measure.BYTES, 1 << 10),
    "MiB": (Measure.BYTES, 1 << 20),
    "GiB": (Measure.BYTES, 1 << 30),
    "": (Measure.COUNT, 1),
}
_QUANTITY = re.compile(r"(-?\d{1,15})\s*([A-Za-z]*)\Z")


def parse_quantity(text: str) -> tuple[int, Measure]:
    """A quantity and what it measures. Raises ``Invalid``; ``GB`` is refused as ambiguous."""
    match = _QUANTITY.match(text.strip())
    if match is None or match[2] not in _UNITS:
        raise Invalid(
            "“{text}” is not a quantity. Write 60s, 5min, 1h, 100, 512B, 1KiB, 1MiB or 1GiB.",
            text=text[:40],
        )
    measure, factor = _UNITS[match[2]]
    return int(match[1]) * factor, measure
