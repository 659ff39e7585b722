"""The customer's own site: what he sees and does himself, and the shop anybody may look at."""

from typing import Any

from yizhan.web.site import (
    advice,
    basket,
    bills,
    entrance,
    frame,
    home,
    invoices,
    limits,
    matters,
    messages,
    orders,
    papers,
    pay,
    payments,
    plans,
    points,
    purchases,
    records,
    settings,
    shop,
)

ROUTES: list[Any] = [
    *frame.ROUTES,
    *entrance.ROUTES,
    *home.ROUTES,
    *bills.ROUTES,
    *records.ROUTES,
    *advice.ROUTES,
    *plans.ROUTES,
    *orders.ROUTES,
    *limits.ROUTES,
    *matters.ROUTES,
    *messages.ROUTES,
    *pay.ROUTES,
    *payments.ROUTES,
    *papers.ROUTES,
    *invoices.ROUTES,
    *points.ROUTES,
    *settings.ROUTES,
    *shop.ROUTES,
    *basket.ROUTES,
    *purchases.ROUTES,
]
