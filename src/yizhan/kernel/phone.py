"""Telephone numbers as the operator's own systems write them: digits, national form."""

import re

from yizhan.kernel.errors import Invalid

_SEPARATORS = re.compile(r"[\s\-()（）./]+")


def normalise(text: str, *, field: str = "number") -> str:
    """The digits of a number as typed: separators, ``+86`` and ``0086`` dropped.

    Raises ``Invalid`` when what is left is not 3 to 20 digits.
    """
    digits = _SEPARATORS.sub("", text.strip())
    for prefix in ("+86", "0086"):
        if digits.startswith(prefix) and len(digits) > len(prefix) + 6:
            digits = digits[len(prefix) :]
    digits = digits.removeprefix("+")
    if not digits.isascii() or not digits.isdigit() or not 3 <= len(digits) <= 20:
        raise Invalid(
            "“{text}” is not a telephone number. Use 3 to 20 digits.", field=field, text=text[:40]
        )
    return digits


def mask(number: str) -> str:
    """A number with its middle hidden: ``138****0001``."""
    if len(number) <= 4:
        return "*" * len(number)
    keep = 3 if len(number) >= 9 else 1
    return (
        number[:keep]
        + "*" * (len(number) - keep - min(4, len(number) - keep - 1))
        + number[-min(4, len(number) - keep - 1) :]
    )
