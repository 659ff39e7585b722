"""What must always hold between the club, the customers and the points in the ledger."""

from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="club.tier_is_the_customers",
        title=Text("俱乐部等级与客户资料一致", "A member's tier is the customer's"),
        proves=Text("各处读到的等级相同", "Every room reads the same tier"),
        sql="""
        SELECT m.customer_id, m.customer_id AS subject,
               jsonb_build_object('club', m.tier, 'customer', c.tier) AS facts
          FROM club_member m JOIN customer c ON c.id = m.customer_id
         WHERE m.tier <> c.tier LIMIT $1""",
    ),
    Invariant(
        name="club.points_earned_are_booked",
        title=Text("获得的积分都已入账", "Points earned are in the books"),
        proves=Text("每张账单只给一次积分", "A bill gives its points once"),
        sql="""
        SELECT coalesce(e.customer_id, t.customer_id) AS customer_id,
               coalesce(e.bill_id, t.reference) AS subject,
               jsonb_build_object('earned', e.points, 'booked', t.amount) AS facts
          FROM (SELECT customer_id, bill_id, sum(points) AS points FROM (
                    SELECT customer_id, bill_id, points FROM club_earned WHERE taken_back_at IS NULL
                    UNION ALL SELECT customer_id, bill_id, points FROM club_taken_back) given
                 WHERE points > 0 GROUP BY customer_id, bill_id) e
          FULL JOIN (SELECT customer_id, reference, sum(amount) AS amount FROM ledger_transfer
                      WHERE kind = 'points_earned' GROUP BY customer_id, reference) t
            ON t.customer_id = e.customer_id AND t.reference = e.bill_id
         WHERE e.points IS DISTINCT FROM t.amount LIMIT $1""",
    ),
    Invariant(
        name="club.points_taken_back_are_booked",
        title=Text("收回的积分已入账或仍欠着", "Points taken back are in the books or owed"),
        proves=Text("冲正的付款不留积分", "A payment that was reversed leaves no points"),
        sql="""
        SELECT customer_id, customer_id AS subject,
               jsonb_build_object('back', sum(back), 'booked', sum(booked), 'owed', sum(owed))
                   AS facts
          FROM (SELECT customer_id, points AS back, 0 AS booked, 0 AS owed FROM club_taken_back
                UNION ALL
                SELECT customer_id, 0, amount, 0 FROM ledger_transfer
                 WHERE kind = 'points_taken_back'
                UNION ALL SELECT customer_id, 0, 0, points FROM club_owed) one
         GROUP BY customer_id HAVING sum(back) <> sum(booked) + sum(owed) LIMIT $1""",
    ),
    Invariant(
        name="club.rewards_are_booked",
        title=Text("每次兑换的积分与话费都已入账", "Every reward is in the books on both sides"),
        proves=Text("没有不扣积分的兑换", "No reward was given without its points"),
        sql="""
        SELECT r.customer_id, r.id AS subject,
               jsonb_build_object('points', r.points, 'spent', s.points, 'credit', s.fen) AS facts
          FROM club_reward r LEFT JOIN (
               SELECT customer_id, reference,
                      sum(amount) FILTER (WHERE kind = 'points_spent') AS points,
                      sum(amount) FILTER (WHERE kind = 'club_reward') AS fen
                 FROM ledger_transfer WHERE kind IN ('points_spent', 'club_reward')
                GROUP BY customer_id, reference) s
            ON s.customer_id = r.customer_id AND s.reference = r.id
         WHERE (r.points, r.credit_fen) IS DISTINCT FROM (s.points, s.fen) LIMIT $1""",
    ),
)
