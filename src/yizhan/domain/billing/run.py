"""The monthly run: bills every account whose period is over, a few at a time, from where it is.

Each batch of accounts is one transaction that closes their usage, rates it, writes bills, lines
and evidence, posts to the ledger and tells of it. Bills are keyed by account and period, so a run
that was killed is simply started again: what is there is passed over. An account that cannot be
billed is left out by name with the reason; the others go on.
"""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

import asyncpg
import msgspec

from yizhan.domain import customers, ledger, usage
from yizhan.domain.billing import store
from yizhan.domain.billing.drafting import Given, draft, entries
from yizhan.domain.billing.events import BillIssued, PeriodAdjusted
from yizhan.domain.billing.gather import gather, plans_for
from yizhan.domain.billing.model import AlreadyBilled, Cycle, NotOver
from yizhan.domain.billing.monthly import PlanOf
from yizhan.domain.billing.store import Draft
from yizhan.kernel.actor import Actor
from yizhan.kernel.errors import CareError, Conflict
from yizhan.kernel.ids import NIL
from yizhan.platform.eventcopy import copy_events
from yizhan.platform.work import UnitOfWork, Works

BATCH = 50
_MOVED = (Conflict, ledger.Insufficient, asyncpg.DeadlockDetectedError)
_BUSY = "The account was busy. Start the run again."
Progress = Callable[[int, int], None]
"""Told after each batch how many bills and how many failures it added."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An account that could not be billed."""

    account: customers.Account
    code: str
    reason: str
    facts: dict[str, str]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a run or a part of it came to."""

    billed: int = 0
    failed: int = 0
    total_fen: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            billed=self.billed + other.billed,
            failed=self.failed + other.failed,
            total_fen=self.total_fen + other.total_fen,
        )


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run stands: the day of the month it works on and the last account it saw."""

    cycle_day: int = 0
    after: UUID = NIL


async def bill_all(
    works: Works,
    actor: Actor,
    month: date,
    *,
    run_id: UUID,
    part: tuple[int, int] = (0, 1),
    batch: int = BATCH,
    begin: Cursor | None = None,
    accounts_max: int | None = None,
    progress: Progress | None = None,
) -> tuple[Outcome, Cursor | None]:
    """Bill the accounts whose period began in *month*; *part* is the k-th of n shares of them.

    Goes on from *begin* and stops after about *accounts_max*; gives where it stopped, or ``None``
    at the end. Raises ``NotOver`` when no period of that month has ended.
    """
    done, cursor = Outcome(), begin or Cursor()
    for cycle_day in await cycle_days(works, actor, month):
        if cycle_day < cursor.cycle_day:
            continue
        if cycle_day > cursor.cycle_day:
            cursor = Cursor(cycle_day=cycle_day)
        while True:
            accounts, after = await _next(works, actor, month, cycle_day, cursor.after, part, batch)
            if not accounts:
                break
            cursor = Cursor(cycle_day=cycle_day, after=after)
            cycle = Cycle.of_month(month, cycle_day)
            made = await _bill_some(works, actor, accounts, cycle, run_id)
            done += made
            if progress:
                progress(made.billed, made.failed)
            if accounts_max is not None and done.billed + done.failed >= accounts_max:
                return done, cursor
    return done, None


async def cycle_days(works: Works, actor: Actor, month: date) -> list[int]:
    """As ``days_over``, asked from outside an act."""
    async with works.read(actor) as work:
        return await days_over(work, month)


async def days_over(work: UnitOfWork, month: date) -> list[int]:
    """The days of the month on which accounts' periods begin, of those that are over.

    Raises ``NotOver`` when there are accounts but none of their periods has ended.
    """
    days = await customers.list_cycle_days(work)
    over = [day for day in days if Cycle.of_month(month, day).end <= work.today]
    if days and not over:
        raise NotOver(
            "The month {month} is not over. Its bills can be made from {day} on.",
            field="month",
            month=f"{month:%Y-%m}",
            day=Cycle.of_month(month, days[0]).end,
        )
    return over


async def _next(
    works: Works,
    actor: Actor,
    month: date,
    cycle_day: int,
    after: UUID,
    part: tuple[int, int],
    batch: int,
) -> tuple[Sequence[customers.Account], UUID]:
    """The next accounts without a bill, and where to go on; nothing at the end."""
    cycle = Cycle.of_month(month, cycle_day)
    async with works.read(actor) as work:
        period = cycle.moments(work.zone)
        while True:
            accounts = await customers.list_accounts_of_cycle(
                work,
                cycle_day,
                opened_before=period.end,
                closed_after=period.start,
                after=after,
                part=part,
                limit=batch,
            )
            if not accounts:
                return [], after
            after = accounts[-1].id
            pairs = [(one.customer_id, one.id) for one in accounts]
            billed = await store.billed(work.db, pairs, cycle.start)
            if waiting := [one for one in accounts if one.id not in billed]:
                return waiting, after


async def _bill_some(
    works: Works,
    actor: Actor,
    accounts: Sequence[customers.Account],
    cycle: Cycle,
    run_id: UUID,
) -> Outcome:
    """Bill accounts in one transaction; one by one where something moved under it."""
    try:
        async with works.begin(actor) as work:
            drafts, failures = _drafts(work, *await _given(work, accounts, cycle))
            await _write(work, drafts, failures, cycle, run_id)
    except _MOVED as error:
        if len(accounts) > 1:
            done = Outcome()
            for account in accounts:
                done += await _bill_some(works, actor, [account], cycle, run_id)
            return done
        if isinstance(error, AlreadyBilled):
            return Outcome()
        return await _bill_again(works, actor, accounts[0], cycle, run_id)
    return Outcome(
        billed=len(drafts), failed=len(failures), total_fen=sum(one.total for one in drafts)
    )


async def _bill_again(
    works: Works, actor: Actor, account: customers.Account, cycle: Cycle, run_id: UUID
) -> Outcome:
    """An account whose balance moved while it was billed: once more, else name it."""
    try:
        async with works.begin(actor) as work:
            drafts, failures = _drafts(work, *await _given(work, [account], cycle))
            await _write(work, drafts, failures, cycle, run_id)
    except AlreadyBilled:
        return Outcome()
    except _MOVED as error:
        failure = _failure(account, error if isinstance(error, CareError) else Conflict(_BUSY))
        async with works.begin(actor) as work:
            await _write(work, [], [failure], cycle, run_id)
        return Outcome(failed=1)
    return Outcome(
        billed=len(drafts), failed=len(failures), total_fen=sum(one.total for one in drafts)
    )


def _failure(account: customers.Account, error: CareError) -> Failure:
    return Failure(
        account=account,
        code=error.code,
        reason=error.message,
        facts={name: str(value) for name, value in error.facts.items()},
    )


async def _given(
    work: UnitOfWork, accounts: Sequence[customers.Account], cycle: Cycle
) -> tuple[list[Given], PlanOf]:
    given = await gather(work, accounts, cycle)
    return given, await plans_for(work, given)


def _drafts(
    work: UnitOfWork, given: Sequence[Given], plan_of: PlanOf
) -> tuple[list[Draft], list[Failure]]:
    drafts: list[Draft] = []
    failures: list[Failure] = []
    for one in given:
        try:
            made = draft(one, plan_of, work.zone)
        except CareError as error:
            failures.append(_failure(one.account, error))
            continue
        if made is not None:
            drafts.append(made)
    return drafts, failures


async def _write(
    work: UnitOfWork,
    drafts: Sequence[Draft],
    failures: Sequence[Failure],
    cycle: Cycle,
    run_id: UUID,
) -> None:
    if drafts:
        await store.add(work, drafts)
        await ledger.post_many(work, [entry for one in drafts for entry in entries(one)])
        await copy_events(
            work, [(work.now, event) for one in drafts for event in _told(one, work.today)]
        )
        for one in drafts:
            owner = {result.line_id: result.customer_id for result in one.results}
            for correction in one.corrections:
                if correction.records:
                    line_id = correction.result.line_id
                    await usage.settle_late(
                        work,
                        owner.get(line_id, correction.result.customer_id),
                        line_id,
                        correction.records,
                    )
        await store.forget_failures(
            work.db, [(one.account.customer_id, one.account.id) for one in drafts], cycle.start
        )
    if failures:
        await work.db.executemany(
            "INSERT INTO bill_failure (customer_id, account_id, period_start, run_id, at, code,"
            " reason, facts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
            " ON CONFLICT (customer_id, account_id, period_start) DO UPDATE SET run_id = $4,"
            " at = $5, code = $6, reason = $7, facts = $8",
            [
                (
                    one.account.customer_id,
                    one.account.id,
                    cycle.start,
                    run_id,
                    work.now,
                    one.code,
                    one.reason,
                    one.facts,
                )
                for one in failures
            ],
        )


def _told(one: Draft, issued: date) -> list[BillIssued | PeriodAdjusted]:
    told: list[BillIssued | PeriodAdjusted] = [
        BillIssued(
            customer_id=one.account.customer_id,
            bill_id=one.id,
            account_id=one.account.id,
            number=one.number,
            period_start=one.cycle.start,
            period_end=one.cycle.end,
            total_fen=one.total,
            due_date=one.cycle.due_date(issued),
        )
    ]
    told += [
        PeriodAdjusted(
            customer_id=one.account.customer_id,
            bill_id=one.id,
            line_id=correction.result.line_id,
            period=f"{correction.period_start:%Y-%m}",
            before_fen=correction.before,
            after_fen=correction.result.total,
            difference_fen=correction.result.total - correction.before,
        )
        for correction in one.corrections
        if correction.result.total != correction.before
    ]
    return told
