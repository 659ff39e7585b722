"""The JSON API ``/api/v1``: the acts of the pages for other systems, documented by itself."""

from typing import Any

from litestar import Router

from yizhan.web.api import cases, customers, lines, oauth, payments, staff

ROUTES: list[Any] = [
    *oauth.ROUTES,
    Router(
        "/api/v1",
        route_handlers=[
            *customers.ROUTES,
            *lines.ROUTES,
            *payments.ROUTES,
            *cases.ROUTES,
            *staff.ROUTES,
        ],
        include_in_schema=True,
    ),
]
