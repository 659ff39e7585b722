"""What must always hold of orders."""

from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="orders.order_has_its_events",
        title=Text("每张订单都有受理事件与结果事件", "Every order has the events of its life"),
        proves=Text("订单没有绕过事件日志", "No order began or ended outside the event log"),
        sql="""
        SELECT o.customer_id, o.id AS subject,
               jsonb_build_object('number', o.number, 'state', o.state) AS facts
          FROM care_order o
         WHERE NOT EXISTS (SELECT FROM event e WHERE e.customer_id = o.customer_id
                              AND e.name = 'orders.placed'
                              AND e.payload ->> 'order_id' = o.id::text)
            OR (o.state IN ('completed', 'cancelled', 'failed')
                AND NOT EXISTS (SELECT FROM event e WHERE e.customer_id = o.customer_id
                                   AND e.name = 'orders.' || o.state
                                   AND e.payload ->> 'order_id' = o.id::text))
         LIMIT $1""",
    ),
    Invariant(
        name="orders.waiting_order_is_woken",
        title=Text("每张待生效订单都有闹钟", "Every order still to take effect will be woken"),
        proves=Text("没有订单被遗忘", "No order is forgotten"),
        sql="""
        SELECT o.customer_id, o.id AS subject,
               jsonb_build_object('number', o.number, 'effective_at', o.effective_at) AS facts
          FROM care_order o
         WHERE o.state = 'acknowledged'
           AND NOT EXISTS (SELECT FROM job j
                            WHERE j.kind = 'orders.effect' AND j.key = o.id::text) LIMIT $1""",
    ),
    Invariant(
        name="orders.done_when_the_network_says_so",
        title=Text("竣工订单的网络任务全部完成", "A completed order has all its tasks done"),
        proves=Text(
            "没有订单在网络执行前竣工", "No order is called done before the network did it"
        ),
        sql="""
        SELECT o.customer_id, o.id AS subject,
               jsonb_build_object('number', o.number, 'action', r.action, 'request', r.state)
                 AS facts
          FROM care_order o JOIN network_request r ON r.reference = o.id
         WHERE o.state = 'completed' AND r.state <> 'done' LIMIT $1""",
    ),
    Invariant(
        name="orders.charge_is_on_the_ledger",
        title=Text("订单收费与分录一致", "What an order charged is on the ledger"),
        proves=Text("收费不多不少，只收一次", "It was charged once, neither more nor less"),
        sql="""
        SELECT o.customer_id, o.id AS subject,
               jsonb_build_object('number', o.number, 'charged', o.charged_fen,
                                  'posted', coalesce(t.amount, 0)) AS facts
          FROM care_order o
          LEFT JOIN account a ON a.id = o.account_id
          LEFT JOIN ledger_transfer t ON t.customer_id = a.customer_id
           AND t.key = 'order:' || o.id AND t.state = 'posted'
         WHERE o.charged_fen <> coalesce(t.amount, 0) LIMIT $1""",
    ),
)
