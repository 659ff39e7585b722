"""Reading the terms of a plan: who may have it, fees, limits, discounts, tax, rounding."""

from decimal import Decimal

from yizhan.domain.tariff.classes import Service
from yizhan.domain.tariff.model import (
    Cap,
    CapSpan,
    Condition,
    Discount,
    FamilyNumbers,
    MinimumSpend,
    Recurring,
    Rounding,
    RoundingMode,
    Roundings,
    Tax,
    Term,
)
from yizhan.domain.tariff.parse_prices import (
    SERVICES,
    Names,
    prorations,
    source,
)
from yizhan.domain.tariff.prices import Prorations, Split
from yizhan.domain.tariff.reader import Value


def condition(value: Value) -> Condition:
    """One condition: an attribute, what it must be, and its words."""
    entries = [(key, entry) for key, entry in value.entries() if key != "text"]
    texts = [entry for key, entry in value.entries() if key == "text"]
    if len(entries) != 1 or not texts:
        value.refuse("A condition is one attribute, like “student: true”, and its “text”.")
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


def term(value: Value) -> Term:
    """A minimum term and what leaving earlier costs."""
    fields = value.fields("months", "text", optional=("exit_fee", "per"))
    return Term(
        months=fields["months"].whole(1, 120),
        exit_fee=fields.read("exit_fee", Value.amount, Decimal(0)),
        per_month_left=fields.read(
            "per", lambda v: v.one_of({"month_left": True, "once": False}), False
        ),
        text=fields["text"].both(),
    )


def family(value: Value) -> FamilyNumbers:
    """How many family numbers."""
    fields = value.fields("numbers", "text", optional=("other_province",))
    return FamilyNumbers(
        numbers=fields["numbers"].whole(1, 99),
        other_province=fields.read("other_province", lambda v: v.whole(0, 99), 0),
        text=fields["text"].both(),
    )


def recurring(value: Value, names: Names) -> Recurring:
    """A fee due again and again."""
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


def limits(value: Value, names: Names) -> tuple[MinimumSpend | None, tuple[Cap, ...]]:
    """The minimum spend, and the caps."""
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


def discount(value: Value, names: Names) -> Discount:
    """A percentage or an amount off."""
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


def tax(value: Value, items: object) -> Tax:
    """A tax; *items* are those the document declares."""
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


def split(value: Value) -> Split:
    """Which services are split where a band ends."""
    by_clock = set()
    for word, entry in value.entries():
        if word not in SERVICES:
            entry.refuse("“{word}” is not one of: {known}.", word=word, known=", ".join(SERVICES))
        if entry.one_of({"by_clock": True, "at_start": False}):
            if SERVICES[word] is not Service.VOICE:
                entry.refuse("Only voice lasts by the clock; others take the band at the start.")
            by_clock.add(SERVICES[word])
    return Split(by_clock=frozenset(by_clock))


def roundings(value: Value) -> Roundings:
    """Where money is rounded, and how."""
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
