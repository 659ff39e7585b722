"""A bill in words, line by line, from the rules that made it; and down to each record.

Nothing is explained by hand: the words of a charge are those of the plan's rule, the figures those
of the evidence.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from yizhan.domain import catalog, subscriptions, usage
from yizhan.domain.billing import permissions
from yizhan.domain.billing.evidence import KeptCharge
from yizhan.domain.billing.model import Bill, BillLine, Cycle
from yizhan.domain.billing.phrasing import PIECES, STEPS, exact, quantity, signed
from yizhan.domain.billing.queries import Evidence, get_evidence, may_read
from yizhan.domain.rating import Piece, Usage
from yizhan.domain.tariff import Plan
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.money import yuan
from yizhan.kernel.period import Period
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork

_UNIT_OF_SERVICE = {"voice": "s", "data": "B"}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the bill in words."""

    line: BillLine | None
    words: str
    amount: int


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one line (number) contributes."""

    line_id: UUID | None
    number: str
    plans: tuple[str, ...]
    steps: tuple[Step, ...]
    total: int


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A bill in words. The steps of all parts add up to its total."""

    bill: Bill
    parts: tuple[Part, ...]
    closing: tuple[str, ...]


def words_of(line: BillLine, language: str) -> str:
    """One bill line as a sentence."""
    facts = dict(line.facts)
    kind = _sentence(line)
    unit = str(facts.get("unit", ""))
    values: dict[str, object] = {
        "text": line.text[language],
        "amount": yuan(line.amount),
        "off": yuan(-line.amount),
        "records": facts.get("records", 0),
        "days": facts.get("days", 0),
        "of_days": facts.get("of_days", 0),
        "percent": facts.get("percent", "0"),
        "quantity": quantity(int(facts.get("quantity", 0)), unit)[language],
        "used": quantity(int(facts.get("quantity", 0)), unit)[language],
        "left": quantity(int(facts.get("left", 0)), unit)[language],
    }
    for name in ("base", "counted", "before", "after"):
        values[name] = yuan(int(facts.get(name, 0)))
    return STEPS[kind][language].format(**values)


def _sentence(line: BillLine) -> str:
    facts = line.facts
    match line.kind:
        case "recurring" if facts.get("days", 0) != facts.get("of_days", 0):
            return "recurring_part"
        case "usage" if facts.get("unit"):
            return "usage_quantity"
        case "discount" if facts.get("percent"):
            return "discount_percent"
        case "tax" if facts.get("included"):
            return "tax_included"
        case kind:
            return kind


async def explain(work: UnitOfWork, bill: Bill, language: str) -> Explanation:
    """A bill (with its lines) in words: what was counted, what was added and why."""
    may_read(work, bill.customer_id)
    parts = []
    for line_id in dict.fromkeys(line.line_id for line in bill.lines):
        mine = [line for line in bill.lines if line.line_id == line_id]
        plans = dict.fromkeys(str(line.facts["plan"]) for line in mine if "plan" in line.facts)
        parts.append(
            Part(
                line_id=line_id,
                number=await _number(work, bill, line_id),
                plans=tuple(plans),
                steps=tuple(
                    Step(line=line, words=words_of(line, language), amount=line.amount)
                    for line in mine
                ),
                total=sum(line.amount for line in mine),
            )
        )
    closing = [STEPS["total"][language].format(amount=yuan(bill.total_fen))]
    if bill.settled_fen:
        closing.append(STEPS["settled"][language].format(amount=yuan(bill.settled_fen)))
    return Explanation(bill=bill, parts=tuple(parts), closing=tuple(closing))


async def _number(work: UnitOfWork, bill: Bill, line_id: UUID | None) -> str:
    if line_id is None:
        return ""
    line = await subscriptions.find_line(work, line_id)
    return line.number or "" if line else ""


# ---------------------------------------------------------------- down to the records


class RecordCost(msgspec.Struct, frozen=True, kw_only=True):
    """One usage record, what it cost, by which rule and by what arithmetic, in words.

    ``usage`` is none when the record itself is no longer kept. ``amount`` is exact yuan as text;
    ``share`` is what of it counts under the item that was asked for, and so does the arithmetic.
    """

    usage_id: UUID
    usage: Usage | None
    place: str
    quantity: str
    rule: str
    rule_words: str
    amount: str
    share: str
    arithmetic: tuple[str, ...]
    items: tuple[str, ...]


async def records(
    work: UnitOfWork,
    bill: Bill,
    line_id: UUID,
    language: str,
    *,
    item: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> Sequence[RecordCost]:
    """The records behind a line's charges on this bill, in event-time order.

    With *item* only those that cost something under it, each with its share. Needs the right to
    see usage.
    """
    may_read(work, bill.customer_id)
    if not (work.actor.kind is ActorKind.CUSTOMER and work.actor.id == bill.customer_id):
        work.actor.require(permissions.READ_USAGE)
    evidence = next(
        (
            one
            for one in await get_evidence(work, bill.customer_id, bill.id)
            if one.line_id == line_id and one.period_start == bill.period_start
        ),
        None,
    )
    if evidence is None:
        return []
    charges = [
        one
        for one in evidence.charges
        if item is None or any(piece.item == item for piece in one.piece_list())
    ][offset : offset + limit]
    known = {one.id: one for one in await usage_of(work, bill, evidence)}
    plans = await plans_of(work, evidence)
    names = await usage.destinations(work)
    found = []
    for charge in charges:
        used = known.get(charge.usage)
        place = names.name_of(used.peer, used.at.timestamp()) if used and used.peer else None
        plan = plans[charge.part]
        found.append(_record(charge, used, place, plan, evidence, language, item=item))
    return found


async def usage_of(work: UnitOfWork, bill: Bill, evidence: Evidence) -> list[Usage]:
    """The records an evidence was rated from, as they were: those reversed since then included."""
    line = await subscriptions.get_line(work, evidence.line_id)
    period = period_of(work, evidence, bill)
    wanted = {charge.usage for charge in evidence.charges}
    now = await usage.of_line(work, line.customer_id, line.id, period.start, period.end)
    found = {one.id: one for one in now if one.id in wanted}
    if len(found) < len(wanted):
        then = await usage.of_line(
            work, line.customer_id, line.id, period.start, period.end, known_at=bill.issued_at
        )
        found.update((one.id, one) for one in then if one.id in wanted)
    return list(found.values())


def period_of(work: UnitOfWork, evidence: Evidence, bill: Bill) -> Period:
    """The moments of the month an evidence is about."""
    return Cycle.containing(evidence.period_start, bill.period_start.day).moments(work.zone)


async def plans_of(work: UnitOfWork, evidence: Evidence) -> list[Plan]:
    """The plans, add-ons combined, of the stretches of an evidence's month."""
    return [
        await catalog.effective(work, part.stretch.plan, part.stretch.version, part.stretch.add_ons)
        for part in evidence.summary.parts
    ]


def _record(
    charge: KeptCharge,
    used: Usage | None,
    place: Text | None,
    plan: Plan,
    evidence: Evidence,
    language: str,
    *,
    item: str | None,
) -> RecordCost:
    scale = evidence.summary.parts[charge.part].scale
    unit = _UNIT_OF_SERVICE.get(used.service.value, "count") if used else "count"
    rules: Mapping[str, Text] = {rule.id: rule.text for rule in plan.price}
    pieces = charge.piece_list()
    asked = [piece for piece in pieces if item is None or piece.item == item]
    share = charge.amount if item is None else sum(piece.amount for piece in asked)
    return RecordCost(
        usage_id=charge.usage,
        usage=used,
        place=place[language] if place else "",
        quantity=quantity(charge.quantity, unit)[language],
        rule=charge.rule,
        rule_words=rules[charge.rule][language] if charge.rule in rules else charge.rule,
        amount=exact(charge.amount, scale),
        share=exact(share, scale),
        arithmetic=tuple(piece_words(piece, scale, unit, language) for piece in asked),
        items=tuple(dict.fromkeys(piece.item for piece in pieces if piece.item)),
    )


def piece_words(piece: Piece, scale: int, unit: str, language: str) -> str:
    """One step of the arithmetic: ``10 x 6 s at 0.07 = 0.70``."""
    kind = piece.kind
    if kind == "allowance" and piece.amount:
        kind = "allowance_priced"
    size = quantity(piece.size, unit)[language] if piece.size else ""
    return PIECES[kind][language].format(
        amount=exact(piece.amount, scale),
        off=exact(-piece.amount, scale),
        signed=signed(0) if not piece.amount else exact(piece.amount, scale),
        count=piece.count,
        size=size,
        price=exact(piece.price, scale),
        quantity=quantity(piece.quantity, unit)[language],
    )
