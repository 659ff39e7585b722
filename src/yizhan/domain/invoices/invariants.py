"""What must always hold of invoices."""

from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="invoices.numbers_have_no_gap",
        title=Text("发票号连续", "Invoices have no gap"),
        proves=Text("每年的发票号一个不缺", "No invoice of any year is missing"),
        sql="""
        SELECT '00000000-0000-0000-0000-000000000000'::uuid AS customer_id, NULL::uuid AS subject,
               jsonb_build_object('year', s.year, 'counted', s.last_number,
                                  'invoices', count(i.id)) AS facts
          FROM invoice_series s LEFT JOIN invoice i ON i.year = s.year
         GROUP BY s.year, s.last_number
        HAVING count(i.id) <> s.last_number OR coalesce(max(i.number), 0) <> s.last_number
         LIMIT $1""",
    ),
    Invariant(
        name="invoices.within_what_was_paid",
        title=Text("开票不超过实缴", "No more is invoiced than was paid"),
        proves=Text("同一笔钱不重复开票", "No money was invoiced twice"),
        sql="""
        SELECT i.customer_id, i.account_id AS subject,
               jsonb_build_object('invoiced', i.fen, 'paid', p.fen, 'back', b.fen) AS facts
          FROM (SELECT customer_id, account_id,
                       sum(CASE colour WHEN 'blue' THEN amount_fen ELSE -amount_fen END) AS fen
                  FROM invoice GROUP BY customer_id, account_id) i
          CROSS JOIN LATERAL (
                SELECT coalesce(sum(CASE kind WHEN 'payment' THEN amount ELSE -amount END), 0)
                           AS fen,
                       max(at) FILTER (WHERE kind = 'reversal') AS last
                  FROM payment WHERE customer_id = i.customer_id AND account_id = i.account_id
                   AND method <> 'voucher') p
          CROSS JOIN LATERAL (
                SELECT coalesce(sum(amount_fen), 0) AS fen
                  FROM invoice_money_back WHERE customer_id = i.customer_id
                   AND account_id = i.account_id) b
         WHERE i.fen > p.fen - b.fen AND coalesce(p.last < now() - interval '10 minutes', true)
         LIMIT $1""",
    ),
    Invariant(
        name="invoices.red_is_its_blue",
        title=Text("红字发票与原发票一致", "A red invoice is its blue one"),
        proves=Text("冲销金额与原发票相同", "What was taken back is what was issued"),
        sql="""
        SELECT r.customer_id, r.id AS subject,
               jsonb_build_object('red', r.amount_fen, 'blue', b.amount_fen) AS facts
          FROM invoice r LEFT JOIN invoice b ON b.customer_id = r.customer_id AND b.id = r.reverses
         WHERE r.colour = 'red' AND (b.id IS NULL OR b.colour <> 'blue'
               OR b.amount_fen <> r.amount_fen OR b.tax_fen <> r.tax_fen)
         LIMIT $1""",
    ),
)
