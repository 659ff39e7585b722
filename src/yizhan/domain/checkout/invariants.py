"""What must always hold between intents, receipts, refunds and the ledger."""

from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="checkout.paid_is_posted",
        title=Text("在线缴费与收据一致", "Paid online is posted once"),
        proves=Text(
            "支付方确认的每笔缴费恰好入账一次",
            "What the provider confirmed is on the ledger once, with the same amount",
        ),
        sql="""
        SELECT i.customer_id, i.id AS subject,
               jsonb_build_object('state', i.state, 'asked', i.amount, 'posted', p.amount) AS facts
          FROM checkout_intent i
          LEFT JOIN payment p ON p.customer_id = i.customer_id AND p.id = i.payment_id
         WHERE CASE WHEN i.payment_id IS NOT NULL
                    THEN p.amount IS DISTINCT FROM i.amount OR p.account_id <> i.account_id
                    ELSE i.state = 'paid' AND i.purpose = '' END
         LIMIT $1""",
    ),
    Invariant(
        name="checkout.posted_is_paid",
        title=Text("收据均有在线缴费", "Posted from the provider is paid"),
        proves=Text(
            "没有凭空或重复的在线缴费入账", "No payment was posted that nobody made, or twice"
        ),
        sql="""
        SELECT p.customer_id, p.id AS subject,
               jsonb_build_object('amount', p.amount, 'receipt', p.number) AS facts
          FROM payment p
          LEFT JOIN checkout_intent i ON i.customer_id = p.customer_id AND i.payment_id = p.id
         WHERE p.method = 'provider' AND i.id IS NULL LIMIT $1""",
    ),
    Invariant(
        name="checkout.refunds_within_payment",
        title=Text("退款不超过原缴费", "Refunds stay within their payment"),
        proves=Text("没有多退", "Nothing was sent back twice"),
        sql="""
        SELECT i.customer_id, i.id AS subject,
               jsonb_build_object('kept', i.refunded, 'summed', coalesce(sum(r.amount), 0)) AS facts
          FROM checkout_intent i
          LEFT JOIN checkout_refund r ON r.customer_id = i.customer_id AND r.intent_id = i.id
           AND r.state IN ('waiting', 'sent', 'done')
         GROUP BY i.customer_id, i.id, i.refunded, i.amount
        HAVING coalesce(sum(r.amount), 0) <> i.refunded OR i.refunded > i.amount
         LIMIT $1""",
    ),
)
