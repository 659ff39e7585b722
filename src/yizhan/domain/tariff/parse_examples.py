"""Reading the worked examples of a plan. They are run by ``rating.prove``."""

import re
from datetime import date
from decimal import Decimal

from yizhan.domain.tariff.classes import classify
from yizhan.domain.tariff.examples import Example, ExampleUsage, Expected
from yizhan.domain.tariff.parse_prices import SERVICES, source
from yizhan.domain.tariff.quantity import MEASURES, Measure
from yizhan.domain.tariff.reader import Fields, Value
from yizhan.domain.tariff.zones import ZoneSet

_AT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?\Z")


def example(value: Value, zones: ZoneSet | None) -> Example:
    """One example: a period, the usage, and what is claimed."""
    fields = value.fields(
        "id",
        "usage",
        "expect",
        optional=("text", "period", "context", "order", "add_ons"),
    )
    usage = tuple(_usage(entry, zones) for entry in fields["usage"].list())
    starts, ends = fields.read("period", _period, (None, None))
    if not usage and starts is None:
        value.refuse("An example without usage names its “period”.")
    context = fields.read(
        "context",
        lambda v: v.fields(
            optional=(
                "active",
                "started_by",
                "ended_by",
                "months_since_start",
                "carried",
                "holidays",
                "balance",
                "purses",
            )
        ),
        Fields({}),
    )
    active_from, active_to = context.read("active", _period, (None, None))
    return Example(
        id=fields["id"].name(),
        text=fields.read("text", Value.both, None),
        starts=starts,
        ends=ends,
        active_from=active_from,
        active_to=active_to,
        starts_by=context.read(
            "started_by", lambda v: v.one_of({w: w for w in ("start", "change")}), "start"
        ),
        ends_by=context.read(
            "ended_by", lambda v: v.one_of({w: w for w in ("end", "change")}), "end"
        ),
        months_since_start=context.read("months_since_start", lambda v: v.whole(0, 1200), 0),
        in_order_of_arrival=fields.read(
            "order", lambda v: v.one_of({"event_time": False, "arrival": True}), False
        ),
        carried=context.read("carried", _units, ()),
        holidays=context.read("holidays", lambda v: tuple(d.day() for d in v.list()), ()),
        add_ons=fields.read("add_ons", Value.names, ()),
        balance=context.read("balance", Value.amount, None),
        purses=context.read("purses", _amounts, ()),
        usage=usage,
        expected=_expected(fields["expect"]),
        source=source(value),
    )


def _period(value: Value) -> tuple[date | None, date | None]:
    days = value.list()
    if len(days) != 2:
        value.refuse("Two days are needed: the first, and the first that is no longer in it.")
    starts, ends = (None if day.is_null else day.day() for day in days)
    if starts is not None and ends is not None and ends <= starts:
        value.refuse("The period ends before it starts.")
    return starts, ends


def _units(value: Value) -> tuple[tuple[str, int], ...]:
    return tuple((key, entry.measured()[0]) for key, entry in value.entries())


def _amounts(value: Value) -> tuple[tuple[str, Decimal], ...]:
    return tuple((key, entry.amount(negative=True)) for key, entry in value.entries())


def _usage(value: Value, zones: ZoneSet | None) -> ExampleUsage:
    fields = value.fields(
        "at",
        "service",
        optional=(
            "quantity",
            "direction",
            "access",
            "zone",
            "to",
            "net",
            "roam",
            "place",
            "family",
            "partner",
            "amount",
            "session",
            "sequence",
            "line",
            "times",
            "every",
        ),
    )
    at = fields["at"].word()
    if not _AT.match(at):
        fields["at"].refuse("“{at}” is no moment. Write 2004-03-01 20:00:00.", at=at[:40])
    service = fields["service"].one_of(SERVICES)
    measure = MEASURES[service]
    if "quantity" not in fields and measure is not Measure.COUNT:
        value.refuse("The key “{missing}” is missing.", missing="quantity")
    peer = fields.read("to", Value.word, "")
    zone = fields.read("zone", Value.word, "")
    if not zone and peer and zones is not None:
        zone = zones.find(peer, date.fromisoformat(at[:10])) or ""
        if not zone:
            fields["to"].refuse("No zone of this plan begins the number “{number}”.", number=peer)
    words = {
        key: fields.read(key, Value.word, usual)
        for key, usual in (
            ("direction", "out"),
            ("access", "direct"),
            ("net", "off"),
            ("roam", "home"),
            ("place", "none"),
        )
    }
    canonical = value.guard(
        lambda: classify(
            service,
            words["direction"],
            words["access"],
            zone or "local",
            words["net"],
            words["roam"],
            words["place"],
        )
    )
    return ExampleUsage(
        at=at.replace("T", " "),
        service=service,
        quantity=fields.read("quantity", lambda v: v.quantity(measure, least=-(10**15)), 1),
        direction=canonical.direction,
        access=canonical.access,
        zone=canonical.zone,
        net=canonical.net,
        roam=canonical.roam,
        place=canonical.place,
        family_rank=fields.read("family", lambda v: v.whole(0, 100), 0),
        peer=peer,
        partner=fields.read("partner", Value.word, ""),
        amount=fields.read("amount", Value.amount, None),
        session=fields.read("session", Value.word, ""),
        sequence=fields.read("sequence", lambda v: v.whole(0, 100_000), 0),
        line=fields.read("line", Value.word, ""),
        times=fields.read("times", lambda v: v.whole(1, 100_000), 1),
        every_seconds=fields.read("every", lambda v: v.quantity(Measure.TIME, least=1), 3600),
    )


def _expected(value: Value) -> Expected:
    fields = value.fields(optional=("total", "charges", "lines", "left", "allowed", "purses"))
    claims = Expected(
        total=fields.read("total", lambda v: v.amount(negative=True), None),
        charges=fields.read(
            "charges", lambda v: tuple(entry.amount(negative=True) for entry in v.list()), None
        ),
        lines=fields.read("lines", _amounts, ()),
        left=fields.read("left", _units, ()),
        allowed=fields.read("allowed", lambda v: v.measured()[0], None),
        purses=fields.read("purses", _amounts, ()),
    )
    if claims == Expected():
        value.refuse("An example claims at least a total, charges, lines, left, allowed or purses.")
    return claims
