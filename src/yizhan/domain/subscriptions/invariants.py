"""What must always hold of lines and numbers, as queries that find what does not."""

from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="subscriptions.state_is_last_of_history",
        title=Text("号码状态与状态履历一致", "A line's state is the last of its history"),
        proves=Text("状态没有绕过规则改动", "No state was changed past the rules"),
        sql="""
        SELECT l.customer_id, l.id AS subject,
               jsonb_build_object('state', l.state, 'history', s.state) AS facts
          FROM line l LEFT JOIN line_state s ON s.line_id = l.id AND s.valid_to IS NULL
         WHERE s.state IS DISTINCT FROM l.state OR s.reasons IS DISTINCT FROM l.stop_reasons
         LIMIT $1""",
    ),
    Invariant(
        name="subscriptions.open_line_has_number",
        title=Text("在网号码都有号，销户号码都无号", "A line has a number until it is closed"),
        proves=Text("没有人占用已释放的号码", "Nobody keeps a number he gave up"),
        sql="""
        SELECT l.customer_id, l.id AS subject,
               jsonb_build_object('state', l.state, 'number', n.number) AS facts
          FROM line l LEFT JOIN line_number n ON n.line_id = l.id AND n.valid_to IS NULL
         WHERE (l.closed_at IS NULL) <> (n.number IS NOT NULL)
         LIMIT $1""",
    ),
    Invariant(
        name="subscriptions.held_number_is_in_use",
        title=Text("使用中的号码与号码库一致", "A number is in use in stock when a line holds it"),
        proves=Text("号码不会发给第二个人", "No number is given to a second line"),
        sql="""
        SELECT coalesce(n.customer_id, '00000000-0000-0000-0000-000000000000') AS customer_id,
               n.line_id AS subject,
               jsonb_build_object('number', coalesce(n.number, s.number), 'stock', s.state) AS facts
          FROM (SELECT customer_id, line_id, number FROM line_number WHERE valid_to IS NULL) n
          FULL JOIN (SELECT number, state FROM number_stock WHERE state = 'in_use') s
            ON s.number = n.number
         WHERE n.number IS NULL OR s.number IS NULL
         LIMIT $1""",
    ),
    Invariant(
        name="subscriptions.plans_do_not_overlap",
        title=Text("同一号码的套餐时间不重叠", "A line has one plan at a time"),
        proves=Text("不会按两个套餐计费", "No use is charged under two plans"),
        sql="""
        SELECT one.customer_id, one.line_id AS subject,
               jsonb_build_object('plan', one.plan_id, 'other', two.plan_id) AS facts
          FROM line_product one
          JOIN line_product two ON two.line_id = one.line_id AND two.kind = 'plan'
           AND two.id > one.id AND two.valid_from < coalesce(one.valid_to, 'infinity')
           AND one.valid_from < coalesce(two.valid_to, 'infinity')
         WHERE one.kind = 'plan'
         LIMIT $1""",
    ),
    Invariant(
        name="subscriptions.numbers_do_not_overlap",
        title=Text("一个号码同一时间只属一条线路", "A number belongs to one line at a time"),
        proves=Text("新机主看不到旧机主的资料", "A new owner never meets the old one's data"),
        sql="""
        SELECT one.customer_id, one.line_id AS subject,
               jsonb_build_object('number', one.number, 'other', two.line_id) AS facts
          FROM line_number one
          JOIN line_number two ON two.number = one.number AND two.id > one.id
           AND two.valid_from < coalesce(one.valid_to, 'infinity')
           AND one.valid_from < coalesce(two.valid_to, 'infinity')
         LIMIT $1""",
    ),
    Invariant(
        name="subscriptions.held_number_is_found",
        title=Text("使用中的号码都能查到机主", "Who holds a number is found by it"),
        proves=Text("查询不会漏掉客户", "The search misses nobody and shows no former owner"),
        sql="""
        SELECT coalesce(n.customer_id, k.customer_id) AS customer_id,
               coalesce(n.line_id, k.ref_id) AS subject,
               jsonb_build_object('number', n.number, 'key', k.key) AS facts
          FROM (SELECT customer_id, line_id, number FROM line_number WHERE valid_to IS NULL) n
          FULL JOIN (SELECT customer_id, ref_id, key FROM search_key WHERE kind = 'number') k
            ON k.ref_id = n.line_id AND k.customer_id = n.customer_id
         WHERE n.number IS NULL OR k.key IS NULL
         LIMIT $1""",
    ),
)
