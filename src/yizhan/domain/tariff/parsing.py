"""From YAML text to plans, add-ons and zone sets."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from msgspec.structs import replace

from yizhan.domain.tariff.checks import check, warnings
from yizhan.domain.tariff.classes import ROOT_ZONES
from yizhan.domain.tariff.clock import Band, Calendar, Holidays, divide
from yizhan.domain.tariff.coverage import covers
from yizhan.domain.tariff.model import (
    AddOn,
    Item,
    Kind,
    Payment,
    Plan,
    Roundings,
)
from yizhan.domain.tariff.parse_allowances import allowance
from yizhan.domain.tariff.parse_examples import example
from yizhan.domain.tariff.parse_prices import Names, price_rule, source
from yizhan.domain.tariff.parse_terms import (
    condition,
    discount,
    family,
    limits,
    recurring,
    roundings,
    split,
    tax,
    term,
)
from yizhan.domain.tariff.parse_tiers import tier
from yizhan.domain.tariff.prices import Split
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
)
_PLAN = (
    "examples",
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
            split=fields.read("split", split, Split()),
            taxes=fields.each("tax", lambda v: tax(v, shared["items"])),
            rounding=fields.read("rounding", roundings, Roundings()),
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
    bounds = attempt(lambda: fields.read("limits", lambda v: limits(v, names), (None, ())))
    on_sale = attempt(lambda: fields.read("on_sale", _half_open, (None, None))) or (None, None)
    tiers = fields.each("tiers", lambda v: tier(v, names))
    one: dict[str, Callable[[], object]] = {
        "version": lambda: fields["version"].whole(1),
        "summary": lambda: fields.read("summary", Value.both, name),
        "successor": lambda: fields.read("successor", Value.name, None),
        "excludes": lambda: fields.read("excludes", Value.names, ()),
        "requires": lambda: fields.read("requires", Value.names, ()),
        "term": lambda: fields.read("term", term, None),
        "holidays": lambda: fields.read("holidays", _holidays, Holidays()),
        "family": lambda: fields.read("family", family, None),
    }
    return {
        "id": id,
        "name": name,
        "on_sale_from": on_sale[0],
        "on_sale_to": on_sale[1],
        "items": items,
        "calendars": calendars,
        "eligible": fields.each("eligible", condition),
        "recurring": fields.each("recurring", lambda v: recurring(v, names)),
        "price": fields.each("price", lambda v: price_rule(v, names)),
        "allowances": fields.each("allowances", lambda v: allowance(v, names)),
        "tiers": tiers,
        "minimum_spend": bounds[0] if bounds else None,
        "caps": bounds[1] if bounds else (),
        "discounts": fields.each("discounts", lambda v: discount(v, names)),
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
