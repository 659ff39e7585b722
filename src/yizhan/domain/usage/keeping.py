"""How long usage records are kept. Bills keep their own evidence."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from yizhan.kernel.text import Text
from yizhan.platform.db import Connection
from yizhan.platform.keeping import Aged, Ended, of_customer, rows_of

LOCK_WAIT = "5s"

_PARTS = """
SELECT c.relname, (regexp_match(pg_get_expr(c.relpartbound, c.oid),
                                'TO \\(''([^'']+)''\\)'))[1]::timestamptz AS until
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = 'usage'::regclass ORDER BY until
"""


async def _let_go(db: Connection, before: datetime, held: Sequence[UUID], limit: int) -> int:
    """Drop the oldest month that is old as a whole, or empty it of all who are not held.

    Partitions are months in UTC and the term ends with one of the operator's: where his days begin
    before UTC's, the last month stays one month longer. A month that is dropped leaves nothing to
    be cleaned. One month at a time, however many rows it has; it waits at most five seconds for
    readers and is tried again otherwise.
    """
    for part, until in await db.fetch(_PARTS):
        if until > before:
            return 0
        gone = rows_of(
            await db.execute(f'DELETE FROM "{part}" WHERE customer_id <> ALL($1::uuid[])', held)
            if held
            else await db.fetchval(f"SELECT 'COUNT ' || count(*) FROM \"{part}\"")
        )
        if not held or not await db.fetchval(f'SELECT EXISTS (SELECT FROM "{part}")'):
            await db.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
            await db.execute(f'DROP TABLE "{part}"')
        if gone:
            return gone
    return 0


async def _let_go_set_aside(
    db: Connection, before: datetime, held: Sequence[UUID], limit: int
) -> int:
    return rows_of(
        await db.execute(
            "DELETE FROM usage_quarantine WHERE id IN (SELECT id FROM usage_quarantine"
            " WHERE received_at < $1 AND (customer_id IS NULL OR customer_id <> ALL($2::uuid[]))"
            " LIMIT $3)",
            before,
            list(held),
            limit,
        )
    )


AGED: tuple[Aged, ...] = (
    Aged(
        name="usage.records",
        title=Text("使用详单", "Usage records"),
        why=Text(
            "计费原始数据至少保存五个月（《电信条例》）",
            "original charging data is kept for five months at least (Telecom Regulations)",
        ),
        months=24,
        least=5,
        let_go=_let_go,
    ),
    Aged(
        name="usage.quarantine",
        title=Text("未入账的异常话单", "Records set aside"),
        why=Text("与详单同期保存", "as long as the records themselves"),
        months=24,
        least=5,
        let_go=_let_go_set_aside,
    ),
)

ENDED: tuple[Ended, ...] = (
    Ended(
        name="usage.of_customer",
        title=Text("使用详单", "Usage records"),
        let_go=of_customer("DELETE FROM usage WHERE customer_id = $1"),
    ),
)
