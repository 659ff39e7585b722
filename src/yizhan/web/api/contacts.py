"""API: contacts and the verification of who is in them."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from yizhan.domain import contacts
from yizhan.web.api.route import AnyRequest, Limit, Page, api_get, api_post, page_of
from yizhan.web.work import acting, reading, works_of

TAG = "Contacts"


class Begin(msgspec.Struct):
    """A contact begins. Without a customer it is not known yet who it is."""

    channel: contacts.Channel
    customer_id: UUID | None = None
    direction: contacts.Direction = contacts.Direction.IN
    purpose: Annotated[str, Meta(max_length=200)] = ""
    number_dialled: str | None = None
    number_from: str | None = None


class Identify(msgspec.Struct):
    """Whose contact it is."""

    customer_id: UUID


class Verify(msgspec.Struct):
    """A proof of who is in contact.

    `evidence` by method: `service_password` {"password"}, `document` {"number"},
    `one_time_code` {"code"}, `call_back` {"contact_point_id"}.
    """

    method: contacts.Method
    evidence: Annotated[dict[str, str], Meta(examples=[{"password": "271828"}])]


class SendCode(msgspec.Struct):
    """The customer's own number a one-time code is sent to."""

    number: Annotated[str, Meta(examples=["13020041001"])]


class CodeSent(msgspec.Struct):
    """Where it went, masked."""

    sent_to: str


class Finish(msgspec.Struct):
    """How the contact ended."""

    disposition: contacts.Disposition
    note: str = ""


@api_post("/contacts", needs="contacts.write", tag=TAG)
async def begin(request: AnyRequest, data: JSONBody[Begin]) -> contacts.Contact:
    """Begin a contact.

    Name its id in `X-Contact` with the acts that belong to it.
    """
    async with acting(request) as work:
        return await contacts.begin(
            work,
            customer_id=data.customer_id,
            channel=data.channel.value,
            direction=data.direction.value,
            purpose=data.purpose,
            number_dialled=data.number_dialled,
            number_from=data.number_from,
        )


@api_get("/contacts/{contact_id:uuid}", needs="customers.read", tag=TAG)
async def get_contact(request: AnyRequest, contact_id: FromPath[UUID]) -> contacts.Contact:
    """One contact."""
    async with reading(request) as work:
        return await contacts.get(work, contact_id)


@api_get("/customers/{customer_id:uuid}/contacts", needs="customers.read", tag=TAG)
async def list_contacts(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    limit: Limit = 50,
    before: FromQuery[UUID | None] = None,
) -> Page[contacts.Contact]:
    """A customer's contacts, the newest first."""
    async with reading(request) as work:
        found = await contacts.list_of_customer(work, customer_id, limit=limit + 1, before=before)
    return page_of(found, limit, lambda contact: contact.id)


@api_post("/contacts/{contact_id:uuid}/customer", needs="contacts.write", status=200, tag=TAG)
async def identify(
    request: AnyRequest, contact_id: FromPath[UUID], data: JSONBody[Identify]
) -> contacts.Contact:
    """Say whose contact it is."""
    async with acting(request) as work:
        return await contacts.identify(work, contact_id, data.customer_id)


@api_post("/contacts/{contact_id:uuid}/verification", needs="contacts.write", status=200, tag=TAG)
async def verify(
    request: AnyRequest, contact_id: FromPath[UUID], data: JSONBody[Verify]
) -> contacts.Verification:
    """Check a proof of who is in contact.

    A wrong proof answers 200 with `ok: false`; three lock the method for a day.
    """
    method, evidence = data.method.value, data.evidence
    weighed = await contacts.weigh(
        works_of(request), method=method, evidence=evidence, contact_id=contact_id
    )
    async with acting(request) as work:
        return await contacts.verify(
            work, contact_id, method=method, evidence=evidence, weighed=weighed
        )


@api_post("/contacts/{contact_id:uuid}/code", needs="contacts.write", tag=TAG)
async def send_code(
    request: AnyRequest, contact_id: FromPath[UUID], data: JSONBody[SendCode]
) -> CodeSent:
    """Send a one-time code to a number of the customer's own."""
    async with acting(request) as work:
        return CodeSent(await contacts.send_code(work, contact_id, number=data.number))


@api_post("/contacts/{contact_id:uuid}/end", needs="contacts.write", status=200, tag=TAG)
async def finish(
    request: AnyRequest, contact_id: FromPath[UUID], data: JSONBody[Finish]
) -> contacts.Contact:
    """End a contact; its verification ends with it."""
    async with acting(request) as work:
        return await contacts.finish(
            work, contact_id, disposition=data.disposition.value, note=data.note
        )


ROUTES = [begin, get_contact, list_contacts, identify, verify, send_code, finish]
