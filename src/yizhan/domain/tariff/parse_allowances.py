"""Reading allowances: buckets, pools, packs, rollover."""

from decimal import Decimal

from yizhan.domain.tariff.classes import (
    Service,
)
from yizhan.domain.tariff.parse_prices import SERVICES, Names, prorations, selector, source
from yizhan.domain.tariff.prices import (
    Allowance,
    InsidePrice,
    Pack,
    PoolGrowth,
    Prorations,
    Rollover,
    Scope,
    Selector,
    Then,
    Unit,
    Window,
)
from yizhan.domain.tariff.quantity import MEASURES, Measure
from yizhan.domain.tariff.reader import Value

_UNIT_MEASURES = {
    Unit.SECONDS: Measure.TIME,
    Unit.BYTES: Measure.BYTES,
    Unit.COUNT: Measure.COUNT,
    Unit.POINTS: Measure.COUNT,
}


def allowance(value: Value, names: Names) -> Allowance:
    """One bucket of free or specially priced use."""
    fields = value.fields(
        "id",
        "unit",
        "size",
        "for",
        "text",
        optional=(
            "items",
            "draw",
            "order",
            "scope",
            "pool",
            "period",
            "prorate",
            "rollover",
            "then",
            "price",
            "entry",
            "points",
        ),
    )
    unit = fields["unit"].one_of({unit.value: unit for unit in Unit})
    measure = _UNIT_MEASURES[unit]
    wanted = fields["for"]
    when = tuple(
        selector(entry, names) for entry in (wanted.list() if wanted.is_list else [wanted])
    )
    points = fields.read("points", _points, ())
    _check_measures(when, unit, points, wanted)
    scope = fields.read(
        "scope", lambda v: v.one_of({scope.value: scope for scope in Scope}), Scope.LINE
    )
    growth, member_cap = fields.read(
        "pool", lambda v: _pool(v, measure, scope), (PoolGrowth.ONCE, None)
    )
    then, throttle_to, pack = fields.read(
        "then", lambda v: _then(v, measure, names), (Then.PRICE, "", None)
    )
    window = fields.read(
        "period", lambda v: v.one_of({window.value: window for window in Window}), Window.BILL_MONTH
    )
    rollover = fields.read("rollover", lambda v: _rollover(v, measure), None)
    if rollover is not None and window is not Window.BILL_MONTH:
        fields["rollover"].refuse("Only an allowance of the bill month rolls over.")
    entry_fee, entry_item = fields.read("entry", lambda v: _entry(v, names), (Decimal(0), ""))
    return Allowance(
        id=fields["id"].name(),
        unit=unit,
        size=fields["size"].quantity(measure),
        when=when,
        items=fields.read("items", names.item_list, ()),
        draw=fields.read("draw", lambda v: v.quantity(measure, least=1), 1),
        order=fields.read("order", lambda v: v.whole(-1000, 1000), 100),
        window=window,
        scope=scope,
        growth=growth,
        member_cap=member_cap,
        points=points,
        prorate=fields.read("prorate", prorations, Prorations()),
        rollover=rollover,
        then=then,
        throttle_to=throttle_to,
        pack=pack,
        inside=fields.read("price", lambda v: _inside(v, measure, names), None),
        entry_fee=entry_fee,
        entry_item=entry_item,
        text=fields["text"].both(),
        source=source(value),
        owner=names.owner,
    )


def _check_measures(
    when: tuple[Selector, ...],
    unit: Unit,
    points: tuple[tuple[Service, int], ...],
    at: Value,
) -> None:
    if (unit is Unit.POINTS) != bool(points):
        at.refuse("“points” says what one point is worth; it goes with “unit: points”.")
    worth = {service for service, _ in points}
    for chosen in when:
        if not chosen.services:
            at.refuse("“for” names its services.")
        for service in chosen.services:
            if unit is Unit.POINTS and service not in worth:
                at.refuse("“points” does not say what one is worth of {service}.", service=service)
            if unit is not Unit.POINTS and MEASURES[service] is not _UNIT_MEASURES[unit]:
                at.refuse(
                    "{service} is not counted in {unit}.", service=service.value, unit=unit.value
                )


def _points(value: Value) -> tuple[tuple[Service, int], ...]:
    worth = []
    for word, entry in value.entries():
        if word not in SERVICES:
            entry.refuse("“{word}” is not one of: {known}.", word=word, known=", ".join(SERVICES))
        service = SERVICES[word]
        worth.append((service, entry.quantity(MEASURES[service], least=1)))
    return tuple(worth)


def _pool(value: Value, measure: Measure, scope: Scope) -> tuple[PoolGrowth, int | None]:
    if scope is not Scope.ACCOUNT:
        value.refuse("A pool needs “scope: account”.")
    fields = value.fields(optional=("grow", "member_cap"))
    return (
        fields.read(
            "grow", lambda v: v.one_of({grow.value: grow for grow in PoolGrowth}), PoolGrowth.ONCE
        ),
        fields.read("member_cap", lambda v: v.quantity(measure, least=1), None),
    )


def _rollover(value: Value, measure: Measure) -> Rollover:
    fields = value.fields("periods", optional=("cap", "first"))
    return Rollover(
        cap=fields.read("cap", lambda v: v.quantity(measure), None),
        periods=fields["periods"].whole(1, 120),
        rolled_first=fields.read(
            "first", lambda v: v.one_of({"rolled": True, "current": False}), True
        ),
    )


def _then(value: Value, measure: Measure, names: Names) -> tuple[Then, str, Pack | None]:
    if not value.is_mapping:
        return value.one_of({"price": Then.PRICE, "block": Then.BLOCK}), "", None
    fields = value.fields(optional=("throttle", "pack"))
    if "throttle" in fields and "pack" not in fields:
        return Then.THROTTLE, fields["throttle"].word(), None
    if "pack" in fields and "throttle" not in fields:
        pack = fields["pack"].fields("size", "price", "item", optional=("most",))
        return (
            Then.PACK,
            "",
            Pack(
                size=pack["size"].quantity(measure, least=1),
                price=pack["price"].amount(),
                most=pack.read("most", lambda v: v.whole(1, 100_000), None),
                item=names.item(pack["item"]),
            ),
        )
    return value.refuse("Write price, block, a “throttle” or a “pack”.")


def _inside(value: Value, measure: Measure, names: Names) -> InsidePrice:
    fields = value.fields("amount", "item", optional=("per",))
    return InsidePrice(
        per=fields.read("per", lambda v: v.quantity(measure, least=1), 1),
        price=fields["amount"].amount(),
        item=names.item(fields["item"]),
    )


def _entry(value: Value, names: Names) -> tuple[Decimal, str]:
    fields = value.fields("amount", "item")
    return fields["amount"].amount(), names.item(fields["item"])
