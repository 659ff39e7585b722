"""The parts of the customer's page: who it is, his lines, his accounts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from yizhan.domain import (
    billing,
    catalog,
    collections,
    customers,
    ledger,
    payments,
    subscriptions,
)
from yizhan.kernel import phone
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff import bills
from yizhan.web.staff.dunning import credit_words, standing_words
from yizhan.web.staff.page import AnyRequest, money, say, words
from yizhan.web.staff.quantities import quantity
from yizhan.web.staff.terms import (
    ATTRIBUTE,
    BILL_MEDIUM,
    CONTACT_KIND,
    DOCUMENT,
    LINE_KIND,
    LINE_STATE,
    ORIGIN,
    PAYMENT_KIND,
    PROVINCE,
    PURPOSE,
    STOP_REASON,
)
from yizhan.web.visit import visit_of

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
                "small": f"{consent.at.astimezone(work.zone):%Y-%m-%d}",
            }
        )
    attributes = []
    for known in await customers.list_attributes(work, customer_id):
        label_text = ATTRIBUTE.get(known.name)
        day = known.at.astimezone(work.zone)
        attributes.append(
            {
                "label": words(request, label_text) if label_text else known.name,
                "words": _known(request, known),
                "small": f"{words(request, ORIGIN[known.origin.value])} · {day:%Y-%m-%d}",
            }
        )
    return {"facts": found, "attributes": attributes}


def _known(request: AnyRequest, known: customers.Attribute) -> str:
    """The value of an attribute in words, where it is a code."""
    if known.value in ("true", "false"):
        return say(request, "yes") if known.value == "true" else say(request, "no")
    province = PROVINCE.get(known.value) if known.name == "home_province" else None
    return words(request, province) if province else known.value


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


Months = dict[UUID, billing.Current]
"""What running months came to, by account: reckoned once for a page."""


async def _month(work: UnitOfWork, account_id: UUID, months: Months) -> billing.Current:
    if account_id not in months:
        months[account_id] = await billing.current_month(work, account_id)
    return months[account_id]


async def lines(
    request: AnyRequest, work: UnitOfWork, customer_id: UUID, months: Months, *, hidden: bool
) -> list[dict[str, Any]]:
    """The lines with number, state and plan; what is left in the allowances unless hidden."""
    found = []
    for line in await subscriptions.list_lines(work, customer_id):
        products = await subscriptions.products_of(work, line.id)
        family = await subscriptions.family_numbers(work, line.id)
        plan = next((one for one in products if one.kind is subscriptions.ProductKind.PLAN), None)
        names = [await _name(request, work, one) for one in products]
        extras = [name for name, one in zip(names, products, strict=True) if one is not plan]
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
                "plan_words": names[products.index(plan)] if plan else say(request, "no plan"),
                "extras": extras,
                "allowances": []
                if hidden or plan is None
                else await _allowances(request, work, line, plan, months),
                "links": _links(request, line),
            }
        )
    return found


def _state(request: AnyRequest, line: subscriptions.Line) -> str:
    """The state in words, with why it is stopped."""
    state = words(request, LINE_STATE[line.state.value])
    reasons = [words(request, STOP_REASON[reason.value]) for reason in sorted(line.stop_reasons)]
    return f"{state}: {', '.join(reasons)}" if reasons else state


async def _name(request: AnyRequest, work: UnitOfWork, one: subscriptions.Product) -> str:
    offer = await catalog.get_offer(work, one.plan_id, one.version)
    return words(request, offer.name)


def _links(request: AnyRequest, line: subscriptions.Line) -> list[dict[str, str]]:
    actor = visit_of(request).actor
    base = f"/customers/{line.customer_id}"
    found = []
    if actor.may("usage.read"):
        found.append(
            {"url": f"{base}/usage?line={line.id}", "label": say(request, "usage records")}
        )
    if actor.may("limits.read"):
        found.append({"url": f"{base}/limits", "label": say(request, "caps")})
    if actor.may("orders.place"):
        found.append({"url": f"{base}/orders/new?line={line.id}", "label": say(request, "order")})
    return found


async def _allowances(
    request: AnyRequest,
    work: UnitOfWork,
    line: subscriptions.Line,
    held: subscriptions.Product,
    months: Months,
) -> list[dict[str, Any]]:
    """What the running month has drawn from the line's allowances, and its minimum spend."""
    if not visit_of(request).actor.may("bills.read"):
        return []
    now = await _month(work, line.account_id, months)
    plan = await catalog.get_plan(work, held.plan_id, held.version)
    labels = {one.id: words(request, one.text) for one in plan.allowances}
    found = [
        _bar(labels.get(left.allowance, left.allowance), left.drawn, left.size + left.carried_in,
             words(request, quantity(left.unit, left.drawn)),
             words(request, quantity(left.unit, left.size + left.carried_in)))
        for left in now.buckets_of(line.id)
    ]  # fmt: skip
    if plan.minimum_spend is not None:
        least = int(plan.minimum_spend.amount * 100)
        spent = sum(
            one.amount for one in now.lines if one.line_id == line.id and one.kind == "usage"
        )
        least_words = say(request, "Minimum spend")
        found.insert(0, {**_bar(least_words, spent, least, money(spent), money(least)), "tone": ""})
    return found


def _bar(label: str, drawn: int, size: int, drawn_words: str, size_words: str) -> dict[str, Any]:
    share = drawn / size if size else 0
    return {
        "label": label,
        "words": f"{drawn_words} / {size_words}",
        "value": min(drawn, size),
        "max": max(size, 1),
        "tone": "bad" if share >= 1 else "warn" if share >= 0.8 else "",
    }


async def accounts(
    request: AnyRequest, work: UnitOfWork, customer_id: UUID, months: Months
) -> list[dict[str, Any]]:
    """The billing accounts with what is owed or left, the last bills and the last payment."""
    found = []
    may = visit_of(request).actor.may
    paid = (
        await payments.list_of_customer(work, customer_id, limit=20) if may("payments.read") else []
    )
    for account in await customers.list_accounts(work, customer_id):
        prepaid = account.payment_kind is customers.PaymentKind.PREPAID
        bucket = ledger.Bucket.PREPAID if prepaid else ledger.Bucket.RECEIVABLE
        balance = await ledger.balance_of(work, customer_id, account.id, bucket)
        standing = balance.credits_posted - balance.debits_posted
        found_bills = list(
            await billing.list_bills(work, customer_id, account_id=account.id, limit=6)
        )
        series = bills.bars_of(found_bills)
        last = series[-1][0] if series else None
        now = await _month(work, account.id, months)
        found.append(
            {
                "number": account.number,
                "kind_words": words(request, PAYMENT_KIND[account.payment_kind.value]),
                "medium_words": words(request, BILL_MEDIUM[account.bill_medium.value]),
                "balance_label": say(request, "Owed") if standing < 0 else say(request, "Balance"),
                "balance_fen": abs(standing),
                "balance_tone": "bad" if standing < 0 else "",
                "current_fen": now.total_fen,
                "last_payment_words": _last_payment(request, paid, account.id),
                "dunning": await _dunning(request, work, account),
                "bars": [
                    (bills.short_month(request, day), total, "" if day == last else "past")
                    for day, total in series
                ],
                "bars_words": say(request, "The last bills, in yuan"),
                "bills": [
                    {
                        "id": one.id,
                        "month_words": bills.month_words(request, one.period_start),
                        "total_fen": one.total_fen,
                    }
                    for one in found_bills[:3]
                ],
            }
        )
    return found


async def _dunning(
    request: AnyRequest, work: UnitOfWork, account: customers.Account
) -> dict[str, Any] | None:
    """Why lines are stopped or will be, and what lifts it."""
    if not visit_of(request).actor.may("collections.read"):
        return None
    if account.payment_kind is customers.PaymentKind.PREPAID:
        life = await collections.credit_of(work, account.id)
        said = credit_words(request, life) if life else ""
        return {"words": said, "url": ""} if said else None
    row = await collections.standing(work, account.id)
    said = standing_words(request, row) if row else ""
    return {"words": said, "url": f"/dunning?account={account.id}"} if said else None


def _last_payment(request: AnyRequest, paid: Sequence[payments.Receipt], account_id: UUID) -> str:
    for one in paid:
        if one.account_id == account_id and one.kind == "payment" and one.reversed_by is None:
            by = say(request, "the system") if one.actor_name == SYSTEM.name else one.actor_name
            return f"{money(one.amount)} · {one.day:%m-%d} · {by}"
    return ""
