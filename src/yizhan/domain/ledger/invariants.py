"""What must always hold in the books, as queries that find what does not."""

from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="ledger.balance_is_sum_of_transfers",
        title=Text("每个余额等于其分录之和", "Every balance is the sum of its transfers"),
        proves=Text("余额没有被绕过分录改动", "No balance was changed except by a transfer"),
        sql="""
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
    ),
    Invariant(
        name="ledger.transfer_has_two_accounts",
        title=Text("每笔分录都有借贷两个账户", "Every transfer has two accounts"),
        proves=Text("没有钱凭空出现或消失", "No money comes from or goes to nowhere"),
        sql="""
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
    ),
    Invariant(
        name="ledger.sums_to_zero",
        title=Text("所有账户合计为零", "All accounts add up to zero"),
        proves=Text("借贷始终平衡", "Debits equal credits over the whole house"),
        sql="""
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
    ),
    Invariant(
        name="ledger.pending_is_covered",
        title=Text("预留不超过可用余额", "Reservations are covered"),
        proves=Text("不会承诺账户里没有的钱", "Nothing is promised that the account does not have"),
        sql="""
        SELECT customer_id, id AS subject,
               jsonb_build_object('bucket', bucket, 'pending', debits_pending,
                                  'posted', credits_posted - debits_posted) AS facts
          FROM ledger_account
         WHERE NOT may_overdraw AND debits_posted + debits_pending > credits_posted LIMIT $1""",
    ),
    Invariant(
        name="ledger.pending_is_not_forgotten",
        title=Text("没有过期未处理的预留", "No reservation is forgotten"),
        proves=Text("过期的预留都已归还", "Expired reservations were given back"),
        sql="""
        SELECT customer_id, id AS subject, jsonb_build_object('expired', expires_at) AS facts
          FROM ledger_transfer
         WHERE state = 'pending' AND expires_at < now() - interval '1 hour' LIMIT $1""",
    ),
)
