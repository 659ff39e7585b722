"""Prepaid accounts: usage is charged as it arrives, credit runs out and is brought back.

What the running month comes to is taken from the balance up to what is there, towards the bill; the
balance never goes below zero. What it does not cover is the overdraw: kept, shown, and taken from
the next recharge.
"""

from datetime import timedelta
from uuid import UUID

import msgspec

from yizhan.domain import billing, customers, ledger
from yizhan.domain.collections import credit_store, events, stopping
from yizhan.domain.collections.credit import Life, PrepaidRule, credit_at, extended, next_change
from yizhan.domain.collections.flow import Credit
from yizhan.domain.collections.steps import tell
from yizhan.domain.ledger import Bucket
from yizhan.platform.work import UnitOfWork

CREDIT = "collections.credit"
CHARGE = "collections.charge"
_replace = msgspec.structs.replace


async def charge(work: UnitOfWork, account_id: UUID) -> Life | None:
    """Take from the balance what the running month came to and was not taken yet."""
    account = await customers.get_account(work, account_id)
    if account.payment_kind is not customers.PaymentKind.PREPAID:
        return None
    life = await credit_store.lock(work, account.customer_id, account_id)
    life = await _charge(work, account, life)
    await credit_store.save(work.db, life)
    return life


async def _charge(work: UnitOfWork, account: customers.Account, life: Life) -> Life:
    current = await billing.current_month(work, account.id)
    if life.period_start != current.period_start:
        life = _replace(
            life, period_start=current.period_start, charged_fen=0, rated_fen=0, overdraw_fen=0
        )
    balance = await ledger.balance_of(work, account.customer_id, account.id, Bucket.PREPAID)
    due = current.total_fen - life.charged_fen
    taken = max(0, min(due, balance.available))
    if taken:
        level = life.charged_fen + taken
        await ledger.transfer(
            work,
            ledger.Entry(
                customer_id=account.customer_id,
                debit=ledger.held(account.customer_id, account.id, Bucket.PREPAID),
                credit=ledger.held(account.customer_id, account.id, Bucket.RECEIVABLE),
                amount=taken,
                kind="prepaid_charge",
                key=f"prepaid:{account.id}:{current.period_start}:{level}",
            ),
        )
    life = _replace(
        life,
        rated_fen=current.total_fen,
        charged_fen=life.charged_fen + taken,
        overdraw_fen=max(0, due - taken),
    )
    _, rule = await credit_store.rules(work.db)
    return await _watch_balance(work, life, balance.available - taken, rule)


async def _watch_balance(work: UnitOfWork, life: Life, left: int, rule: PrepaidRule) -> Life:
    """Stop at nothing, tell when little is left, come back when there is some again."""
    lines = await stopping.lines_of(work, life.account_id)
    if left <= 0 and life.overdraw_fen > 0 and not life.empty:
        work.record(
            events.BalanceUsedUp(
                customer_id=life.customer_id,
                account_id=life.account_id,
                overdraw_fen=life.overdraw_fen,
            )
        )
        await stopping.stop(work, lines, one_way=True, key=_key(life))
        return _replace(life, empty=True)
    if left > 0 and life.empty:
        life = _replace(life, empty=False)
        life = await _resume(work, life, "recharged")
    if left >= rule.low_balance_fen:
        return _replace(life, low_told=False)
    if life.low_told or not lines:
        return life
    work.record(
        events.LowBalance(
            customer_id=life.customer_id, account_id=life.account_id, balance_fen=left
        )
    )
    await tell(
        work,
        life.customer_id,
        "low_balance",
        f"low:{life.account_id}:{work.now:%Y%m%d%H%M}",
        {"number": lines[0].number or "", "balance_fen": left},
    )
    return _replace(life, low_told=True)


def _key(life: Life) -> str:
    return f"pre:{life.round}.{life.tries}"


async def _resume(work: UnitOfWork, life: Life, why: str) -> Life:
    if life.state is not Credit.ACTIVE or life.empty:
        return life
    lines = await stopping.lines_of(work, life.account_id)
    ordered = await stopping.resume(work, lines, key=_key(life))
    if ordered:
        work.record(
            events.Resumed(
                customer_id=life.customer_id, account_id=life.account_id, why=why, lines=ordered
            )
        )
    return _replace(life, round=life.round + 1, tries=0)


# ---------------------------------------------------------------- recharge and clocks


async def recharged(
    work: UnitOfWork, account_id: UUID, amount_fen: int, *, at_counter: bool
) -> Life | None:
    """Money came: the credit is valid for longer, and alive again if it was not recycled.

    A locked line is revived at the counter only (facts 3: "service off, hall recharge only"). What
    comes another way meanwhile is kept on the balance, and the customer is told.
    """
    account = await customers.get_account(work, account_id)
    if account.payment_kind is not customers.PaymentKind.PREPAID:
        return None
    life = await credit_store.lock(work, account.customer_id, account_id)
    if life.state is Credit.RECYCLED:
        return life
    by_amount, rule = await credit_store.rules(work.db)
    if not at_counter and credit_at(life.valid_until, rule, now=work.now) is Credit.LOCKED:
        life = await _stay_locked(work, await _move(work, life), amount_fen)
        await credit_store.save(work.db, life)
        return life
    until = extended(life, by_amount, amount_fen, now=work.now)
    if until is not None and until != life.valid_until:
        work.record(
            events.CreditExtended(
                customer_id=life.customer_id,
                account_id=account_id,
                amount_fen=amount_fen,
                valid_until=until,
            )
        )
    life = await _move(work, _replace(life, valid_until=until))
    life = await _charge(work, account, life)
    await credit_store.save(work.db, life)
    return life


async def _stay_locked(work: UnitOfWork, life: Life, amount_fen: int) -> Life:
    lines = await stopping.lines_of(work, life.account_id)
    balance = await ledger.balance_of(work, life.customer_id, life.account_id, Bucket.PREPAID)
    work.record(
        events.RechargeKept(
            customer_id=life.customer_id,
            account_id=life.account_id,
            amount_fen=amount_fen,
            balance_fen=balance.amount,
        )
    )
    await tell(
        work,
        life.customer_id,
        "credit_locked",
        f"locked:{life.account_id}:{work.now:%Y%m%d%H%M%S%f}",
        {
            "number": lines[0].number or "" if lines else "",
            "amount_fen": amount_fen,
            "balance_fen": balance.amount,
        },
    )
    return life


async def tick(work: UnitOfWork, account_id: UUID) -> Life | None:
    """The credit's clock: tell before it runs out, and move it on when it has."""
    account = await customers.get_account(work, account_id)
    if account.payment_kind is not customers.PaymentKind.PREPAID:
        return None
    life = await _move(work, await credit_store.lock(work, account.customer_id, account_id))
    await credit_store.save(work.db, life)
    return life


async def align(work: UnitOfWork, account: customers.Account, *, failed: bool) -> None:
    """After an order was done or failed: see that the lines are as the credit wants them."""
    life = await credit_store.lock(work, account.customer_id, account.id)
    if failed:
        life = _replace(life, tries=life.tries + 1)
        await work.later(
            CREDIT,
            {"account_id": account.id},
            run_at=stopping.again_at(work.now, life.tries),
            key=str(account.id),
        )
    else:
        life = _replace(life, tries=0)
        await _obey(work, life)
    await credit_store.save(work.db, life)


async def _obey(work: UnitOfWork, life: Life) -> None:
    """Order what the state asks for, where a line is otherwise."""
    lines = await stopping.lines_of(work, life.account_id)
    match life.state:
        case Credit.ACTIVE if not life.empty:
            await stopping.resume(work, lines, key=_key(life))
        case Credit.ACTIVE | Credit.RECHARGE_ONLY:
            await stopping.stop(work, lines, one_way=True, key=_key(life))
        case Credit.LOCKED:
            await stopping.stop(work, lines, one_way=False, key=_key(life))
        case Credit.RECYCLED:
            await stopping.end(work, lines, key=_key(life))


async def _move(work: UnitOfWork, life: Life) -> Life:
    _, rule = await credit_store.rules(work.db)
    now_is = credit_at(life.valid_until, rule, now=work.now)
    if now_is is not life.state:
        balance = await ledger.balance_of(work, life.customer_id, life.account_id, Bucket.PREPAID)
        work.record(
            events.CreditMoved(
                customer_id=life.customer_id,
                account_id=life.account_id,
                from_credit=life.state.value,
                to_credit=now_is.value,
                balance_fen=balance.amount,
            )
        )
        revived = now_is is Credit.ACTIVE
        life = _replace(life, state=now_is, state_at=work.now, round=life.round + revived)
    await _obey(work, life)
    life = await _tell_of_the_end(work, life, rule)
    upcoming = next_change(life, rule, now=work.now)
    if upcoming is None:
        await work.cancel_later(CREDIT, str(life.account_id))
    else:
        await work.later(
            CREDIT, {"account_id": life.account_id}, run_at=upcoming, key=str(life.account_id)
        )
    return _replace(life, next_at=upcoming)


async def _tell_of_the_end(work: UnitOfWork, life: Life, rule: PrepaidRule) -> Life:
    until = life.valid_until
    if until is None or life.expiry_told_for == until or life.state is not Credit.ACTIVE:
        return life
    if work.now < until - timedelta(days=rule.expiry_notice_days):
        return life
    lines = await stopping.lines_of(work, life.account_id)
    balance = await ledger.balance_of(work, life.customer_id, life.account_id, Bucket.PREPAID)
    await tell(
        work,
        life.customer_id,
        "credit_ending",
        f"ending:{life.account_id}:{until:%Y%m%d}",
        {
            "number": lines[0].number or "" if lines else "",
            "balance_fen": balance.amount,
            "until_at": until,
        },
    )
    return _replace(life, expiry_told_for=until)
