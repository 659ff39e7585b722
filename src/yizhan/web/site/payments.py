"""What was paid: receipts, reversals, adjustments."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from yizhan.domain import customers, payments
from yizhan.web.site.page import AnyRequest, mine, page
from yizhan.web.work import reading

PAGE = 30


@get("/my/payments", customer=True)
async def list_page(request: AnyRequest, before: UUID | None = None) -> Response[Any]:
    """Every receipt, the newest first."""
    async with reading(request) as work:
        found = list(
            await payments.list_of_customer(work, mine(request), limit=PAGE + 1, before=before)
        )
        accounts = {
            one.id: one.number for one in await customers.list_accounts(work, mine(request))
        }
    return page(
        request,
        "site/payments.html",
        title="Payments",
        section="payments",
        receipts=found[:PAGE],
        accounts=accounts,
        older=found[PAGE - 1].id if len(found) > PAGE else None,
    )


@get("/my/payments/{payment_id:uuid}", customer=True)
async def one(request: AnyRequest, payment_id: UUID) -> Response[Any]:
    """A receipt, to read or to print."""
    async with reading(request) as work:
        receipt = await payments.get_receipt(work, mine(request), payment_id)
        account = await customers.get_account(work, receipt.account_id)
        customer = await customers.get(work, mine(request))
    return page(
        request,
        "site/receipt.html",
        title="Receipt",
        section="payments",
        receipt=receipt,
        account=account,
        customer=customer,
    )


ROUTES: list[Any] = [list_page, one]
