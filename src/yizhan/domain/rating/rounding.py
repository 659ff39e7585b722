"""Exact rounding of fractions and of scaled integers. No floats, no contexts."""

from fractions import Fraction

from yizhan.domain.tariff import Rounding, RoundingMode


def divide(numerator: int, denominator: int, mode: RoundingMode) -> int:
    """``numerator / denominator`` to a whole number; ``denominator`` is above zero.

    Half up, up and down go by magnitude: -0.5 half up is -1, as a credit mirrors its charge.
    """
    sign = -1 if numerator < 0 else 1
    whole, rest = divmod(abs(numerator), denominator)
    if rest:
        twice = 2 * rest
        match mode:
            case RoundingMode.UP:
                whole += 1
            case RoundingMode.DOWN:
                pass
            case RoundingMode.HALF_UP:
                whole += twice >= denominator
            case RoundingMode.HALF_EVEN:
                whole += twice > denominator or (twice == denominator and whole % 2 == 1)
    return sign * whole


def to_digits(value: Fraction, rounding: Rounding | None) -> Fraction:
    """*value* yuan rounded as a plan says; unchanged when it says nothing."""
    if rounding is None:
        return value
    power: int = 10**rounding.digits
    return Fraction(divide(value.numerator * power, value.denominator, rounding.mode), power)


def to_fen(value: Fraction) -> int:
    """*value* yuan in whole fen, half up."""
    return divide(value.numerator * 100, value.denominator, RoundingMode.HALF_UP)


def round_scaled(amount: int, scale: int, rounding: Rounding) -> int:
    """An amount in ``1/scale`` yuan, rounded; *scale* is a multiple of ``10**digits``."""
    unit: int = scale // 10**rounding.digits
    if not amount % unit:
        return amount
    return divide(amount, unit, rounding.mode) * unit
