"""What must always hold between cards, payments and the ledger."""

from yizhan.domain.vouchers.model import VOID_ALONE_FEN
from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="vouchers.liability_is_cards_in_force",
        title=Text("售出未用的卡与账本一致", "What the ledger owes on cards is the cards in force"),
        proves=Text(
            "每批卡售出未用的面值等于账本负债", "No card was sold, used or voided beside the books"
        ),
        sql="""
        WITH moved AS (
            SELECT credit_account AS id, amount FROM ledger_transfer WHERE state = 'posted'
            UNION ALL
            SELECT debit_account, -amount FROM ledger_transfer WHERE state = 'posted'
        ), owed AS (
            SELECT b.id, coalesce(sum(m.amount), 0) AS fen
              FROM voucher_batch b LEFT JOIN moved m ON m.id = b.liability GROUP BY b.id
        ), open AS (
            SELECT batch_id AS id, sum(value_fen) AS fen FROM voucher WHERE state = 'active'
             GROUP BY batch_id)
        SELECT '00000000-0000-0000-0000-000000000000'::uuid AS customer_id, o.id AS subject,
               jsonb_build_object('ledger', o.fen, 'cards', coalesce(c.fen, 0)) AS facts
          FROM owed o LEFT JOIN open c USING (id) WHERE o.fen <> coalesce(c.fen, 0) LIMIT $1""",
    ),
    Invariant(
        name="vouchers.used_card_is_one_payment",
        title=Text("每张已用的卡对应一笔缴费", "Every used card is one payment"),
        proves=Text(
            "没有一张卡充值两次或未入账", "No card was used twice, and none without a payment"
        ),
        sql="""
        SELECT coalesce(p.customer_id, v.customer_id) AS customer_id,
               coalesce(p.id, v.payment_id) AS subject,
               jsonb_build_object('card', v.value_fen, 'payment', p.amount) AS facts
          FROM (SELECT * FROM voucher WHERE state = 'redeemed') v
          FULL JOIN (SELECT * FROM payment WHERE method = 'voucher' AND kind = 'payment') p
            ON p.customer_id = v.customer_id AND p.id = v.payment_id
         WHERE v.value_fen IS DISTINCT FROM p.amount
            OR v.account_id IS DISTINCT FROM p.account_id LIMIT $1""",
    ),
    Invariant(
        name="vouchers.handed_out_is_gone",
        title=Text("已导出的卡密不再留存", "What was handed out is gone"),
        proves=Text(
            "导出后系统里没有可读的卡密", "No secret can be read here after the printer got it"
        ),
        sql="""
        SELECT '00000000-0000-0000-0000-000000000000'::uuid AS customer_id, b.id AS subject,
               jsonb_build_object('parts', count(*)) AS facts
          FROM voucher_batch b JOIN voucher_print p ON p.batch_id = b.id
         WHERE b.printed_at IS NOT NULL GROUP BY b.id LIMIT $1""",
    ),
    Invariant(
        name="vouchers.large_void_was_decided_by_another",
        title=Text("大额作废由第二人审批", "Large voids were decided by another"),
        proves=Text(
            "没有人独自作废大额充值卡", "Nobody put cards of much value out of force alone"
        ),
        sql=f"""
        SELECT '00000000-0000-0000-0000-000000000000'::uuid AS customer_id, id AS subject,
               jsonb_build_object('value_fen', value_fen) AS facts
          FROM voucher_act
         WHERE kind = 'void' AND state = 'done' AND value_fen > {VOID_ALONE_FEN}
           AND (decided_at IS NULL OR decided_by IS NOT DISTINCT FROM by_id) LIMIT $1""",
    ),
)
