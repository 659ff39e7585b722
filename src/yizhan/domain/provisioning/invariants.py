"""What must always hold between the house and the network."""

from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="provisioning.ended_request_has_one_event",
        title=Text("每个网络请求恰有一个结果", "Every request ends exactly once"),
        proves=Text("网络的回答没有丢失，也没有算两次", "No answer was lost or counted twice"),
        sql="""
        SELECT r.customer_id, r.id AS subject,
               jsonb_build_object('state', r.state, 'action', r.action) AS facts
          FROM network_request r
         WHERE r.closed_at IS NOT NULL AND r.key NOT LIKE 'before:%'
           AND (SELECT count(*) FROM event e
                 WHERE e.customer_id = r.customer_id
                   AND e.name IN ('provisioning.done', 'provisioning.refused')
                   AND e.payload ->> 'request_id' = r.id::text) <> 1 LIMIT $1""",
    ),
    Invariant(
        name="provisioning.line_has_one_request_at_a_time",
        title=Text("每条线路同时只有一个请求在途", "One request of a line is on its way at a time"),
        proves=Text("同一线路的操作按次序执行", "What is done to a line is done in order"),
        sql="""
        SELECT min(r.customer_id::text)::uuid AS customer_id, r.line_id AS subject,
               jsonb_build_object('under_way', count(*)) AS facts
          FROM network_request r WHERE r.state IN ('sent', 'accepted', 'unanswered')
         GROUP BY r.line_id HAVING count(*) > 1 LIMIT $1""",
    ),
)
