"""TM Forum Open APIs v4: TMF629 customers, TMF621 tickets, TMF678 bills. One module each."""

from typing import Any

from yizhan.web.tmf import customer_629, customer_bill_678, hubs, trouble_ticket_621

ROUTES: list[Any] = [
    *customer_629.ROUTES,
    *trouble_ticket_621.ROUTES,
    *customer_bill_678.ROUTES,
    *hubs.ROUTES,
]
