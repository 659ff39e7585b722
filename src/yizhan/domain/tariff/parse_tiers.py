"""Reading tiers: prices by how much was used over a span."""

from decimal import Decimal

from yizhan.domain.tariff.parse_prices import Names, source
from yizhan.domain.tariff.prices import (
    Tier,
    TierKind,
    TierSpan,
    TierStep,
)
from yizhan.domain.tariff.reader import Value


def tier(value: Value, names: Names) -> Tier:
    """A price by how much was used over a span."""
    fields = value.fields(
        "id", "item", "kind", "steps", "text", optional=("over", "unit", "of", "edge")
    )
    money = fields.read("of", lambda v: v.one_of({"quantity": False, "amount": True}), False)
    return Tier(
        id=fields["id"].name(),
        item=names.item(fields["item"]),
        kind=fields["kind"].one_of({kind.value: kind for kind in TierKind}),
        span=fields.read(
            "over", lambda v: v.one_of({span.value: span for span in TierSpan}), TierSpan.PERIOD
        ),
        unit=fields.read("unit", lambda v: max(1, v.measured()[0]), 1),
        money=money,
        steps=_tier_steps(fields["steps"], money),
        upto_inclusive=fields.read(
            "edge", lambda v: v.one_of({"inclusive": True, "exclusive": False}), True
        ),
        text=fields["text"].both(),
        source=source(value),
    )


def _tier_steps(value: Value, money: bool) -> tuple[TierStep, ...]:
    steps: list[TierStep] = []
    entries = value.list()
    if not entries:
        value.refuse("At least one step is needed.")
    for index, entry in enumerate(entries):
        fields = entry.fields(optional=("upto", "price", "percent", "flat"))
        upto: int | None = None
        if "upto" in fields:
            upto = _fen(fields["upto"]) if money else fields["upto"].whole(1, 10**12)
        if (upto is None) != (index == len(entries) - 1):
            entry.refuse("Every step but the last has “upto”; there would be a hole in the tiers.")
        if upto is not None and steps and upto <= (steps[-1].upto or 0):
            entry.refuse("“upto” must grow from step to step.")
        if "percent" in fields and not money:
            fields["percent"].refuse("A percentage needs “of: amount”.")
        if "price" in fields and money:
            fields["price"].refuse("Steps “of: amount” have “percent” and “flat”.")
        steps.append(
            TierStep(
                upto=upto,
                price=fields.read("price", Value.amount, Decimal(0)),
                percent=fields.read("percent", Value.amount, Decimal(0)),
                flat=fields.read("flat", Value.amount, Decimal(0)),
            )
        )
    return tuple(steps)


def _fen(value: Value) -> int:
    fen = value.amount() * 100
    if fen != int(fen) or fen <= 0:
        value.refuse("An edge is an amount above zero with at most two decimals.")
    return int(fen)
