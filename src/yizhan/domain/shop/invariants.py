"""What must always hold between shelves, orders and the ledger."""

from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant

_NIL = "'00000000-0000-0000-0000-000000000000'::uuid"

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="shop.stock_is_its_movements",
        title=Text("库存等于出入库之和且不为负", "A stock is the sum of its movements"),
        proves=Text("没有货物凭空出现或消失", "Nothing comes from or goes to nowhere"),
        sql=f"""
        SELECT {_NIL} AS customer_id, NULL::uuid AS subject,
               jsonb_build_object('place', s.place, 'goods', s.goods, 'on_hand', s.on_hand,
                   'moved', m.on_hand, 'reserved', s.reserved, 'kept', m.reserved) AS facts
          FROM shop_stock s LEFT JOIN (
               SELECT place, goods, sum(on_hand) AS on_hand, sum(reserved) AS reserved
                 FROM shop_movement GROUP BY place, goods) m USING (place, goods)
         WHERE s.on_hand < 0 OR s.reserved < 0 OR s.reserved > s.on_hand
            OR (s.on_hand, s.reserved)
               IS DISTINCT FROM (coalesce(m.on_hand, 0), coalesce(m.reserved, 0)) LIMIT $1""",
    ),
    Invariant(
        name="shop.reserved_is_open_orders",
        title=Text("保留的货物都有未完成订单", "What is kept is kept for open orders"),
        proves=Text("同一件货不会卖两次", "Nothing is sold twice, nothing is kept for nobody"),
        sql=f"""
        SELECT {_NIL} AS customer_id, NULL::uuid AS subject,
               jsonb_build_object('place', place, 'goods', goods, 'reserved', s.reserved,
                   'ordered', o.quantity) AS facts
          FROM shop_stock s FULL JOIN (
               SELECT o.place, i.goods, sum(i.quantity) AS quantity
                 FROM shop_order o
                 JOIN shop_item i ON i.customer_id = o.customer_id AND i.order_id = o.id
                WHERE o.state IN ('ordered', 'paid', 'packed')
                GROUP BY o.place, i.goods) o USING (place, goods)
         WHERE coalesce(s.reserved, 0) <> coalesce(o.quantity, 0) LIMIT $1""",
    ),
    Invariant(
        name="shop.money_is_the_ledgers",
        title=Text("订单金额与账本一致", "The money of orders is the ledger's"),
        proves=Text(
            "每笔已付款订单恰好入账一次，退货取消全额退回",
            "A paid order is booked once; what was returned or cancelled was given back whole",
        ),
        sql="""
        SELECT o.customer_id, o.id AS subject,
               jsonb_build_object('state', o.state, 'amount', o.amount_fen,
                   'items', i.amount, 'booked', coalesce(t.amount, 0)) AS facts
          FROM shop_order o
          JOIN (SELECT customer_id, order_id, sum(quantity * price_fen) AS amount
                  FROM shop_item GROUP BY customer_id, order_id) i
            ON i.customer_id = o.customer_id AND i.order_id = o.id
          LEFT JOIN (SELECT customer_id, reference,
                            sum(CASE kind WHEN 'goods_sale' THEN amount ELSE -amount END) AS amount
                       FROM ledger_transfer WHERE kind IN ('goods_sale', 'goods_back')
                      GROUP BY customer_id, reference) t
            ON t.customer_id = o.customer_id AND t.reference = o.id
         WHERE i.amount <> o.amount_fen
            OR coalesce(t.amount, 0) <> CASE
               WHEN o.state IN ('paid', 'packed', 'sent', 'handed_over') THEN o.amount_fen
               ELSE 0 END LIMIT $1""",
    ),
    Invariant(
        name="shop.keeping_ends",
        title=Text("没有过期未处理的保留", "Nothing is kept for ever"),
        proves=Text("未付款的货按时放回", "What nobody paid for can be sold again in time"),
        sql="""
        SELECT customer_id, id AS subject, jsonb_build_object('until', held_until) AS facts
          FROM shop_order
         WHERE state = 'ordered' AND held_until < now() - interval '1 hour' LIMIT $1""",
    ),
)
