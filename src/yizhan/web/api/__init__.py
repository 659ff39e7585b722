"""The JSON API ``/api/v1``: the acts of the pages for other systems, documented by itself
for machines (``/api/openapi.json``) and for people (``/api/docs``)."""

from typing import Any

from litestar import Router

from yizhan.web.api import (
    advice,
    bills,
    cases,
    checkout,
    club,
    contacts,
    customers,
    docs,
    invoices,
    known,
    limits,
    lines,
    oauth,
    orders,
    papers,
    payments,
    plans,
    shop,
    staff,
    usage,
    vouchers,
)

ROUTES: list[Any] = [
    *oauth.ROUTES,
    *docs.ROUTES,
    Router(
        "/api/v1",
        route_handlers=[
            *customers.ROUTES,
            *known.ROUTES,
            *contacts.ROUTES,
            *lines.ROUTES,
            *limits.ROUTES,
            *usage.ROUTES,
            *bills.ROUTES,
            *payments.ROUTES,
            *papers.ROUTES,
            *invoices.ROUTES,
            *checkout.ROUTES,
            *vouchers.ROUTES,
            *club.ROUTES,
            *orders.ROUTES,
            *cases.ROUTES,
            *advice.ROUTES,
            *plans.ROUTES,
            *shop.ROUTES,
            *staff.ROUTES,
        ],
        include_in_schema=True,
    ),
]
