"""Running a plan's own worked examples: what each claims against what the engine finds."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

from yizhan.domain.rating.meter import SHANGHAI, Meter, events
from yizhan.domain.rating.model import (
    Carry,
    Charge,
    Context,
    Failure,
    Lot,
    Purse,
    RatedMonth,
    Usage,
)
from yizhan.domain.rating.paying import allowed_quantity, spend
from yizhan.domain.rating.rounding import to_fen
from yizhan.domain.tariff import AddOn, Example, ExampleUsage, Plan, combine
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.period import Period, add_months, midnight


def prove(
    plan: Plan, *, add_ons: Mapping[str, AddOn] | None = None, tz: ZoneInfo = SHANGHAI
) -> list[Failure]:
    """The claims of the plan's examples that do not hold; none for a sound plan.

    *add_ons* are those examples may name under ``add_ons``.
    """
    failures: list[Failure] = []
    for example in plan.examples:
        try:
            failures.extend(_claims(plan, example, add_ons or {}, tz))
        except CareError as error:
            failures.append(_failure(example, "rating", "a result", str(error)))
    return failures


def example_usages(example: Example, tz: ZoneInfo = SHANGHAI) -> list[Usage]:
    """The records of an example, with ids in the order written."""
    usages: list[Usage] = []
    for written in example.usage:
        at = datetime.fromisoformat(written.at).replace(tzinfo=tz)
        for turn in range(written.times):
            moment = at.astimezone(UTC) + timedelta(seconds=turn * written.every_seconds)
            usages.append(_record(written, moment, len(usages) + 1))
    return usages


def _record(written: ExampleUsage, moment: datetime, number: int) -> Usage:
    line = sum(ord(char) << (8 * place) for place, char in enumerate(written.line[:12]))
    return Usage(
        id=UUID(int=number),
        line_id=UUID(int=line),
        at=moment,
        service=written.service,
        quantity=written.quantity,
        direction=written.direction,
        access=written.access,
        zone=written.zone,
        net=written.net,
        roam=written.roam,
        place=written.place,
        family_rank=written.family_rank,
        peer=written.peer,
        partner=written.partner,
        amount=None if written.amount is None else to_fen(Fraction(written.amount)),
        session=written.session,
        sequence=written.sequence,
    )


def example_period(example: Example, tz: ZoneInfo = SHANGHAI) -> Period:
    """The period of an example: as written, or the calendar month of its first record."""
    starts = example.starts
    if starts is None:
        starts = date.fromisoformat(example.usage[0].at[:10]).replace(day=1)
    ends = example.ends or add_months(starts, 1)
    return Period(midnight(starts, tz), midnight(ends, tz))


def example_context(example: Example) -> Context:
    """What an example says besides usage."""
    return Context(
        active_from=example.active_from,
        active_to=example.active_to,
        started_by=example.starts_by,
        ended_by=example.ends_by,
        months_since_start=example.months_since_start,
        carry=Carry(lots=tuple(Lot(allowance=id, units=units) for id, units in example.carried)),
        holidays=frozenset(example.holidays),
    )


def _claims(
    plan: Plan, example: Example, add_ons: Mapping[str, AddOn], tz: ZoneInfo
) -> Iterator[Failure]:
    unknown = [id for id in example.add_ons if id not in add_ons]
    if unknown:
        raise Invalid("The example names an add-on that is not there: {id}.", id=unknown[0])
    plan = combine(plan, [add_ons[id] for id in example.add_ons])
    usages = example_usages(example, tz)
    meter = Meter(plan, example_period(example, tz), tz=tz, context=example_context(example))
    expected = example.expected
    if expected.allowed is not None:
        if example.balance is None or len(usages) != 1:
            raise Invalid("A claim of “allowed” needs one record and a balance.")
        fen = to_fen(Fraction(example.balance))
        allowed = allowed_quantity(meter, usages[0], balance=fen)
        if allowed != expected.allowed:
            yield _failure(example, "allowed", expected.allowed, allowed)
    for event in [[u] for u in usages] if example.in_order_of_arrival else events(usages):
        meter.rate_session(event)
    month = meter.close()
    yield from _money(example, month, usages)
    yield from _what_is_left(example, month)
    yield from _purses(example, month)


def _money(example: Example, month: RatedMonth, usages: list[Usage]) -> Iterator[Failure]:
    expected = example.expected
    if expected.total is not None and Fraction(expected.total) not in (
        month.exact_total,
        Fraction(month.total, 100),
    ):
        yield _failure(example, "total", expected.total, _yuan(month.exact_total))
    if expected.charges is not None:
        charges: Mapping[UUID, Charge] = month.charge_by_record()
        if len(expected.charges) != len(usages):
            yield _failure(example, "charges", len(expected.charges), len(usages))
        for number, (claim, usage) in enumerate(
            zip(expected.charges, usages, strict=False), start=1
        ):
            got = charges[usage.id].yuan
            if got != Fraction(claim):
                yield _failure(example, f"charge {number}", claim, _yuan(got))
    found = {line.key: line.amount for line in month.lines}
    for key, claim in expected.lines:
        if key not in found:
            yield _failure(example, f"line {key}", claim, "no such line")
        elif Fraction(found[key], 100) != Fraction(claim):
            yield _failure(example, f"line {key}", claim, _yuan(Fraction(found[key], 100)))


def _what_is_left(example: Example, month: RatedMonth) -> Iterator[Failure]:
    left = {bucket.allowance: bucket.left for bucket in month.buckets}
    for id, units in example.expected.left:
        if left.get(id) != units:
            yield _failure(example, f"left {id}", units, left.get(id, "no such allowance"))


def _purses(example: Example, month: RatedMonth) -> Iterator[Failure]:
    if not example.expected.purses:
        return
    purses = [Purse(owner=owner, fen=to_fen(Fraction(amount))) for owner, amount in example.purses]
    due = to_fen(sum((charge.yuan for charge in month.charges), Fraction(0)))
    left = {purse.owner: purse.fen for purse in spend(due, purses).left}
    for owner, amount in example.expected.purses:
        if left.get(owner) != to_fen(Fraction(amount)):
            got = left.get(owner)
            yield _failure(
                example,
                f"purse {owner}",
                amount,
                "no such purse" if got is None else _yuan(Fraction(got, 100)),
            )


def _yuan(value: Fraction) -> str:
    """A fraction as a decimal where it ends, else as a fraction."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1:
        return format(Decimal(value.numerator) / Decimal(value.denominator), "f")
    return str(value)


def _failure(example: Example, what: str, expected: object, got: object) -> Failure:
    return Failure(
        file=example.source.file,
        line=example.source.line,
        example=example.id,
        what=what,
        expected=str(expected),
        got=str(got),
    )
