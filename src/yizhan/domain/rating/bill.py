"""The lines of a bill from what was rated.

In this order: recurring fees, usage by item, tiers, allowances (for information), day caps,
discounts, caps, the minimum, taxes, and what rounding the invoice added. Each line is rounded as
the plan says and shown in fen, and what follows is reckoned from the rounded lines, so that a
customer with a pencil gets the same figures. The fen of all lines add up to the total.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec

from yizhan.domain.rating.compiled import CompiledPlan
from yizhan.domain.rating.event import tier_total
from yizhan.domain.rating.model import BucketLeft, Charge, Context, Line
from yizhan.domain.rating.proration import Held, due
from yizhan.domain.rating.rounding import to_digits, to_fen
from yizhan.domain.tariff import CapSpan, Plan, Service, TierKind, TierSpan
from yizhan.kernel.text import Text

_UNITS = {Service.VOICE: "s", Service.DATA: "B"}
_ROUNDING_TEXT = Text("账单尾差", "Rounding of the bill")


class ItemSum:
    """What the events of one bill item add up to, in the plan's unit."""

    __slots__ = ("amount", "quantity", "records", "units")

    def __init__(self) -> None:
        self.amount = 0
        self.records = 0
        self.quantity = 0
        self.units: set[str] = set()


class Sums:
    """Sums over charges, kept while rating."""

    def __init__(self) -> None:
        self.items: dict[str, ItemSum] = {}
        self.days: dict[str, dict[date, int]] = {}

    def copy(self) -> "Sums":
        """An independent copy of what later charges would change."""
        twin = Sums()
        for item, known in self.items.items():
            mine = twin.items[item] = ItemSum()
            mine.amount, mine.records, mine.quantity = known.amount, known.records, known.quantity
            mine.units = set(known.units)
        twin.days = {item: dict(days) for item, days in self.days.items()}
        return twin

    def add(self, charge: Charge, service: Service, day: date | None) -> None:
        """Count one event; with *day* also by local day, for day caps."""
        seen = None
        for piece in charge.pieces:
            item = piece.item
            known = self.items.get(item)
            if known is None:
                known = self.items[item] = ItemSum()
            known.amount += piece.amount
            if item != seen:
                known.records += 1
                known.quantity += charge.quantity
                known.units.add(_UNITS.get(service, "count"))
                seen = item
            if day is not None and piece.amount:
                days = self.days.setdefault(item, {})
                days[day] = days.get(day, 0) + piece.amount


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All a bill is made of."""

    plan: Plan
    compiled: CompiledPlan
    held: Held
    context: Context
    sums: Sums
    counted: tuple[int, ...]
    buckets: tuple[BucketLeft, ...]


class _Bill:
    """Lines so far, and what each item comes to after them."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.plan = facts.plan
        self.lines: list[Line] = []
        self.values: list[Fraction] = []
        self.net: dict[str, Fraction] = {}

    def add(self, line: Line, items: Iterable[str]) -> None:
        """Add a line; its rounded amount is booked on *items*, in proportion to what they hold."""
        value = to_digits(line.exact, self.plan.rounding.line)
        self.lines.append(msgspec.structs.replace(line, amount=to_fen(value)))
        self.values.append(value)
        self._book(tuple(items), value)

    def _book(self, items: tuple[str, ...], value: Fraction) -> None:
        held = {item: self.net.get(item, Fraction(0)) for item in items}
        total = sum(held.values(), Fraction(0))
        if not total:
            if items:
                self.net[items[0]] = held[items[0]] + value
            return
        for item, amount in held.items():
            self.net[item] = amount + value * amount / total

    def of(self, items: tuple[str, ...]) -> Fraction:
        """What *items* (none: all) come to so far."""
        chosen = items or tuple(self.net)
        return sum((self.net.get(item, Fraction(0)) for item in chosen), Fraction(0))

    def named(self, items: tuple[str, ...]) -> tuple[str, ...]:
        """The items meant: all that hold something when none are named."""
        return items or tuple(self.net)


def bill(facts: Facts) -> tuple[tuple[Line, ...], int, Fraction]:
    """The lines, the total in fen, and the exact total in yuan."""
    work = _Bill(facts)
    _recurring(work)
    _usage(work)
    _tiers(work)
    _allowances(work)
    _day_caps(work)
    _discounts(work)
    _caps(work)
    _minimum(work)
    _taxes(work)
    exact = sum((line.exact for line in work.lines), Fraction(0))
    total = to_fen(to_digits(sum(work.values, Fraction(0)), facts.plan.rounding.invoice))
    rest = total - sum(line.amount for line in work.lines)
    if rest:
        work.lines.append(Line(kind="rounding", key="rounding", text=_ROUNDING_TEXT, amount=rest))
    return tuple(work.lines), total, exact


def _recurring(work: _Bill) -> None:
    held = work.facts.held
    for fee in work.plan.recurring:
        if work.facts.context.months_since_start % fee.months:
            continue
        exact = Fraction(fee.amount)
        if fee.months == 1:
            exact = due(exact, fee.prorate, held)
        work.add(
            Line(
                kind="recurring",
                key=fee.id,
                text=fee.text,
                amount=0,
                item=fee.item,
                exact=exact,
                base=to_fen(Fraction(fee.amount)),
                days=held.days,
                of_days=held.of_days,
            ),
            (fee.item,),
        )


def _usage(work: _Bill) -> None:
    order = {item.id: place for place, item in enumerate(work.plan.items)}
    sums = work.facts.sums.items
    for item in sorted(sums, key=lambda id: order.get(id, len(order))):
        found = sums[item]
        work.add(
            Line(
                kind="usage",
                key=item,
                text=work.plan.item_text(item),
                amount=0,
                item=item,
                exact=Fraction(found.amount, work.facts.compiled.scale),
                records=found.records,
                quantity=found.quantity if len(found.units) == 1 else 0,
                unit=next(iter(found.units)) if len(found.units) == 1 else "",
            ),
            (item,),
        )


def _tiers(work: _Bill) -> None:
    """Flat fees of the tiers reached, and volume tiers as a whole."""
    carried = work.facts.context.carry.tiers
    for tier, counted in zip(work.facts.compiled.tiers, work.facts.counted, strict=True):
        spec = tier.spec
        if tier.by_call:
            continue
        before = carried.get(spec.id) if spec.span is TierSpan.CONTRACT_YEAR else None
        with_flats = spec.kind is TierKind.VOLUME
        amount = _tier_due(tier.steps, spec.kind, counted)
        if before is not None:
            amount -= _tier_due(tier.steps, spec.kind, before)
        if not amount and not with_flats:
            continue
        work.add(
            Line(
                kind="tier",
                key=spec.id,
                text=spec.text,
                amount=0,
                item=spec.item,
                exact=Fraction(amount, work.facts.compiled.scale),
                quantity=counted,
            ),
            (spec.item,),
        )


def _tier_due(steps: tuple[tuple[int, int, int], ...], kind: TierKind, counted: int) -> int:
    whole = tier_total(steps, kind, counted, flats=True)
    if kind is TierKind.VOLUME:
        return whole
    return whole - tier_total(steps, kind, counted, flats=False)


def _allowances(work: _Bill) -> None:
    words = {allowance.id: allowance.text for allowance in work.plan.allowances}
    for bucket in work.facts.buckets:
        work.lines.append(
            Line(
                kind="allowance",
                key=bucket.allowance,
                text=words[bucket.allowance],
                amount=0,
                quantity=bucket.drawn,
                unit=bucket.unit,
                size=bucket.size + bucket.carried_in,
                left=bucket.left,
            )
        )


def _day_caps(work: _Bill) -> None:
    scale = work.facts.compiled.scale
    for cap in work.plan.caps:
        if cap.span is not CapSpan.DAY:
            continue
        days: dict[date, int] = {}
        for item, by_day in work.facts.sums.days.items():
            if not cap.items or item in cap.items:
                for day, amount in by_day.items():
                    days[day] = days.get(day, 0) + amount
        over = sum(
            (
                max(Fraction(0), Fraction(amount, scale) - Fraction(cap.amount))
                for amount in days.values()
            ),
            Fraction(0),
        )
        if over:
            work.add(
                Line(
                    kind="day_cap",
                    key=cap.id,
                    text=cap.text,
                    amount=0,
                    exact=-over,
                    base=to_fen(Fraction(cap.amount)),
                    counted=to_fen(Fraction(sum(days.values()), scale)),
                    days=len(days),
                ),
                work.named(cap.items),
            )


def _discounts(work: _Bill) -> None:
    months = work.facts.context.months_since_start
    for discount in sorted(work.plan.discounts, key=lambda discount: discount.order):
        if discount.months is not None and months >= discount.months:
            continue
        base = work.of(discount.items)
        if base <= 0:
            continue
        if discount.percent is not None:
            off = base * Fraction(discount.percent) / 100
        else:
            off = min(base, Fraction(discount.amount or 0))
        work.add(
            Line(
                kind="discount",
                key=discount.id,
                text=discount.text,
                amount=0,
                exact=-off,
                base=to_fen(base),
                percent=discount.percent or Decimal(0),
            ),
            work.named(discount.items),
        )


def _caps(work: _Bill) -> None:
    for cap in work.plan.caps:
        if cap.span is not CapSpan.PERIOD:
            continue
        counted = work.of(cap.items)
        over = counted - Fraction(cap.amount)
        if over > 0:
            work.add(
                Line(
                    kind="cap",
                    key=cap.id,
                    text=cap.text,
                    amount=0,
                    exact=-over,
                    base=to_fen(Fraction(cap.amount)),
                    counted=to_fen(counted),
                ),
                work.named(cap.items),
            )


def _minimum(work: _Bill) -> None:
    minimum = work.plan.minimum_spend
    if minimum is None:
        return
    least = to_digits(
        due(Fraction(minimum.amount), minimum.prorate, work.facts.held), work.plan.rounding.line
    )
    counted = work.of(minimum.items)
    if counted >= least:
        return
    units = {
        unit
        for item, found in work.facts.sums.items.items()
        if found.amount and item in minimum.items
        for unit in found.units
    }
    work.add(
        Line(
            kind="minimum",
            key="min_spend",
            text=minimum.text,
            amount=0,
            item=minimum.items[0] if minimum.items else "",
            exact=least - counted,
            base=to_fen(least),
            counted=to_fen(counted),
            unit="s" if units == {"s"} and not _fees_count(work, minimum.items) else "",
            days=work.facts.held.days,
            of_days=work.facts.held.of_days,
        ),
        minimum.items[:1],
    )


def _fees_count(work: _Bill, items: tuple[str, ...]) -> bool:
    return any(line.kind == "recurring" and line.item in items for line in work.lines)


def _taxes(work: _Bill) -> None:
    bases = [work.of(tax.items) for tax in work.plan.taxes]
    for tax, base in zip(work.plan.taxes, bases, strict=True):
        rate = Fraction(tax.rate)
        contained = base * rate / (1 + rate)
        line = Line(
            kind="tax",
            key=tax.code,
            text=tax.text,
            amount=0,
            exact=Fraction(0) if tax.included else base * rate,
            base=to_fen(base),
            counted=to_fen(contained if tax.included else base * rate),
            percent=tax.rate * 100,
            included=tax.included,
        )
        work.add(line, ())
