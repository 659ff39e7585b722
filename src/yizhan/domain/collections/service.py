"""Dunning of post-paid accounts: one clock for each, one step a transaction.

`tick` looks at the account and does what is due. It may run at any time and any number of times:
whatever woke it (a clock, a payment, a bill, an order's answer), it does what the facts ask for.
"""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from yizhan.domain import billing, contacts, customers, subscriptions
from yizhan.domain.collections import events, permissions, prepaid, steps, stopping, store
from yizhan.domain.collections.flow import Act, Step
from yizhan.domain.collections.model import HOUR_OF_FEES, Dunning, Next, Rule, moment, next_act
from yizhan.domain.collections.owing import charge_late_fees, look
from yizhan.kernel.errors import Invalid, NotFound
from yizhan.platform.work import UnitOfWork

TICK = "collections.tick"
BY_HAND = "by_hand"
_ACTS_AT_ONCE = 8


async def rule_for(work: UnitOfWork, account: customers.Account, owed_fen: int) -> Rule:
    """How this account is dunned: the first rule, by priority, that fits."""
    customer = await customers.get(work, account.customer_id)
    for rule in await store.list_rules(work.db):
        if rule.fits(tier=customer.tier.value, segment=customer.segment.value, owed_fen=owed_fen):
            return rule
    raise NotFound("No rule of collections fits; keep one without conditions.")


async def watch(work: UnitOfWork, account_id: UUID) -> None:
    """Begin to look after a post-paid account, and do what is due."""
    account = await customers.get_account(work, account_id)
    if account.payment_kind is not customers.PaymentKind.POSTPAID:
        return
    rule = await rule_for(work, account, 0)
    await store.begin(work.db, account.customer_id, account_id, rule.code, work.now)
    await tick(work, account_id)


async def tick(work: UnitOfWork, account_id: UUID) -> Dunning | None:
    """Do what is due on an account and wind its clock; None when it never owed."""
    row = await store.lock(work.db, account_id)
    if row is None:
        return None
    account = await customers.get_account(work, account_id)
    rule = await rule_for(work, account, row.owed_fen)
    if row.tries:  # the network refused: the same step again, under another key
        await steps.align(work, row)
    for _ in range(_ACTS_AT_ONCE):
        owing = await look(work, account, rule)
        owing = await charge_late_fees(work, row, owing, rule)
        stand = owing.standing(work.today)
        row = msgspec.structs.replace(
            row,
            rule=rule.code,
            owed_fen=max(0, stand.owed_fen),
            overdue_fen=stand.chased_fen,
            disputed_fen=stand.disputed_fen,
            fees_fen=stand.fees_fen,
            first_due=stand.first_due,
            fee_through=work.today if row.step is not Step.ENDED else row.fee_through,
        )
        found = next_act(row, stand, rule, now=work.now, zone=work.zone)
        if found.at is None or found.at > work.now or found.by_hand:
            break
        row = await steps.do(work, row, found.act, stand, rule)
    fees_go_on = row.step is not Step.ENDED and stand.overdue_fen > stand.disputed_fen
    row = await _wind(work, row, found, fees_go_on=fees_go_on)
    await store.save(work.db, row)
    return row


async def _wind(work: UnitOfWork, row: Dunning, found: Next, *, fees_go_on: bool) -> Dunning:
    """Set the account's one clock: to the next act, or to the next day's late fee."""
    act, at = found.act.value, None if found.by_hand else found.at
    if found.by_hand:
        act = BY_HAND
    wake = at
    if fees_go_on:
        fee = moment(work.today + timedelta(days=1), HOUR_OF_FEES, work.zone)
        wake = min(wake, fee) if wake else fee
        act = act or Act.LATE_FEE.value
    if row.held_until is not None and work.now < row.held_until:
        wake = min(wake, row.held_until) if wake else row.held_until
    if row.tries and (retry := stopping.again_at(work.now, row.tries)):
        wake = min(wake, retry) if wake else retry
    if wake is None:
        await work.cancel_later(TICK, str(row.account_id))
    else:
        await work.later(
            TICK,
            {"account_id": row.account_id},
            run_at=max(wake, work.now + timedelta(seconds=1)),
            key=str(row.account_id),
        )
    return msgspec.structs.replace(row, next_act=act, next_at=at or wake)


async def align(work: UnitOfWork, account_id: UUID, *, failed: bool) -> None:
    """Look whether the lines are as dunning wants them, after an order was done or failed."""
    row = await store.lock(work.db, account_id)
    if row is None:
        return
    if failed:
        row = msgspec.structs.replace(row, tries=row.tries + 1)
        await work.later(
            TICK,
            {"account_id": account_id},
            run_at=stopping.again_at(work.now, row.tries),
            key=str(account_id),
        )
        await store.save(work.db, row)
        return
    row = msgspec.structs.replace(row, tries=0)
    await steps.align(work, row)
    await store.save(work.db, row)


async def order_answered(work: UnitOfWork, line_id: UUID, *, failed: bool) -> None:
    """An order of the house on a line was done or failed."""
    line = await subscriptions.get_line(work, line_id)
    account = await customers.get_account(work, line.account_id)
    if account.payment_kind is customers.PaymentKind.PREPAID:
        await prepaid.align(work, account, failed=failed)
    else:
        await align(work, account.id, failed=failed)


async def line_is_back(work: UnitOfWork, line_id: UUID, order_id: UUID) -> None:
    """The network ended a stop for arrears: tell the owner, once for the order.

    A line that something else still keeps from service is not said to be back.
    """
    line = await subscriptions.get_line(work, line_id)
    account = await customers.get_account(work, line.account_id)
    if account.payment_kind is customers.PaymentKind.PREPAID:
        return
    if line.state is subscriptions.State.ACTIVE:
        await steps.tell(
            work,
            line.customer_id,
            "line_resumed",
            f"resumed:{order_id}",
            {"number": line.number or ""},
        )


# ---------------------------------------------------------------- what people decide


async def defer(work: UnitOfWork, account_id: UUID, *, until: datetime, reason: str) -> Dunning:
    """The customer promises to pay until a moment: stops wait, stopped lines come back.

    Late fees go on. Raises ``NothingToDun``, ``TooLong``, ``Invalid``, ``Forbidden``,
    ``NotVerified``.
    """
    work.actor.require(permissions.DEFER)
    await contacts.require_verified(
        work, (await customers.get_account(work, account_id)).customer_id
    )
    return await _hold(work, account_id, until, "promise", reason)


async def hold(work: UnitOfWork, account_id: UUID, *, until: datetime, reason: str) -> Dunning:
    """Hold stops of an account as long as it takes; for who may work on dunning."""
    work.actor.require(permissions.WORK)
    return await _hold(work, account_id, until, "hold", reason)


async def _hold(
    work: UnitOfWork, account_id: UUID, until: datetime, kind: str, reason: str
) -> Dunning:
    row, rule = await _locked(work, account_id)
    row = row.defer(until, kind, reason, work.actor.name, rule=rule, now=work.now)
    if row.step is Step.NOTICED:
        row = msgspec.structs.replace(row, step=Step.OVERDUE, step_at=work.now)
    work.record(
        events.Deferred(
            customer_id=row.customer_id,
            account_id=account_id,
            kind=kind,
            until=until,
            reason=row.held_reason or "",
            by=work.actor.name,
        )
    )
    return await _soon(work, row)


async def release(work: UnitOfWork, account_id: UUID) -> Dunning:
    """End a deferral or hold before its time."""
    work.actor.require(permissions.WORK)
    row, _ = await _locked(work, account_id)
    if row.held_until is None:
        return row
    work.record(
        events.DeferralEnded(customer_id=row.customer_id, account_id=account_id, by=work.actor.name)
    )
    return await _soon(
        work,
        msgspec.structs.replace(
            row, held_until=None, held_kind=None, held_reason=None, held_by=None
        ),
    )


async def stop_now(work: UnitOfWork, account_id: UUID, *, reason: str) -> Dunning:
    """Stop before the day, or where only a person may: after 24 hours' notice all the same."""
    work.actor.require(permissions.WORK)
    if not 2 <= len(reason.strip()) <= 300:
        raise Invalid("Say why, in 2 to 300 characters.", field="reason")
    row, rule = await _locked(work, account_id)
    row = row.ask_stop(rule, now=work.now, zone=work.zone)
    work.record(
        events.StopAsked(
            customer_id=row.customer_id,
            account_id=account_id,
            reason=reason.strip(),
            by=work.actor.name,
        )
    )
    return await _soon(work, row)


async def _locked(work: UnitOfWork, account_id: UUID) -> tuple[Dunning, Rule]:
    row = await store.lock(work.db, account_id)
    if row is None:
        raise NotFound("Nothing was ever owed on this account.", account_id=account_id)
    account = await customers.get_account(work, account_id)
    return row, await rule_for(work, account, row.owed_fen)


async def _soon(work: UnitOfWork, row: Dunning) -> Dunning:
    """Keep a decision; the worker, who may stop and resume, carries it out at once."""
    await store.save(work.db, row)
    await work.later(TICK, {"account_id": row.account_id}, run_at=work.now, key=str(row.account_id))
    return row


# ---------------------------------------------------------------- disputes


async def dispute(
    work: UnitOfWork,
    customer_id: UUID,
    account_id: UUID,
    bill_id: UUID,
    case_id: UUID,
    *,
    amount_fen: int | None = None,
) -> None:
    """A complaint about a bill is in progress: its amount is not dunned until it is settled."""
    if await store.begin_dispute(
        work.db, customer_id, account_id, bill_id, case_id, amount_fen, work.now
    ):
        work.record(
            events.DisputeBegan(
                customer_id=customer_id, account_id=account_id, bill_id=bill_id, case_id=case_id
            )
        )
        await tick(work, account_id)


async def bill_disputed(work: UnitOfWork, customer_id: UUID, bill_id: UUID, case_id: UUID) -> None:
    """The same, of a whole bill, by its id."""
    bill = await billing.get_bill(work, customer_id, bill_id)
    await dispute(work, customer_id, bill.account_id, bill_id, case_id)


async def settle_disputes(work: UnitOfWork, customer_id: UUID, case_id: UUID) -> None:
    """The complaint is over: what is open of its bills is dunned again."""
    for account_id, bill_id in await store.end_disputes(work.db, customer_id, case_id, work.now):
        work.record(
            events.DisputeEnded(
                customer_id=customer_id, account_id=account_id, bill_id=bill_id, case_id=case_id
            )
        )
        await tick(work, account_id)


async def reopen_disputes(work: UnitOfWork, customer_id: UUID, case_id: UUID) -> None:
    """The complaint was taken up again, and with it what it disputes."""
    for account_id, bill_id in await store.reopen_disputes(work.db, customer_id, case_id):
        work.record(
            events.DisputeBegan(
                customer_id=customer_id, account_id=account_id, bill_id=bill_id, case_id=case_id
            )
        )
        await tick(work, account_id)
