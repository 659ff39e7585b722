"""What must always hold of cases."""

from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="cases.case_has_its_event",
        title=Text("每张工单都有其新建事件", "Every case has the event that opened it"),
        proves=Text("工单没有绕过事件日志产生", "No case came to be outside the event log"),
        sql="""
        SELECT c.customer_id, c.id AS subject, jsonb_build_object('number', c.number) AS facts
          FROM care_case c
         WHERE NOT EXISTS (SELECT FROM event e
                            WHERE e.customer_id = c.customer_id AND e.name = 'cases.opened'
                              AND e.payload ->> 'case_id' = c.id::text)
         LIMIT $1""",
    ),
    Invariant(
        name="cases.nothing_is_closed_unanswered",
        title=Text("没有未答复就归档的工单", "Nothing is archived without an answer"),
        proves=Text("每位客户都得到了答复", "Every customer got an answer"),
        sql="""
        SELECT customer_id, id AS subject, jsonb_build_object('number', number) AS facts
          FROM care_case
         WHERE state = 'archived' AND (answer IS NULL OR closed_at IS NULL) LIMIT $1""",
    ),
    Invariant(
        name="cases.deadline_is_the_nearest_clock",
        title=Text("工单时限等于最近的时钟", "A case's deadline is its nearest clock"),
        proves=Text(
            "按时限排序的队列没有遗漏工单", "The queue by deadline shows every case in its place"
        ),
        sql="""
        SELECT c.customer_id, c.id AS subject,
               jsonb_build_object('number', c.number, 'kept', c.next_due_at, 'computed', k.due)
                 AS facts
          FROM care_case c
          LEFT JOIN LATERAL (SELECT min(due_at) AS due FROM case_clock k
                              WHERE k.customer_id = c.customer_id AND k.case_id = c.id
                                AND k.ended_at IS NULL) k ON true
         WHERE c.next_due_at IS DISTINCT FROM k.due LIMIT $1""",
    ),
    Invariant(
        name="cases.open_case_is_woken",
        title=Text("每张未超时的在途工单都有闹钟", "Every open case with time left will be woken"),
        proves=Text("没有工单会悄悄超时", "No deadline can pass without anybody being told"),
        sql="""
        SELECT DISTINCT c.customer_id, c.id AS subject,
               jsonb_build_object('number', c.number) AS facts
          FROM care_case c
          JOIN case_clock k ON k.customer_id = c.customer_id AND k.case_id = c.id
           AND k.ended_at IS NULL AND k.missed_at IS NULL
         WHERE c.state NOT IN ('archived', 'cancelled')
           AND NOT EXISTS (SELECT FROM job j
                            WHERE j.kind = 'cases.tick' AND j.key = c.id::text) LIMIT $1""",
    ),
)
