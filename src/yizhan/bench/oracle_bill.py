"""The oracle's lines, in order: fees, items, tiers, day caps, discounts, caps, minimum, tax."""

from datetime import date
from fractions import Fraction

import msgspec

from yizhan.bench.oracle_parts import tier_cost
from yizhan.domain.tariff import (
    CapSpan,
    Plan,
    Proration,
    Prorations,
    Rounding,
    RoundingMode,
    TierKind,
    TierSpan,
)


class Money:
    """What the events of a month came to, by item and day, and the units of tiers."""

    def __init__(self) -> None:
        self.by_day: dict[tuple[str, date], Fraction] = {}
        self.units: dict[str, int] = {}

    def book(self, item: str, day: date, amount: Fraction) -> None:
        """Add an amount."""
        key = (item, day)
        self.by_day[key] = self.by_day.get(key, Fraction(0)) + amount

    def items(self) -> list[str]:
        """The items booked on, in the order they were first met."""
        return list(dict.fromkeys(item for item, _ in self.by_day))


class Month(msgspec.Struct, frozen=True):
    """The lines in fen, by kind and key, and their sum."""

    lines: dict[tuple[str, str], int]
    total: int


def digits(value: Fraction, how: Rounding | None) -> Fraction:
    """*value* rounded as a plan says."""
    if how is None:
        return value
    scaled = value * 10**how.digits
    low = scaled.numerator // scaled.denominator
    rest = scaled - low
    if rest == 0:
        return value
    negative = value < 0
    match how.mode:
        case RoundingMode.UP:
            up = not negative
        case RoundingMode.DOWN:
            up = negative
        case RoundingMode.HALF_UP:
            up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and not negative)
        case RoundingMode.HALF_EVEN:
            up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and low % 2 == 1)
    return Fraction(low + (1 if up else 0), 10**how.digits)


class _Book:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.lines: dict[tuple[str, str], int] = {}
        self.values: list[Fraction] = []
        self.net: dict[str, Fraction] = {}

    def add(self, kind: str, key: str, exact: Fraction, items: list[str]) -> None:
        value = digits(exact, self.plan.rounding.line)
        self.values.append(value)
        self.lines[kind, key] = fen(value)
        held = [self.net.get(item, Fraction(0)) for item in items]
        if sum(held):
            for item, amount in zip(items, held, strict=True):
                self.net[item] = amount + value * amount / sum(held)
        elif items:
            self.net[items[0]] = self.net.get(items[0], Fraction(0)) + value

    def named(self, items: tuple[str, ...]) -> list[str]:
        return list(items) if items else list(self.net)

    def of(self, items: tuple[str, ...]) -> Fraction:
        return sum((self.net.get(item, Fraction(0)) for item in self.named(items)), Fraction(0))


def fen(value: Fraction) -> int:
    """Yuan as whole fen, halves away from zero."""
    return int(digits(value, Rounding(digits=2, mode=RoundingMode.HALF_UP)) * 100)


def due(amount: Fraction, prorate: Prorations, days: int, of_days: int) -> Fraction:
    """What of a monthly amount is due when the plan was taken up during the month."""
    if days == of_days:
        return amount
    match prorate.start:
        case Proration.FULL:
            return amount
        case Proration.NONE:
            return Fraction(0)
        case Proration.BY_DAY:
            return amount * days / of_days
        case Proration.BY_DAY_OF_YEAR:
            return min(amount, amount * 12 * days / 365)
        case Proration.HALF_MONTH:
            return amount / 2 if days <= 15 else amount


def bill(
    plan: Plan, money: Money, start: date, end: date, active: date, months_since_start: int
) -> Month:
    """The bill of a month."""
    book = _Book(plan)
    days, of_days = (end - active).days, (end - start).days
    for fee in plan.recurring:
        book.add(
            "recurring", fee.id, due(Fraction(fee.amount), fee.prorate, days, of_days), [fee.item]
        )
    order = [item.id for item in plan.items]
    for item in sorted(money.items(), key=lambda item: order.index(item)):
        whole = sum((v for (name, _), v in money.by_day.items() if name == item), Fraction(0))
        book.add("usage", item, whole, [item])
    for tier in plan.tiers:
        if tier.span is TierSpan.CALL:
            continue
        units = money.units.get(tier.id, 0)
        amount = tier_cost(tier, units, flats=True)
        if tier.kind is TierKind.GRADUATED:
            amount -= tier_cost(tier, units, flats=False)
            if not amount:
                continue
        book.add("tier", tier.id, amount, [tier.item])
    _day_caps(plan, money, book)
    for discount in sorted(plan.discounts, key=lambda one: one.order):
        base = book.of(discount.items)
        over = discount.months is not None and months_since_start >= discount.months
        if over or base <= 0:
            continue
        off = min(base, Fraction(discount.amount or 0))
        if discount.percent is not None:
            off = base * Fraction(discount.percent) / 100
        book.add("discount", discount.id, -off, book.named(discount.items))
    for cap in plan.caps:
        over_by = book.of(cap.items) - Fraction(cap.amount)
        if cap.span is CapSpan.PERIOD and over_by > 0:
            book.add("cap", cap.id, -over_by, book.named(cap.items))
    least = plan.minimum_spend
    if least is not None:
        wanted = digits(
            due(Fraction(least.amount), least.prorate, days, of_days), plan.rounding.line
        )
        if book.of(least.items) < wanted:
            missing = wanted - book.of(least.items)
            book.add("minimum", "min_spend", missing, list(least.items[:1]))
    bases = [book.of(tax.items) for tax in plan.taxes]
    for tax, base in zip(plan.taxes, bases, strict=True):
        book.add("tax", tax.code, Fraction(0) if tax.included else base * Fraction(tax.rate), [])
    total = fen(digits(sum(book.values, Fraction(0)), plan.rounding.invoice))
    return Month(book.lines, total)


def _day_caps(plan: Plan, money: Money, book: _Book) -> None:
    for cap in plan.caps:
        if cap.span is not CapSpan.DAY:
            continue
        per_day: dict[date, Fraction] = {}
        for (item, day), amount in money.by_day.items():
            if not cap.items or item in cap.items:
                per_day[day] = per_day.get(day, Fraction(0)) + amount
        over = sum(
            (max(Fraction(0), amount - Fraction(cap.amount)) for amount in per_day.values()),
            Fraction(0),
        )
        if over:
            book.add("day_cap", cap.id, -over, book.named(cap.items))
