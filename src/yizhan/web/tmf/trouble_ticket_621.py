"""TMF621 Trouble Ticket v4: our cases. A complaint carries its clocks as an extension.

``ticketType`` is the class of a case (``fault``, ``complaint.fees``); ``relatedParty`` with role
``customer`` says whose it is; ``externalId`` makes a ticket once however often it is sent.
Moving ``status`` does the act that leads there; deleting withdraws.
"""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain import cases, customers
from yizhan.kernel.errors import Invalid, NotFound
from yizhan.platform.events import Recorded
from yizhan.platform.work import UnitOfWork
from yizhan.web.tmf.hub import Told
from yizhan.web.tmf.query import Filter, uuid_in
from yizhan.web.tmf.resource import (
    Body,
    Hrefs,
    Resource,
    moment,
    refuse_unknown,
    routes_of,
    without_empty,
)

API = "troubleTicket"
STATUS_OF: Mapping[str, str] = {
    "new": "acknowledged",
    "to_take": "pending",
    "in_progress": "inProgress",
    "held": "held",
    "in_review": "inProgress",
    "to_follow_up": "resolved",
    "sent_back": "inProgress",
    "escalated": "inProgress",
    "archived": "closed",
    "cancelled": "cancelled",
}
_STATES = {
    status: tuple(state for state, said in STATUS_OF.items() if said == status)
    for status in {*STATUS_OF.values(), "rejected"}
}
_SEVERITY = {"critical": "critical", "urgent": "major", "normal": "minor"}
_PRIORITY = {"critical": "High", "urgent": "Medium", "normal": "Low"}
_URGENCY = {
    **{severity: (urgency,) for urgency, severity in _SEVERITY.items()},
    **{urgency: (urgency,) for urgency in _SEVERITY},
}
_STEPS = {
    "cases.opened": "acknowledged",
    "cases.dispatched": "pending",
    "cases.taken": "inProgress",
    "cases.held": "held",
    "cases.resumed": "inProgress",
    "cases.approved": "resolved",
    "cases.sent_back": "inProgress",
    "cases.escalated": "inProgress",
    "cases.reopened": "inProgress",
    "cases.closed": "closed",
    "cases.cancelled": "cancelled",
}
_REFERRED = {
    "contact": "PartyInteraction", "line": "Product", "account": "BillingAccount",
    "bill": "CustomerBill", "order": "ProductOrder", "payment": "Payment", "usage": "Usage",
    "case": "TroubleTicket", "staff": "Individual",
}  # fmt: skip
_CREATABLE = {
    "description", "severity", "ticketType", "relatedParty", "name", "externalId", "note",
    "relatedEntity", "channel", "status",
}  # fmt: skip
_PATCHABLE = {"status", "statusChangeReason", "note", "ticketType", "relatedEntity"}
SCHEMA_LOCATION = "/tmf-api/schema/Complaint.schema.json"


def present(row: Mapping[str, Any], hrefs: Hrefs) -> Body:
    """A case as TMF621 has it."""
    steps = _steps(row)
    last = steps[-1] if steps else None
    history = row["history"] or [{"at": row["opened_at"]}]
    body = {
        "id": str(row["id"]),
        "href": hrefs(API, "troubleTicket", row["id"]),
        "name": row["subject"],
        "description": row["description"] or row["subject"],
        "externalId": row["opened_key"] or row["number"],
        "ticketType": row["class_code"],
        "severity": _SEVERITY[row["urgency"]],
        "priority": _PRIORITY[row["urgency"]],
        "status": STATUS_OF[row["state"]],
        "statusChangeDate": last and last["changeDate"],
        "statusChangeReason": last and last.get("changeReason"),
        "statusChange": steps,
        "creationDate": moment(row["opened_at"]),
        "lastUpdate": moment(history[-1]["at"]),
        "expectedResolutionDate": moment(row["next_due_at"]),
        "requestedResolutionDate": _due(row, "resolution"),
        "resolutionDate": moment(row["answered_at"]),
        "channel": {"id": row["channel"], "name": row["channel"], "@type": "ChannelRef"},
        "note": _notes(row),
        "relatedParty": [
            {
                "id": str(row["customer_id"]),
                "href": hrefs("customerManagement", "customer", row["customer_id"]),
                "role": "customer",
                "@type": "RelatedParty",
                "@referredType": "Customer",
            }
        ],
        "relatedEntity": [_entity(one, hrefs) for one in row["links"] or ()],
        "troubleTicketRelationship": _relationships(row, hrefs),
        "@type": "TroubleTicket",
    }
    if row["kind"] == "complaint":
        body |= _complaint(row, hrefs)
    return without_empty(body)


def _complaint(row: Mapping[str, Any], hrefs: Hrefs) -> Body:
    """The statutory clocks, for which TM Forum has no place."""
    clocks = row["clocks"] or []
    stopped = [one["stopped"] for one in clocks if one["stopped"] and not one["ended"]]
    return {
        "@type": "Complaint",
        "@baseType": "TroubleTicket",
        "@schemaLocation": f"{hrefs.base}{SCHEMA_LOCATION}",
        "acknowledgeBy": _due(row, "first_contact"),
        "resolveBy": _due(row, "resolution"),
        "clockStoppedSince": moment(stopped[0]) if stopped else None,
        "clockStoppedSeconds": max((one["stopped_seconds"] for one in clocks), default=0),
        "escalationLevel": row["level"],
    }


def _due(row: Mapping[str, Any], clock: str) -> str | None:
    found = [one["due"] for one in row["clocks"] or () if one["clock"] == clock]
    return moment(found[-1]) if found else None


def _steps(row: Mapping[str, Any]) -> list[Body]:
    steps = []
    for one in row["history"] or ():
        status = _STEPS.get(one["name"])
        if one["name"] == "cases.answered":
            status = "resolved" if one["final"] else "inProgress"
        if status:
            step = {"status": status, "changeDate": moment(one["at"]), "@type": "StatusChange"}
            steps.append(without_empty({**step, "changeReason": one["reason"]}))
    return steps


def _notes(row: Mapping[str, Any]) -> list[Body]:
    notes = [
        {
            "id": one["id"],
            "author": one["author"],
            "date": moment(one["at"]),
            "text": one["text"],
            "@type": "Note",
        }
        for one in row["notes"] or ()
    ]
    if row["answer"] and STATUS_OF[row["state"]] in ("resolved", "closed"):
        answer = {"id": "answer", "author": "", "text": row["answer"], "@type": "Note"}
        notes.append({**answer, "date": moment(row["answered_at"])})
    return notes


def _entity(one: Mapping[str, Any], hrefs: Hrefs) -> Body:
    api = {"bill": ("customerBillManagement", "customerBill"), "case": (API, "troubleTicket")}
    href = hrefs(*api[one["kind"]], one["id"]) if one["kind"] in api else None
    return without_empty(
        {
            "id": one["id"],
            "href": href,
            "name": one["label"],
            "role": one["kind"],
            "@type": "RelatedEntity",
            "@referredType": _REFERRED[one["kind"]],
        }
    )


def _relationships(row: Mapping[str, Any], hrefs: Hrefs) -> list[Body]:
    if row["repeat_of"] is None:
        return []
    earlier = str(row["repeat_of"])
    return [
        {
            "id": earlier,
            "href": hrefs(API, "troubleTicket", earlier),
            "relationshipType": "repeats",
            "@type": "TroubleTicketRelationship",
        }
    ]


async def create(work: UnitOfWork, body: Body) -> object:
    """Open a case for the customer named in ``relatedParty``."""
    refuse_unknown(body, _CREATABLE)
    for name in ("description", "severity", "ticketType"):
        if not isinstance(body.get(name), str) or not body[name].strip():
            raise Invalid("“{name}” is required.", field=name, name=name)
    if body.get("status") not in (None, "acknowledged"):
        raise Invalid("A new ticket is acknowledged.", field="status")
    if isinstance(channel := body.get("channel"), dict):
        said = str(channel.get("id", ""))
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", said):
            raise Invalid("A channel has an id of letters, digits and hyphens.", field="channel")
        work.actor = msgspec.structs.replace(work.actor, channel=said)
    subject = body.get("name") or str(body["description"]).splitlines()[0][: cases.SUBJECT_MAX]
    case = await cases.open_case(
        work,
        customer_id=await _customer(work, body),
        class_code=body["ticketType"],
        subject=str(subject),
        description=body["description"],
        urgency=_urgency(body["severity"]),
        links=[_link(one) for one in _objects(body, "relatedEntity")],
        key=str(body["externalId"])[:100] if body.get("externalId") else None,
    )
    for one in _objects(body, "note"):
        await cases.add_note(work, case.id, str(one.get("text", "")), to_customer=True)
    return case.id


async def _customer(work: UnitOfWork, body: Body) -> UUID:
    for one in _objects(body, "relatedParty"):
        if str(one.get("role", "customer")).lower() == "customer":
            customer_id = uuid_in(str(one.get("id", "")))
            if customer_id is None:
                break
            try:
                return (await customers.get(work, customer_id)).id
            except NotFound:
                break
    raise Invalid(
        "Say whose ticket it is: a relatedParty with role customer and the id of a customer.",
        field="relatedParty",
    )


def _urgency(severity: str) -> cases.Urgency:
    found = _URGENCY.get(severity.lower())
    if found is None:
        raise Invalid("A severity is critical, major or minor.", field="severity")
    return cases.Urgency(found[0])


def _link(one: Body) -> cases.Link:
    kinds = {referred.lower(): kind for kind, referred in _REFERRED.items()}
    kind = kinds.get(str(one.get("@referredType", "")).lower())
    ref_id = uuid_in(str(one.get("id", "")))
    if kind is None or ref_id is None:
        raise Invalid(
            "A related entity has an id of ours and one of these types: {known}.",
            field="relatedEntity",
            known=", ".join(_REFERRED.values()),
        )
    return cases.Link(
        kind=cases.LinkKind(kind), ref_id=ref_id, label=str(one.get("name", ""))[:200]
    )


def _objects(body: Body, name: str) -> list[Body]:
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Invalid("“{name}” must be a list of objects.", field=name, name=name)
    return value


async def update(work: UnitOfWork, row: Mapping[str, Any], changed: Body, before: Body) -> None:
    """Move the ticket, write on it, class it, tie it."""
    refuse_unknown(changed, _PATCHABLE)
    case_id: UUID = row["id"]
    if "ticketType" in changed:
        await cases.reclassify(work, case_id, class_code=str(changed["ticketType"]))
    if "note" in changed:
        known = {one["id"] for one in before.get("note", ())}
        said = _objects(changed, "note")
        if not known <= {one.get("id") for one in said}:
            raise Invalid("Notes stay. Send the old ones along with the new one.", field="note")
        for one in said:
            if one.get("id") not in known:
                await cases.add_note(work, case_id, str(one.get("text", "")), to_customer=True)
    if "relatedEntity" in changed:
        held = before.get("relatedEntity", [])
        for one in _objects(changed, "relatedEntity"):
            if one not in held:
                await cases.link(work, case_id, _link(one))
    if "status" in changed:
        reason = str(changed.get("statusChangeReason") or "")
        await _move(work, row, str(changed["status"]), reason)


async def _move(work: UnitOfWork, row: Mapping[str, Any], to: str, reason: str) -> None:
    case_id: UUID = row["id"]
    now = STATUS_OF[row["state"]]
    match to:
        case "inProgress" if now == "held":
            await cases.resume(work, case_id)
        case "inProgress" if now == "closed":
            await cases.reopen(work, case_id, reason=reason)
        case "inProgress":
            await cases.take(work, case_id)
        case "pending":
            await cases.dispatch(work, case_id, reason=reason)
        case "held":
            await cases.hold(work, case_id, reason=reason or "third_party")
        case "resolved":
            await cases.answer(work, case_id, text=reason, outcome=cases.Outcome.SOLVED)
        case "closed":
            await cases.close(work, case_id)
        case "cancelled":
            await cases.cancel(work, case_id, reason=reason)
        case _:
            raise Invalid(
                "“{text}” does not fit “{name}”.", field="status", name="status", text=to[:40]
            )


async def remove(work: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Withdraw it."""
    await cases.cancel(work, row["id"], reason="Deleted through the Open API.")


TICKET = Resource(
    api=API,
    name="troubleTicket",
    view="open_api_ticket",
    order="id DESC",
    filters={
        "id": Filter("id {}", "uuid"),
        "href": Filter("id {}", "uuid"),
        "name": Filter("subject {}"),
        "description": Filter("description {}"),
        "externalId": Filter("coalesce(opened_key, number) {}"),
        "ticketType": Filter("class_code {}"),
        "severity": Filter("urgency {}", "choice", _URGENCY),
        "status": Filter("state {}", "choice", _STATES),
        "creationDate": Filter("opened_at {}", "moment"),
        "resolutionDate": Filter("answered_at {}", "moment"),
        "expectedResolutionDate": Filter("next_due_at {}", "moment"),
        "relatedParty.id": Filter("customer_id {}", "uuid"),
        "relatedEntity.id": Filter("id IN (SELECT case_id FROM case_link WHERE ref_id {})", "uuid"),
        "channel.id": Filter("channel {}"),
    },
    present=present,
    reads="cases.read",
    writes="cases.work",
    create=create,
    update=update,
    remove=remove,
)


def told_of(event: Recorded) -> Told | None:
    """Which TMF621 event an event of ours is."""
    case_id = event.payload.get("case_id")
    if not event.name.startswith("cases.") or case_id is None:
        return None
    final = event.name == "cases.answered" and event.payload.get("final")
    if event.name == "cases.opened":
        kind = "TroubleTicketCreateEvent"
    elif final or event.name == "cases.approved":
        kind = "TroubleTicketResolvedEvent"
    elif event.name in _STEPS:
        kind = "TroubleTicketStatusChangeEvent"
    else:
        kind = "TroubleTicketAttributeValueChangeEvent"
    return Told(kind, TICKET, str(case_id))


ROUTES = routes_of(TICKET)
