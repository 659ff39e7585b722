"""The staff desktop: the pages people work on. Each module is one group of pages."""

from typing import Any

from yizhan.web.staff import cases, contact, customer, home, me, payments, story, system, users
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
    *users.ROUTES,
    *system.ROUTES,
]
