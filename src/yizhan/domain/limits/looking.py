"""Looking at an account: what its month came to, whom to tell, what to stop and to bring back."""

import logging
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from yizhan.domain import billing, catalog, customers, ledger, subscriptions, usage
from yizhan.domain.customers import Account, PaymentKind
from yizhan.domain.ledger import Bucket
from yizhan.domain.limits import events, stopping, store, telling
from yizhan.domain.limits.model import Cap, CapKind, Watch
from yizhan.domain.rating import BucketLeft
from yizhan.domain.subscriptions import Line
from yizhan.domain.tariff import Service as Used
from yizhan.domain.tariff import Window
from yizhan.kernel.errors import CareError
from yizhan.kernel.period import midnight
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork

LOOK: Final = "limits.look"
DUE: Final = "limits.due"
SLICE: Final = 20
"""Accounts looked at in one transaction."""
_log = logging.getLogger(__name__)


async def look(work: UnitOfWork, account_id: UUID) -> Watch:
    """Look at an account's running month and do what its limits ask for. Twice does it once."""
    account = await customers.get_account(work, account_id)
    start = billing.Cycle.containing(work.today, account.cycle_day).start
    watch = await store.lock_watch(work, account.customer_id, account_id, start)
    current = await billing.current_month(work, account_id)
    lines = await subscriptions.list_lines_of_account(work, account_id)
    caps = await store.caps_of_lines(work.db, [line.id for line in lines])
    loaded = await data_of(work, current, [one for found in caps.values() for one in found])
    watch, exempt = await _credit(work, account, watch, current)
    await store.save_watch(work.db, watch)
    held = False
    for line in lines:
        mine = [
            one.seen(loaded.get(line.id, 0) if one.kind is CapKind.DATA else spent(current, line),
                     current.period_start)
            for one in caps.get(line.id, ())
        ]  # fmt: skip
        await _tell(work, line, mine, current, loaded.get(line.id, 0))
        for before, after in zip(caps.get(line.id, ()), mine, strict=True):
            if before != after:
                await store.mark_cap(work.db, after)
        held |= await stopping.align(work, line, mine, watch, exempt=exempt)
    if held:
        await work.later(
            LOOK,
            {"account_id": account_id},
            run_at=midnight(current.period_end, work.zone),
            key=f"{account_id}:month",
        )
    return watch


def spent(current: billing.Current, line: Line) -> int:
    """What a line's running month came to, in fen, as the bill would say it now."""
    return sum(one.total for one in current.results if one.line_id == line.id)


async def data_of(
    work: UnitOfWork, current: billing.Current, caps: Sequence[Cap]
) -> Mapping[UUID, int]:
    """Bytes used in the running period, of the lines with a data cap."""
    capped = {one.line_id for one in caps if one.kind is CapKind.DATA}
    if not capped:
        return {}
    start = midnight(current.period_start, work.zone)
    found = await usage.of_lines(work, capped, start, current.until)
    return {
        line_id: sum(one.quantity for one in records if one.service is Used.DATA)
        for line_id, records in found.items()
    }


async def _tell(
    work: UnitOfWork, line: Line, caps: Sequence[Cap], current: billing.Current, loaded: int
) -> None:
    buckets = current.buckets_of(line.id)
    if not caps and not buckets:
        return
    told = await store.told_steps(work.db, line.customer_id, line.id, current.period_start)
    for cap in caps:
        used = loaded if cap.kind is CapKind.DATA else spent(current, line)
        await telling.tell_cap(work, line, cap, used, current, told.get(f"cap:{cap.id}", set()))
    names = await allowances_of(work, current, line.id) if buckets else {}
    for left in buckets:
        if left.allowance not in names:
            continue
        known = told
        if left.shared:
            known = await store.told_steps(
                work.db, line.customer_id, current.account_id, current.period_start
            )
        steps = known.get(f"allowance:{left.allowance}", set())
        await telling.tell_allowance(work, line, left, names[left.allowance], current, steps)


async def allowances_of(
    work: UnitOfWork, current: billing.Current, line_id: UUID
) -> Mapping[str, Text]:
    """The names of the line's allowances that last a bill month and are not sold by the window."""
    held = current.of_line(line_id).parts[-1][0].stretch
    plan = await catalog.effective(work, held.plan, held.version, held.add_ons)
    return {
        one.id: one.text
        for one in plan.allowances
        if one.window is Window.BILL_MONTH and one.unit.value in ("s", "B", "count")
    }


def used_of(left: BucketLeft) -> tuple[int, int]:
    """How much of an allowance is used, of how much."""
    size = left.size + left.carried_in
    return size - left.left, size


async def _credit(
    work: UnitOfWork, account: Account, watch: Watch, current: billing.Current
) -> tuple[Watch, bool]:
    """How the account stands against its credit limit; prepaid ones have none."""
    postpaid = account.payment_kind is PaymentKind.POSTPAID
    balance = await ledger.balance_of(
        work, account.customer_id, account.id, Bucket.RECEIVABLE if postpaid else Bucket.PREPAID
    )
    after = watch.seen(
        period_start=current.period_start,
        month_fen=current.total_fen,
        owed_fen=balance.debits_posted - balance.credits_posted if postpaid else 0,
        credit_fen=account.credit_limit_fen if postpaid else 0,
        billed=await _is_billed(work, account, watch, current),
        now=work.now,
    )
    rule = await store.rule(work.db)
    customer = await customers.get(work, account.customer_id)
    exempt = rule.exempts(tier=customer.tier.value, segment=customer.segment.value)
    if watch.over and not after.over:
        after = msgspec.structs.replace(after, round=after.round + 1)
        work.record(
            events.CreditBack(
                customer_id=account.customer_id,
                account_id=account.id,
                used_fen=after.used_fen,
                credit_fen=after.credit_fen,
            )
        )
    if after.credit_fen:
        told = await store.told_steps(
            work.db, account.customer_id, account.id, current.period_start
        )
        steps = told.get(telling.credit_subject(after), set())
        await telling.tell_credit(work, account, after, rule, exempt=exempt, told=steps)
    return after, exempt


async def _is_billed(
    work: UnitOfWork, account: Account, watch: Watch, current: billing.Current
) -> bool:
    """Whether nothing that is over still waits for its bill."""
    if watch.period_start == current.period_start and not watch.unbilled_fen:
        return True
    before = billing.Cycle.containing(work.today, account.cycle_day).before
    found = await billing.list_bills(work, account.customer_id, account_id=account.id, limit=1)
    return bool(found) and found[0].period_start >= before.start


async def look_at_due(work: UnitOfWork) -> int:
    """Look at the next accounts of the queue; how many. One that cannot be rated holds up none."""
    taken = list(await store.take_due(work.db, SLICE))
    for account_id in taken:
        try:
            async with work.attempt():
                await look(work, account_id)
        except CareError as error:
            _log.warning("limits of account %s: %s", account_id, error)
    if len(taken) == SLICE:
        await ask_for_due(work)
    return len(taken)


async def ask_for_due(work: UnitOfWork) -> None:
    """Have the queue emptied, by one job at a time."""
    await work.later(DUE, {}, key="next")
