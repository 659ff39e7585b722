"""What must always hold between late fees and the ledger, and of every account that is dunned."""

from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="collections.late_fees_are_posted",
        title=Text("滞纳金与账本一致", "Late fees are on the ledger"),
        proves=Text(
            "每日滞纳金都按账单逐日入账，没有多收或漏记",
            "Every late fee was posted once, by bill and day, and none beside",
        ),
        sql="""
        SELECT coalesce(f.customer_id, t.customer_id) AS customer_id,
               coalesce(f.bill_id, t.reference) AS subject,
               jsonb_build_object('reckoned', f.fen, 'posted', t.fen) AS facts
          FROM (SELECT customer_id, bill_id, sum(fee_fen) AS fen FROM late_fee
                 GROUP BY customer_id, bill_id HAVING sum(fee_fen) > 0) f
          FULL JOIN (SELECT customer_id, reference, sum(amount) AS fen FROM ledger_transfer
                      WHERE kind = 'late_fee' GROUP BY customer_id, reference) t
            ON t.customer_id = f.customer_id AND t.reference = f.bill_id
         WHERE f.fen IS DISTINCT FROM t.fen LIMIT $1""",
    ),
    Invariant(
        name="collections.every_account_has_its_clock",
        title=Text("催缴时钟不停", "Dunning never stands still"),
        proves=Text(
            "每个有下一步的账户都有一个等待中的任务",
            "Every account with a next act has a job that waits for it",
        ),
        sql="""
        SELECT d.customer_id, d.account_id AS subject,
               jsonb_build_object('act', d.next_act, 'at', d.next_at) AS facts
          FROM dunning d
         WHERE d.next_at IS NOT NULL AND d.next_act <> 'by_hand'
           AND NOT EXISTS (SELECT 1 FROM job j WHERE j.kind = 'collections.tick'
                              AND j.key = d.account_id::text) LIMIT $1""",
    ),
)
