"""Money is an integer count of the smallest unit of one currency. Floats never touch it."""

import re
from decimal import Decimal
from typing import Self
from unicodedata import normalize

import msgspec

from yizhan.kernel.errors import Invalid

_WRITTEN = re.compile(r"[+-]?[0-9]{1,16}(\.[0-9]*)?")
"""How people write an amount; ``1e3`` and ``1_000`` are numbers only to a machine."""


class Money(msgspec.Struct, frozen=True, order=True):
    """An amount. Adding two currencies is a programming error, not a conversion."""

    currency: str
    minor: int

    def __add__(self, other: Self) -> Self:
        assert self.currency == other.currency
        return type(self)(self.currency, self.minor + other.minor)

    def __sub__(self, other: Self) -> Self:
        assert self.currency == other.currency
        return type(self)(self.currency, self.minor - other.minor)

    def __neg__(self) -> Self:
        return type(self)(self.currency, -self.minor)

    def __mul__(self, count: int) -> Self:
        return type(self)(self.currency, self.minor * count)

    def __str__(self) -> str:
        return yuan(self.minor)


def yuan(minor: int) -> str:
    """An amount of fen as it is written, without thousands separators: ``-36.60``."""
    sign = "-" if minor < 0 else ""
    whole, fen = divmod(abs(minor), 100)
    return f"{sign}{whole}.{fen:02d}"


def parse_yuan(text: str, *, field: str = "amount") -> int:
    """Fen from what a person typed (``"108"``, ``"36.6"``, ``"¥1,280.00"``); never rounds.

    Raises ``Invalid`` for anything else, more than two decimals included.
    """
    cleaned = normalize("NFKC", text).replace(",", "").strip().removeprefix("¥").strip()
    if _WRITTEN.fullmatch(cleaned):
        minor = Decimal(cleaned) * 100
        if minor == minor.to_integral_value() and abs(minor) < 10**15:
            return int(minor)
    raise Invalid(
        "“{text}” is not an amount. Write yuan, like 108 or 36.60.", field=field, text=text[:40]
    )
