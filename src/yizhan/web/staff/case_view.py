"""Cases as pages show them: rows, the whole of one, and the words of its coded values."""

from collections.abc import Sequence
from typing import Any

from yizhan.domain import cases, timeline
from yizhan.platform.events import Recorded
from yizhan.web.staff.page import AnyRequest, words
from yizhan.web.staff.terms import CHANNEL
from yizhan.web.visit import config_of, visit_of

TONES = {
    "archived": "good",
    "cancelled": "",
    "escalated": "bad",
    "held": "warn",
    "sent_back": "warn",
}


def value(request: AnyRequest, field: str, code: str | None) -> str:
    """The words of a coded value of a case."""
    text = cases.VALUES.get(field, {}).get(code or "")
    return words(request, text) if text else (code or "")


def options(request: AnyRequest, field: str) -> list[tuple[str, str]]:
    """All values of a field with their words, for a choice."""
    return [(code, words(request, text)) for code, text in cases.VALUES[field].items()]


def row(request: AnyRequest, case: cases.Case) -> dict[str, Any]:
    """A case in a list."""
    return {
        "case": case,
        "kind_words": value(request, "kind", case.kind.value),
        "state_words": value(request, "state", case.state.value),
        "state_tone": TONES.get(case.state.value, "info"),
        "urgency_words": value(request, "urgency", case.urgency.value)
        if case.urgency is not cases.Urgency.NORMAL
        else "",
        "hand_words": words(request, case.assigned) or case.owner_name or "–",
    }


def class_groups(
    request: AnyRequest, classes: Sequence[cases.CaseClass]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """The taxonomy as groups of a choice: the branch's words, then its leaves; questions first."""
    by_code = {one.code: one for one in classes}
    parents = {one.parent for one in classes}
    groups: dict[str, list[tuple[str, str]]] = {}
    usual = list(cases.Kind)
    for one in sorted(classes, key=lambda one: usual.index(one.kind)):
        if one.code in parents or not one.in_use:
            continue
        above = by_code.get(one.parent or "")
        kind = value(request, "kind", one.kind.value)
        name = words(request, above.name) if above else ""
        label = kind if not name or name == kind else f"{kind} – {name}"
        groups.setdefault(label, []).append((one.code, words(request, one.name)))
    return list(groups.items())


def whole(request: AnyRequest, seen: cases.CaseView) -> dict[str, Any]:
    """Everything a case's page shows."""
    case = seen.case
    channel = CHANNEL.get(case.channel)
    return {
        **row(request, case),
        "class_words": words(request, seen.about.name),
        "channel_words": words(request, channel) if channel else case.channel,
        "outcome_words": value(request, "outcome", case.outcome.value) if case.outcome else "",
        "satisfaction_words": value(request, "result", case.satisfaction.value)
        if case.satisfaction
        else "",
        "clocks": [_clock(request, case, clock) for clock in case.clocks],
        "notes": seen.notes,
        "links": [
            {
                "words": value(request, "link", link.kind.value),
                "label": link.label or _label(request, case, link),
                "address": _address(case, link),
            }
            for link in seen.links
        ],
        "history": [_entry(request, entry) for entry in reversed(seen.history)],
        "acts": _acts(request, seen),
    }


def _acts(request: AnyRequest, seen: cases.CaseView) -> list[str]:
    """What may be done by who looks: an answer under review is for those who review, and a
    reviewer does not approve his own."""
    actor = visit_of(request).actor
    acts = [act.value for act in seen.possible]
    if "approve" not in acts:
        return acts
    if not actor.may("cases.review"):
        return [act for act in acts if act not in ("approve", "send_back")]
    own = seen.case.answered_by is not None and seen.case.answered_by == actor.id
    return [act for act in acts if not (own and act == "approve")]


def _clock(request: AnyRequest, case: cases.Case, clock: cases.Clock) -> dict[str, Any]:
    return {
        "words": value(request, "clock", clock.clock.value),
        "basis": value(request, "basis", clock.basis),
        "source": words(request, clock.source),
        "rule": clock.rule_code,
        "running": clock.running,
        "due_at": case.due_at(clock),
        "ended_at": clock.ended_at,
        "met": clock.met,
        "stopped": clock.paused_since is not None,
    }


def _label(request: AnyRequest, case: cases.Case, link: cases.Link) -> str:
    """What stands for a link that has no name of its own."""
    if link.kind is cases.LinkKind.CONTACT:
        channel = CHANNEL.get(case.channel)
        return words(request, channel) if channel else ""
    return ""


def _address(case: cases.Case, link: cases.Link) -> str:
    match link.kind:
        case cases.LinkKind.CASE:
            return f"/cases/{link.ref_id}"
        case cases.LinkKind.BILL:
            return f"/customers/{case.customer_id}/bills/{link.ref_id}"
        case cases.LinkKind.ORDER:
            return f"/customers/{case.customer_id}/orders/{link.ref_id}"
        case cases.LinkKind.PAYMENT:
            return f"/customers/{case.customer_id}/payments/{link.ref_id}"
        case _:
            return ""


def _entry(request: AnyRequest, entry: Recorded) -> dict[str, Any]:
    said = timeline.sentence(
        entry.name,
        entry.payload,
        words=timeline.WORDS,
        values=timeline.VALUES,
        zone=config_of(request).zone,
    )
    return {"at": entry.at, "by": entry.actor_name, "words": words(request, said)}
