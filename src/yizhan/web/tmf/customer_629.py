"""TMF629 Customer Management v4: our customer is the role, his party the one engaged.

A new customer brings a new party; an ``engagedParty`` is described, not referred to. Deleting
closes: the record is kept by law and stays readable with status ``closed``.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from yizhan.domain import customers, subscriptions
from yizhan.kernel.errors import Invalid, Refused
from yizhan.platform.events import Recorded
from yizhan.platform.work import UnitOfWork
from yizhan.web.tmf.hub import Told
from yizhan.web.tmf.query import Filter
from yizhan.web.tmf.resource import (
    Body,
    Hrefs,
    Resource,
    moment,
    refuse_unknown,
    routes_of,
    without_empty,
)

API = "customerManagement"
_STATUSES = {status.value: (status.value,) for status in customers.Status}
_MEDIA = {"phone": "phoneNumber", "email": "emailAddress", "fax": "faxNumber", "address": "street1"}
_SETTABLE = {"name", "status", "characteristic", "contactMedium", "engagedParty"}


def present(row: Mapping[str, Any], hrefs: Hrefs) -> Body:
    """A customer as TMF629 has him."""
    organisation = row["party_kind"] == "organisation"
    referred = "Organization" if organisation else "Individual"
    party = {
        "id": str(row["party_id"]),
        "href": hrefs("party", referred.lower(), row["party_id"]),
        "name": row["name"],
        "@type": "RelatedParty",
        "@referredType": referred,
    }
    since: date = row["since"]
    return without_empty(
        {
            "id": str(row["id"]),
            "href": hrefs(API, "customer", row["id"]),
            "name": row["name"],
            "status": row["status"],
            "engagedParty": party,
            "account": [_account(one, hrefs) for one in row["accounts"] or ()],
            "contactMedium": [_medium(one) for one in row["contact_points"] or ()],
            "characteristic": _characteristics(row),
            "validFor": {"startDateTime": hrefs.day(since)},
            "@type": "Customer",
        }
    )


def _account(one: Mapping[str, Any], hrefs: Hrefs) -> Body:
    return {
        "id": one["id"],
        "href": hrefs("accountManagement", "billingAccount", one["id"]),
        "name": one["name"] or one["number"],
        "@type": "AccountRef",
        "@referredType": "BillingAccount",
    }


def _medium(one: Mapping[str, Any]) -> Body:
    return {
        "mediumType": one["kind"],
        "preferred": one["preferred"],
        "characteristic": {_MEDIA[one["kind"]]: one["value"]},
        "validFor": {"startDateTime": moment(one["from"])},
        "@type": "ContactMedium",
    }


def _characteristics(row: Mapping[str, Any]) -> list[Body]:
    known = [
        {"name": "customerNumber", "value": row["number"]},
        {"name": "tier", "value": row["tier"]},
        {"name": "segment", "value": row["segment"]},
        {"name": "language", "value": row["language"]},
        *(row["attributes"] or ()),
    ]
    return [{**one, "valueType": "string", "@type": "Characteristic"} for one in known]


async def create(work: UnitOfWork, body: Body) -> object:
    """Make a customer with his party, contact points and characteristics."""
    refuse_unknown(body, _SETTABLE)
    engaged = body.get("engagedParty")
    if not isinstance(engaged, dict):
        raise Invalid("“{name}” is required.", field="engagedParty", name="engagedParty")
    name = _text(body if body.get("name") else engaged, "name")
    organisation = str(engaged.get("@referredType", "")).lower().startswith("organi")
    kind = customers.PartyKind.ORGANISATION if organisation else customers.PartyKind.PERSON
    status = _status(body.get("status") or "active")
    customer = await customers.create_customer(work, name=name, kind=kind, status=status)
    for one in _list(body, "contactMedium"):
        await _add_medium(work, customer, one)
    await _characterise(work, customer, _list(body, "characteristic"))
    return customer.id


async def update(work: UnitOfWork, row: Mapping[str, Any], changed: Body, before: Body) -> None:
    """Change name, status, characteristics, contact media; arrays as a whole."""
    refuse_unknown(changed, _SETTABLE)
    customer = await customers.get(work, row["id"])
    said: dict[str, Any] = {}
    if "engagedParty" in changed:
        named = changed["engagedParty"] or {}
        fixed = {name: named.get(name) for name in ("id", "@referredType")}
        if fixed != {name: before["engagedParty"][name] for name in fixed}:
            raise Invalid("“{name}” cannot be set here.", field="engagedParty", name="engagedParty")
        said["name"] = _text(named, "name")
    if "name" in changed:
        said["name"] = _text(changed, "name")
    if "status" in changed:
        said["status"] = _status(changed["status"])
    if said:
        if said.get("status") == customers.Status.CLOSED:
            await _check_closable(work, row)
        await customers.change_customer(work, row["id"], **said)
    if "characteristic" in changed:
        kept = before["characteristic"]
        fresh = [one for one in _list(changed, "characteristic") if one not in kept]
        if any(one.get("name") == "tier" for one in fresh):  # the club's, with its own right
            raise Invalid("“{name}” cannot be set here.", field="characteristic", name="tier")
        await _characterise(work, customer, fresh)
    if "contactMedium" in changed:
        await _replace_media(work, customer, _list(changed, "contactMedium"))


async def remove(work: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Close a customer who has nothing in use any more."""
    await _check_closable(work, row)
    await customers.change_customer(work, row["id"], status=customers.Status.CLOSED)


async def _check_closable(work: UnitOfWork, row: Mapping[str, Any]) -> None:
    if await subscriptions.list_lines(work, row["id"], limit=1):
        raise Refused("This customer still has lines. Close them first.")


async def _characterise(
    work: UnitOfWork, customer: customers.Customer, said: Sequence[Body]
) -> None:
    own = {"tier", "segment", "language"}
    changes = {one["name"]: one.get("value") for one in said if one.get("name") in own}
    if changes:
        await customers.change_customer(work, customer.id, **changes)
    for one in said:
        name = _text(one, "name")
        if name == "customerNumber":
            if one.get("value") != customer.number:
                raise Invalid("“{name}” cannot be set here.", field="characteristic", name=name)
        elif name not in own:
            await customers.set_attribute(
                work, customer.id, name, str(one.get("value", "")), origin=customers.Origin.IMPORT
            )


async def _add_medium(work: UnitOfWork, customer: customers.Customer, one: Body) -> None:
    kinds = {
        "phone": "phone", "mobile": "phone", "email": "email", "e-mail": "email", "fax": "fax",
        "address": "address", "postaladdress": "address",
    }  # fmt: skip
    kind = kinds.get(str(one.get("mediumType", "")).lower().replace(" ", ""))
    held = one.get("characteristic")
    value = held.get(_MEDIA[kind]) if kind and isinstance(held, dict) else None
    if kind is None or not isinstance(value, str):
        raise Invalid(
            "A contact medium is phone, email, fax or address, with its value.",
            field="contactMedium",
        )
    await customers.add_contact_point(
        work,
        customer.id,
        kind=customers.ContactKind(kind),
        value=value,
        preferred=bool(one.get("preferred", False)),
    )


async def _replace_media(
    work: UnitOfWork, customer: customers.Customer, wanted: Sequence[Body]
) -> None:
    points = await customers.list_contact_points(work, customer.id)
    here = {(point.kind.value, point.value): point for point in points}
    said = {
        (str(one.get("mediumType")), value): one
        for one in wanted
        if isinstance(one.get("characteristic"), dict)
        for value in one["characteristic"].values()
    }
    for key, point in here.items():
        if key not in said:
            await customers.end_contact_point(work, customer.id, point.id)
    for key, one in said.items():
        if key not in here:
            await _add_medium(work, customer, one)


def _status(value: object) -> customers.Status:
    try:
        return customers.Status(str(value))
    except ValueError:
        raise Invalid(
            "“{text}” does not fit “{name}”.", field="status", name="status", text=str(value)[:40]
        ) from None


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Invalid("“{name}” is required.", field=name, name=name)
    return value


def _list(body: Body, name: str) -> list[Body]:
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Invalid("“{name}” must be a list of objects.", field=name, name=name)
    return value


async def seen(work: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """That personal data was read is kept, customer by customer."""
    for row in rows:
        await customers.record_read(work, row["id"], "tmf629.customer")


CUSTOMER = Resource(
    api=API,
    name="customer",
    view="open_api_customer",
    order="id DESC",
    filters={
        "id": Filter("id {}", "uuid"),
        "href": Filter("id {}", "uuid"),
        "name": Filter("name {}"),
        "status": Filter("status {}", "choice", _STATUSES),
        "engagedParty.id": Filter("party_id {}", "uuid"),
        "engagedParty.name": Filter("name {}"),
        "account.id": Filter("id IN (SELECT customer_id FROM account WHERE id {})", "uuid"),
        "validFor.startDateTime": Filter("since {}", "day"),
    },
    present=present,
    reads="customers.read",
    writes="customers.write",
    create=create,
    update=update,
    remove=remove,
    seen=seen,
)


def told_of(event: Recorded) -> Told | None:
    """Which TMF629 event an event of ours is."""
    match event.name:
        case "customers.customer_created":
            kind = "CustomerCreateEvent"
        case "customers.customer_changed" if "status" in event.payload.get("fields", ()):
            kind = "CustomerStateChangeEvent"
        case (
            "customers.customer_changed"
            | "customers.contact_point_added"
            | "customers.contact_point_ended"
            | "customers.attribute_set"
            | "customers.account_opened"
        ):
            kind = "CustomerAttributeValueChangeEvent"
        case _:
            return None
    return Told(kind, CUSTOMER, str(event.customer_id))


ROUTES = routes_of(CUSTOMER)
