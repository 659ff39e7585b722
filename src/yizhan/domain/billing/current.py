"""What the running month comes to so far. Indicative: only the bill is final."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from yizhan.domain import customers, subscriptions, usage
from yizhan.domain.billing import store
from yizhan.domain.billing.drafting import Given, LineMonth
from yizhan.domain.billing.gather import plans_for
from yizhan.domain.billing.model import BillLine, Cycle, stretches
from yizhan.domain.billing.monthly import LineInput, LineResult, rate
from yizhan.domain.billing.queries import may_read
from yizhan.domain.rating import BucketLeft, Carry
from yizhan.kernel.errors import NotFound
from yizhan.platform.work import UnitOfWork


class Current(msgspec.Struct, frozen=True, kw_only=True):
    """An account's charges from the beginning of the period up to ``until``.

    Fees are those of the whole period; minimum and discounts are as if it ended now.
    """

    customer_id: UUID
    account_id: UUID
    period_start: date
    period_end: date
    until: datetime
    total_fen: int
    lines: tuple[BillLine, ...]
    results: tuple[LineResult, ...]

    def of_line(self, line_id: UUID) -> LineResult:
        """One line's month. Raises ``NotFound``."""
        for result in self.results:
            if result.line_id == line_id:
                return result
        raise NotFound("The line has no charges in this period.", line_id=line_id)

    def buckets_of(self, line_id: UUID) -> tuple[BucketLeft, ...]:
        """What is left in the line's allowances; empty when it has none."""
        for result in self.results:
            if result.line_id == line_id:
                return result.parts[-1][1].buckets
        return ()


async def current_month(work: UnitOfWork, account_id: UUID) -> Current:
    """What an account's running period comes to until now, usage taken in so far.

    A month that was not billed yet hands nothing on: what it would roll over is not counted.
    """
    account = await customers.get_account(work, account_id)
    may_read(work, account.customer_id)
    return await _current(work, account)


async def current_month_of_line(work: UnitOfWork, line_id: UUID) -> Current:
    """The same by a line: of the account that pays for it."""
    line = await subscriptions.get_line(work, line_id)
    account = await customers.get_account(work, line.account_id)
    may_read(work, line.customer_id)
    return await _current(work, account)


async def _current(work: UnitOfWork, account: customers.Account) -> Current:
    cycle = Cycle.containing(work.today, account.cycle_day)
    period = cycle.moments(work.zone)
    lines = await subscriptions.list_lines_of_account(work, account.id, closed_after=period.start)
    ids = [line.id for line in lines]
    products = await subscriptions.products_of_lines(work, ids, period.start, period.end)
    used = await usage.of_lines(work, ids, period.start, min(period.end, work.now))
    kept = await store.latest_evidence(
        work.db,
        [(account.customer_id, account.id)],
        since=cycle.before.start,
        before=cycle.start,
    )
    months = tuple(
        LineMonth(
            customer_id=line.customer_id,
            line_id=line.id,
            stretches=stretches(products[line.id], period, work.zone),
            usages=used[line.id],
        )
        for line in lines
    )
    plan_of = await plans_for(work, [Given(account=account, cycle=cycle, lines=months, kept=kept)])
    results = rate(
        [
            LineInput(
                customer_id=one.customer_id,
                line_id=one.line_id,
                stretches=one.stretches,
                usages=one.usages,
                carry=(
                    kept[one.line_id, cycle.before.start].summary.parts[-1].carry_out
                    if (one.line_id, cycle.before.start) in kept
                    else Carry()
                ),
            )
            for one in months
            if one.stretches
        ],
        period,
        plan_of,
        work.zone,
    )
    found = [line for result in results for line in result.lines]
    return Current(
        customer_id=account.customer_id,
        account_id=account.id,
        period_start=cycle.start,
        period_end=cycle.end,
        until=work.now,
        total_fen=sum(line.amount for line in found),
        lines=tuple(found),
        results=tuple(results),
    )
