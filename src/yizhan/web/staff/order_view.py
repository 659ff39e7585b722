"""Orders as pages show them: rows, previews in words, and what can be chosen for a line."""

from typing import Any

import msgspec

from yizhan.domain import catalog, orders, subscriptions
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff.page import AnyRequest, words
from yizhan.web.staff.terms import FEATURE
from yizhan.web.visit import visit_of

KEPT = (
    "line",
    "kind",
    "plan",
    "add_on",
    "add_ons",
    "when",
    "family_numbers",
    "feature",
    "on",
    "lost",
    "number",
    "iccid",
    "login",
    "area",
    "account",
)
"""The fields of the form that go with a preview to its confirmation."""
TONES = {"completed": "good", "failed": "bad", "cancelled": "", "held": "warn"}
CHANGED_MIND = Text("客户改变主意", "The customer changed his mind")


def row(request: AnyRequest, order: orders.Order) -> dict[str, Any]:
    """An order in a list."""
    return {
        "order": order,
        "summary": words(request, order.summary),
        "kind_words": words(request, orders.VALUES["kind"][order.change.kind]),
        "state_words": words(request, orders.VALUES["state"][order.state.value]),
        "state_tone": TONES.get(order.state.value, "info"),
        "reason_words": words(request, order.reason) if order.reason else "",
    }


def preview(request: AnyRequest, seen: orders.Preview) -> dict[str, Any]:
    """What a change would do, in words."""
    language = visit_of(request).language
    return {
        "one": seen,
        "summary": seen.summary[language],
        "refusals": [one.text[language] for one in seen.refusals],
        "before": seen.before.name[language] if seen.before else "",
        "before_summary": seen.before.summary[language] if seen.before else "",
        "after": seen.after.name[language] if seen.after else "",
        "after_summary": seen.after.summary[language] if seen.after else "",
        "due_now": [(item.text[language], item.amount_fen) for item in seen.due_now],
        "monthly": [(item.text[language], item.amount_fen) for item in seen.monthly_lines],
        "gained": [one[language] for one in seen.gained],
        "lost": [one[language] for one in seen.lost],
        "notes": [one[language] for one in seen.notes],
        "hold": seen.hold[language] if seen.hold else "",
    }


def kept_preview(request: AnyRequest, order: orders.Order) -> dict[str, Any]:
    """What the customer was shown when he confirmed."""
    return preview(request, msgspec.convert(order.preview, orders.Preview, strict=False))


async def choices(
    request: AnyRequest, work: UnitOfWork, line: subscriptions.Line | None, kind: str
) -> dict[str, Any]:
    """The plans, add-ons and features that the form offers for a line and a kind of change."""
    language = visit_of(request).language
    wanted = None if line is None or kind == "open_line" else line.kind.value
    plans = await catalog.list_on_sale(work, kind=wanted)
    add_ons = await catalog.list_add_ons_on_sale(work, kind=wanted)
    held: list[tuple[str, str]] = []
    family: list[str] = []
    features: frozenset[str] = frozenset()
    plan_name = ""
    if line is not None:
        for product in await subscriptions.products_of(work, line.id):
            offer = await catalog.get_offer(work, product.plan_id, product.version)
            if product.kind is subscriptions.ProductKind.ADD_ON:
                held.append((product.plan_id, offer.name[language]))
            else:
                plan_name = offer.name[language]
        family = [one.number for one in await subscriptions.family_numbers(work, line.id)]
        features = await subscriptions.features_of(work, line.id)
    return {
        "plan_now": plan_name,
        "plans": [(one.id, f"{one.name[language]} – {one.summary[language]}") for one in plans],
        "add_ons": [(one.id, f"{one.name[language]} – {one.summary[language]}") for one in add_ons],
        "held_add_ons": held,
        "family": family,
        "features": [
            (code, words(request, text), code in features) for code, text in FEATURE.items()
        ],
        "kinds": _kinds(request, line),
    }


def _kinds(request: AnyRequest, line: subscriptions.Line | None) -> list[tuple[str, str]]:
    every = orders.VALUES["kind"]
    if line is None:
        return [("open_line", words(request, every["open_line"]))]
    house = {"bar", "unbar", "end_for_arrears"}
    return [(code, words(request, text)) for code, text in every.items() if code not in house]
