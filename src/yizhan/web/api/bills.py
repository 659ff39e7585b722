"""API: bills, their explanation down to the records, the running month, bill runs."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from yizhan.domain import billing, contacts, customers
from yizhan.platform.work import UnitOfWork
from yizhan.web.api.route import AnyRequest, Limit, Page, api_get, api_post, page_of
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

TAG = "Bills"


class Month(msgspec.Struct):
    """The month whose bills are made."""

    month: Annotated[date, Meta(description="Any day of it.", examples=["2004-11-01"])]


class RunStarted(msgspec.Struct):
    """The id a run is found under."""

    run_id: UUID


class Running(msgspec.Struct):
    """What a period comes to until now: an indication, the bill is final."""

    account_id: UUID
    period_start: date
    period_end: date
    until: datetime
    total_fen: int
    lines: Sequence[billing.BillLine]


async def _may_see(work: UnitOfWork, customer_id: UUID) -> None:
    await contacts.require_verified(work, customer_id)
    await customers.record_read(work, customer_id, "api.bills")


@api_get("/customers/{customer_id:uuid}/bills", needs="bills.read", tag=TAG)
async def list_bills(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    account_id: FromQuery[UUID | None] = None,
    limit: Limit = 12,
    before: FromQuery[date | None] = None,
) -> Page[billing.Bill]:
    """A customer's bills with what is open of each, the newest first, without lines."""
    async with acting(request) as work:
        await _may_see(work, customer_id)
        found = await billing.list_bills(
            work, customer_id, account_id=account_id, limit=limit + 1, before=before
        )
    return page_of(found, limit, lambda bill: bill.period_start)


@api_get("/customers/{customer_id:uuid}/bills/{bill_id:uuid}", needs="bills.read", tag=TAG)
async def get_bill(
    request: AnyRequest, customer_id: FromPath[UUID], bill_id: FromPath[UUID]
) -> billing.Bill:
    """One bill with its lines."""
    async with acting(request) as work:
        await _may_see(work, customer_id)
        return await billing.get_bill(work, customer_id, bill_id)


@api_get(
    "/customers/{customer_id:uuid}/bills/{bill_id:uuid}/explanation", needs="bills.read", tag=TAG
)
async def explain(
    request: AnyRequest, customer_id: FromPath[UUID], bill_id: FromPath[UUID]
) -> billing.Explanation:
    """A bill in words, in the language of the caller; its steps add up to its total."""
    async with acting(request) as work:
        await _may_see(work, customer_id)
        bill = await billing.get_bill(work, customer_id, bill_id)
        return await billing.explain(work, bill, visit_of(request).language)


@api_get(
    "/customers/{customer_id:uuid}/bills/{bill_id:uuid}/lines/{line_id:uuid}/records",
    needs="usage.read",
    tag=TAG,
)
async def list_records(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    bill_id: FromPath[UUID],
    line_id: FromPath[UUID],
    item: FromQuery[str | None] = None,
    limit: Limit = 100,
    offset: FromQuery[int] = 0,
) -> Page[billing.RecordCost]:
    """The records behind a line's charges, each with its rule and arithmetic."""
    async with acting(request) as work:
        await _may_see(work, customer_id)
        bill = await billing.get_bill(work, customer_id, bill_id)
        found = await billing.records(
            work,
            bill,
            line_id,
            visit_of(request).language,
            item=item,
            limit=limit + 1,
            offset=max(0, offset),
        )
    if len(found) <= limit:
        return Page(found)
    return Page(found[:limit], str(max(0, offset) + limit))


@api_get(
    "/customers/{customer_id:uuid}/bills/{bill_id:uuid}/comparison", needs="bills.read", tag=TAG
)
async def compare(
    request: AnyRequest, customer_id: FromPath[UUID], bill_id: FromPath[UUID]
) -> billing.Comparison | None:
    """What differs from the bill before, and why; null for a first bill."""
    async with acting(request) as work:
        await _may_see(work, customer_id)
        bill = await billing.get_bill(work, customer_id, bill_id)
        before = await billing.find_previous(work, bill)
        if before is None:
            return None
        return await billing.compare(work, bill, before, visit_of(request).language)


@api_get("/accounts/{account_id:uuid}/current", needs="bills.read", tag=TAG)
async def current(request: AnyRequest, account_id: FromPath[UUID]) -> Running:
    """What an account's running period comes to until now."""
    async with acting(request) as work:
        account = await customers.get_account(work, account_id)
        await _may_see(work, account.customer_id)
        found = await billing.current_month(work, account_id)
    return Running(
        account_id,
        found.period_start,
        found.period_end,
        found.until,
        found.total_fen,
        found.lines,
    )


@api_get("/bill-runs", needs="billing.run", tag=TAG)
async def list_runs(request: AnyRequest, limit: Limit = 20) -> Page[billing.RunReport]:
    """The latest bill runs."""
    async with reading(request) as work:
        return Page(await billing.list_runs(work, limit=limit))


@api_post("/bill-runs", needs="billing.run", status=202, tag=TAG)
async def start_run(request: AnyRequest, data: JSONBody[Month]) -> RunStarted:
    """Have the bills of a month made by the worker. Bills already made stay as they are."""
    async with acting(request) as work:
        return RunStarted(await billing.start_run(work, data.month))


@api_get("/bill-runs/{run_id:uuid}", needs="billing.run", tag=TAG)
async def get_run(request: AnyRequest, run_id: FromPath[UUID]) -> billing.RunReport:
    """How far a run is."""
    async with reading(request) as work:
        return await billing.get_run(work, run_id)


@api_get("/bill-failures", needs="billing.run", tag=TAG)
async def list_failures(
    request: AnyRequest, month: FromQuery[date | None] = None, limit: Limit = 100
) -> Page[billing.FailedAccount]:
    """Accounts that could not be billed, and why."""
    async with reading(request) as work:
        return Page(await billing.list_failures(work, month=month, limit=limit))


ROUTES = [
    list_bills,
    get_bill,
    explain,
    list_records,
    compare,
    current,
    list_runs,
    start_run,
    get_run,
    list_failures,
]
