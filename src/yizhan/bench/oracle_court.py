"""Hears one record after another: what its allowances cover, what the rest costs; see oracle.py."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from yizhan.bench.oracle_bill import Money, digits
from yizhan.bench.oracle_parts import Beyond, Purse, gaps, reach, tier_cost
from yizhan.bench.oracle_week import Week
from yizhan.domain.tariff import (
    Allowance,
    Part,
    Plan,
    PriceRule,
    Proration,
    Scope,
    Service,
    Then,
    Tier,
    TierKind,
    TierSpan,
    Window,
)


class Court(Week):
    """The month being heard."""

    def __init__(
        self,
        plan: Plan,
        start: date,
        end: date,
        tz: ZoneInfo,
        active: date,
        carried: Mapping[str, int],
    ) -> None:
        super().__init__(plan, tz)
        self.start, self.end = start, end
        self.money = Money()
        self.purses: dict[tuple[str, date], Purse] = {}
        self.carried = carried
        self.days = (end - active).days
        self.of_days = (end - start).days

    # ---------------------------------------------------------------- allowances

    def purse(self, spec: Allowance, day: date) -> Purse:
        """The allowance as it stands in the window of *day*."""
        if spec.scope is Scope.ACCOUNT:
            raise Beyond("pools")
        match spec.window:
            case Window.BILL_MONTH | Window.CALENDAR_MONTH:
                key = self.start
            case Window.DAY:
                key = day
            case Window.WEEK:
                key = day - timedelta(days=day.weekday())
        known = self.purses.get((spec.id, key))
        if known is None:
            rolled = self.carried.get(spec.id, 0)
            known = self.purses[spec.id, key] = Purse(self._size(spec), rolled, spec)
        return known

    def _size(self, spec: Allowance) -> int:
        if self.days == self.of_days or spec.window is not Window.BILL_MONTH:
            return spec.size
        match spec.prorate.start:
            case Proration.FULL:
                return spec.size
            case Proration.BY_DAY:
                started = -(-spec.size * self.days // (self.of_days * spec.draw))
                return min(spec.size, started * spec.draw)
            case _:
                raise Beyond("proration of an allowance")

    def left(self) -> dict[str, int]:
        """What is left in the month's own window."""
        out = {}
        for spec in self.plan.allowances:
            if spec.window is Window.BILL_MONTH:
                out[spec.id] = self.purse(spec, self.start).left()
        return out

    def worth(self, spec: Allowance, service: Service) -> int:
        """How much of a service one draw block covers."""
        for name, quantity in spec.points:
            if name is service:
                return quantity * spec.draw
        return spec.draw

    # ---------------------------------------------------------------- one event

    def event(self, usage: Any, quantity: int) -> Fraction:
        """What one event costs; its parts are booked by item and day."""
        at = usage.at.astimezone(UTC)
        day = usage.at.astimezone(self.tz).date()
        first = self.rule(usage, self.bands(at))
        if quantity == 0:
            return Fraction(0)
        stretches = self._stretches(usage, at, quantity)
        booked: list[tuple[str, Fraction]] = []
        taken: dict[str, list[tuple[int, int]]] = {}
        extra: list[tuple[str, Fraction]] = []
        end = quantity
        for items in self._sharing(usage, stretches):
            end = self._cover(items, stretches, usage, day, end, taken, booked, extra)
        uncovered: dict[str, int] = {}
        counted: dict[tuple[str, str], int] = {}
        reached: dict[str, int] = {}
        priced: list[tuple[str, Fraction]] = []
        for start, stop, bands in stretches:
            for part in self.rule(usage, bands).parts:
                for low, high in gaps(start, min(stop, end), taken.get(part.item, [])):
                    amount = self._price(part, low, high, uncovered, reached, counted)
                    if amount is not None:
                        priced.append((part.item, amount))
        connected: list[tuple[str, Fraction]] = []
        for part in first.parts:
            if uncovered.get(part.item) and usage.sequence == 0 and part.connect:
                connected.insert(0, (part.item, Fraction(part.connect)))
            if uncovered.get(part.item) and part.own_price:
                priced.append((part.item, Fraction(usage.amount, 100)))
        for (item, tier), left in counted.items():
            spec = next(one for one in self.plan.tiers if one.id == tier)
            priced.append((item, self._count(spec, left, usage)))
        return self._close(first, connected + booked + priced, extra, day)

    def _close(
        self,
        rule: PriceRule,
        pieces: list[tuple[str, Fraction]],
        extra: list[tuple[str, Fraction]],
        day: date,
    ) -> Fraction:
        outside = sum((amount for _, amount in extra), Fraction(0))
        base = sum((amount for _, amount in pieces), Fraction(0)) - outside
        if rule.cap is not None and not rule.cap.disconnects and base > Fraction(rule.cap.amount):
            pieces.append((rule.parts[0].item, Fraction(rule.cap.amount) - base))
            base = Fraction(rule.cap.amount)
        amount = base + outside
        if self.plan.rounding.event is not None:
            rounded = digits(amount, self.plan.rounding.event)
            if rounded != amount:
                pieces.append((pieces[0][0], rounded - amount))
                amount = rounded
        for item, value in pieces:
            self.money.book(item, day, value)
        return amount

    def _stretches(
        self, usage: Any, at: datetime, quantity: int
    ) -> list[tuple[int, int, set[str]]]:
        """The event cut where its bands change, found minute by minute."""
        if usage.service not in self.plan.split.by_clock or not self.plan.calendars:
            return [(0, quantity, self.bands(at))]
        out: list[tuple[int, int, set[str]]] = []
        position = 0
        while position < quantity:
            moment = at + timedelta(seconds=position)
            step = 60 - moment.second
            bands = self.bands(moment)
            stop = min(quantity, position + step)
            if out and out[-1][2] == bands:
                out[-1] = (out[-1][0], stop, bands)
            else:
                out.append((position, stop, bands))
            position = stop
        return self._same_rule_joined(usage, out)

    def _same_rule_joined(
        self, usage: Any, cut: list[tuple[int, int, set[str]]]
    ) -> list[tuple[int, int, set[str]]]:
        """A band's end that changes neither price nor allowances is no end."""
        out: list[tuple[int, int, set[str]]] = []
        for start, stop, bands in cut:
            if out and self._alike(usage, out[-1][2], bands):
                out[-1] = (out[-1][0], stop, out[-1][2])
            else:
                out.append((start, stop, bands))
        return out

    def _alike(self, usage: Any, one: set[str], other: set[str]) -> bool:
        return self.rule(usage, one) is self.rule(usage, other) and [
            spec.id for spec in self._eligible(usage, one)
        ] == [spec.id for spec in self._eligible(usage, other)]

    # ---------------------------------------------------------------- covering

    def _eligible(self, usage: Any, bands: set[str]) -> list[Allowance]:
        order = sorted(
            range(len(self.plan.allowances)),
            key=lambda place: (self.plan.allowances[place].order, place),
        )
        items = {part.item for part in self.rule(usage, bands).parts}
        return [
            spec
            for spec in (self.plan.allowances[place] for place in order)
            if any(self.meets(when, usage, bands) for when in spec.when)
            and (not spec.items or items & set(spec.items))
            and (not spec.points or any(name is usage.service for name, _ in spec.points))
        ]

    def _covers(self, spec: Allowance, part: Part) -> bool:
        return not spec.items or part.item in spec.items

    def _sharing(
        self, usage: Any, stretches: Sequence[tuple[int, int, set[str]]]
    ) -> list[set[str]]:
        """Items that some allowance covers together; each set is covered by itself."""
        sets: list[set[str]] = []
        for _, _, bands in stretches:
            for spec in self._eligible(usage, bands):
                items = {
                    part.item for part in self.rule(usage, bands).parts if self._covers(spec, part)
                }
                for known in [one for one in sets if one & items]:
                    sets.remove(known)
                    items |= known
                sets.append(items)
        return sets

    def _cover(
        self,
        items: set[str],
        stretches: Sequence[tuple[int, int, set[str]]],
        usage: Any,
        day: date,
        quantity: int,
        taken: dict[str, list[tuple[int, int]]],
        booked: list[tuple[str, Fraction]],
        extra: list[tuple[str, Fraction]],
    ) -> int:
        position = 0
        reached: dict[str, int] = {}
        for start, stop, bands in stretches:
            position = max(position, start)
            rule = self.rule(usage, bands)
            parts = [part for part in rule.parts if part.item in items]
            specs = [
                spec
                for spec in self._eligible(usage, bands)
                if any(self._covers(spec, part) for part in parts)
            ]
            limit = min(stop, quantity)
            for buying in (False, True):
                for spec in specs:
                    position = self._draw(
                        spec, rule, usage, day, position, limit, taken, booked, extra, buying
                    )
            if (
                specs
                and position < limit
                and any(spec.then in (Then.BLOCK, Then.THROTTLE) for spec in specs)
            ):
                booked.append((rule.parts[0].item, Fraction(0)))
                return position
            if position < stop and parts:
                for part in parts:
                    begin = max(position, reached.get(part.item, 0))
                    reached[part.item] = reach(part, begin, stop)
                position = max(stop, min(reached[part.item] for part in parts))
        return quantity

    def _draw(
        self,
        spec: Allowance,
        rule: PriceRule,
        usage: Any,
        day: date,
        position: int,
        end: int,
        taken: dict[str, list[tuple[int, int]]],
        booked: list[tuple[str, Fraction]],
        extra: list[tuple[str, Fraction]],
        buying: bool,
    ) -> int:
        worth = self.worth(spec, usage.service)
        purse = self.purse(spec, day)
        while position < end:
            blocks = min(-(-(end - position) // worth), purse.left() // spec.draw)
            if blocks <= 0:
                pack = spec.pack
                if not buying or pack is None or (pack.most and purse.packs >= pack.most):
                    return position
                purse.packs += 1
                purse.own += pack.size
                booked.append((pack.item, Fraction(pack.price)))
                extra.append((pack.item, Fraction(pack.price)))
                if purse.left() < spec.draw:
                    raise Beyond("a pack smaller than a draw block")
                continue
            if spec.entry_fee and not purse.entered:
                booked.append((spec.entry_item, Fraction(spec.entry_fee)))
                extra.append((spec.entry_item, Fraction(spec.entry_fee)))
            purse.entered = True
            purse.take(blocks * spec.draw)
            inside = Fraction(0)
            item = rule.parts[0].item
            if spec.inside is not None:
                inside = Fraction(spec.inside.price) * blocks * spec.draw / spec.inside.per
                item = spec.inside.item
            booked.append((item, inside))
            for part in rule.parts:
                if self._covers(spec, part):
                    taken.setdefault(part.item, []).append((position, position + blocks * worth))
            position += blocks * worth
        return position

    # ---------------------------------------------------------------- pricing

    def _price(
        self,
        part: Part,
        start: int,
        end: int,
        uncovered: dict[str, int],
        reached: dict[str, int],
        counted: dict[tuple[str, str], int],
    ) -> Fraction | None:
        at = max(start, reached.get(part.item, 0))
        if at >= end:
            return None
        uncovered[part.item] = uncovered.get(part.item, 0) + end - at
        if part.tier is not None:
            key = (part.item, part.tier)
            counted[key] = counted.get(key, 0) + end - at
        if not part.steps:
            reached[part.item] = end
            return None
        cost = Fraction(0)
        for step in part.steps:
            last = step.end
            if last is not None and at >= last:
                continue
            if at >= end:
                break
            stop = end if last is None else min(end, last)
            blocks = -(-(stop - at) // step.block)
            cost += blocks * Fraction(step.price) * step.block / step.per
            at += blocks * step.block
            if last is not None:
                at = min(at, last)
        reached[part.item] = max(at, end)
        return cost

    def _count(self, tier: Tier, left: int, usage: Any) -> Fraction:
        if tier.money or tier.span is TierSpan.CONTRACT_YEAR:
            raise Beyond("tiers of money or of a contract year")
        units = -(-left // tier.unit)
        if tier.span is TierSpan.CALL:
            return tier_cost(tier, units, flats=True)
        before = self.money.units.get(tier.id, 0)
        self.money.units[tier.id] = before + units
        if tier.kind is TierKind.VOLUME:
            return Fraction(0)
        return tier_cost(tier, before + units, flats=False) - tier_cost(tier, before, flats=False)
