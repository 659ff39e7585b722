"""A preview being written, and the checks that several changes share."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from yizhan.domain import catalog
from yizhan.domain.orders.pricing import Item
from yizhan.domain.orders.situation import Preview, Refusal, Situation, brief, sealed
from yizhan.domain.subscriptions import clean_family_numbers
from yizhan.domain.tariff import AddOn, Plan, Tariff, clash, unmet
from yizhan.i18n import both
from yizhan.kernel.errors import CareError
from yizhan.kernel.text import Text


class Draft:
    """Collects what a look finds."""

    def __init__(self, *, kind: str, situation: Situation) -> None:
        self.kind = kind
        self.situation = situation
        self.summary = Text(kind, kind)
        self.refusals: list[Refusal] = []
        self.effective_at: datetime | None = None
        self.after: Plan | None = None
        self.due_now: list[Item] = []
        self.this_month_before_fen = self.this_month_after_fen = 0
        self.monthly_before_fen = self.monthly_after_fen = 0
        self.monthly_lines: tuple[Item, ...] = ()
        self.gained: list[Text] = []
        self.lost: list[Text] = []
        self.notes: list[Text] = []
        self.hold: Text | None = None
        self.clashes = False

    def say(self, zh: str, en: str, **facts: Text | str) -> None:
        """The whole in a sentence."""
        self.summary = _text(zh, en, facts)

    def refuse(self, code: str, zh: str, en: str, **facts: Text | str) -> None:
        """Why not."""
        self.refusals.append(Refusal(code, _text(zh, en, facts)))

    def note(self, zh: str, en: str, **facts: Text | str | int) -> None:
        """What is good to know."""
        self.notes.append(_text(zh, en, facts))

    def lose(self, zh: str, en: str, **facts: Text | str) -> None:
        """What will be gone."""
        self.lost.append(_text(zh, en, facts))

    def charge(self, fen: int, zh: str, en: str, **facts: Text | str) -> None:
        """What is due once."""
        self.due_now.append(Item(_text(zh, en, facts), fen))

    def sealed(self) -> Preview:
        """The finished preview."""
        line, held = self.situation.line, self.situation.plan
        return sealed(
            Preview(
                kind=self.kind,
                line_id=line.id if line else None,
                summary=self.summary,
                refusals=tuple(self.refusals),
                effective_at=self.effective_at,
                before=brief(held.plan if held else None),
                after=brief(self.after),
                due_now=tuple(self.due_now),
                this_month_before_fen=self.this_month_before_fen,
                this_month_after_fen=self.this_month_after_fen,
                monthly_before_fen=self.monthly_before_fen,
                monthly_after_fen=self.monthly_after_fen,
                monthly_lines=self.monthly_lines,
                gained=tuple(self.gained),
                lost=tuple(self.lost),
                notes=tuple(self.notes),
                hold=self.hold,
            )
        )


def _text(zh: str, en: str, facts: Mapping[str, Text | str | int]) -> Text:
    if not facts:
        return Text(zh, en)

    def said(language: str) -> dict[str, object]:
        return {k: v[language] if isinstance(v, Text) else v for k, v in facts.items()}

    return Text(zh.format(**said("zh")), en.format(**said("en")))


def check_on_sale(offer: Tariff, day: date, draft: Draft) -> None:
    """Refuse an add-on that is not sold on the day it would begin."""
    if not offer.on_sale(day):
        draft.refuse(
            "withdrawn", "{name}当前不销售", "{name} is not sold at present", name=offer.name
        )


def check_plan(plan: Plan, day: date, draft: Draft) -> catalog.Eligibility:
    """Refuse a plan the catalogue would not give this customer on *day*."""
    situation = draft.situation
    held = situation.plan
    standing = catalog.eligible(
        plan,
        catalog.Facts(
            on=day,
            attributes=situation.attributes,
            line_kind=situation.line.kind.value if situation.line else None,
            plan_id=held.plan.id if held else None,
            version=held.plan.version if held else None,
            holds=tuple(one.add_on.id for one in situation.add_ons),
            term=held.plan.term if held else None,
            term_until=held.product.term_until if held else None,
        ),
    )
    for reason in standing.reasons:
        attribute = reason.code.removeprefix("needs_")
        if attribute != reason.code and attribute not in situation.attributes:
            _not_known(reason.text, draft)
        else:
            draft.refuse(reason.code, reason.text.zh, reason.text.en)
    return standing


def check_condition(offer: Tariff, attributes: Mapping[str, object], draft: Draft) -> None:
    """Refuse who does not meet a condition; say when that is only because nobody asked."""
    for condition in unmet(offer, attributes):
        if condition.attribute in attributes:
            draft.refuse("not_eligible", condition.text.zh, condition.text.en)
        else:
            _not_known(condition.text, draft)


def _not_known(condition: Text, draft: Draft) -> None:
    draft.refuse(
        "not_known",
        "{condition}（尚未登记，请先询问客户）",
        "{condition} (not on record: ask the customer first)",
        condition=condition,
    )


def check_carried(
    plan: Plan,
    add_ons: Sequence[AddOn],
    draft: Draft,
    *,
    named: Sequence[AddOn] | None = None,
) -> None:
    """Refuse add-ons the plan cannot carry, or that do not go together."""
    for add_on in add_ons if named is None else named:
        if add_on.id not in plan.may_carry:
            draft.refuse(
                "not_carried",
                "{plan}不能叠加{add_on}",
                "{plan} cannot carry {add_on}",
                plan=plan.name,
                add_on=add_on.name,
            )
    if (trouble := clash(plan, add_ons)) is not None:
        said = both(trouble.message, **trouble.facts)
        draft.refuse(trouble.code, said.zh, said.en)
        draft.clashes = True


def check_family_numbers(
    numbers: Sequence[str], plan: Plan | None, *, own: str | None, area: str, draft: Draft
) -> None:
    """Refuse more numbers than the plan has room for, of another province than it allows."""
    room = plan.family if plan else None
    if not numbers:
        return
    if room is None:
        draft.refuse("no_family_numbers", "套餐没有亲情号码功能", "The plan has no family numbers")
        return
    if len(numbers) > room.numbers:
        draft.refuse(
            "too_many_family_numbers",
            "最多可设 {most} 个亲情号码",
            "At most {most} family numbers can be set",
            most=str(room.numbers),
        )
    try:
        cleaned = clean_family_numbers(numbers, own=own)
    except CareError as error:
        said = both(error.message, **error.facts)
        draft.refuse(error.code, said.zh, said.en)
        return
    away = [n for n in cleaned if n.startswith("0") and area and not n.startswith(area)]
    if len(away) > room.other_province and room.other_province < room.numbers:
        draft.refuse(
            "family_numbers_away",
            "其中外省号码最多 {most} 个：{numbers}",
            "At most {most} of them may be of another province: {numbers}",
            most=str(room.other_province),
            numbers=", ".join(away),
        )
