"""What must always hold between receipts and the ledger."""

from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="payments.receipt_is_its_transfer",
        title=Text("每张收据对应一笔分录", "Every receipt is its transfer"),
        proves=Text(
            "收据与账本金额一致，没有缴费丢失或重复",
            "Receipts and ledger agree: no payment is lost or doubled",
        ),
        sql="""
        SELECT coalesce(p.customer_id, t.customer_id) AS customer_id,
               coalesce(p.id, t.id) AS subject,
               jsonb_build_object('receipt', p.amount, 'transfer', t.amount) AS facts
          FROM payment p FULL JOIN (SELECT * FROM ledger_transfer
                                     WHERE kind IN ('payment', 'reversal')) t
            ON t.customer_id = p.customer_id AND t.id = p.id
         WHERE p.amount IS DISTINCT FROM t.amount LIMIT $1""",
    ),
    Invariant(
        name="payments.receipts_have_no_gap",
        title=Text("收据号连续", "Receipts have no gap"),
        proves=Text("每个收银台每天的收据一张不缺", "No receipt of any till and day is missing"),
        sql="""
        SELECT '00000000-0000-0000-0000-000000000000'::uuid AS customer_id,
               d.staff_id AS subject,
               jsonb_build_object('day', d.day, 'counted', d.last_number,
                                  'receipts', count(p.id)) AS facts
          FROM till_day d LEFT JOIN payment p ON p.till_id = d.staff_id AND p.day = d.day
         GROUP BY d.staff_id, d.day, d.last_number
        HAVING count(DISTINCT p.number) <> d.last_number OR count(p.id) <> d.last_number
         LIMIT $1""",
    ),
    Invariant(
        name="payments.approved_by_another",
        title=Text("调整由第二人审批", "Adjustments were decided by another"),
        proves=Text("没有人批准自己的申请", "Nobody approved his own request"),
        sql="""
        SELECT customer_id, id AS subject, jsonb_build_object('state', state) AS facts
          FROM adjustment
         WHERE state IN ('approved', 'refused') AND decided_by IS NOT DISTINCT FROM requested_by
         LIMIT $1""",
    ),
)
