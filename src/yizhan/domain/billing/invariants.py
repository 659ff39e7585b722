"""What must always hold of bills."""

from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="billing.total_is_sum_of_lines",
        title=Text("账单合计等于各行之和", "A bill is the sum of its lines"),
        proves=Text("账单上的每一分都有出处", "Every fen of a bill stands on one of its lines"),
        sql="""
        SELECT b.customer_id, b.id AS subject,
               jsonb_build_object('total', b.total_fen,
                                  'lines', coalesce(sum(l.amount_fen), 0)) AS facts
          FROM bill b LEFT JOIN bill_line l ON l.customer_id = b.customer_id AND l.bill_id = b.id
         WHERE b.origin = 'run'
         GROUP BY b.customer_id, b.id, b.total_fen
        HAVING b.total_fen <> coalesce(sum(l.amount_fen), 0) LIMIT $1""",
    ),
    Invariant(
        name="billing.lines_are_their_evidence",
        title=Text("账单等于其计费明细", "A bill is its rated usage"),
        proves=Text(
            "每条线路的账单金额等于其计费证据的合计",
            "What a line is billed is what its evidence was rated to",
        ),
        sql="""
        WITH lines AS (
            SELECT customer_id, bill_id, line_id, sum(amount_fen) AS amount FROM bill_line
             WHERE kind <> 'adjustment' GROUP BY customer_id, bill_id, line_id
        )
        SELECT b.customer_id, b.id AS subject,
               jsonb_build_object('line', l.line_id, 'billed', l.amount,
                                  'rated', e.total_fen) AS facts
          FROM bill b
          JOIN lines l ON l.customer_id = b.customer_id AND l.bill_id = b.id
          LEFT JOIN bill_evidence e ON e.customer_id = b.customer_id AND e.bill_id = b.id
               AND e.line_id = l.line_id AND e.period_start = b.period_start
         WHERE b.origin = 'run' AND l.amount IS DISTINCT FROM e.total_fen LIMIT $1""",
    ),
    Invariant(
        name="billing.bill_is_posted",
        title=Text("账单已全额入账", "Every bill is posted"),
        proves=Text("账单与账本一致", "Bills and ledger agree"),
        sql="""
        WITH posted AS (
            SELECT t.customer_id, t.reference,
                   sum(CASE WHEN d.bucket = 'receivable' THEN t.amount
                            WHEN c.bucket = 'receivable' THEN -t.amount ELSE 0 END) AS amount
              FROM ledger_transfer t
              LEFT JOIN ledger_account d
                ON d.customer_id = t.customer_id AND d.id = t.debit_account
              LEFT JOIN ledger_account c
                ON c.customer_id = t.customer_id AND c.id = t.credit_account
             WHERE t.kind = 'bill' GROUP BY t.customer_id, t.reference
        )
        SELECT b.customer_id, b.id AS subject,
               jsonb_build_object('bill', b.total_fen, 'posted', coalesce(p.amount, 0)) AS facts
          FROM bill b LEFT JOIN posted p ON p.customer_id = b.customer_id AND p.reference = b.id
         WHERE b.origin = 'run' AND b.total_fen <> coalesce(p.amount, 0) LIMIT $1""",
    ),
)
