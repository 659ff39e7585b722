"""Reading what decides a price: selectors, price rules, allowances, tiers."""

from collections.abc import Callable
from decimal import Decimal

from yizhan.domain.tariff.classes import (
    ACCESSES,
    DIRECTIONS,
    NETS,
    ROOT_ROAMS,
    ROOT_ZONES,
    Service,
)
from yizhan.domain.tariff.prices import (
    EventCap,
    Part,
    PriceRule,
    Proration,
    Prorations,
    Selector,
    Step,
)
from yizhan.domain.tariff.quantity import MEASURES, Measure
from yizhan.domain.tariff.reader import Fields, Value
from yizhan.domain.tariff.values import Source

SERVICES = {service.value: service for service in Service}
PRORATIONS = {proration.value: proration for proration in Proration}

_PART_KEYS = (
    "item",
    "connect",
    "steps",
    "tier",
    "own_price",
    "price",
    "per",
    "inc",
    "free",
    "remainder",
)


class Names:
    """The names a document declares, which its rules may use."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.items: set[str] = set()
        self.bands: set[str] = set()
        self.tiers: dict[str, Value] = {}

    def item(self, value: Value) -> str:
        """An item that is declared."""
        name = value.name()
        if name not in self.items:
            value.refuse("The item “{name}” is not declared under “items”.", name=name)
        return name

    def item_list(self, value: Value) -> tuple[str, ...]:
        """Items that are declared."""
        return tuple(self.item(entry) for entry in (value.list() if value.is_list else [value]))


def source(value: Value) -> Source:
    """Where *value* stands."""
    return Source(file=value.document.file, line=value.line)


def prorations(value: Value) -> Prorations:
    """``{start: by_day, end: full, change: by_day}``, or one word for all three."""
    if not value.is_mapping:
        every = value.one_of(PRORATIONS)
        return Prorations(start=every, end=every, change=every)
    fields = value.fields(optional=("start", "end", "change"))
    usual = Prorations()
    return Prorations(
        start=fields.read("start", lambda v: v.one_of(PRORATIONS), usual.start),
        end=fields.read("end", lambda v: v.one_of(PRORATIONS), usual.end),
        change=fields.read("change", lambda v: v.one_of(PRORATIONS), usual.change),
    )


# ---------------------------------------------------------------- selectors


def selector(value: Value, names: Names) -> Selector:
    """Which usage: ``{service: voice, zone: [local, domestic], band: night}``."""
    fields = value.fields(
        optional=(
            "service",
            "direction",
            "access",
            "zone",
            "net",
            "roam",
            "place",
            "partner",
            "band",
            "family",
        )
    )

    def known(words: tuple[str, ...], *, root: bool = False) -> Callable[[Value], tuple[str, ...]]:
        def read(entry: Value) -> tuple[str, ...]:
            for word in entry.words():
                if (word.partition(".")[0] if root else word) not in words:
                    entry.refuse(
                        "“{word}” is not one of: {known}.", word=word[:40], known=", ".join(words)
                    )
            return entry.words()

        return read

    def bands(entry: Value) -> tuple[str, ...]:
        for word in entry.words():
            if word not in names.bands:
                entry.refuse("The band “{word}” is in no calendar of this document.", word=word)
        return entry.words()

    return Selector(
        services=tuple(
            SERVICES[word] for word in fields.read("service", known(tuple(SERVICES)), ())
        ),
        directions=fields.read("direction", known(DIRECTIONS), ()),
        accesses=fields.read("access", known(ACCESSES), ()),
        zones=fields.read("zone", known(ROOT_ZONES, root=True), ()),
        nets=fields.read("net", known(NETS), ()),
        roams=fields.read("roam", known(ROOT_ROAMS, root=True), ()),
        places=fields.read("place", Value.words, ()),
        partners=fields.read("partner", Value.words, ()),
        bands=fields.read("band", bands, ()),
        family=fields.read("family", Value.flag, None),
    )


# ---------------------------------------------------------------- price rules


def price_rule(value: Value, names: Names) -> PriceRule:
    """One price: a selector, and either one part written in place or several."""
    fields = value.fields(
        "id", "if", "text", optional=("parts", "cap", "allow_negative", *_PART_KEYS)
    )
    when = selector(fields["if"], names)
    negative = fields.read("allow_negative", Value.flag, False)
    listed = fields.get("parts")
    if listed is not None:
        for key in _PART_KEYS:
            if key in fields:
                fields[key].refuse("Write it inside “parts”, or write no “parts”.")
        if not listed.list():
            listed.refuse("At least one part is needed.")
        parts = tuple(
            _part(entry.fields("item", optional=_PART_KEYS), entry, when, names, negative)
            for entry in listed.list()
        )
    else:
        parts = (_part(fields, value, when, names, negative),)
    if any(part.own_price for part in parts) and when.services != (Service.CONTENT,):
        value.refuse("Only content carries its own price; select “service: content”.")
    return PriceRule(
        id=fields["id"].name(),
        when=when,
        parts=parts,
        cap=fields.read("cap", _event_cap, None),
        allow_negative=negative,
        text=fields["text"].both(),
        source=source(value),
        owner=names.owner,
    )


def _event_cap(value: Value) -> EventCap:
    fields = value.fields("amount", optional=("above",))
    return EventCap(
        amount=fields["amount"].amount(),
        disconnects=fields.read(
            "above", lambda v: v.one_of({"free": False, "disconnect": True}), False
        ),
    )


def _part(fields: Fields, at: Value, when: Selector, names: Names, negative: bool) -> Part:
    if "item" not in fields:
        at.refuse("The key “{missing}” is missing.", missing="item")
    ways = [key for key in ("steps", "price", "free", "tier", "own_price") if key in fields]
    if len(ways) != 1:
        at.refuse("Exactly one of steps, price, free, tier and own_price is needed.")
    for key in ("per", "inc"):
        if key in fields and ways != ["price"]:
            fields[key].refuse("It goes with “price”, or inside “steps”.")
    item = names.item(fields["item"])
    connect = fields.read("connect", lambda v: v.amount(negative=negative), Decimal(0))
    free_rest = fields.read("remainder", lambda v: v.one_of({"free": True}), False)
    if free_rest and ways != ["steps"]:
        fields["remainder"].refuse("It goes with “steps” whose last has “to”.")
    steps: tuple[Step, ...] = ()
    tier = None
    match ways[0]:
        case "steps":
            steps = _steps(fields["steps"], _measure(when, at), negative, free_rest)
        case "price":
            steps = (_step(fields, at, _measure(when, at), 0, None, negative),)
        case "free":
            if not fields["free"].flag():
                fields["free"].refuse("Write “free: true”, or a price.")
            steps = (Step(start=0, end=None, block=1, per=1, price=Decimal(0)),)
        case "tier":
            tier = fields["tier"].name()
            names.tiers.setdefault(tier, fields["tier"])
        case _:
            if not fields["own_price"].flag():
                fields["own_price"].refuse("Write “own_price: true”, or a price.")
    return Part(
        item=item,
        connect=connect,
        steps=steps,
        tier=tier,
        own_price=ways == ["own_price"],
        remainder_free=free_rest,
    )


def _measure(when: Selector, at: Value) -> Measure:
    measures = {MEASURES[service] for service in when.services}
    if len(measures) != 1:
        at.refuse(
            "Select services of one measure under “if: service”: a price is per second, message, "
            "byte or item."
        )
    return measures.pop()


def _steps(value: Value, measure: Measure, negative: bool, free_rest: bool) -> tuple[Step, ...]:
    entries = value.list()
    if not entries:
        value.refuse("At least one step is needed.")
    read = [
        entry.fields("price", optional=("from", "to", "inc", "per", "price")) for entry in entries
    ]
    starts = [fields.read("from", lambda v: v.quantity(measure), -1) for fields in read]
    if starts[0] == -1:
        starts[0] = 0
    if starts[0] != 0:
        entries[0].refuse("The first step starts at 0.")
    steps = []
    for index, (entry, fields) in enumerate(zip(entries, read, strict=True)):
        following = starts[index + 1] if index + 1 < len(starts) else None
        if following is not None and following <= starts[index]:
            entries[index + 1].refuse("A step needs “from”, larger than the step's before.")
        end = fields.read("to", lambda v: v.quantity(measure), following)
        if following is not None and end != following:
            entry.refuse("There is a hole: the step ends before the next one starts.")
        if following is None and (end is None) == free_rest:
            entry.refuse(
                "The last step is open, or has “to” with “remainder: free” beside “steps”."
            )
        if end is not None and end <= starts[index]:
            entry.refuse("The step ends before it starts.")
        steps.append(_step(fields, entry, measure, starts[index], end, negative))
    return tuple(steps)


def _step(
    fields: Fields, at: Value, measure: Measure, start: int, end: int | None, negative: bool
) -> Step:
    if "per" in fields:
        per = fields["per"].quantity(measure, least=1)
    elif measure is Measure.COUNT:
        per = 1
    else:
        at.refuse("“per” is missing: for how many seconds or bytes is the price?")
    return Step(
        start=start,
        end=end,
        block=fields.read("inc", lambda v: v.quantity(measure, least=1), per),
        per=per,
        price=fields["price"].amount(negative=negative),
    )
