"""API: invoices over what was paid, and the red ones that take them back."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from yizhan.domain import customers, invoices, papers
from yizhan.web.api.route import (
    AnyRequest,
    IdempotencyKey,
    Limit,
    Page,
    api_get,
    api_post,
    key_of,
    page_of,
)
from yizhan.web.paper import PDF, PDF_BODY, download, letterhead
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

TAG = "Invoices"


class AskInvoice(msgspec.Struct):
    """Over what, made out to whom. Without an amount over all that is left to be invoiced."""

    subject: invoices.Subject
    subject_id: UUID
    title_kind: Annotated[str, Meta(description="personal or company", examples=["personal"])]
    title: Annotated[str, Meta(min_length=1, max_length=100, examples=["李建国"])]
    taxpayer: Annotated[
        str, Meta(max_length=24, description="Unified social credit code of a company.")
    ] = ""
    amount_fen: Annotated[int, Meta(gt=0, le=10**15)] | None = None


class TakeBack(msgspec.Struct):
    """Why an invoice is taken back."""

    reason: Annotated[str, Meta(min_length=1, max_length=200, examples=["Wrong title."])]


@api_post("/customers/{customer_id:uuid}/invoices", needs="invoices.issue", tag=TAG)
async def issue(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    data: JSONBody[AskInvoice],
    idempotency_key: IdempotencyKey = None,
) -> invoices.Invoice:
    """Issue an invoice over a paid bill or a payment.

    Never over more than was paid, and not twice over the same money. The same Idempotency-Key
    again gives the first invoice.
    """
    key = key_of(request)
    async with acting(request) as work:
        wish = invoices.Wish(
            customer_id=customer_id,
            subject=data.subject,
            subject_id=data.subject_id,
            title_kind=data.title_kind,
            title=data.title,
            taxpayer=data.taxpayer,
            amount_fen=data.amount_fen,
        )
        return await invoices.issue(work, wish, key=key)


@api_get("/customers/{customer_id:uuid}/invoices", needs="invoices.read", tag=TAG)
async def list_invoices(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    limit: Limit = 50,
    before: FromQuery[UUID | None] = None,
) -> Page[invoices.Invoice]:
    """A customer's invoices, red ones too, the newest first."""
    async with reading(request) as work:
        found = await invoices.list_of_customer(work, customer_id, limit=limit + 1, before=before)
    return page_of(found, limit, lambda one: one.id)


@api_get("/customers/{customer_id:uuid}/invoices/{invoice_id:uuid}", needs="invoices.read", tag=TAG)
async def get_invoice(
    request: AnyRequest, customer_id: FromPath[UUID], invoice_id: FromPath[UUID]
) -> invoices.Invoice:
    """One invoice."""
    async with reading(request) as work:
        return await invoices.get(work, customer_id, invoice_id)


@api_get(
    "/customers/{customer_id:uuid}/invoices/{invoice_id:uuid}/pdf",
    needs="invoices.read",
    tag=TAG,
    media_type=PDF,
    responses=PDF_BODY,
)
async def invoice_pdf(
    request: AnyRequest, customer_id: FromPath[UUID], invoice_id: FromPath[UUID]
) -> Response[bytes]:
    """One invoice as PDF, in the language of the caller."""
    async with acting(request) as work:
        await customers.record_read(work, customer_id, "api.invoices")
        sheet = await papers.invoice(
            work,
            customer_id,
            invoice_id,
            language=visit_of(request).language,
            head=letterhead(request),
        )
    return await download(sheet)


@api_post(
    "/customers/{customer_id:uuid}/invoices/{invoice_id:uuid}/reversal",
    needs="invoices.void",
    tag=TAG,
)
async def take_back(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    invoice_id: FromPath[UUID],
    data: JSONBody[TakeBack],
) -> invoices.Invoice:
    """Take an invoice back by a red one, which is the answer."""
    async with acting(request) as work:
        return await invoices.void(work, customer_id, invoice_id, reason=data.reason)


ROUTES = [issue, list_invoices, get_invoice, invoice_pdf, take_back]
