"""API: what is known of a customer: attributes, consents, contact points, documents, who looked."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from yizhan.domain import customers
from yizhan.web.api.route import (
    AnyRequest,
    Limit,
    Page,
    api_delete,
    api_get,
    api_post,
    api_put,
    page_of,
)
from yizhan.web.work import acting, reading

TAG = "Customers"


class AttributeSaid(msgspec.Struct):
    """Something known of a customer. What was asked or inferred needs consent to a purpose."""

    value: Annotated[str, Meta(examples=["heilongjiang"])]
    origin: customers.Origin = customers.Origin.ASKED
    purpose: str | None = None


class ConsentSaid(msgspec.Struct):
    """The customer's word on a purpose."""

    granted: bool
    origin: Annotated[str, Meta(examples=["asked"], description="How we learned of it.")] = "asked"


class NewContactPoint(msgspec.Struct):
    """A way to reach the customer."""

    kind: customers.ContactKind
    value: Annotated[str, Meta(examples=["022 2345 6789"])]
    preferred: bool = False


class NewDocument(msgspec.Struct):
    """An identity document as it was shown."""

    kind: customers.DocumentKind
    number: str
    original_seen: bool
    valid_until: date | None = None


class Reveal(msgspec.Struct):
    """Why a number must be seen in full; it is kept."""

    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class Revealed(msgspec.Struct):
    """The number in full."""

    number: str


class KnownOf(msgspec.Struct):
    """What is known of a customer, each with its origin and consent."""

    attributes: Sequence[customers.Attribute]
    consents: Sequence[customers.Consent]
    contact_points: Sequence[customers.ContactPoint]
    documents: Sequence[customers.Document]


class Looked(msgspec.Struct):
    """Somebody looked at a customer's data."""

    id: UUID
    at: str
    what: str
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    channel: str
    contact_id: UUID | None


@api_get("/customers/{customer_id:uuid}/known", needs="customers.read", tag=TAG)
async def known_of(request: AnyRequest, customer_id: FromPath[UUID]) -> KnownOf:
    """Attributes, consents, contact points and documents (masked). That it was read is kept."""
    async with acting(request) as work:
        await customers.get(work, customer_id)
        await customers.record_read(work, customer_id, "api.known")
        return KnownOf(
            await customers.list_attributes(work, customer_id),
            await customers.list_consents(work, customer_id),
            await customers.list_contact_points(work, customer_id),
            await customers.list_documents(work, customer_id),
        )


@api_put("/customers/{customer_id:uuid}/attributes/{name:str}", needs="customers.write", tag=TAG)
async def set_attribute(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    name: FromPath[str],
    data: JSONBody[AttributeSaid],
) -> customers.Attribute:
    """Keep something about the customer: `student`, `home_province`, `age_band`."""
    async with acting(request) as work:
        return await customers.set_attribute(
            work, customer_id, name, data.value, origin=data.origin, purpose=data.purpose
        )


@api_put("/customers/{customer_id:uuid}/consents/{purpose:str}", needs="customers.write", tag=TAG)
async def set_consent(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    purpose: FromPath[str],
    data: JSONBody[ConsentSaid],
) -> customers.Consent:
    """Keep the customer's word on a purpose. Withdrawing deletes what was known under it."""
    async with acting(request) as work:
        return await customers.set_consent(
            work, customer_id, purpose, granted=data.granted, origin=data.origin
        )


@api_post("/customers/{customer_id:uuid}/contact-points", needs="customers.write", tag=TAG)
async def add_contact_point(
    request: AnyRequest, customer_id: FromPath[UUID], data: JSONBody[NewContactPoint]
) -> customers.ContactPoint:
    """Add a way to reach the customer."""
    async with acting(request) as work:
        return await customers.add_contact_point(
            work, customer_id, kind=data.kind, value=data.value, preferred=data.preferred
        )


@api_delete(
    "/customers/{customer_id:uuid}/contact-points/{point_id:uuid}",
    needs="customers.write",
    tag=TAG,
)
async def end_contact_point(
    request: AnyRequest, customer_id: FromPath[UUID], point_id: FromPath[UUID]
) -> None:
    """Stop using a contact point."""
    async with acting(request) as work:
        await customers.end_contact_point(work, customer_id, point_id)


@api_post("/customers/{customer_id:uuid}/documents", needs="customers.write", tag=TAG)
async def add_document(
    request: AnyRequest, customer_id: FromPath[UUID], data: JSONBody[NewDocument]
) -> customers.Document:
    """Record an identity document; from here on its number is shown masked."""
    async with acting(request) as work:
        return await customers.add_document(
            work,
            customer_id,
            kind=data.kind,
            number=data.number,
            valid_until=data.valid_until,
            original_seen=data.original_seen,
        )


@api_post(
    "/customers/{customer_id:uuid}/documents/{document_id:uuid}/reveal",
    needs="documents.read",
    status=200,
    tag=TAG,
)
async def reveal_document(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    document_id: FromPath[UUID],
    data: JSONBody[Reveal],
) -> Revealed:
    """A document's number in full. Who saw it and why is kept."""
    async with acting(request) as work:
        number = await customers.reveal_document(work, customer_id, document_id, reason=data.reason)
        return Revealed(number)


@api_get("/customers/{customer_id:uuid}/reads", needs="audit.read", tag=TAG)
async def list_reads(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    limit: Limit = 100,
    before: FromQuery[UUID | None] = None,
) -> Page[Looked]:
    """Who looked at a customer's personal data, the newest first."""
    async with reading(request) as work:
        rows = await customers.list_reads(work, customer_id, limit=limit + 1, before=before)
    found = [Looked(**{**row, "at": row["at"].isoformat()}) for row in rows]
    return page_of(found, limit, lambda row: row.id)


ROUTES = [
    known_of,
    set_attribute,
    set_consent,
    add_contact_point,
    end_contact_point,
    add_document,
    reveal_document,
    list_reads,
]
