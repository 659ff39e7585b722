"""Which Open API tells which events, and the JSON Schema of our extension of one."""

from typing import Any

from litestar import Response, get

from yizhan.web.tmf import customer_629, customer_bill_678, trouble_ticket_621
from yizhan.web.tmf.hub import Hub, routes_of

HUBS = (
    Hub(
        customer_629.API,
        frozenset(
            {
                "CustomerCreateEvent",
                "CustomerAttributeValueChangeEvent",
                "CustomerStateChangeEvent",
                "CustomerDeleteEvent",
            }
        ),
        "customers.read",
        customer_629.told_of,
    ),
    Hub(
        trouble_ticket_621.API,
        frozenset(
            {
                "TroubleTicketCreateEvent",
                "TroubleTicketAttributeValueChangeEvent",
                "TroubleTicketStatusChangeEvent",
                "TroubleTicketResolvedEvent",
                "TroubleTicketDeleteEvent",
                "TroubleTicketInformationRequiredEvent",
            }
        ),
        "cases.read",
        trouble_ticket_621.told_of,
    ),
    Hub(
        customer_bill_678.API,
        frozenset({"CustomerBillCreateEvent"}),
        "bills.read",
        customer_bill_678.told_of,
    ),
)

_MOMENT = {"type": "string", "format": "date-time"}
COMPLAINT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Complaint",
    "description": "A trouble ticket with the clocks a complaint has by law or promise.",
    "type": "object",
    "properties": {
        "acknowledgeBy": {**_MOMENT, "description": "First answer due."},
        "resolveBy": {**_MOMENT, "description": "Final answer due."},
        "clockStoppedSince": {**_MOMENT, "description": "Waiting for somebody else since then."},
        "clockStoppedSeconds": {"type": "integer", "minimum": 0},
        "escalationLevel": {"type": "integer", "minimum": 0, "maximum": 3},
    },
}


@get(trouble_ticket_621.SCHEMA_LOCATION, public=True, bearer=True)
async def complaint_schema() -> Response[Any]:
    """What ``@schemaLocation`` of a complaint points at."""
    return Response(COMPLAINT, media_type="application/schema+json")


ROUTES: list[Any] = [complaint_schema, *(route for hub in HUBS for route in routes_of(hub))]
