"""Small parts of the oracle: a purse of units, what is not covered, how far blocks reach, tiers."""

from fractions import Fraction

from yizhan.domain.tariff import Allowance, Part, Tier, TierKind


class Beyond(Exception):
    """The oracle does not know this part of the language."""


class Wrong(Exception):
    """The oracle finds no price."""


class Purse:
    """An allowance in one window."""

    def __init__(self, own: int, rolled: int, spec: Allowance) -> None:
        self.own = own
        self.rolled = rolled
        self.rolled_first = spec.rollover is None or spec.rollover.rolled_first
        self.entered = False
        self.packs = 0

    def left(self) -> int:
        """Units left."""
        return self.own + self.rolled

    def take(self, units: int) -> None:
        """Draw units, rolled ones first or last as the plan says."""
        first = min(units, self.rolled if self.rolled_first else self.own)
        if self.rolled_first:
            self.rolled -= first
            self.own -= units - first
        else:
            self.own -= first
            self.rolled -= units - first


def gaps(start: int, end: int, covered: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of ``[start, end)`` no interval covers."""
    out = []
    at = start
    for low, high in covered:
        if high <= at:
            continue
        if low >= end:
            break
        if low > at:
            out.append((at, low))
        at = high
    if at < end:
        out.append((at, end))
    return out


def reach(part: Part, at: int, stop: int) -> int:
    """How far paid blocks of a part reach when pricing goes from *at* to *stop*."""
    if not part.steps or at >= stop:
        return max(at, stop)
    for step in part.steps:
        if step.end is not None and at >= step.end:
            continue
        if at >= stop:
            break
        limit = stop if step.end is None else min(stop, step.end)
        at += -(-(limit - at) // step.block) * step.block
        if step.end is not None:
            at = min(at, step.end)
    return max(at, stop)


def tier_cost(tier: Tier, units: int, *, flats: bool) -> Fraction:
    """Unit by unit what *units* cost; the first step is reached by none at all."""
    total = Fraction(0)
    below = 0
    for place, step in enumerate(tier.steps):
        if place and units <= below:
            break
        last = units if step.upto is None else step.upto
        if step.upto is not None and not tier.upto_inclusive:
            last = step.upto - 1
        flat = Fraction(step.flat) if flats else Fraction(0)
        if tier.kind is TierKind.VOLUME:
            total = units * Fraction(step.price) + flat
        else:
            total += (min(units, last) - below) * Fraction(step.price) + flat
        below = last
    return total
