"""Reads, for a batch of accounts at a time, all that their bills are made of."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from yizhan.domain import catalog, customers, ledger, subscriptions, usage
from yizhan.domain.billing import store
from yizhan.domain.billing.drafting import Given, Late, LineMonth
from yizhan.domain.billing.model import Cycle, Stretch, stretches
from yizhan.domain.billing.monthly import PlanOf
from yizhan.domain.ledger import Bucket
from yizhan.domain.rating import Usage
from yizhan.domain.tariff import Plan
from yizhan.domain.usage import LateRecord
from yizhan.kernel.errors import CareError
from yizhan.platform.work import UnitOfWork

_Key = tuple[str, int, tuple[tuple[str, int], ...]]

LATE = timedelta(days=190)
"""How long after a line was closed its late records still reach a bill: records live 5 months."""


async def gather(
    work: UnitOfWork, accounts: Sequence[customers.Account], cycle: Cycle
) -> list[Given]:
    """What the bills of *accounts* for *cycle* are made of.

    Closes the lines' usage first, so that nothing arrives unseen between reading and writing.
    """
    period = cycle.moments(work.zone)
    pairs = [(one.customer_id, one.id) for one in accounts]
    lines = await subscriptions.lines_of_accounts(
        work, [one.id for one in accounts], closed_after=period.start - LATE
    )
    everyone = [line for found in lines.values() for line in found]
    ids = [line.id for line in everyone]
    owners = [(line.customer_id, line.id) for line in everyone]
    await usage.close_periods(work, owners, period.end)
    products = await subscriptions.products_of_lines(work, ids, period.start, period.end)
    used = await usage.of_lines(work, ids, period.start, period.end)
    late = await usage.late_of_lines(work, owners)
    kept = await store.latest_evidence(work.db, pairs, since=cycle.before.start, before=cycle.start)
    prepaid = [
        (one.customer_id, one.id)
        for one in accounts
        if one.payment_kind is customers.PaymentKind.PREPAID
    ]
    balances = await ledger.balances_of_many(work, prepaid) if prepaid else {}
    found = []
    for account in accounts:
        mine = lines[account.id]
        lateness = {line.id: late[line.id] for line in mine if line.id in late}
        known: Mapping[tuple[UUID, date], store.Kept] = kept
        corrected = None
        if lateness:
            corrected, known = await _late(work, account, cycle, mine, lateness)
        found.append(
            Given(
                account=account,
                cycle=cycle,
                lines=tuple(
                    LineMonth(
                        customer_id=line.customer_id,
                        line_id=line.id,
                        stretches=stretches(products[line.id], period, work.zone),
                        usages=used[line.id],
                    )
                    for line in mine
                ),
                kept=known,
                late=corrected,
                prepaid_available=_balance(balances, account, Bucket.PREPAID).available,
                owed=_balance(balances, account, Bucket.RECEIVABLE).amount,
            )
        )
    return found


def _balance(
    balances: Mapping[tuple[UUID, Bucket], ledger.Balance],
    account: customers.Account,
    bucket: Bucket,
) -> ledger.Balance:
    return balances.get((account.id, bucket), ledger.Balance(bucket=bucket))


async def _late(
    work: UnitOfWork,
    account: customers.Account,
    cycle: Cycle,
    lines: Sequence[subscriptions.Line],
    lateness: Mapping[UUID, Sequence[LateRecord]],
) -> tuple[Late | None, Mapping[tuple[UUID, date], store.Kept]]:
    """The closed months of an account that late records touch, with all their usage."""
    records: dict[tuple[UUID, date], list[UUID]] = {}
    for line_id, found in lateness.items():
        for one in found:
            day = one.at.astimezone(work.zone).date()
            month = Cycle.containing(day, account.cycle_day).start
            if month < cycle.start:
                records.setdefault((line_id, month), []).append(one.id)
    if not records:
        return None, await store.latest_evidence(
            work.db,
            [(account.customer_id, account.id)],
            since=cycle.before.start,
            before=cycle.start,
        )
    usages: dict[tuple[UUID, date], list[Usage]] = {}
    cycle_then = Cycle.containing(min(month for _, month in records), account.cycle_day)
    since = cycle_then.start
    while cycle_then.start < cycle.start:
        period = cycle_then.moments(work.zone)
        used = await usage.of_lines(work, [line.id for line in lines], period.start, period.end)
        usages.update({(line_id, cycle_then.start): found for line_id, found in used.items()})
        cycle_then = Cycle.containing(cycle_then.end, account.cycle_day)
    known = await store.latest_evidence(
        work.db, [(account.customer_id, account.id)], since=since, before=cycle.start
    )
    settled = {key: tuple(found) for key, found in records.items()}
    return Late(records=settled, usages=usages), known


async def plans_for(work: UnitOfWork, given: Iterable[Given]) -> PlanOf:
    """The plans of everything to be rated, add-ons combined, looked up once each.

    A plan that cannot be had is refused to those accounts only that have it.
    """
    wanted: set[_Key] = set()
    for one in given:
        held = [stretch for line in one.lines for stretch in line.stretches]
        if one.late is not None:
            held += [part.stretch for kept in one.kept.values() for part in kept.summary.parts]
        wanted.update(_key(stretch) for stretch in held)
    plans: dict[_Key, Plan | CareError] = {}
    for plan_id, version, add_ons in wanted:
        try:
            found: Plan | CareError = await catalog.effective(work, plan_id, version, add_ons)
        except CareError as error:
            found = error
        plans[plan_id, version, add_ons] = found

    def plan_of(stretch: Stretch) -> Plan:
        found = plans[_key(stretch)]
        if isinstance(found, CareError):
            raise found
        return found

    return plan_of


def _key(stretch: Stretch) -> _Key:
    return stretch.plan, stretch.version, stretch.add_ons
