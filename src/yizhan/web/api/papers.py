"""API: a bill, a receipt as PDF, in the language of the caller."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery

from yizhan.domain import contacts, customers, papers
from yizhan.web.api.route import AnyRequest, api_get
from yizhan.web.paper import PDF, PDF_BODY, download, letterhead
from yizhan.web.visit import visit_of
from yizhan.web.work import acting


@api_get(
    "/customers/{customer_id:uuid}/bills/{bill_id:uuid}/pdf",
    needs="bills.read",
    tag="Bills",
    media_type=PDF,
    responses=PDF_BODY,
)
async def bill(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    bill_id: FromPath[UUID],
    records: FromQuery[bool] = False,
) -> Response[bytes]:
    """One bill as PDF, in the language of the caller.

    With ``records`` every record behind it is listed; that needs ``usage.read`` as well.
    """
    async with acting(request) as work:
        await contacts.require_verified(work, customer_id)
        await customers.record_read(work, customer_id, "api.bills")
        sheet = await papers.bill(
            work,
            customer_id,
            bill_id,
            language=visit_of(request).language,
            head=letterhead(request),
            itemised=records,
        )
    return await download(sheet)


@api_get(
    "/customers/{customer_id:uuid}/payments/{payment_id:uuid}/pdf",
    needs="payments.read",
    tag="Payments",
    media_type=PDF,
    responses=PDF_BODY,
)
async def receipt(
    request: AnyRequest, customer_id: FromPath[UUID], payment_id: FromPath[UUID]
) -> Response[bytes]:
    """One receipt as PDF, in the language of the caller."""
    async with acting(request) as work:
        await customers.record_read(work, customer_id, "api.payments")
        sheet = await papers.receipt(
            work,
            customer_id,
            payment_id,
            language=visit_of(request).language,
            head=letterhead(request),
        )
    return await download(sheet)


ROUTES = [bill, receipt]
