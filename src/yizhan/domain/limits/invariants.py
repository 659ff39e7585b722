"""What must always hold of limits: no cap stops a line in silence, and none for ever."""

from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="limits.every_stop_was_told",
        title=Text("限额停用均已告知", "Every stop by a cap was told"),
        proves=Text(
            "因限额停用的服务，客户都收到过用满提醒",
            "Whoever was stopped by his own cap was told that it is used up",
        ),
        sql="""
        SELECT c.customer_id, c.line_id AS subject,
               jsonb_build_object('kind', c.kind, 'reached_for', c.reached_for) AS facts
          FROM limit_cap c
         WHERE c.ended_at IS NULL AND c.reached_for IS NOT NULL
           AND NOT EXISTS (SELECT FROM limit_notice n WHERE n.customer_id = c.customer_id
                              AND n.of_id = c.line_id AND n.subject = 'cap:' || c.id
                              AND n.period_start = c.reached_for AND n.percent = 100)
         LIMIT $1""",
    ),
    Invariant(
        name="limits.every_stop_ends",
        title=Text("限额停用到期恢复", "Every stop by a limit has its end"),
        proves=Text(
            "每个被停用的服务都有月初复核的任务",
            "Every service held stopped has a job that looks again when the month begins",
        ),
        sql="""
        SELECT s.customer_id, s.line_id AS subject,
               jsonb_build_object('service', s.service, 'why', s.why) AS facts
          FROM limit_stop s JOIN line l ON l.customer_id = s.customer_id AND l.id = s.line_id
         WHERE s.held AND l.base_state NOT IN ('closing', 'closed')
           AND NOT EXISTS (SELECT FROM job j WHERE j.kind = 'limits.look'
                              AND j.key = l.account_id || ':month') LIMIT $1""",
    ),
)
