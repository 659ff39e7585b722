"""Rating one event: coverage by allowances first, then the price of what they left.

The call is walked from its start. Where bands change and the service is split by the clock, each
stretch has its own price and allowances; a started block belongs to the stretch it starts in.
"""

from datetime import UTC, date, datetime, timedelta

from yizhan.domain.rating.bandclock import BandClock
from yizhan.domain.rating.buckets import Bucket, Store
from yizhan.domain.rating.compiled import Cell, CompiledPart, CompiledPlan, CompiledRule, Group
from yizhan.domain.rating.errors import NoPrice, RatingError
from yizhan.domain.rating.model import Piece, Usage
from yizhan.domain.rating.rounding import round_scaled
from yizhan.domain.tariff import Then, TierKind


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
        end = quantity
        taken: dict[str, list[tuple[int, int]]] = {}
        for items in self._components(stretches):
            end = self._draw_all(items, stretches, usage, end, taken)
        for start, stop, cell in stretches:
            self._price_stretch(cell, start, min(stop, end), taken, uncovered, reached)
        if not rule.plain or self.counting:
            self._once(rule, uncovered, own, usage, continuation)
        return rule.id, self._finish(rule)

    # ---- stretches of one set of bands

    def _stretches(
        self, cells: tuple[Cell, ...], at: datetime, quantity: int
    ) -> list[tuple[int, int, Cell]]:
        assert self.clock is not None
        at = at.astimezone(UTC)  # adding seconds to wall time would ignore shifted clocks
        stretches: list[tuple[int, int, Cell]] = []
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

    @staticmethod
    def _components(stretches: list[tuple[int, int, Cell]]) -> list[frozenset[str]]:
        """The items that share allowances anywhere in the event; each set is covered by itself."""
        sets: list[frozenset[str]] = []
        for _, _, cell in stretches:
            for group in cell.groups:
                assert cell.rule is not None  # allowances are grouped by the parts of a price
                items = frozenset(cell.rule.parts[index].item for index in group.parts)
                for other in [known for known in sets if known & items]:
                    sets.remove(other)
                    items |= other
                sets.append(items)
        return sets

    # ---- coverage by allowances

    def _draw_all(
        self,
        items: frozenset[str],
        stretches: list[tuple[int, int, Cell]],
        usage: Usage,
        quantity: int,
        taken: dict[str, list[tuple[int, int]]],
    ) -> int:
        """Draw what allowances give for these items; notes in *taken* what of each is covered.

        Gives where the event ends: earlier than *quantity* where an allowance that ran out stops
        or slows it. A paid block that reaches over the end of a band is not drawn again.
        """
        position = 0
        reached: dict[str, int] = {}
        for start, stop, cell in stretches:
            assert cell.rule is not None
            position = max(position, start)
            parts = [part for part in cell.rule.parts if part.item in items]
            for group in cell.groups:
                if cell.rule.parts[group.parts[0]].item not in items:
                    continue
                position = self._draw(group, cell, usage, position, min(stop, quantity), taken)
                if position < min(stop, quantity) and self._stops(group, cell, quantity - position):
                    return position
            if position < stop and parts:
                for part in parts:
                    reached[part.item] = _reach(
                        part, max(position, reached.get(part.item, 0)), stop
                    )
                position = max(stop, min(reached[part.item] for part in parts))
        return quantity

    def _draw(
        self,
        group: Group,
        cell: Cell,
        usage: Usage,
        position: int,
        end: int,
        taken: dict[str, list[tuple[int, int]]],
    ) -> int:
        """Draw from the group's allowances in order, packs last; gives where that ends."""
        for buying in (False, True):
            for index in group.buckets:
                bucket = self.buckets[index]
                store = bucket.store(bucket.window_start(self.day) if self.day else None)
                worth = bucket.compiled.worth[usage.service]
                while position < end:
                    wanted = -(-(end - position) // worth)
                    blocks = min(wanted, bucket.blocks(store, usage.line_id))
                    if blocks <= 0:
                        if buying and self._buy_pack(bucket, store):
                            continue
                        break
                    stop = position + blocks * worth
                    self._drawn(bucket, store, cell, usage, blocks, min(stop, end) - position)
                    assert cell.rule is not None
                    for part in cell.rule.parts:
                        if self.plan.covers(index, part):
                            taken.setdefault(part.item, []).append((position, stop))
                    position = stop
        return position

    def _stops(self, group: Group, cell: Cell, quantity: int) -> bool:
        """Whether one of the allowances that ran out stops or slows the rest of the event."""
        for index in group.buckets:
            spec = self.buckets[index].spec
            if spec.then is Then.BLOCK or spec.then is Then.THROTTLE:
                assert cell.rule is not None
                kind = "blocked" if spec.then is Then.BLOCK else "throttled"
                self.pieces.append(
                    Piece(kind, cell.rule.item, 0, quantity=quantity, key=spec.id, band=cell.band)
                )
                self.stopped = True
                return True
        return False

    def _drawn(
        self, bucket: Bucket, store: Store, cell: Cell, usage: Usage, blocks: int, quantity: int
    ) -> None:
        compiled = bucket.compiled
        spec = bucket.spec
        assert cell.rule is not None
        main = cell.rule.item
        if compiled.entry_fee and not store.entered:
            self.extra += compiled.entry_fee
            self.pieces.append(
                Piece("entry", spec.entry_item, compiled.entry_fee, 1, key=spec.id, band=cell.band)
            )
        store.entered = True
        units = bucket.take(store, usage.line_id, blocks)
        amount = blocks * compiled.inside_price
        self.base += amount
        item = spec.inside.item if spec.inside else main
        self.pieces.append(
            Piece(
                "allowance",
                item,
                amount,
                units,
                spec.draw,
                compiled.inside_price,
                quantity,
                spec.id,
                cell.band,
            )
        )

    def _buy_pack(self, bucket: Bucket, store: Store) -> bool:
        """Buy a pack by itself where the allowance says so; whether it helped."""
        pack = bucket.spec.pack
        if pack is None or (pack.most is not None and store.packs >= pack.most):
            return False
        if pack.size < bucket.spec.draw or bucket.spec.member_cap is not None:
            return False
        bucket.add_pack(store)
        price = bucket.compiled.pack_price
        self.extra += price
        self.pieces.append(Piece("pack", pack.item, price, 1, pack.size, price, key=bucket.spec.id))
        return True

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


def _reach(part: CompiledPart, start: int, end: int) -> int:
    """Where the blocks end that are started in ``[start, end)``."""
    at = start
    for _, last, block, _ in part.steps:
        if at >= last:
            continue
        if at >= end:
            break
        stop = end if end < last else last
        at = min(at - (at - stop) // block * block, last)
    return max(at, end)


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
