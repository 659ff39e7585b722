"""Reading the ledger: balances, transfers, sums of the house, and what must always hold."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.ledger import store
from yizhan.domain.ledger.model import ASSETS, Balance, Bucket, Holder, Transfer, held
from yizhan.kernel.ids import NIL
from yizhan.platform.work import UnitOfWork


async def balances_of(
    work: UnitOfWork, customer_id: UUID, account_id: UUID
) -> Mapping[Bucket, Balance]:
    """What a billing account holds, by bucket; a bucket never used reads zero."""
    rows = await work.db.fetch(
        "SELECT bucket, debits_posted, credits_posted, debits_pending, credits_pending"
        " FROM ledger_account WHERE customer_id = $1 AND account_id = $2",
        customer_id,
        account_id,
    )
    found = {bucket: Balance(bucket=bucket) for bucket in (Bucket.RECEIVABLE, Bucket.PREPAID)}
    return found | {one.bucket: one for one in map(store.balance_of_row, rows)}


async def balance_of(
    work: UnitOfWork, customer_id: UUID, account_id: UUID, bucket: Bucket = Bucket.RECEIVABLE
) -> Balance:
    """One bucket of a billing account; zero if it was never used."""
    row = await work.db.fetchrow(
        "SELECT bucket, debits_posted, credits_posted, debits_pending, credits_pending"
        " FROM ledger_account WHERE customer_id = $1 AND id = $2",
        customer_id,
        held(customer_id, account_id, bucket).id,
    )
    return store.balance_of_row(row) if row else Balance(bucket=bucket)


async def list_transfers(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 50, before: UUID | None = None
) -> Sequence[Transfer]:
    """A customer's transfers, newest first."""
    rows = await work.db.fetch(
        f"SELECT {store.COLUMNS} FROM ledger_transfer WHERE customer_id = $1"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $2",
        customer_id,
        limit,
        before,
    )
    return [store.transfer_of(row) for row in rows]


async def house_amount(
    work: UnitOfWork, holder: Holder, *, since: datetime, until: datetime
) -> int:
    """What an account of the house gained in ``[since, until)``, with the sign people expect."""
    assert holder.is_house
    net = await work.db.fetchval(
        "SELECT coalesce(sum(CASE WHEN credit_account = $1 THEN amount ELSE -amount END), 0)"
        " FROM ledger_transfer WHERE at >= $2 AND at < $3 AND state = 'posted'"
        " AND (credit_account = $1 OR debit_account = $1)",
        holder.id,
        since,
        until,
    )
    return -int(net) if holder.bucket in ASSETS else int(net)


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the books that does not hold, and where."""

    rule: str
    customer_id: UUID
    subject: UUID | None
    facts: Mapping[str, Any]


INVARIANTS: Mapping[str, str] = {
    "ledger.balance_is_sum_of_transfers": """
        WITH side AS (
            SELECT customer_id, debit_account AS id, amount AS d, 0 AS c, state
              FROM ledger_transfer WHERE state <> 'voided'
            UNION ALL
            SELECT customer_id, credit_account, 0, amount, state
              FROM ledger_transfer WHERE state <> 'voided'
        ), total AS (
            SELECT customer_id, id,
                   sum(d) FILTER (WHERE state = 'posted') AS debits_posted,
                   sum(c) FILTER (WHERE state = 'posted') AS credits_posted,
                   sum(d) FILTER (WHERE state = 'pending') AS debits_pending,
                   sum(c) FILTER (WHERE state = 'pending') AS credits_pending
              FROM side GROUP BY customer_id, id)
        SELECT a.customer_id, a.id AS subject,
               jsonb_build_object(
                   'bucket', a.bucket,
                   'stored', a.credits_posted - a.debits_posted,
                   'computed', coalesce(t.credits_posted, 0) - coalesce(t.debits_posted, 0)
               ) AS facts
          FROM ledger_account a LEFT JOIN total t USING (customer_id, id)
         WHERE a.account_id IS NOT NULL
           AND (a.debits_posted, a.credits_posted, a.debits_pending, a.credits_pending)
            IS DISTINCT FROM (coalesce(t.debits_posted, 0), coalesce(t.credits_posted, 0),
                coalesce(t.debits_pending, 0), coalesce(t.credits_pending, 0))
         LIMIT $1""",
    "ledger.transfer_has_two_accounts": """
        SELECT t.customer_id, t.id AS subject, jsonb_build_object('kind', t.kind) AS facts
          FROM ledger_transfer t
         WHERE EXISTS (
            SELECT FROM (VALUES (t.debit_account), (t.credit_account)) AS side (id)
             WHERE NOT EXISTS (SELECT FROM ledger_account a
                                WHERE a.customer_id = t.customer_id AND a.id = side.id)
               AND NOT EXISTS (SELECT FROM ledger_account a
                                WHERE a.customer_id = '00000000-0000-0000-0000-000000000000'
                                  AND a.id = side.id))
         LIMIT $1""",
    "ledger.sums_to_zero": """
        WITH moved AS (
            SELECT debit_account AS id, -amount AS amount FROM ledger_transfer
             WHERE state = 'posted'
            UNION ALL
            SELECT credit_account, amount FROM ledger_transfer WHERE state = 'posted'
        ), house AS (
            SELECT coalesce(sum(m.amount), 0) AS amount
              FROM moved m JOIN ledger_account a ON a.id = m.id AND a.account_id IS NULL
        ), customers AS (
            SELECT coalesce(sum(credits_posted - debits_posted), 0) AS amount
              FROM ledger_account WHERE account_id IS NOT NULL)
        SELECT '00000000-0000-0000-0000-000000000000'::uuid AS customer_id, NULL::uuid AS subject,
               jsonb_build_object('house', h.amount, 'customers', c.amount) AS facts
          FROM house h, customers c WHERE h.amount + c.amount <> 0 LIMIT $1""",
    "ledger.pending_is_covered": """
        SELECT customer_id, id AS subject,
               jsonb_build_object('bucket', bucket, 'pending', debits_pending,
                                  'posted', credits_posted - debits_posted) AS facts
          FROM ledger_account
         WHERE NOT may_overdraw AND debits_posted + debits_pending > credits_posted LIMIT $1""",
    "ledger.pending_is_not_forgotten": """
        SELECT customer_id, id AS subject, jsonb_build_object('expired', expires_at) AS facts
          FROM ledger_transfer
         WHERE state = 'pending' AND expires_at < now() - interval '1 hour' LIMIT $1""",
}
"""Each query returns the rows that break its rule: customer, subject, facts. None is healthy."""


async def breaches(work: UnitOfWork, *, limit: int = 20) -> Sequence[Breach]:
    """What does not hold in the ledger, at most *limit* for each rule."""
    found = []
    for rule, query in INVARIANTS.items():
        for row in await work.db.fetch(query, limit):
            found.append(
                Breach(
                    rule=rule,
                    customer_id=row["customer_id"] or NIL,
                    subject=row["subject"],
                    facts=row["facts"],
                )
            )
    return found
