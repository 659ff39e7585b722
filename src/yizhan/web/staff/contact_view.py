"""The bar of the contact under way: whose it is, since when, verified or not, and how to verify."""

from typing import Any
from uuid import UUID

from yizhan.domain import contacts, customers, subscriptions
from yizhan.kernel import phone
from yizhan.kernel.errors import NotFound
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff.page import AnyRequest, say, words
from yizhan.web.staff.terms import CHANNEL, CONTACT_PURPOSE, DISPOSITION, METHOD
from yizhan.web.visit import config_of


async def bar(request: AnyRequest, work: UnitOfWork, customer_id: UUID) -> dict[str, Any]:
    """What ``customer_base.html`` says about the contact, and whether bills may be shown."""
    contact = await current(work)
    here = contact if contact is not None and contact.customer_id == customer_id else None
    verified = await contacts.is_verified(work, customer_id)
    context: dict[str, Any] = {
        "contact": _contact(request, here, work) if here else None,
        "elsewhere": None,
        "hidden": not verified,
        "waived": verified and not (here is not None and here.is_verified(work.now)),
        "channels": [(code, words(request, CHANNEL[code.value])) for code in contacts.Channel],
        "purposes": _options(request, CONTACT_PURPOSE),
        "dispositions": _options(request, DISPOSITION),
        "methods": {},
        "verify_now": request.query_params.get("verify", "")[:20],
    }
    if contact is not None and here is None:
        known = await customers.find(work, contact.customer_id)
        context["elsewhere"] = {
            "address": f"/customers/{contact.customer_id}",
            "name": known.name if known else "–",
        }
    if here is not None and not here.is_verified(work.now):
        context["methods"] = await _methods(request, work, here)
    return context


async def current(work: UnitOfWork) -> contacts.Contact | None:
    """The contact of this session, unless it is finished."""
    if work.contact_id is None:
        return None
    try:
        contact = await contacts.get(work, work.contact_id)
    except NotFound:
        return None
    return contact if contact.finished_at is None else None


def _options(request: AnyRequest, table: dict[str, Any]) -> list[tuple[str, str]]:
    return [(code, words(request, text)) for code, text in table.items()]


def _contact(request: AnyRequest, contact: contacts.Contact, work: UnitOfWork) -> dict[str, Any]:
    purpose = CONTACT_PURPOSE.get(contact.purpose)
    channel = words(request, CHANNEL[contact.channel.value])
    verified = ""
    if contact.is_verified(work.now) and contact.verified_at and contact.verified_method:
        at = contact.verified_at.astimezone(config_of(request).zone)
        method = words(request, METHOD[contact.verified_method.value])
        verified = say(request, "Verified: {method}, {time}", method=method, time=f"{at:%H:%M}")
    return {
        "id": contact.id,
        "channel_words": f"{channel} {contact.number_dialled or ''}".strip(),
        "purpose_words": words(request, purpose) if purpose else contact.purpose,
        "began_at": contact.began_at,
        "verified_words": verified,
    }


async def _methods(
    request: AnyRequest, work: UnitOfWork, contact: contacts.Contact
) -> dict[str, Any]:
    """The four ways to verify, with what is left of each."""
    zone = config_of(request).zone
    found: dict[str, Any] = {}
    for method in contacts.Method:
        stand = await contacts.standing(work, contact.customer_id, method)
        found[method.value] = {
            "words": words(request, METHOD[method.value]),
            "left": stand.tries_left,
            "locked_until": stand.locked_until.astimezone(zone) if stand.locked_until else None,
        }
    found["service_password"]["set"] = await contacts.has_service_password(
        work, contact.customer_id
    )
    found["call_back"]["points"] = [
        (str(point.id), phone.mask(point.value))
        for point in await contacts.call_back_points(work, contact)
    ]
    numbers = [
        point.value
        for point in await customers.list_contact_points(work, contact.customer_id)
        if point.kind is customers.ContactKind.PHONE
    ]
    numbers += [
        line.number
        for line in await subscriptions.list_lines(work, contact.customer_id)
        if line.number and line.kind is subscriptions.LineKind.MOBILE
    ]
    found["one_time_code"]["numbers"] = [
        (number, phone.mask(number)) for number in dict.fromkeys(numbers)
    ]
    return found
