"""What stands around every page of a customer: who it is, the contact under way, the tabs."""

from datetime import date
from typing import Any
from uuid import UUID

from yizhan.domain import cases, customers
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff import contact_view
from yizhan.web.staff.page import AnyRequest, say, words
from yizhan.web.staff.terms import LANGUAGE, SEGMENT, STATUS, TIER
from yizhan.web.visit import visit_of

TABS = (
    ("overview", "", "Overview", "customers.read"),
    ("bills", "/bills", "Bills", "bills.read"),
    ("usage", "/usage", "Usage", "usage.read"),
    ("advice", "/advice", "Advice", "advice.give"),
    ("orders", "/orders", "Orders", "orders.read"),
    ("cases", "/cases", "Cases", "cases.read"),
    ("payments", "/payments", "Payments", "payments.read"),
    ("timeline", "/timeline", "Timeline", "customers.read"),
    ("messages", "/messages", "Messages", "customers.read"),
)


async def shell(
    request: AnyRequest, work: UnitOfWork, customer_id: UUID, *, tab: str
) -> dict[str, Any]:
    """The context of ``customer_base.html``. Raises ``NotFound``."""
    customer = await customers.get(work, customer_id)
    await customers.record_read(work, customer_id, tab)
    actor = visit_of(request).actor
    open_cases = 0
    if actor.may("cases.read"):
        open_cases = len(await cases.list_of_customer(work, customer_id, open_only=True, limit=99))
    return {
        **await contact_view.bar(request, work, customer_id),
        "section": "",
        "who": _who(request, work, customer),
        "tab_now": tab,
        "tabs": [
            {
                "name": name,
                "path": path,
                "label": say(request, label),
                "count": open_cases if name == "cases" else 0,
            }
            for name, path, label, right in TABS
            if actor.may(right)
        ],
    }


def _who(request: AnyRequest, work: UnitOfWork, customer: customers.Customer) -> dict[str, Any]:
    plain = customer.tier is customers.Tier.NONE
    active = customer.status is customers.Status.ACTIVE
    return {
        "id": customer.id,
        "name": customer.name,
        "number": customer.number,
        "tier_words": "" if plain else words(request, TIER[customer.tier.value]),
        "status_words": "" if active else words(request, STATUS[customer.status.value]),
        "segment_words": words(request, SEGMENT[customer.segment.value]),
        "language_words": words(request, LANGUAGE[customer.language]),
        "tenure_words": tenure(request, customer.since, work.today),
    }


def tenure(request: AnyRequest, since: date, today: date) -> str:
    """How long somebody is our customer, in years and months."""
    months = (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day)
    years, rest = divmod(max(0, months), 12)
    if years == 0:
        return say(request, "{months} months with us", months=rest)
    return say(request, "{years} y {months} m with us", years=years, months=rest)
