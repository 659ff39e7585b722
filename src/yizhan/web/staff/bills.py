"""Bills: the list, the walk through one in words, against the month before, down to records."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response, get

from yizhan.domain import billing, collections, customers
from yizhan.kernel.money import yuan
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff.page import page, say
from yizhan.web.staff.shell import shell
from yizhan.web.visit import visit_of
from yizhan.web.work import reading

AnyRequest = Request[Any, Any, Any]
PAGE = 24
RECORDS = 60
STATES = {"paid": "good", "open": "info", "partly_paid": "warn", "overdue": "bad"}


@get("/customers/{customer_id:uuid}/bills", needs="bills.read")
async def list_page(
    request: AnyRequest, customer_id: UUID, before: date | None = None
) -> Response[Any]:
    """Every bill with what is open of it, and what the running month comes to."""
    found: list[billing.Bill] = []
    running: list[dict[str, Any]] = []
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="bills")
        if not context["hidden"]:
            found = list(await billing.list_bills(work, customer_id, limit=PAGE + 1, before=before))
            running = await _running(request, work, customer_id)
    return page(
        request,
        "staff/bills.html",
        title="Bills",
        bills=[row(request, bill) for bill in found[:PAGE]],
        bars=bars_of(found[:12]),
        running=running,
        older=found[PAGE - 1].period_start if len(found) > PAGE else None,
        **context,
    )


@get("/customers/{customer_id:uuid}/bills/{bill_id:uuid}", needs="bills.read")
async def one(request: AnyRequest, customer_id: UUID, bill_id: UUID) -> Response[Any]:
    """One bill in words, and what changed since the month before."""
    language = visit_of(request).language
    parts: dict[str, Any] = {}
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="bills")
        if not context["hidden"]:
            bill = await billing.get_bill(work, customer_id, bill_id)
            previous = await billing.find_previous(work, bill)
            parts = {
                "bill": row(request, bill),
                "account": await customers.get_account(work, bill.account_id),
                "said": await billing.explain(work, bill, language),
                "against": await billing.compare(work, bill, previous, language)
                if previous
                else None,
                "late": late_fee(request, await collections.late_fee_of(work, bill)),
            }
    return page(request, "staff/bill.html", title="Bill", **parts, **context)


@get("/customers/{customer_id:uuid}/bills/{bill_id:uuid}/records", needs="usage.read")
async def records(
    request: AnyRequest,
    customer_id: UUID,
    bill_id: UUID,
    line: UUID,
    item: str = "",
    offset: int = 0,
) -> Response[Any]:
    """The records behind one line of a bill, each with its rule and its arithmetic."""
    parts: dict[str, Any] = {}
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="bills")
        if not context["hidden"]:
            bill = await billing.get_bill(work, customer_id, bill_id)
            found = await billing.records(
                work,
                bill,
                line,
                visit_of(request).language,
                item=item or None,
                limit=RECORDS + 1,
                offset=max(0, offset),
            )
            lines = [
                one
                for one in bill.lines
                if one.line_id == line and one.kind == "usage" and one.item
            ]
            parts = {
                "bill": row(request, bill),
                "rows": found[:RECORDS],
                "more": offset + RECORDS if len(found) > RECORDS else None,
                "items": [(one.item, one.text[visit_of(request).language]) for one in lines],
                "comes_to": sum(one.amount for one in lines if item in ("", one.item)),
            }
    return page(
        request,
        "staff/bill_records.html",
        title="Records",
        line=line,
        item=item,
        **parts,
        **context,
    )


def row(request: AnyRequest, bill: billing.Bill) -> dict[str, Any]:
    """A bill in a list."""
    states = {
        "paid": say(request, "paid"),
        "open": say(request, "open"),
        "partly_paid": say(request, "partly paid"),
        "overdue": say(request, "overdue"),
    }
    return {
        "one": bill,
        "month": month_words(request, bill.period_start),
        "last_day": bill.period_end - timedelta(days=1),
        "state_words": states[bill.state],
        "state_tone": STATES[bill.state],
    }


def late_fee(request: AnyRequest, parts: Sequence[collections.LateFee]) -> dict[str, Any] | None:
    """What paying late cost, in words for each amount that was overdue in turn; None: nothing."""
    if not parts:
        return None
    return {
        "total": sum(one.fee_fen for one in parts),
        "steps": [
            (
                say(
                    request,
                    "{rate}% a day of {base} yuan from {first} to {last}, {days} days",
                    rate=f"{one.permille / 10:g}",
                    base=yuan(one.base_fen),
                    first=one.first_day,
                    last=one.last_day,
                    days=one.days,
                ),
                one.fee_fen,
            )
            for one in parts
        ],
    }


def month_words(request: AnyRequest, day: date) -> str:
    """The month of a bill as people say it."""
    return f"{day.year} 年 {day.month} 月" if _chinese(request) else f"{day:%b %Y}"


def short_month(request: AnyRequest, day: date) -> str:
    """The same, short: for a chart."""
    return f"{day.month}月" if _chinese(request) else f"{day:%b}"


def bars_of(bills: list[billing.Bill]) -> list[tuple[date, int]]:
    """Totals by month, oldest first, for a small chart; several accounts of a month together."""
    totals: dict[date, int] = {}
    for bill in bills:
        totals[bill.period_start] = totals.get(bill.period_start, 0) + bill.total_fen
    return sorted(totals.items())


async def _running(
    request: AnyRequest, work: UnitOfWork, customer_id: UUID
) -> list[dict[str, Any]]:
    found = []
    for account in await customers.list_accounts(work, customer_id):
        if account.status != "active":
            continue
        now = await billing.current_month(work, account.id)
        language = visit_of(request).language
        found.append(
            {
                "number": account.number,
                "total_fen": now.total_fen,
                "until": now.until,
                "lines": [(billing.words_of(one, language), one.amount) for one in now.lines],
            }
        )
    return found


def _chinese(request: AnyRequest) -> bool:
    return visit_of(request).language == "zh"


ROUTES: list[Any] = [list_page, one, records]
