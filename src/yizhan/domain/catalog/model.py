"""Offers as kept, who may have one and why not, and what leaving a term costs. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from yizhan.domain.tariff import AddOn, Plan, Term, clash, unmet
from yizhan.kernel.errors import Conflict
from yizhan.kernel.money import yuan
from yizhan.kernel.text import Text


class VersionTaken(Conflict):
    """A published version never changes; write the next one."""

    code = "version_taken"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One published version. ``kind`` is ``plan`` or ``add_on``; the sale window is half-open."""

    id: str
    version: int
    kind: str
    line_kinds: tuple[str, ...]
    name: Text
    text_hash: str
    file: str
    on_sale_from: date | None
    on_sale_to: date | None
    successor: str | None
    examples: int
    published_at: datetime
    published_by: str

    def on_sale(self, day: date) -> bool:
        """Whether it is sold on *day*."""
        return (self.on_sale_from is None or self.on_sale_from <= day) and (
            self.on_sale_to is None or day < self.on_sale_to
        )


class ExampleOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """A worked example and whether the engine agrees; ``problems`` say where it does not."""

    id: str
    text: Text
    line: int
    problems: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every claim came out as written."""
        return not self.problems


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What eligibility is judged by.

    ``attributes`` are the customer's and the line's: age, student, home_province, tier, city ...
    ``holds`` are the ids of plans and add-ons he has; ``term_until`` is the day up to which his
    present plan's term binds him.
    """

    on: date
    attributes: Mapping[str, object] = {}
    line_kind: str | None = None
    plan_id: str | None = None
    version: int | None = None
    holds: tuple[str, ...] = ()
    term: Term | None = None
    term_until: date | None = None


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why something may not be had, for machines and for people."""

    code: str
    text: Text


class Eligibility(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a plan may be had; what it costs to leave the present one for it."""

    reasons: tuple[Reason, ...] = ()
    exit_fee_fen: int = 0
    exit_text: Text | None = None
    successor: str | None = None
    """Where the plan is no longer sold: what is sold in its place."""

    @property
    def allowed(self) -> bool:
        """Whether nothing stands against it."""
        return not self.reasons


class AddOnChoice(msgspec.Struct, frozen=True, kw_only=True):
    """An add-on beside a plan, and why it cannot be had, if it cannot."""

    add_on: AddOn
    reason: Reason | None = None


def eligible(plan: Plan, facts: Facts) -> Eligibility:
    """Whether one with these facts may have *plan*; all reasons against it at once."""
    reasons = list(_sale(plan, facts.on))
    if facts.line_kind is not None and facts.line_kind != plan.kind.value:
        reasons.append(
            Reason(
                code="wrong_kind",
                text=Text("不适用于这类线路", "It is not for lines of this kind"),
            )
        )
    if facts.plan_id == plan.id and facts.version in (None, plan.version):
        reasons.append(
            Reason(code="same_plan", text=Text("已是当前套餐", "It is the present plan"))
        )
    for condition in unmet(plan, facts.attributes):
        reasons.append(Reason(code=f"needs_{condition.attribute}", text=condition.text))
    held = [one for one in plan.excludes if one in facts.holds or one == facts.plan_id]
    for other in held:
        reasons.append(
            Reason(
                code="conflict",
                text=Text(f"不能与 {other} 同时使用", f"It cannot be had together with {other}"),
            )
        )
    for other in plan.requires:
        if other not in facts.holds and other != facts.plan_id:
            reasons.append(
                Reason(code="requires", text=Text(f"须先有 {other}", f"It requires {other}"))
            )
    fee = exit_fee(facts.term, facts.term_until, facts.on)
    return Eligibility(
        reasons=tuple(reasons),
        exit_fee_fen=fee,
        exit_text=_exit_words(fee, facts) if fee else None,
        successor=plan.successor if not plan.on_sale(facts.on) else None,
    )


def _sale(plan: Plan, day: date) -> Iterable[Reason]:
    if plan.on_sale_from is not None and day < plan.on_sale_from:
        begins = plan.on_sale_from.isoformat()
        yield Reason(
            code="not_yet_on_sale",
            text=Text(f"{begins} 起才销售", f"It is sold from {begins} on"),
        )
    elif plan.on_sale_to is not None and plan.on_sale_to <= day:
        ended = plan.on_sale_to.isoformat()
        after_zh = f"，后继为 {plan.successor}" if plan.successor else ""
        after_en = f"; {plan.successor} took its place" if plan.successor else ""
        yield Reason(
            code="withdrawn",
            text=Text(f"自 {ended} 起停售{after_zh}", f"Not sold since {ended}{after_en}"),
        )


def exit_fee(term: Term | None, until: date | None, on: date) -> int:
    """Fen due for leaving a term on a day: for each started month left, or once; 0 when over."""
    if term is None or until is None or on >= until:
        return 0
    months = (until.year - on.year) * 12 + until.month - on.month + (until.day > on.day)
    amount = term.exit_fee * (max(months, 1) if term.per_month_left else 1)
    fen = amount * 100
    assert fen == fen.to_integral_value(), "exit fees are written in whole fen"
    return int(fen)


def _exit_words(fee: int, facts: Facts) -> Text:
    until = facts.term_until.isoformat() if facts.term_until else ""
    assert facts.term is not None
    return Text(
        f"现套餐合约至 {until}，提前解约费 {yuan(fee)} 元（{facts.term.text.zh}）",
        f"The present term ends on {until}; leaving costs {yuan(fee)} ({facts.term.text.en})",
    )


def legal_add_ons(
    plan: Plan, add_ons: Sequence[AddOn], *, carried: Sequence[AddOn] = (), on: date
) -> list[AddOnChoice]:
    """Each of *add_ons* that *plan* may carry, beside what is *carried*; with what is against it.

    Those the plan does not name are left out.
    """
    choices = []
    for add_on in add_ons:
        if add_on.id not in plan.may_carry:
            continue
        reason: Reason | None = None
        if not add_on.on_sale(on):
            reason = Reason(
                code="not_on_sale", text=Text("当前不销售", "It is not sold at present")
            )
        elif refusal := clash(plan, [*carried, add_on]):
            reason = Reason(
                code=refusal.code,
                text=Text(_clash_zh(plan, add_on, carried), str(refusal)),
            )
        choices.append(AddOnChoice(add_on=add_on, reason=reason))
    return choices


def _clash_zh(plan: Plan, add_on: AddOn, carried: Sequence[AddOn]) -> str:
    ids = [one.id for one in carried]
    if add_on.id in ids and not add_on.repeatable:
        return "只能有一份"
    others = {plan.id, *ids}
    if held := [one for one in add_on.excludes if one in others]:
        return f"不能与 {held[0]} 同时使用"
    if missing := [one for one in add_on.requires if one not in others]:
        return f"须先有 {missing[0]}"
    return "与现有的套餐或附加包冲突"


def monthly_fee_fen(plan: Plan) -> int:
    """The fees of a plain month, in fen, rounded up: what a list of plans shows."""
    total = sum((fee.amount / fee.months for fee in plan.recurring), Decimal(0))
    if plan.minimum_spend is not None:
        total = max(total, plan.minimum_spend.amount)
    return -int(-(total * 100) // 1)
