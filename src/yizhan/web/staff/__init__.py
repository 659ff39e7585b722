"""The staff desktop: the pages people work on. Each module is one group of pages."""

from typing import Any

from yizhan.web.staff import (
    advice,
    bills,
    cases,
    club,
    contact,
    customer,
    dunning,
    home,
    intake,
    knowledge,
    me,
    messages,
    network,
    newcomer,
    online,
    orders,
    payments,
    plans,
    privacy,
    reconciliation,
    runs,
    story,
    system,
    usage,
    users,
    vouchers,
)
from yizhan.web.staff.page import register

register()

ROUTES: list[Any] = [
    *home.ROUTES,
    *me.ROUTES,
    *customer.ROUTES,
    *contact.ROUTES,
    *story.ROUTES,
    *cases.ROUTES,
    *payments.ROUTES,
    *bills.ROUTES,
    *usage.ROUTES,
    *advice.ROUTES,
    *orders.ROUTES,
    *newcomer.ROUTES,
    *network.ROUTES,
    *plans.ROUTES,
    *intake.ROUTES,
    *runs.ROUTES,
    *dunning.ROUTES,
    *reconciliation.ROUTES,
    *online.ROUTES,
    *knowledge.ROUTES,
    *users.ROUTES,
    *messages.ROUTES,
    *system.ROUTES,
    *vouchers.ROUTES,
    *club.ROUTES,
    *privacy.ROUTES,
]
