"""Papers to keep: a bill, a receipt as PDF, in the reader's language."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from yizhan.domain import papers
from yizhan.web.paper import download, letterhead
from yizhan.web.site.page import AnyRequest, mine
from yizhan.web.visit import visit_of
from yizhan.web.work import reading


@get("/my/bills/{bill_id:uuid}/pdf", customer=True)
async def bill(request: AnyRequest, bill_id: UUID, records: bool = False) -> Response[Any]:
    """A bill; with *records* every record behind it as well."""
    async with reading(request) as work:
        sheet = await papers.bill(
            work,
            mine(request),
            bill_id,
            language=visit_of(request).language,
            head=letterhead(request),
            itemised=records,
        )
    return await download(sheet)


@get("/my/payments/{payment_id:uuid}/pdf", customer=True)
async def receipt(request: AnyRequest, payment_id: UUID) -> Response[Any]:
    """A receipt."""
    async with reading(request) as work:
        sheet = await papers.receipt(
            work,
            mine(request),
            payment_id,
            language=visit_of(request).language,
            head=letterhead(request),
        )
    return await download(sheet)


ROUTES: list[Any] = [bill, receipt]
