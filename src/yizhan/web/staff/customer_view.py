"""The parts of the customer's page: who it is, his lines, his accounts."""

from typing import Any
from uuid import UUID

from yizhan.domain import customers, ledger, subscriptions
from yizhan.kernel import phone
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff.page import AnyRequest, say, words
from yizhan.web.staff.terms import (
    ATTRIBUTE,
    BILL_MEDIUM,
    CONTACT_KIND,
    DOCUMENT,
    LINE_KIND,
    LINE_STATE,
    ORIGIN,
    PAYMENT_KIND,
    PURPOSE,
    STOP_REASON,
)

STATE_TONES = {"active": "good", "testing": "info", "stopped": "bad", "closed": ""}


async def facts(request: AnyRequest, work: UnitOfWork, customer_id: UUID) -> dict[str, Any]:
    """Documents, ways to reach him, consents, and what is known with its origin: all masked."""
    found: list[dict[str, str]] = []
    for document in await customers.list_documents(work, customer_id):
        seen = say(request, "original seen") if document.original_seen else ""
        kind = words(request, DOCUMENT[document.kind.value])
        found.append({"label": kind, "words": document.number_masked, "small": seen})
    for point in await customers.list_contact_points(work, customer_id):
        label = words(request, CONTACT_KIND[point.kind.value])
        small = say(request, "preferred") if point.preferred else ""
        found.append({"label": label, "words": masked(point), "small": small})
    for consent in await customers.list_consents(work, customer_id):
        purpose = PURPOSE.get(consent.purpose)
        agreed = say(request, "agreed") if consent.granted else say(request, "not agreed")
        found.append(
            {
                "label": words(request, purpose) if purpose else consent.purpose,
                "words": agreed,
                "small": f"{consent.at:%Y-%m-%d}",
            }
        )
    attributes = []
    for known in await customers.list_attributes(work, customer_id):
        label_text = ATTRIBUTE.get(known.name)
        attributes.append(
            {
                "label": words(request, label_text) if label_text else known.name,
                "words": {"true": say(request, "yes"), "false": say(request, "no")}.get(
                    known.value, known.value
                ),
                "small": f"{words(request, ORIGIN[known.origin.value])} · {known.at:%Y-%m-%d}",
            }
        )
    return {"facts": found, "attributes": attributes}


def masked(point: customers.ContactPoint) -> str:
    """A way to reach somebody with its middle hidden."""
    match point.kind:
        case customers.ContactKind.PHONE | customers.ContactKind.FAX:
            return phone.mask(point.value)
        case customers.ContactKind.EMAIL:
            name, _, host = point.value.partition("@")
            return f"{name[:1]}***@{host}"
        case _:
            return point.value[:6] + "***"


async def lines(
    request: AnyRequest, work: UnitOfWork, customer_id: UUID, *, hidden: bool
) -> list[dict[str, Any]]:
    """The lines with number, state and plan."""
    found = []
    for line in await subscriptions.list_lines(work, customer_id):
        products = await subscriptions.products_of(work, line.id)
        family = await subscriptions.family_numbers(work, line.id)
        plan = next((one for one in products if one.kind is subscriptions.ProductKind.PLAN), None)
        extras = [one.plan_id for one in products if one is not plan]
        if family:
            extras.append(say(request, "{count} family numbers", count=len(family)))
        found.append(
            {
                "id": line.id,
                "kind": line.kind.value,
                "kind_words": words(request, LINE_KIND[line.kind.value]),
                "number": line.number or "–",
                "state_words": _state(request, line),
                "state_tone": STATE_TONES.get(line.state.value, "warn"),
                "plan_words": plan.plan_id if plan else say(request, "no plan"),
                "extras": extras,
                "allowances": [],
                "hidden": hidden,
            }
        )
    return found


def _state(request: AnyRequest, line: subscriptions.Line) -> str:
    """The state in words, with why it is stopped."""
    state = words(request, LINE_STATE[line.state.value])
    reasons = [words(request, STOP_REASON[reason.value]) for reason in sorted(line.stop_reasons)]
    return f"{state}: {', '.join(reasons)}" if reasons else state


async def accounts(
    request: AnyRequest, work: UnitOfWork, customer_id: UUID
) -> list[dict[str, Any]]:
    """The billing accounts with what is owed or left."""
    found = []
    for account in await customers.list_accounts(work, customer_id):
        prepaid = account.payment_kind is customers.PaymentKind.PREPAID
        bucket = ledger.Bucket.PREPAID if prepaid else ledger.Bucket.RECEIVABLE
        balance = await ledger.balance_of(work, customer_id, account.id, bucket)
        standing = balance.credits_posted - balance.debits_posted
        found.append(
            {
                "number": account.number,
                "kind_words": words(request, PAYMENT_KIND[account.payment_kind.value]),
                "medium_words": words(request, BILL_MEDIUM[account.bill_medium.value]),
                "balance_label": say(request, "Owed") if standing < 0 else say(request, "Balance"),
                "balance_fen": abs(standing),
                "balance_tone": "bad" if standing < 0 else "",
                "current_fen": None,
                "last_payment_words": "",
                "bars": [],
                "bars_words": "",
                "bills": [],
            }
        )
    return found
