"""Receipts, tills and adjustments on their tables; the call of ``post_payment``."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from yizhan.domain import ledger
from yizhan.domain.ledger import Bucket
from yizhan.domain.payments.model import (
    AccountClosed,
    Adjustment,
    KeyReused,
    NoSuchAccount,
    NoSuchAdjustment,
    NoSuchPayment,
    Receipt,
    Till,
    TillIsClosed,
)
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.db import Connection
from yizhan.platform.work import UnitOfWork

_POST = (
    "SELECT * FROM post_payment($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
    " $16, $17, $18, $19)"
)
_POST_MANY = """
SELECT done.* FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[],
                          $7::text[]) WITH ORDINALITY
       AS one (id, event_id, account_id, receivable, prepaid, amount, key, place)
 CROSS JOIN LATERAL post_payment(
       one.id, one.event_id, one.account_id, one.receivable, one.prepaid, $8, $9, $10, one.amount,
       one.key, $11, $12, $13, $14, $15, $16, $17,
       ($18::uuid[])[(one.place - 1) * cardinality($19::text[]) + 1
                     : one.place * cardinality($19::text[])],
       $19::text[]) AS done
"""
RECEIPT = (
    "p.customer_id, p.id, p.account_id, p.at, p.kind, p.method, p.bucket, p.amount,"
    " p.balance_after, p.till_id, p.day, p.till_code, p.number, p.actor_name, p.reverses,"
    " p.reason, r.id AS reversed_by"
)
FROM_PAYMENT = (
    "FROM payment p LEFT JOIN payment r ON r.customer_id = p.customer_id AND r.reverses = p.id"
)
ADJUSTMENT = (
    "customer_id, id, account_id, direction, amount, reason, note, bill_id, key, state,"
    " requested_by, requested_by_name, requested_at, deadline, decided_by, decided_by_name,"
    " decided_at, decision_note, transfer_id"
)


def cash_of(till_id: UUID, day: date) -> ledger.Holder:
    """The ledger account of a till's cash on a day."""
    return ledger.house(Bucket.CASH, f"{till_id}/{day}")


async def post_payment(
    work: UnitOfWork,
    *,
    account_id: UUID,
    amount: int,
    key: str,
    method: str,
    source: ledger.Holder | None = None,
    till_id: UUID | None = None,
) -> Receipt:
    """Take a payment through the database's own function, in one round trip.

    *source* is where the money lies, by default in the cash of *till_id*, by default the actor's.
    """
    actor, day = work.actor, work.today
    till_id = till_id or actor.id or NIL
    reactions = work.reactions_to("payments.payment_taken")
    try:
        row = await work.db.fetchrow(
            _POST,
            new_id(),
            new_id(),
            account_id,
            ledger.held(NIL, account_id, Bucket.RECEIVABLE).id,
            ledger.held(NIL, account_id, Bucket.PREPAID).id,
            (source or cash_of(till_id, day)).id,
            till_id,
            day,
            amount,
            key,
            method,
            work.now,
            actor.kind.value,
            actor.id,
            actor.name,
            actor.channel,
            work.contact_id,
            [new_id() for _ in reactions],
            list(reactions),
        )
    except asyncpg.PostgresError as error:
        if error.sqlstate != "YZ001":
            raise
        raise _refusal(str(error), day) from None
    return _receipt(row, account_id, key)


async def post_payments(
    work: UnitOfWork, taken: Sequence[tuple[UUID, int, str]], *, method: str
) -> Sequence[Receipt]:
    """Take many payments, (account, fen, key) each, into the actor's till in one round trip.

    They are posted and numbered in the order given; one that is refused takes all back.
    """
    actor, day = work.actor, work.today
    till_id = actor.id or NIL
    reactions = work.reactions_to("payments.payment_taken")
    accounts = [account_id for account_id, _, _ in taken]
    try:
        rows = await work.db.fetch(
            _POST_MANY,
            [new_id() for _ in taken],
            [new_id() for _ in taken],
            accounts,
            [ledger.held(NIL, one, Bucket.RECEIVABLE).id for one in accounts],
            [ledger.held(NIL, one, Bucket.PREPAID).id for one in accounts],
            [amount for _, amount, _ in taken],
            [key for _, _, key in taken],
            cash_of(till_id, day).id,
            till_id,
            day,
            method,
            work.now,
            actor.kind.value,
            actor.id,
            actor.name,
            actor.channel,
            work.contact_id,
            [new_id() for _ in taken for _ in reactions],
            list(reactions),
        )
    except asyncpg.PostgresError as error:
        if error.sqlstate != "YZ001":
            raise
        raise _refusal(str(error), day) from None
    return [
        _receipt(row, account_id, key)
        for row, (account_id, _, key) in zip(rows, taken, strict=True)
    ]


def _receipt(row: Any, account_id: UUID, key: str) -> Receipt:
    match row["outcome"]:
        case "posted" | "repeated" as outcome:
            values = dict(row)
            del values["outcome"]
            return Receipt(kind="payment", repeated=outcome == "repeated", **values)
        case "conflict":
            raise KeyReused("The key “{key}” already took another payment.", key=key)
        case "no_account":
            raise NoSuchAccount("There is no such billing account.", account_id=account_id)
        case outcome:
            raise AssertionError(outcome)


def _refusal(reason: str, day: date) -> Exception:
    if reason == "account_closed":
        return AccountClosed("The account is closed and takes no money.")
    return TillIsClosed("The till is closed for {day}. Take payments from tomorrow on.", day=day)


async def lock_payment(db: Connection, customer_id: UUID, payment_id: UUID) -> Receipt:
    """One receipt, locked. Raises ``NoSuchPayment``."""
    row = await db.fetchrow(
        f"SELECT {RECEIPT} {FROM_PAYMENT} WHERE p.customer_id = $1 AND p.id = $2 FOR UPDATE OF p",
        customer_id,
        payment_id,
    )
    if row is None:
        raise NoSuchPayment("There is no such payment.", payment_id=payment_id)
    return Receipt(**dict(row))


async def add_reversal(
    work: UnitOfWork, receipt: Receipt, *, transfer_id: UUID, balance_after: int, reason: str
) -> Receipt:
    """Write the receipt of a reversal, numbered by the till that took the payment."""
    till = await work.db.fetchrow(
        "UPDATE till_day SET last_number = last_number + 1 WHERE staff_id = $1 AND day = $2"
        " AND closed_at IS NULL RETURNING code, last_number",
        receipt.till_id,
        receipt.day,
    )
    if till is None:
        raise TillIsClosed(
            "The till is closed for {day}. Take payments from tomorrow on.", day=receipt.day
        )
    await work.db.execute(
        "INSERT INTO payment (customer_id, id, account_id, at, kind, method, bucket, amount,"
        " balance_after, till_id, day, till_code, number, reverses, reason, actor_id, actor_name,"
        " contact_id) VALUES ($1, $2, $3, $4, 'reversal', $5, $6, $7, $8, $9, $10, $11, $12, $13,"
        " $14, $15, $16, $17)",
        receipt.customer_id,
        transfer_id,
        receipt.account_id,
        work.now,
        receipt.method,
        receipt.bucket,
        receipt.amount,
        balance_after,
        receipt.till_id,
        receipt.day,
        till["code"],
        till["last_number"],
        receipt.id,
        reason,
        work.actor.id,
        work.actor.name,
        work.contact_id,
    )
    return await lock_payment(work.db, receipt.customer_id, transfer_id)


async def lock_till(db: Connection, staff_id: UUID, day: date) -> Till | None:
    """A till of a day, locked; none if it took nothing."""
    row = await db.fetchrow(
        "SELECT staff_id, day, code, last_number, opened_at, closed_at FROM till_day"
        " WHERE staff_id = $1 AND day = $2 FOR UPDATE",
        staff_id,
        day,
    )
    return Till(**dict(row)) if row else None


async def close_till(db: Connection, till: Till, *, now: datetime) -> None:
    """End a till's day."""
    await db.execute(
        "UPDATE till_day SET closed_at = $3 WHERE staff_id = $1 AND day = $2",
        till.staff_id,
        till.day,
        now,
    )


async def add_adjustment(db: Connection, one: Adjustment, contact_id: UUID | None) -> bool:
    """Keep a request; False if its key was used before."""
    status = await db.execute(
        "INSERT INTO adjustment (customer_id, id, account_id, direction, amount, reason, note,"
        " bill_id, key, state, requested_by, requested_by_name, requested_at, deadline,"
        " contact_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        " ON CONFLICT (customer_id, key) DO NOTHING",
        one.customer_id,
        one.id,
        one.account_id,
        one.direction,
        one.amount,
        one.reason,
        one.note,
        one.bill_id,
        one.key,
        one.state,
        one.requested_by,
        one.requested_by_name,
        one.requested_at,
        one.deadline,
        contact_id,
    )
    return bool(status == "INSERT 0 1")


async def lock_adjustment(db: Connection, customer_id: UUID, adjustment_id: UUID) -> Adjustment:
    """One adjustment, locked. Raises ``NoSuchAdjustment``."""
    return _found(
        await db.fetchrow(
            f"SELECT {ADJUSTMENT} FROM adjustment WHERE customer_id = $1 AND id = $2 FOR UPDATE",
            customer_id,
            adjustment_id,
        )
    )


async def adjustment_by_key(db: Connection, customer_id: UUID, key: str) -> Adjustment:
    """The adjustment a key asked for. Raises ``NoSuchAdjustment``."""
    return _found(
        await db.fetchrow(
            f"SELECT {ADJUSTMENT} FROM adjustment WHERE customer_id = $1 AND key = $2",
            customer_id,
            key,
        )
    )


def _found(row: Any) -> Adjustment:
    if row is None:
        raise NoSuchAdjustment("There is no such adjustment.")
    return Adjustment(**dict(row))


async def decide(
    work: UnitOfWork, one: Adjustment, state: str, note: str, transfer_id: UUID | None
) -> None:
    """Keep what was decided."""
    await work.db.execute(
        "UPDATE adjustment SET state = $3, decided_by = $4, decided_by_name = $5, decided_at = $6,"
        " decision_note = $7, transfer_id = $8 WHERE customer_id = $1 AND id = $2",
        one.customer_id,
        one.id,
        state,
        work.actor.id,
        work.actor.name,
        work.now,
        note,
        transfer_id,
    )
