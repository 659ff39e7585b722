"""Bills explained: the walk through one in words, against the month before, down to records."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get

from yizhan.domain import billing, collections, customers
from yizhan.web.site.page import AnyRequest, mine, page, say
from yizhan.web.staff.bills import bars_of, late_fee, row, short_month
from yizhan.web.visit import visit_of
from yizhan.web.work import reading

PAGE = 12
RECORDS = 60


@get("/my/bills", customer=True)
async def list_page(request: AnyRequest, before: date | None = None) -> Response[Any]:
    """Every bill with what is open of it, and what the running month comes to."""
    language = visit_of(request).language
    running = []
    async with reading(request) as work:
        found = list(await billing.list_bills(work, mine(request), limit=PAGE + 1, before=before))
        for account in await customers.list_accounts(work, mine(request)):
            if account.status == "active":
                now = await billing.current_month(work, account.id)
                said = [(billing.words_of(one, language), one.amount) for one in now.lines]
                running.append({"account": account, "total": now.total_fen, "lines": said})
    bars = bars_of(found[:PAGE])
    return page(
        request,
        "site/bills.html",
        title="Bills",
        section="bills",
        bills=[row(request, one) for one in found[:PAGE]],
        bars=[
            (short_month(request, day), total, "" if day == bars[-1][0] else "past")
            for day, total in bars
        ],
        running=running,
        first_page=before is None,
        older=found[PAGE - 1].period_start if len(found) > PAGE else None,
    )


@get("/my/bills/{bill_id:uuid}", customer=True)
async def one(request: AnyRequest, bill_id: UUID) -> Response[Any]:
    """One bill in words, and what changed since the month before. It prints as it stands."""
    language = visit_of(request).language
    async with reading(request) as work:
        bill = await billing.get_bill(work, mine(request), bill_id)
        previous = await billing.find_previous(work, bill)
        said = await billing.explain(work, bill, language)
        against = await billing.compare(work, bill, previous, language) if previous else None
        late = late_fee(request, await collections.late_fee_of(work, bill))
        account = await customers.get_account(work, bill.account_id)
        customer = await customers.get(work, mine(request))
    return page(
        request,
        "site/bill.html",
        title="Bill",
        section="bills",
        bill=row(request, bill),
        said=said,
        against=against,
        late=late,
        account=account,
        customer=customer,
    )


@get("/my/bills/{bill_id:uuid}/records", customer=True)
async def records(
    request: AnyRequest, bill_id: UUID, line: UUID, item: str = "", offset: int = 0
) -> Response[Any]:
    """The records behind one line of a bill, each with its rule and its arithmetic."""
    language = visit_of(request).language
    async with reading(request) as work:
        bill = await billing.get_bill(work, mine(request), bill_id)
        found = await billing.records(
            work,
            bill,
            line,
            language,
            item=item[:100] or None,
            limit=RECORDS + 1,
            offset=min(max(0, offset), 1_000_000),
        )
    lines = [one for one in bill.lines if one.line_id == line and one.kind == "usage" and one.item]
    name = next((one.text[language] for one in lines if one.item == item), "")
    return page(
        request,
        "site/bill_records.html",
        title="Records",
        section="bills",
        bill=row(request, bill),
        rows=found[:RECORDS],
        more=offset + RECORDS if len(found) > RECORDS else None,
        line=line,
        item=item,
        name=name or say(request, "All records"),
        comes_to=sum(one.amount for one in lines if item in ("", one.item)),
    )


ROUTES: list[Any] = [list_page, one, records]
