"""Money is an integer count of the smallest unit of one currency. Floats never touch it."""

from decimal import Decimal, InvalidOperation
from typing import Self

import msgspec

from yizhan.kernel.errors import Invalid


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
    cleaned = text.strip().replace(",", "").replace("，", "").removeprefix("¥").removeprefix("￥")
    try:
        value = Decimal(cleaned.strip())
    except InvalidOperation:
        raise Invalid(
            "“{text}” is not an amount. Write yuan, like 108 or 36.60.", field=field, text=text[:40]
        ) from None
    minor = value * 100
    if not value.is_finite() or minor != minor.to_integral_value() or abs(minor) >= 10**15:
        raise Invalid(
            "“{text}” is not an amount. Write yuan, like 108 or 36.60.", field=field, text=text[:40]
        )
    return int(minor)
