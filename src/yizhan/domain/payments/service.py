"""What is done with money at the desk: take, reverse, ask for an adjustment, decide on it."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from yizhan.domain import customers, ledger
from yizhan.domain.ledger import Bucket
from yizhan.domain.payments import permissions, store
from yizhan.domain.payments.events import PaymentReversed, TillClosed
from yizhan.domain.payments.model import (
    ADJUSTMENT_FEN_MAX,
    Adjustment,
    AlreadyDecided,
    AlreadySpent,
    KeyReused,
    Receipt,
    Till,
    TillIsClosed,
    checked_amount,
    checked_key,
    checked_text,
    deadline_from,
)
from yizhan.domain.payments.words import REASONS
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.work import UnitOfWork

EXPIRE_JOB = "payments.adjustment_expires"


async def take_cash(work: UnitOfWork, *, account_id: UUID, amount: int, key: str) -> Receipt:
    """Take *amount* fen in cash on an account, once for its *key*, and give a receipt.

    The same key again returns the same receipt. Raises ``Invalid`` above 50,000.00,
    ``KeyReused`` when the key took another amount or account, ``TillIsClosed``.
    One statement; so it may stand in ``Works.single`` as well as in an act with others.
    """
    work.actor.require(permissions.TAKE)
    return await store.post_payment(
        work,
        account_id=account_id,
        amount=checked_amount(amount),
        key=checked_key(key),
        method="cash",
    )


async def take_cash_many(
    work: UnitOfWork, taken: Sequence[tuple[UUID, int, str]]
) -> Sequence[Receipt]:
    """Take many payments in cash, (account, fen, key) each; for who brings a whole day's along.

    As ``take_cash``, one after the other in one statement; one that is refused takes all back, and
    the same error tells why.
    """
    work.actor.require(permissions.TAKE)
    if not taken:
        return []
    return await store.post_payments(
        work,
        [(account, checked_amount(amount), checked_key(key)) for account, amount, key in taken],
        method="cash",
    )


async def take_from(
    work: UnitOfWork,
    *,
    account_id: UUID,
    amount: int,
    key: str,
    method: str,
    source: ledger.Holder,
    till_id: UUID,
) -> Receipt:
    """Take a payment whose money already lies with us, in an open account of the house.

    For rooms above, which answer for who may; *method* is their word for it and *till_id* whose
    receipts are numbered together. Once for its *key*, like ``take_cash``.
    """
    return await store.post_payment(
        work,
        account_id=account_id,
        amount=checked_amount(amount),
        key=checked_key(key),
        method=method,
        source=source,
        till_id=till_id,
    )


async def reverse(work: UnitOfWork, customer_id: UUID, payment_id: UUID, *, reason: str) -> Receipt:
    """Take back a payment of the same day, out of the till that took it."""
    work.actor.require(permissions.REVERSE)
    why = checked_text(reason, "reason")
    receipt = await store.lock_payment(work.db, customer_id, payment_id)
    receipt.check_reversible(today=work.today, by=work.actor.id)
    key = f"reversal:{payment_id}"
    entry = ledger.Entry(
        customer_id=customer_id,
        debit=ledger.held(customer_id, receipt.account_id, Bucket(receipt.bucket)),
        credit=store.cash_of(receipt.till_id, receipt.day),
        amount=receipt.amount,
        kind="reversal",
        key=key,
        reference=payment_id,
    )
    try:
        transfer = (await ledger.transfer(work, entry))[key]
    except ledger.Insufficient:
        raise AlreadySpent(
            "The money of receipt {receipt} has been used. Ask for an adjustment instead.",
            receipt=receipt.receipt,
        ) from None
    balance = await ledger.balance_of(work, customer_id, receipt.account_id, Bucket(receipt.bucket))
    after = balance.credits_posted - balance.debits_posted
    done = await store.add_reversal(
        work, receipt, transfer_id=transfer.id, balance_after=after, reason=why
    )
    work.record(
        PaymentReversed(
            customer_id=customer_id,
            payment_id=done.id,
            reverses=receipt.id,
            account_id=receipt.account_id,
            amount_fen=receipt.amount,
            balance_fen=after,
            receipt=done.receipt,
            reversed_receipt=receipt.receipt,
            reason=why,
        )
    )
    return done


async def request_adjustment(
    work: UnitOfWork,
    *,
    account_id: UUID,
    direction: str,
    amount: int,
    reason: str,
    note: str,
    key: str,
    bill_id: UUID | None = None,
) -> Adjustment:
    """Ask that an account be credited (in the customer's favour) or debited by *amount* fen.

    A second person decides within 48 hours; which one depends on the amount.
    """
    work.actor.require(permissions.REQUEST)
    if direction not in ("credit", "debit"):
        raise Invalid("An adjustment is a credit or a debit.", field="direction")
    if reason not in REASONS:
        raise Invalid(
            "“{reason}” is no reason of ours. Choose one of: {reasons}.",
            field="reason",
            reason=reason,
            reasons=", ".join(REASONS),
        )
    account = await customers.get_account(work, account_id)
    asked = Adjustment(
        customer_id=account.customer_id,
        id=new_id(),
        account_id=account_id,
        direction=direction,
        amount=checked_amount(amount, ADJUSTMENT_FEN_MAX),
        reason=reason,
        note=checked_text(note, "note"),
        bill_id=bill_id,
        key=checked_key(key),
        state="requested",
        requested_by=work.actor.id,
        requested_by_name=work.actor.name,
        requested_at=work.now,
        deadline=deadline_from(work.now),
    )
    if not await store.add_adjustment(work.db, asked, work.contact_id):
        known = await store.adjustment_by_key(work.db, account.customer_id, key)
        if (known.account_id, known.direction, known.amount) != (account_id, direction, amount):
            raise KeyReused("The key “{key}” already asked for another adjustment.", key=key)
        return known
    work.record(asked.requested())
    await work.later(
        EXPIRE_JOB,
        {"customer_id": asked.customer_id, "adjustment_id": asked.id},
        run_at=asked.deadline,
        key=str(asked.id),
    )
    return asked


async def approve(
    work: UnitOfWork, customer_id: UUID, adjustment_id: UUID, *, note: str = ""
) -> Adjustment:
    """Agree to an adjustment and post it."""
    one = await store.lock_adjustment(work.db, customer_id, adjustment_id)
    one.check_decidable(work.actor, now=work.now)
    account = await customers.get_account(work, one.account_id)
    bucket = Bucket.PREPAID if account.payment_kind == "prepaid" else Bucket.RECEIVABLE
    theirs = ledger.held(customer_id, one.account_id, bucket)
    ours = ledger.house(Bucket.WRITE_OFF, one.reason)
    key = f"adjustment:{one.id}"
    entry = ledger.Entry(
        customer_id=customer_id,
        debit=ours if one.direction == "credit" else theirs,
        credit=theirs if one.direction == "credit" else ours,
        amount=one.amount,
        kind="adjustment",
        key=key,
        reference=one.id,
    )
    transfer = (await ledger.transfer(work, entry))[key]
    await store.decide(work, one, "approved", note.strip()[:500], transfer.id)
    await work.cancel_later(EXPIRE_JOB, str(one.id))
    work.record(one.approved(transfer.id, note.strip()[:500]))
    return await store.lock_adjustment(work.db, customer_id, adjustment_id)


async def refuse(
    work: UnitOfWork, customer_id: UUID, adjustment_id: UUID, *, note: str
) -> Adjustment:
    """Say no to an adjustment, and why."""
    why = checked_text(note, "note")
    one = await store.lock_adjustment(work.db, customer_id, adjustment_id)
    one.check_decidable(work.actor, now=work.now)
    await store.decide(work, one, "refused", why, None)
    await work.cancel_later(EXPIRE_JOB, str(one.id))
    work.record(one.refused(why))
    return await store.lock_adjustment(work.db, customer_id, adjustment_id)


async def expire(work: UnitOfWork, customer_id: UUID, adjustment_id: UUID) -> None:
    """Let a request lapse on which nobody decided."""
    one = await store.lock_adjustment(work.db, customer_id, adjustment_id)
    if one.state != "requested":
        raise AlreadyDecided("This adjustment is already {state}.", state=one.state)
    await store.decide(work, one, "expired", "", None)
    work.record(one.expired())


async def close_till(work: UnitOfWork, staff_id: UUID, day: date) -> Till:
    """End the day of a till: it takes and gives back no more. Its own clerk or a lead may."""
    work.actor.require(permissions.TAKE if work.actor.id == staff_id else permissions.REVERSE)
    till = await store.lock_till(work.db, staff_id, day)
    if till is None or till.closed_at is not None:
        raise TillIsClosed("The till is closed for {day}. Take payments from tomorrow on.", day=day)
    cash = await work.db.fetchval(
        "SELECT coalesce(sum(CASE kind WHEN 'payment' THEN amount ELSE -amount END), 0)::bigint"
        " FROM payment WHERE till_id = $1 AND day = $2",
        staff_id,
        day,
    )
    await store.close_till(work.db, till, now=work.now)
    work.record(
        TillClosed(
            customer_id=NIL,
            staff_id=staff_id,
            day=day.isoformat(),
            till_code=till.code,
            receipts=till.last_number,
            cash_fen=cash,
        )
    )
    closed = await store.lock_till(work.db, staff_id, day)
    assert closed is not None
    return closed
