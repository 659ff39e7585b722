"""Papers for the customer at the desk: a bill, a receipt as PDF, in the language of the desk."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get

from yizhan.domain import contacts, customers, papers
from yizhan.web.paper import download, letterhead
from yizhan.web.visit import visit_of
from yizhan.web.work import acting

AnyRequest = Request[Any, Any, Any]


@get("/customers/{customer_id:uuid}/bills/{bill_id:uuid}/pdf", needs="bills.read")
async def bill(
    request: AnyRequest, customer_id: UUID, bill_id: UUID, records: bool = False
) -> Response[Any]:
    """A bill; with *records* every record behind it as well."""
    async with acting(request) as work:
        await contacts.require_verified(work, customer_id)
        await customers.record_read(work, customer_id, "bills")
        sheet = await papers.bill(
            work,
            customer_id,
            bill_id,
            language=visit_of(request).language,
            head=letterhead(request),
            itemised=records,
        )
    return await download(sheet)


@get("/customers/{customer_id:uuid}/payments/{payment_id:uuid}/pdf", needs="payments.read")
async def receipt(request: AnyRequest, customer_id: UUID, payment_id: UUID) -> Response[Any]:
    """A receipt."""
    async with acting(request) as work:
        await customers.record_read(work, customer_id, "payments")
        sheet = await papers.receipt(
            work,
            customer_id,
            payment_id,
            language=visit_of(request).language,
            head=letterhead(request),
        )
    return await download(sheet)


ROUTES: list[Any] = [bill, receipt]
