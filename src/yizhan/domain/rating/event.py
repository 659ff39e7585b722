"""Rating one event: coverage by allowances first, then the price of what they left.

The call is walked from its start. Where bands change and the service is split by the clock, each
stretch has its own price and allowances; a started block belongs to the stretch it starts in.
"""

from datetime import UTC, date, datetime, timedelta

from yizhan.domain.rating.bandclock import BandClock
from yizhan.domain.rating.buckets import Bucket
from yizhan.domain.rating.compiled import Cell, CompiledPart, CompiledPlan, CompiledRule
from yizhan.domain.rating.drawing import Drawing, Stretch
from yizhan.domain.rating.errors import NoPrice, RatingError
from yizhan.domain.rating.model import Piece, Usage
from yizhan.domain.rating.rounding import round_scaled
from yizhan.domain.tariff import TierKind


class Tally:
    """Units counted in the tiers of a period so far."""

    __slots__ = ("counted",)

    def __init__(self, counted: list[int]) -> None:
        self.counted = counted


class Walk:
    """One event on its way through allowances and prices."""

    def __init__(
        self,
        plan: CompiledPlan,
        buckets: list[Bucket],
        tally: Tally,
        clock: BandClock | None,
        day: date | None,
    ) -> None:
        self.plan = plan
        self.buckets = buckets
        self.tally = tally
        self.clock = clock
        self.day = day
        self.pieces: list[Piece] = []
        self.base = 0
        self.extra = 0
        """Packs and entry fees: outside the event's cap."""
        self.stopped = False
        self.counting: dict[CompiledPart, int] = {}
        """What of the event is counted in tiers."""

    def rate(
        self, usage: Usage, quantity: int, own: int | None, continuation: bool
    ) -> tuple[str, int]:
        """The rule that decided and the amount in the plan's unit; ``pieces`` say how.

        Raises ``NoPrice`` and ``RatingError``.
        """
        plan = self.plan
        entry = plan.entry(
            usage.service,
            usage.direction,
            usage.access,
            usage.zone,
            usage.net,
            usage.roam,
            usage.place,
            usage.family_rank,
            usage.partner,
        )
        first = entry.only
        if first is None:
            assert self.clock is not None
            first = entry.cells[self.clock.atom(usage.at)]
        rule = first.rule
        if rule is None:
            raise self._no_price(usage, first)
        if quantity <= 0:
            return self._nothing_or_less(first, usage, quantity, own)
        uncovered: dict[str, int] = {}
        reached: dict[str, int] = {}
        if not entry.splits and not first.groups:  # the usual case, spared what it does not need
            for part in rule.parts:
                self._price(first, part, 0, quantity, uncovered, reached)
            if not rule.plain or self.counting:
                self._once(rule, uncovered, own, usage, continuation)
            return rule.id, self._finish(rule)
        if entry.splits:
            stretches = self._stretches(entry.cells, usage.at, quantity)
            if any(cell.rule is None for _, _, cell in stretches):
                raise self._no_price(usage, next(c for _, _, c in stretches if c.rule is None))
        else:
            stretches = [(0, quantity, first)]
        drawing = Drawing(plan, self.buckets, self.day)
        end = drawing.cover(stretches, usage, quantity)
        self.pieces = drawing.pieces
        self.base += drawing.base
        self.extra = drawing.extra
        self.stopped = drawing.stopped
        for start, stop, cell in stretches:
            self._price_stretch(cell, start, min(stop, end), drawing.taken, uncovered, reached)
        if not rule.plain or self.counting:
            self._once(rule, uncovered, own, usage, continuation)
        return rule.id, self._finish(rule)

    # ---- stretches of one set of bands

    def _stretches(self, cells: tuple[Cell, ...], at: datetime, quantity: int) -> list[Stretch]:
        assert self.clock is not None
        at = at.astimezone(UTC)  # adding seconds to wall time would ignore shifted clocks
        stretches: list[Stretch] = []
        start = 0
        while start < quantity:
            atom, seconds = self.clock.piece(at + timedelta(seconds=start))
            end = min(quantity, start + max(1, seconds))
            if stretches and stretches[-1][2] is cells[atom]:
                stretches[-1] = (stretches[-1][0], end, cells[atom])
            else:
                stretches.append((start, end, cells[atom]))
            start = end
        return stretches

    # ---- prices

    def _price_stretch(
        self,
        cell: Cell,
        start: int,
        end: int,
        taken: dict[str, list[tuple[int, int]]],
        uncovered: dict[str, int],
        reached: dict[str, int],
    ) -> None:
        """Price what allowances left of each part of one stretch."""
        assert cell.rule is not None
        for part in cell.rule.parts:
            at = start
            for covered_from, covered_to in taken.get(part.item, ()):
                if covered_to <= at:
                    continue
                if covered_from >= end:
                    break
                if covered_from > at:
                    self._price(cell, part, at, covered_from, uncovered, reached)
                at = covered_to
            if at < end:
                self._price(cell, part, at, end, uncovered, reached)

    def _price(
        self,
        cell: Cell,
        part: CompiledPart,
        start: int,
        end: int,
        uncovered: dict[str, int],
        reached: dict[str, int],
    ) -> None:
        """Price one part of the stretch ``[start, end)``, from where its blocks already reach."""
        item = part.item
        at = reached.get(item, 0)
        if at < start:
            at = start
        if at >= end:
            return
        uncovered[item] = uncovered.get(item, 0) + end - at
        if not part.steps:
            if part.tier >= 0:
                self.counting[part] = self.counting.get(part, 0) + end - at
            reached[item] = end
            return
        for _, last, block, price in part.steps:
            if at >= last:
                continue
            if at >= end:
                break
            stop = end if end < last else last
            count = -(-(stop - at) // block)
            self.base += count * price
            self.pieces.append(
                Piece("blocks", item, count * price, count, block, price, stop - at, "", cell.band)
            )
            at += count * block
            if at > last:
                at = last
        if at < end:
            self.pieces.append(Piece("free", item, 0, quantity=end - at, band=cell.band))
            at = end
        reached[item] = at

    def _once(
        self,
        rule: CompiledRule,
        uncovered: dict[str, int],
        own: int | None,
        usage: Usage,
        continuation: bool,
    ) -> None:
        """What is due once for an event: connect fees, tiers, the record's own price."""
        for part in rule.parts:
            left = uncovered.get(part.item, 0)
            if not left:
                continue
            if part.connect and not continuation:
                self.base += part.connect
                self.pieces.insert(0, Piece("connect", part.item, part.connect, 1))
            if part.own_price:
                if own is None:
                    raise RatingError(
                        "The record has no amount, and “{rule}” of plan “{plan}” takes the "
                        "partner's own price.",
                        rule=rule.id,
                        plan=self.plan.plan.id,
                        usage_id=usage.id,
                    )
                self.base += own * self.plan.fen
                self.pieces.append(Piece("own", part.item, own * self.plan.fen, 1))
        for part, left in self.counting.items():
            self._count(part, left, own, usage)

    def _count(self, part: CompiledPart, left: int, own: int | None, usage: Usage) -> None:
        tier = self.plan.tiers[part.tier]
        if tier.spec.money:
            if own is None:
                raise RatingError(
                    "The record has no amount, and tier “{tier}” of plan “{plan}” counts money.",
                    tier=tier.spec.id,
                    plan=self.plan.plan.id,
                    usage_id=usage.id,
                )
            units = own
        else:
            units = -(-left // tier.spec.unit)
        if tier.by_call:
            amount = tier_total(tier.steps, tier.spec.kind, units, flats=True)
        else:
            before = self.tally.counted[part.tier]
            self.tally.counted[part.tier] = before + units
            amount = 0
            if tier.spec.kind is TierKind.GRADUATED:
                amount = tier_total(
                    tier.steps, tier.spec.kind, before + units, flats=False
                ) - tier_total(tier.steps, tier.spec.kind, before, flats=False)
        self.base += amount
        self.pieces.append(Piece("tier", part.item, amount, units, key=tier.spec.id, quantity=left))

    # ---- ends

    def _nothing_or_less(
        self, cell: Cell, usage: Usage, quantity: int, own: int | None
    ) -> tuple[str, int]:
        """Zero costs nothing, connect fee included; less gives back where the rule allows it."""
        rule = cell.rule
        assert rule is not None
        if quantity == 0:
            return rule.id, 0
        if not rule.allow_negative:
            raise RatingError(
                "The quantity {quantity} is below zero, and “{rule}” of plan “{plan}” does not "
                "allow that.",
                quantity=quantity,
                rule=rule.id,
                plan=self.plan.plan.id,
                usage_id=usage.id,
            )
        uncovered: dict[str, int] = {}
        reached: dict[str, int] = {}
        for part in rule.parts:
            self._price(cell, part, 0, -quantity, uncovered, reached)
        self._once(rule, uncovered, own, usage, continuation=False)
        self._cap(rule)
        self.base = -self.base
        self.pieces = [
            Piece(p.kind, p.item, -p.amount, p.count, p.size, -p.price, p.quantity, p.key, p.band)
            for p in self.pieces
        ]
        return rule.id, self._finish(None)

    def _cap(self, rule: CompiledRule) -> None:
        if 0 <= rule.cap < self.base and not rule.disconnects:
            self.pieces.append(Piece("cap", rule.item, rule.cap - self.base))
            self.base = rule.cap

    def _finish(self, rule: CompiledRule | None) -> int:
        if rule is not None:
            self._cap(rule)
        amount = self.base + self.extra
        rounding = self.plan.plan.rounding.event
        if rounding is not None and amount:
            rounded = round_scaled(amount, self.plan.scale, rounding)
            if rounded != amount:
                item = self.pieces[0].item
                self.pieces.append(Piece("rounding", item, rounded - amount))
                amount = rounded
        return amount

    def _no_price(self, usage: Usage, cell: Cell) -> NoPrice:
        return NoPrice(
            "Plan “{plan}” has no price for {class_code}{bands}.",
            plan=self.plan.plan.id,
            class_code=usage.usage_class().code,
            bands=f" ({cell.band})" if cell.band else "",
            usage_id=usage.id,
        )


def tier_total(
    steps: tuple[tuple[int, int, int], ...], kind: TierKind, units: int, *, flats: bool
) -> int:
    """What *units* cost in all under a tier's steps, with or without the flat fees."""
    total = 0
    below = 0
    for index, (last, price, flat) in enumerate(steps):
        if index and units <= below:
            break
        if kind is TierKind.VOLUME:
            total = units * price + (flat if flats else 0)
        else:
            total += (min(units, last) - below) * price + (flat if flats else 0)
        below = last
    return total
