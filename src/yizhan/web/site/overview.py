"""What a customer sees at a glance: what he has or owes, what is left of his allowances."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from yizhan.domain import billing, catalog, customers, ledger, subscriptions
from yizhan.platform.work import UnitOfWork
from yizhan.web.site.page import AnyRequest, mine, money, say, words
from yizhan.web.staff.bills import bars_of, month_words, short_month
from yizhan.web.staff.quantities import quantity
from yizhan.web.staff.terms import LINE_KIND, LINE_STATE, STOP_REASON

BILLS_IN_CHART = 6
Months = dict[UUID, billing.Current]
"""What running months came to, by account: reckoned once for a page."""


async def accounts(request: AnyRequest, work: UnitOfWork, months: Months) -> list[dict[str, Any]]:
    """One's billing accounts: balance or debt, what is due and when, the month so far."""
    found = []
    for account in await customers.list_accounts(work, mine(request)):
        if account.status != "active":
            continue
        prepaid = account.payment_kind is customers.PaymentKind.PREPAID
        bucket = ledger.Bucket.PREPAID if prepaid else ledger.Bucket.RECEIVABLE
        standing = (await ledger.balance_of(work, mine(request), account.id, bucket)).amount
        bills = await billing.list_bills(
            work, mine(request), account_id=account.id, limit=BILLS_IN_CHART
        )
        now = months.setdefault(account.id, await billing.current_month(work, account.id))
        series = bars_of(list(bills))
        open_bills = [one for one in bills if one.open_fen > 0]
        found.append(
            {
                "id": account.id,
                "number": account.number,
                "prepaid": prepaid,
                "standing": standing,
                "due": _due(request, open_bills, work.today, 0 if prepaid else standing),
                "so_far": now.total_fen,
                "until": now.period_end,
                "newest": bills[0] if bills else None,
                "newest_month": month_words(request, bills[0].period_start) if bills else "",
                "bars": [
                    (short_month(request, day), total, "" if day == series[-1][0] else "past")
                    for day, total in series
                ],
            }
        )
    return found


def _due(
    request: AnyRequest, open_bills: Sequence[billing.Bill], today: date, owed: int
) -> dict[str, Any] | None:
    """What is to be paid, by when, and how much of it stands on no bill; None when nothing is.

    *owed* is what a post-paid account owes in all, in fen.
    """
    if not open_bills:
        return None
    first = min(open_bills, key=lambda one: one.due_date)
    days = (first.due_date - today).days
    said = say(request, "due today")
    if days > 0:
        said = say(request, "due in {days} days", days=days)
    elif days < 0:
        said = say(request, "overdue by {days} days", days=-days)
    billed = sum(one.open_fen for one in open_bills)
    return {
        "total": max(billed, owed),
        "beside": max(0, owed - billed),
        "date": first.due_date,
        "words": said,
        "tone": "bad" if days < 0 else "warn" if days <= 5 else "",
    }


async def lines(request: AnyRequest, work: UnitOfWork, months: Months) -> list[dict[str, Any]]:
    """One's lines: number, state, plan, and what is left of each allowance this month."""
    found = []
    for line in await subscriptions.list_lines(work, mine(request)):
        products = await subscriptions.products_of(work, line.id)
        plan = next((one for one in products if one.kind is subscriptions.ProductKind.PLAN), None)
        meters: list[dict[str, Any]] = []
        if plan is not None and line.payer_customer_id == mine(request):
            meters = await _meters(request, work, line, plan, months)
        found.append(
            {
                "line": line,
                "kind_words": words(request, LINE_KIND[line.kind.value]),
                "state_words": state_words(request, line),
                "stopped": line.state is not subscriptions.State.ACTIVE,
                "plan": await name_of(request, work, plan) if plan else say(request, "no plan"),
                "extras": [
                    await name_of(request, work, one) for one in products if one is not plan
                ],
                "meters": meters,
            }
        )
    return found


def state_words(request: AnyRequest, line: subscriptions.Line) -> str:
    """The state of a line in words, with why it is stopped."""
    state = words(request, LINE_STATE[line.state.value])
    reasons = [words(request, STOP_REASON[one.value]) for one in sorted(line.stop_reasons)]
    return f"{state}: {', '.join(reasons)}" if reasons else state


async def name_of(request: AnyRequest, work: UnitOfWork, one: subscriptions.Product) -> str:
    """What a plan or add-on is called."""
    return words(request, (await catalog.get_offer(work, one.plan_id, one.version)).name)


async def _meters(
    request: AnyRequest,
    work: UnitOfWork,
    line: subscriptions.Line,
    held: subscriptions.Product,
    months: Months,
) -> list[dict[str, Any]]:
    now = months.get(line.account_id)
    if now is None:
        now = months[line.account_id] = await billing.current_month(work, line.account_id)
    plan = await catalog.get_plan(work, held.plan_id, held.version)
    labels = {one.id: words(request, one.text) for one in plan.allowances}
    found = []
    for left in now.buckets_of(line.id):
        size = left.size + left.carried_in
        found.append(
            {
                "label": labels.get(left.allowance, left.allowance),
                "left": words(request, quantity(left.unit, left.left)),
                "used": words(request, quantity(left.unit, left.drawn)),
                "size": words(request, quantity(left.unit, size)),
                "value": left.left,
                "max": max(size, 1),
                "tone": "bad" if left.left <= 0 else "warn" if left.left * 5 <= size else "",
                "kind": "left",
            }
        )
    if plan.minimum_spend is not None:
        least = int(plan.minimum_spend.amount * 100)
        spent = sum(
            one.amount for one in now.lines if one.line_id == line.id and one.kind == "usage"
        )
        found.append(
            {
                "label": say(request, "Calls and messages this month"),
                "left": money(spent),
                "used": money(spent),
                "size": money(least),
                "value": min(spent, least),
                "max": max(least, 1),
                "tone": "",
                "kind": "minimum",
            }
        )
    return found
