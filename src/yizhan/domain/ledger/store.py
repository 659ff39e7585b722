"""The ledger's two tables: write entries with their balances in one statement, lock, settle."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from yizhan.domain.ledger.model import (
    Balance,
    Bucket,
    Entry,
    Holder,
    Insufficient,
    NoSuchTransfer,
    State,
    Transfer,
)
from yizhan.kernel.actor import Actor
from yizhan.kernel.ids import new_id
from yizhan.platform.db import Connection

COLUMNS = (
    "customer_id, id, at, kind, state, debit_account, credit_account, amount, key, reserved,"
    " expires_at, settled_at, reference"
)

_WRITE = """
WITH inserted AS (
    INSERT INTO ledger_transfer (customer_id, id, at, kind, state, debit_account, credit_account,
        amount, reserved, expires_at, key, reference, actor_kind, actor_id, contact_id)
    SELECT c, i, $11, k, $12, d, r, a, CASE WHEN $12 = 'pending' THEN a END, $13, y, f,
           $14, $15, $16
      FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::bigint[],
                  $7::text[], $8::uuid[]) AS t (c, i, k, d, r, a, y, f)
    ON CONFLICT (customer_id, key) DO NOTHING
    RETURNING customer_id, id, debit_account, credit_account, amount
), delta AS (
    SELECT customer_id, account, sum(debit)::bigint AS debit, sum(credit)::bigint AS credit
      FROM (SELECT customer_id, debit_account AS account, amount AS debit, 0 AS credit
              FROM inserted
            UNION ALL
            SELECT customer_id, credit_account, 0, amount FROM inserted) AS side
     WHERE (customer_id, account) IN (SELECT * FROM unnest($9::uuid[], $10::uuid[]))
     GROUP BY customer_id, account
), locked AS MATERIALIZED (
    SELECT l.customer_id, l.id, d.debit, d.credit
      FROM delta d JOIN ledger_account l ON l.customer_id = d.customer_id AND l.id = d.account
     ORDER BY l.customer_id, l.id FOR UPDATE OF l
), updated AS (
    UPDATE ledger_account l
       SET debits_posted   = debits_posted   + CASE WHEN $12 = 'posted' THEN k.debit ELSE 0 END,
           credits_posted  = credits_posted  + CASE WHEN $12 = 'posted' THEN k.credit ELSE 0 END,
           debits_pending  = debits_pending  + CASE WHEN $12 = 'pending' THEN k.debit ELSE 0 END,
           credits_pending = credits_pending + CASE WHEN $12 = 'pending' THEN k.credit ELSE 0 END
      FROM locked k WHERE l.customer_id = k.customer_id AND l.id = k.id
    RETURNING l.customer_id, l.id
)
SELECT (SELECT array_agg(id) FROM inserted) AS inserted,
       (SELECT array_agg(account) FROM delta
         WHERE (customer_id, account) NOT IN (SELECT customer_id, id FROM updated)) AS unopened
"""
_APPLY = """
WITH delta AS (
    SELECT o.customer_id, o.id,
           coalesce(sum(t.amount) FILTER (WHERE t.debit_account = o.id), 0)::bigint AS debit,
           coalesce(sum(t.amount) FILTER (WHERE t.credit_account = o.id), 0)::bigint AS credit,
           bool_or(t.state = 'posted') AS posted
      FROM unnest($2::uuid[], $3::uuid[]) AS o (customer_id, id)
      JOIN ledger_transfer t ON t.customer_id = o.customer_id AND t.id = ANY($1)
       AND o.id IN (t.debit_account, t.credit_account)
     GROUP BY o.customer_id, o.id
)
UPDATE ledger_account l
   SET debits_posted   = debits_posted   + CASE WHEN posted THEN debit ELSE 0 END,
       credits_posted  = credits_posted  + CASE WHEN posted THEN credit ELSE 0 END,
       debits_pending  = debits_pending  + CASE WHEN posted THEN 0 ELSE debit END,
       credits_pending = credits_pending + CASE WHEN posted THEN 0 ELSE credit END
  FROM delta d WHERE l.customer_id = d.customer_id AND l.id = d.id
"""
_OPEN = """
INSERT INTO ledger_account (customer_id, id, account_id, bucket, name, unit, may_overdraw,
                            opened_at)
SELECT c, i, a, b, n, u, o, $8
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bool[])
       AS t (c, i, a, b, n, u, o)
ON CONFLICT (customer_id, id) DO NOTHING
"""
_SETTLE = """
WITH settled AS (
    UPDATE ledger_transfer SET state = $3, amount = $4, settled_at = $5
     WHERE customer_id = $1 AND id = $2
    RETURNING debit_account, credit_account, reserved, CASE WHEN $3 = 'posted' THEN amount
                                                            ELSE 0 END AS taken
)
UPDATE ledger_account l
   SET debits_posted   = debits_posted   + CASE WHEN l.id = s.debit_account THEN taken ELSE 0 END,
       credits_posted  = credits_posted  + CASE WHEN l.id = s.credit_account THEN taken ELSE 0 END,
       debits_pending  = debits_pending
                       - CASE WHEN l.id = s.debit_account THEN reserved ELSE 0 END,
       credits_pending = credits_pending
                       - CASE WHEN l.id = s.credit_account THEN reserved ELSE 0 END
  FROM settled s
 WHERE l.customer_id = $1 AND l.id IN (s.debit_account, s.credit_account)
"""


def transfer_of(row: Any) -> Transfer:
    """A row as the model knows it."""
    values = dict(row)
    values["state"] = State(values["state"])
    return Transfer(**values)


async def open_accounts(db: Connection, holders: Iterable[Holder], *, now: datetime) -> None:
    """Open accounts; those that are open stay as they are."""
    unique = sorted({(one.customer_id, one.id): one for one in holders}.items())
    if not unique:
        return
    found = [one for _, one in unique]
    await db.execute(
        _OPEN,
        [one.customer_id for one in found],
        [one.id for one in found],
        [one.account_id for one in found],
        [one.bucket.value for one in found],
        [one.name for one in found],
        [one.unit for one in found],
        [one.may_overdraw for one in found],
        now,
    )


async def write(
    db: Connection,
    entries: Sequence[Entry],
    *,
    now: datetime,
    actor: Actor,
    contact_id: UUID | None,
    expires_at: datetime | None = None,
) -> set[int]:
    """Write *entries* and their balances, all or none; pending when there is *expires_at*.

    Returns the positions of entries whose key was already used: those wrote nothing.
    Raises ``Insufficient`` when one takes more than its account holds; the database has then
    ended the transaction, so a caller who wants to go on needs a savepoint.
    """
    ids = [new_id() for _ in entries]
    sides = {
        (side.customer_id, side.id): side
        for entry in entries
        for side in (entry.debit, entry.credit)
    }
    await open_accounts(db, (one for one in sides.values() if one.is_house), now=now)
    ours = [one for one in sides.values() if not one.is_house]
    arguments = (
        [entry.customer_id for entry in entries],
        ids,
        [entry.kind for entry in entries],
        [entry.debit.id for entry in entries],
        [entry.credit.id for entry in entries],
        [entry.amount for entry in entries],
        [entry.key for entry in entries],
        [entry.reference for entry in entries],
        [one.customer_id for one in ours],
        [one.id for one in ours],
        now,
        "pending" if expires_at else "posted",
        expires_at,
        actor.kind.value,
        actor.id,
        contact_id,
    )
    try:
        row = await db.fetchrow(_WRITE, *arguments)
        if row["unopened"]:
            missing = [one for one in ours if one.id in set(row["unopened"])]
            await open_accounts(db, missing, now=now)
            await db.execute(
                _APPLY,
                row["inserted"],
                [one.customer_id for one in missing],
                [one.id for one in missing],
            )
    except asyncpg.CheckViolationError as error:
        raise _insufficient(error) from None
    written = set(row["inserted"] or ())
    return {position for position, one in enumerate(ids) if one not in written}


def _insufficient(error: Any) -> BaseException:
    if error.constraint_name != "ledger_account_covered":
        assert isinstance(error, BaseException)
        return error
    return Insufficient("There is not enough in the account for this.")


async def find_by_keys(
    db: Connection, customer_id: UUID, keys: Sequence[str]
) -> dict[str, Transfer]:
    """The transfers of a customer by their keys."""
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM ledger_transfer WHERE customer_id = $1 AND key = ANY($2)",
        customer_id,
        list(keys),
    )
    return {row["key"]: transfer_of(row) for row in rows}


async def lock(db: Connection, customer_id: UUID, transfer_id: UUID) -> Transfer:
    """One transfer, locked. Raises ``NoSuchTransfer``."""
    row = await db.fetchrow(
        f"SELECT {COLUMNS} FROM ledger_transfer WHERE customer_id = $1 AND id = $2 FOR UPDATE",
        customer_id,
        transfer_id,
    )
    if row is None:
        raise NoSuchTransfer("There is no such transfer.", transfer_id=transfer_id)
    return transfer_of(row)


async def settle(
    db: Connection, transfer: Transfer, state: State, amount: int, *, now: datetime
) -> None:
    """Post or void a locked pending transfer and move its balances."""
    await db.execute(_SETTLE, transfer.customer_id, transfer.id, state.value, amount, now)


def balance_of_row(row: Any) -> Balance:
    """The four counters of a row."""
    return Balance(
        bucket=Bucket(row["bucket"]),
        debits_posted=row["debits_posted"],
        credits_posted=row["credits_posted"],
        debits_pending=row["debits_pending"],
        credits_pending=row["credits_pending"],
    )
