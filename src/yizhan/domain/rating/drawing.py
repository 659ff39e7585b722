"""Drawing allowances for one event, before anything is priced."""

from datetime import date

from yizhan.domain.rating.buckets import Bucket, Store
from yizhan.domain.rating.compiled import Cell, CompiledPart, CompiledPlan, Group
from yizhan.domain.rating.model import Piece, Usage
from yizhan.domain.tariff import Then

Stretch = tuple[int, int, Cell]
"""From and to inside the event, and what holds there."""


class Drawing:
    """What allowances give to one event: which part of it they cover, and what that costs."""

    def __init__(self, plan: CompiledPlan, buckets: list[Bucket], day: date | None) -> None:
        self.plan = plan
        self.buckets = buckets
        self.day = day
        self.pieces: list[Piece] = []
        self.base = 0
        """Special prices inside allowances."""
        self.extra = 0
        """Packs and entry fees: outside the event's cap."""
        self.stopped = False
        self.taken: dict[str, list[tuple[int, int]]] = {}
        """By item, what of the event is covered."""

    def cover(self, stretches: list[Stretch], usage: Usage, quantity: int) -> int:
        """Draw what there is for an event of *quantity*.

        Gives where it ends: earlier where an allowance that ran out stops or slows it.
        """
        end = quantity
        for items in self._components(stretches):
            end = self._draw_for(items, stretches, usage, end)
        return end

    @staticmethod
    def _components(stretches: list[Stretch]) -> list[frozenset[str]]:
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

    def _draw_for(
        self,
        items: frozenset[str],
        stretches: list[Stretch],
        usage: Usage,
        quantity: int,
    ) -> int:
        """Draw what allowances give for these items; gives where the event ends.

        A paid block that reaches over the end of a band is not drawn again.
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
                position = self._draw(group, cell, usage, position, min(stop, quantity))
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
                            self.taken.setdefault(part.item, []).append((position, stop))
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
