"""From YAML text to plans, add-ons and zone sets."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from yizhan.domain.tariff.checks import check, warnings
from yizhan.domain.tariff.classes import ROOT_ZONES, Service
from yizhan.domain.tariff.clock import Band, Calendar, Holidays, divide
from yizhan.domain.tariff.coverage import covers
from yizhan.domain.tariff.model import (
    AddOn,
    Cap,
    CapSpan,
    Condition,
    Discount,
    FamilyNumbers,
    Item,
    Kind,
    MinimumSpend,
    Payment,
    Plan,
    Recurring,
    Rounding,
    RoundingMode,
    Roundings,
    Tax,
    Term,
)
from yizhan.domain.tariff.parse_examples import example
from yizhan.domain.tariff.parse_prices import (
    SERVICES,
    Names,
    allowance,
    price_rule,
    prorations,
    source,
    tier,
)
from yizhan.domain.tariff.prices import Prorations, Split
from yizhan.domain.tariff.problems import PlanRefused, Problem
from yizhan.domain.tariff.reader import Fields, Value, documents
from yizhan.domain.tariff.zones import Prefix, ZoneSet, zone_set
from yizhan.kernel.text import Text

KINDS = {kind.value: kind for kind in Kind}

_SHARED = (
    "version",
    "name",
    "summary",
    "on_sale",
    "successor",
    "eligible",
    "excludes",
    "requires",
    "term",
    "items",
    "calendars",
    "holidays",
    "family",
    "recurring",
    "price",
    "allowances",
    "tiers",
    "limits",
    "discounts",
    "examples",
)
_PLAN = (
    "kind",
    "payment",
    "change",
    "may_carry",
    "covers",
    "split",
    "tax",
    "rounding",
    "zones",
)
_ADD_ON = ("kinds", "repeatable", "periods")


def parse(text: str, *, file: str) -> Plan | AddOn:
    """The one plan or add-on in *text*; *file* names it in refusals.

    Raises ``PlanRefused`` listing every problem with file, line, key and reason.
    """
    found = [thing for thing in parse_all(text, file=file) if not isinstance(thing, ZoneSet)]
    if len(found) != 1:
        raise PlanRefused(
            [
                Problem(
                    file,
                    1,
                    "",
                    "One plan or add-on is needed; there are {count}.",
                    {"count": len(found)},
                )
            ]
        )
    return found[0]


def parse_all(text: str, *, file: str) -> list[Plan | AddOn | ZoneSet]:
    """Everything in *text*, one document after another.

    Raises ``PlanRefused`` listing every problem of every document.
    """
    things: list[Plan | AddOn | ZoneSet] = []
    problems: list[Problem] = []
    seen: dict[tuple[type, str], int] = {}
    for value in documents(text, file):
        try:
            thing = _document(value)
        except PlanRefused as refused:
            problems.extend(refused.problems)
            continue
        key = (type(thing), thing.id)
        if key in seen:
            problems.append(
                Problem(
                    file,
                    value.line,
                    thing.id,
                    "It is written twice in this file; the first is on line {first}.",
                    {"first": seen[key]},
                )
            )
        seen[key] = value.line
        things.append(thing)
    if problems:
        raise PlanRefused(problems)
    return things


def _document(value: Value) -> Plan | AddOn | ZoneSet:
    document = value.document
    made = document.attempt(lambda: _read(value))
    if made is None:
        document.close()
    assert made is not None
    if not document.problems and not isinstance(made, ZoneSet):
        document.problems.extend(check(made))
    document.close()
    return made if isinstance(made, ZoneSet) else replace(made, warnings=warnings(made))


def _read(value: Value) -> Plan | AddOn | ZoneSet:
    keys = {key for key, _ in value.entries()}
    if "plan" in keys:
        fields = value.fields(
            "plan",
            "version",
            "name",
            "kind",
            "payment",
            "covers",
            "items",
            "price",
            optional=(*_SHARED, *_PLAN),
        )
        return _plan(value, fields)
    if "addon" in keys:
        fields = value.fields("addon", "version", "name", optional=(*_SHARED, *_ADD_ON))
        return _add_on(value, fields)
    if "zoneset" in keys:
        return _zone_set(value)
    return value.refuse("A document starts with “plan”, “addon” or “zoneset”.")


# ---------------------------------------------------------------- documents


def _plan(value: Value, fields: Fields) -> Plan:
    kind = fields["kind"].one_of(KINDS)
    zones = fields.read("zones", _inline_zones, None)
    shared = _shared(value, fields, fields["plan"].name(), zones)
    attempt = value.document.attempt
    coverage = attempt(
        lambda: covers(fields["covers"], kind, shared["price"], shared["allowances"])
    )
    made = attempt(
        lambda: Plan(
            **shared,
            kind=kind,
            payment=fields["payment"].one_of({p.value: p for p in Payment}),
            change_takes_effect=fields.read(
                "change",
                lambda v: v.one_of({word: word for word in ("next_month", "now")}),
                "next_month",
            ),
            may_carry=fields.read("may_carry", Value.names, ()),
            covers=coverage or (),
            split=fields.read("split", _split, Split()),
            taxes=fields.each("tax", lambda v: _tax(v, shared["items"])),
            rounding=fields.read("rounding", _roundings, Roundings()),
            zones=zones,
        )
    )
    if made is None or coverage is None:
        value.document.close()
    assert made is not None
    return made


def _add_on(value: Value, fields: Fields) -> AddOn:
    return AddOn(
        **_shared(value, fields, fields["addon"].name(), None),
        kinds=fields.read(
            "kinds",
            lambda v: tuple(k.one_of(KINDS) for k in (v.list() if v.is_list else [v])),
            (Kind.MOBILE,),
        ),
        repeatable=fields.read("repeatable", Value.flag, False),
        periods=fields.read("periods", lambda v: v.whole(1, 1200), None),
    )


def _zone_set(value: Value) -> ZoneSet:
    fields = value.fields("zoneset", "prefixes", optional=("version",))
    return zone_set(fields["zoneset"].name(), _prefixes(fields["prefixes"]))


def _inline_zones(value: Value) -> ZoneSet:
    return zone_set("plan", _prefixes(value))


def _prefixes(value: Value) -> list[Prefix]:
    found: list[Prefix] = []
    for digits, entry in value.entries():
        if not re.fullmatch(r"\d{1,20}", digits):
            entry.refuse("“{digits}” is no prefix: digits are needed.", digits=digits[:40])
        for one in entry.list() if entry.is_list else [entry]:
            zone, days = one, None
            if one.is_mapping:
                fields = one.fields("zone", optional=("valid",))
                zone, days = fields["zone"], fields.get("valid")
            if zone.word().partition(".")[0] not in ROOT_ZONES:
                zone.refuse(
                    "“{word}” is not one of: {known}.",
                    word=zone.word()[:40],
                    known=", ".join(ROOT_ZONES),
                )
            starts, ends = _half_open(days) if days else (None, None)
            found.append(Prefix(digits=digits, zone=zone.word(), valid_from=starts, valid_to=ends))
    return found


# ---------------------------------------------------------------- what plans and add-ons share


def _shared(value: Value, fields: Fields, id: str, zones: ZoneSet | None) -> dict[str, Any]:
    names = Names(id)
    attempt = value.document.attempt
    items = attempt(lambda: fields.read("items", lambda v: _items(v, names), ()))
    calendars = attempt(lambda: fields.read("calendars", lambda v: _calendars(v, names), ()))
    if items is None or calendars is None:  # what follows would be refused for want of names
        value.document.close()
    name = attempt(lambda: fields["name"].both()) or Text("?", "?")
    limits = attempt(lambda: fields.read("limits", lambda v: _limits(v, names), (None, ())))
    on_sale = attempt(lambda: fields.read("on_sale", _half_open, (None, None))) or (None, None)
    tiers = fields.each("tiers", lambda v: tier(v, names))
    one: dict[str, Callable[[], object]] = {
        "version": lambda: fields["version"].whole(1),
        "summary": lambda: fields.read("summary", Value.both, name),
        "successor": lambda: fields.read("successor", Value.name, None),
        "excludes": lambda: fields.read("excludes", Value.names, ()),
        "requires": lambda: fields.read("requires", Value.names, ()),
        "term": lambda: fields.read("term", _term, None),
        "holidays": lambda: fields.read("holidays", _holidays, Holidays()),
        "family": lambda: fields.read("family", _family, None),
    }
    return {
        "id": id,
        "name": name,
        "on_sale_from": on_sale[0],
        "on_sale_to": on_sale[1],
        "items": items,
        "calendars": calendars,
        "eligible": fields.each("eligible", _condition),
        "recurring": fields.each("recurring", lambda v: _recurring(v, names)),
        "price": fields.each("price", lambda v: price_rule(v, names)),
        "allowances": fields.each("allowances", lambda v: allowance(v, names)),
        "tiers": tiers,
        "minimum_spend": limits[0] if limits else None,
        "caps": limits[1] if limits else (),
        "discounts": fields.each("discounts", lambda v: _discount(v, names)),
        "examples": fields.each("examples", lambda v: example(v, zones)),
        "source": source(value),
        **{key: attempt(read) for key, read in one.items()},
    }


def _items(value: Value, names: Names) -> tuple[Item, ...]:
    items = []
    for key, entry in value.entries():
        items.append(Item(id=key, text=entry.both()))
        names.items.add(key)
    return tuple(items)


def _calendars(value: Value, names: Names) -> tuple[Calendar, ...]:
    calendars = []
    for id, entry in value.entries():
        bands: list[tuple[Band, str | None]] = []
        for name, when in entry.entries():
            if name in names.bands:
                when.refuse("The band “{name}” is named twice in this document.", name=name)
            names.bands.add(name)
            text = Text(name, name)
            if when.is_mapping:
                band = when.fields("when", optional=("text",))
                text = band.read("text", Value.both, text)
                when = band["when"]
            words = when.word()
            bands.append((Band(id=name, text=text, when=words), None if words == "else" else words))
        calendars.append(entry.guard(lambda id=id, bands=bands: divide(id, bands)))  # type: ignore[misc]
    return tuple(calendars)


def _holidays(value: Value) -> Holidays:
    yearly: list[tuple[int, int]] = []
    dates: list[date] = []
    for entry in value.list():
        match = re.fullmatch(r"(\d\d)-(\d\d)", entry.word())
        if match:
            month, day = int(match[1]), int(match[2])
            try:
                date(2000, month, day)
            except ValueError:
                entry.refuse("“{word}” is no day of a year.", word=entry.word())
            yearly.append((month, day))
        else:
            dates.append(entry.day())
    return Holidays(yearly=tuple(yearly), dates=tuple(dates))


def _half_open(value: Value) -> tuple[date | None, date | None]:
    days = value.list()
    if len(days) != 2:
        value.refuse("Two days are needed: from, and the first day after it; null is open.")
    starts, ends = (None if day.is_null else day.day() for day in days)
    if starts is not None and ends is not None and ends < starts:
        value.refuse("It ends before it starts.")
    return starts, ends


def _condition(value: Value) -> Condition:
    entries = [(key, entry) for key, entry in value.entries() if key != "text"]
    texts = [entry for key, entry in value.entries() if key == "text"]
    if len(entries) != 1 or not texts:
        value.refuse("A condition is one attribute and its text: {{student: true, text: {{...}}}}.")
    attribute, wanted = entries[0]
    text = texts[0].both()
    if wanted.is_list:
        return Condition(attribute=attribute, among=wanted.words(), text=text)
    if wanted.is_mapping:
        bounds = wanted.fields(optional=("min", "max"))
        minimum = bounds.read("min", Value.amount, None)
        maximum = bounds.read("max", Value.amount, None)
        if minimum is None and maximum is None:
            wanted.refuse("Write min, max or both.")
        return Condition(attribute=attribute, minimum=minimum, maximum=maximum, text=text)
    word = wanted.word()
    flag = {"true": True, "false": False}.get(word)
    return Condition(attribute=attribute, equals=word if flag is None else flag, text=text)


def _term(value: Value) -> Term:
    fields = value.fields("months", "text", optional=("exit_fee", "per"))
    return Term(
        months=fields["months"].whole(1, 120),
        exit_fee=fields.read("exit_fee", Value.amount, Decimal(0)),
        per_month_left=fields.read(
            "per", lambda v: v.one_of({"month_left": True, "once": False}), False
        ),
        text=fields["text"].both(),
    )


def _family(value: Value) -> FamilyNumbers:
    fields = value.fields("numbers", "text", optional=("other_province",))
    return FamilyNumbers(
        numbers=fields["numbers"].whole(1, 99),
        other_province=fields.read("other_province", lambda v: v.whole(0, 99), 0),
        text=fields["text"].both(),
    )


def _recurring(value: Value, names: Names) -> Recurring:
    fields = value.fields(
        "id",
        "item",
        "amount",
        "text",
        optional=("every", "timing", "prorate", "allow_negative"),
    )
    negative = fields.read("allow_negative", Value.flag, False)
    return Recurring(
        id=fields["id"].name(),
        item=names.item(fields["item"]),
        amount=fields["amount"].amount(negative=negative),
        months=fields.read("every", lambda v: v.whole(1, 120), 1),
        in_advance=fields.read(
            "timing", lambda v: v.one_of({"advance": True, "arrears": False}), False
        ),
        prorate=fields.read("prorate", prorations, Prorations()),
        text=fields["text"].both(),
        source=source(value),
    )


def _limits(value: Value, names: Names) -> tuple[MinimumSpend | None, tuple[Cap, ...]]:
    fields = value.fields(optional=("min_spend", "caps"))
    return fields.read("min_spend", lambda v: _minimum(v, names), None), fields.each(
        "caps", lambda v: _cap(v, names)
    )


def _minimum(value: Value, names: Names) -> MinimumSpend:
    fields = value.fields("amount", "items", "text", optional=("prorate",))
    return MinimumSpend(
        amount=fields["amount"].amount(),
        items=names.item_list(fields["items"]),
        prorate=fields.read("prorate", prorations, Prorations()),
        text=fields["text"].both(),
        source=source(value),
    )


def _cap(value: Value, names: Names) -> Cap:
    fields = value.fields("id", "amount", "text", optional=("items", "per"))
    return Cap(
        id=fields["id"].name(),
        items=fields.read("items", names.item_list, ()),
        amount=fields["amount"].amount(),
        span=fields.read(
            "per", lambda v: v.one_of({span.value: span for span in CapSpan}), CapSpan.PERIOD
        ),
        text=fields["text"].both(),
        source=source(value),
    )


def _discount(value: Value, names: Names) -> Discount:
    fields = value.fields("id", "text", optional=("items", "percent", "amount", "months", "order"))
    percent = fields.read("percent", Value.amount, None)
    amount = fields.read("amount", Value.amount, None)
    if (percent is None) == (amount is None):
        value.refuse("A discount has either “percent” or “amount”.")
    if percent is not None and percent > 100:
        fields["percent"].refuse("More than 100 % cannot be taken off.")
    return Discount(
        id=fields["id"].name(),
        items=fields.read("items", names.item_list, ()),
        percent=percent,
        amount=amount,
        months=fields.read("months", lambda v: v.whole(1, 1200), None),
        order=fields.read("order", lambda v: v.whole(-1000, 1000), 0),
        text=fields["text"].both(),
        source=source(value),
    )


def _tax(value: Value, items: object) -> Tax:
    fields = value.fields("code", "rate", "included", "text", optional=("items",))
    names = Names("")
    names.items = {item.id for item in items} if isinstance(items, tuple) else set()
    rate = fields["rate"].amount()
    if rate >= 1:
        fields["rate"].refuse("A rate is a share: 0.06 is six per cent.")
    return Tax(
        code=fields["code"].name(),
        rate=rate,
        included=fields["included"].flag(),
        items=fields.read("items", names.item_list, ()),
        text=fields["text"].both(),
    )


def _split(value: Value) -> Split:
    by_clock = set()
    for word, entry in value.entries():
        if word not in SERVICES:
            entry.refuse("“{word}” is not one of: {known}.", word=word, known=", ".join(SERVICES))
        if entry.one_of({"by_clock": True, "at_start": False}):
            if SERVICES[word] is not Service.VOICE:
                entry.refuse("Only voice lasts by the clock; others take the band at the start.")
            by_clock.add(SERVICES[word])
    return Split(by_clock=frozenset(by_clock))


def _roundings(value: Value) -> Roundings:
    fields = value.fields(optional=("event", "line", "invoice"))
    usual = Roundings()
    invoice = fields.read("invoice", _rounding, usual.invoice)
    return Roundings(
        event=fields.read("event", _rounding, None),
        line=fields.read("line", _rounding, usual.line),
        invoice=usual.invoice if invoice is None else invoice,
    )


def _rounding(value: Value) -> Rounding | None:
    if not value.is_mapping:
        return value.one_of({"none": None})
    fields = value.fields("digits", "mode")
    return Rounding(
        digits=fields["digits"].whole(0, 8),
        mode=fields["mode"].one_of({mode.value: mode for mode in RoundingMode}),
    )
