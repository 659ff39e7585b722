"""A plan made ready to rate: amounts as whole numbers of one unit, prices found by class.

Compiling is done once for a plan and remembered. The unit is ``1/scale`` yuan, where ``scale`` is
the least number that makes the price of every block, tier unit, pack and fee of an event whole.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm

import msgspec

from yizhan.domain.tariff import (
    Allowance,
    Part,
    Plan,
    PriceRule,
    Service,
    Tier,
    TierSpan,
    UsageClass,
    atoms,
    band_at,
    selects_class,
    selects_rest,
)

ENDLESS = 1 << 62
_REMEMBERED = 1024


class CompiledPart(msgspec.Struct, frozen=True):
    """A part of a price in the plan's unit; ``steps`` are ``(start, end, block, price)``."""

    item: str
    connect: int
    steps: tuple[tuple[int, int, int, int], ...]
    tier: int
    own_price: bool


class CompiledRule(msgspec.Struct, frozen=True):
    """A price rule in the plan's unit; ``cap`` is -1 when there is none."""

    id: str
    parts: tuple[CompiledPart, ...]
    cap: int
    disconnects: bool
    allow_negative: bool
    item: str
    """Of the first part: where what concerns the whole event is booked."""
    plain: bool
    """Nothing in it is due once for an event: steps only."""


class Group(msgspec.Struct, frozen=True):
    """Allowances that compete for the same parts of a price, in the order they are drawn."""

    buckets: tuple[int, ...]
    parts: tuple[int, ...]
    """Indexes of the rule's parts that some of them covers."""


class Cell(msgspec.Struct, frozen=True):
    """What holds for one class in one set of bands: the price, and the allowances before it."""

    rule: CompiledRule | None
    groups: tuple[Group, ...]
    band: str


class Entry(msgspec.Struct, frozen=True):
    """All cells of one class; ``only`` when bands make no difference to it."""

    only: Cell | None
    cells: tuple[Cell, ...]
    splits: bool


class CompiledTier(msgspec.Struct, frozen=True):
    """A tier in the plan's unit; steps are ``(last unit, price per unit, flat)``."""

    spec: Tier
    steps: tuple[tuple[int, int, int], ...]
    by_call: bool


class CompiledAllowance(msgspec.Struct, frozen=True):
    """An allowance in the plan's unit."""

    spec: Allowance
    inside_price: int
    """Of one draw block."""
    pack_price: int
    entry_fee: int
    worth: dict[Service, int]
    """Quantity covered by one draw block, by service."""


class CompiledPlan:
    """A plan ready to rate. Holds no usage, so many months may be rated with one."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.scale = _scale(plan)
        self.fen = self.scale // 100
        self.tiers = tuple(self._tier(tier) for tier in plan.tiers)
        self._tier_index = {tier.id: index for index, tier in enumerate(plan.tiers)}
        self.rules = tuple(self._rule(rule) for rule in plan.price)
        self.allowances = tuple(self._allowance(allowance) for allowance in plan.allowances)
        self.draw_order = sorted(
            range(len(plan.allowances)), key=lambda index: plan.allowances[index].order
        )
        self.atoms = atoms(plan.calendars)
        self.names_partners = any(rule.when.partners for rule in plan.price) or any(
            selector.partners for allowance in plan.allowances for selector in allowance.when
        )
        self.family_numbers = plan.family.numbers if plan.family else 0
        self._entries: dict[tuple[object, ...], Entry] = {}

    def units(self, amount: Decimal | Fraction) -> int:
        """An amount of yuan in the plan's unit; it must be whole."""
        value = Fraction(amount) * self.scale
        assert value.denominator == 1
        return value.numerator

    # ---- finding the price

    def entry(
        self,
        service: Service,
        direction: str,
        access: str,
        zone: str,
        net: str,
        roam: str,
        place: str,
        family_rank: int,
        partner: str,
    ) -> Entry:
        """The cells of a class; found once, then remembered."""
        family = 0 < family_rank <= self.family_numbers
        if not self.names_partners:
            partner = ""
        key = (service, direction, access, zone, net, roam, place, family, partner)
        found = self._entries.get(key)
        if found is None:
            canonical = UsageClass(service, direction, access, zone, net, roam, place)
            found = self._build(canonical, family, partner)
            if len(self._entries) < 100_000:  # partners are not ours to bound
                self._entries[key] = found
        return found

    def _build(self, canonical: UsageClass, family: bool, partner: str) -> Entry:
        cells = tuple(self._cell(canonical, family, partner, bands) for bands in self.atoms)
        plain = {(c.rule.id if c.rule else "", c.groups) for c in cells}
        same = len(plain) == 1
        splits = not same and canonical.service in self.plan.split.by_clock
        only = Cell(cells[0].rule, cells[0].groups, "") if same else None
        return Entry(only, cells, splits)

    def _cell(
        self, canonical: UsageClass, family: bool, partner: str, bands: frozenset[str]
    ) -> Cell:
        rule = None
        for index, candidate in enumerate(self.plan.price):
            if selects_class(candidate.when, canonical) and selects_rest(
                candidate.when, bands, family, partner
            ):
                rule = self.rules[index]
                break
        eligible = [
            index
            for index in self.draw_order
            if any(
                selects_class(selector, canonical)
                and selects_rest(selector, bands, family, partner)
                for selector in self.plan.allowances[index].when
            )
        ]
        groups = self._groups(eligible, rule)
        return Cell(rule, groups, "+".join(sorted(bands)))

    def covers(self, bucket: int, part: CompiledPart) -> bool:
        """Whether an allowance covers a part of a price."""
        items = self.plan.allowances[bucket].items
        return not items or part.item in items

    def _groups(self, eligible: Sequence[int], rule: CompiledRule | None) -> tuple[Group, ...]:
        """Eligible allowances, joined where they cover a common part of the price."""
        if rule is None:
            return ()
        groups: list[tuple[list[int], set[int]]] = []
        for bucket in eligible:
            parts = {i for i, part in enumerate(rule.parts) if self.covers(bucket, part)}
            if not parts:
                continue
            joined: tuple[list[int], set[int]] = ([bucket], parts)
            for group in [g for g in groups if g[1] & parts]:
                joined = ([*group[0], *joined[0]], group[1] | joined[1])
                groups.remove(group)
            groups.append(joined)
        rank = {bucket: place for place, bucket in enumerate(self.draw_order)}
        return tuple(
            Group(tuple(sorted(buckets, key=rank.__getitem__)), tuple(sorted(parts)))
            for buckets, parts in groups
        )

    # ---- in the plan's unit

    def _rule(self, rule: PriceRule) -> CompiledRule:
        return CompiledRule(
            id=rule.id,
            parts=tuple(self._part(part) for part in rule.parts),
            cap=self.units(rule.cap.amount) if rule.cap else -1,
            disconnects=rule.cap is not None and rule.cap.disconnects,
            allow_negative=rule.allow_negative,
            item=rule.parts[0].item,
            plain=all(part.steps and not part.connect for part in rule.parts),
        )

    def _part(self, part: Part) -> CompiledPart:
        return CompiledPart(
            item=part.item,
            connect=self.units(part.connect),
            steps=tuple(
                (
                    step.start,
                    ENDLESS if step.end is None else step.end,
                    step.block,
                    self.units(Fraction(step.price) * step.block / step.per),
                )
                for step in part.steps
            ),
            tier=-1 if part.tier is None else self._tier_index[part.tier],
            own_price=part.own_price,
        )

    def _tier(self, tier: Tier) -> CompiledTier:
        steps = []
        for step in tier.steps:
            last = ENDLESS if step.upto is None else step.upto - (not tier.upto_inclusive)
            per_unit = Fraction(step.percent) / 10_000 if tier.money else Fraction(step.price)
            steps.append((last, self.units(per_unit), self.units(step.flat)))
        return CompiledTier(tier, tuple(steps), tier.span is TierSpan.CALL)

    def _allowance(self, spec: Allowance) -> CompiledAllowance:
        inside = 0
        if spec.inside is not None:
            inside = self.units(Fraction(spec.inside.price) * spec.draw / spec.inside.per)
        points = dict(spec.points)
        return CompiledAllowance(
            spec=spec,
            inside_price=inside,
            pack_price=self.units(spec.pack.price) if spec.pack else 0,
            entry_fee=self.units(spec.entry_fee),
            worth={service: spec.draw * points.get(service, 1) for service in Service},
        )

    def bands_of(self, day_kind: int) -> tuple[tuple[int, int], ...]:
        """The pieces of a kind of day as ``(first minute, index into atoms)``."""
        calendars = self.plan.calendars
        index = {bands: number for number, bands in enumerate(self.atoms)}
        edges = sorted({minute for c in calendars for minute, _ in c.days[day_kind]}) or [0]
        pieces: list[tuple[int, int]] = []
        for minute in edges:
            atom = index[frozenset(band_at(c, day_kind, minute) for c in calendars)]
            if not pieces or pieces[-1][1] != atom:
                pieces.append((minute, atom))
        return tuple(pieces)


def _scale(plan: Plan) -> int:
    amounts = [Fraction(1, 100)]
    for rule in plan.price:
        if rule.cap:
            amounts.append(Fraction(rule.cap.amount))
        for part in rule.parts:
            amounts.append(Fraction(part.connect))
            amounts += [Fraction(s.price) * s.block / s.per for s in part.steps]
    for tier in plan.tiers:
        for step in tier.steps:
            amounts += [Fraction(step.price), Fraction(step.flat), Fraction(step.percent) / 10_000]
    for allowance in plan.allowances:
        amounts.append(Fraction(allowance.entry_fee))
        if allowance.inside:
            amounts.append(Fraction(allowance.inside.price) * allowance.draw / allowance.inside.per)
        if allowance.pack:
            amounts.append(Fraction(allowance.pack.price))
    if plan.rounding.event:
        amounts.append(Fraction(1, 10**plan.rounding.event.digits))
    return lcm(*(amount.denominator for amount in amounts))


_compiled: dict[int, CompiledPlan] = {}


def compiled(plan: Plan) -> CompiledPlan:
    """The compiled form of *plan*, made once while the plan is in use.

    Plans compare by identity; the compiled form keeps its plan alive, so an id is never reused.
    """
    found = _compiled.get(id(plan))
    if found is None:
        if len(_compiled) >= _REMEMBERED:
            _compiled.pop(next(iter(_compiled)))
        found = _compiled[id(plan)] = CompiledPlan(plan)
    return found
