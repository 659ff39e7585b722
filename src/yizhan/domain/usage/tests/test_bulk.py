"""Clean records by COPY: months made ready, filled by several, indexed and joined."""

from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
import pytest

from yizhan.domain import usage
from yizhan.domain.tariff import classify
from yizhan.domain.usage.tests.town import open_line
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden
from yizhan.platform.work import Works

MONTHS = [date(2027, 3, 1), date(2027, 4, 1)]
CODE = classify("voice", "out", "direct", "local", "on", "home", "none").code
NOBODY = Actor(
    kind=ActorKind.STAFF, id=UUID(int=1), name="x", channel="desk", permissions=frozenset()
)
_INDEXES = """
SELECT count(*) FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid
 WHERE i.inhparent IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'usage'::regclass)
   AND x.indrelid = $1::text::regclass
"""


async def test_two_fill_the_same_months_which_then_join_with_one_of_each_index(
    works: Works,
) -> None:
    line = await open_line(works, "13012345678")
    async with works.begin(SYSTEM) as work:
        fresh = await usage.bulk_begin(work, months=MONTHS, classes=[CODE])
    assert fresh == MONTHS
    for name in ("a", "b"):
        rows = [
            usage.NewUsage(
                line.customer_id, line.id, datetime(2027, month, 5, day, tzinfo=UTC), CODE, 60,
                None, 0, "13900000000", "",
            )
            for month in (3, 4)
            for day in range(3)
        ]  # fmt: skip
        async with works.begin(SYSTEM) as work:
            assert await usage.bulk_load(work, rows, name=name) == 6
    await usage.bulk_end(works, SYSTEM, fresh)
    async with works.read(SYSTEM) as work:
        found = await usage.of_line(
            work,
            line.customer_id,
            line.id,
            datetime(2027, 3, 1, tzinfo=UTC),
            datetime(2027, 4, 1, tzinfo=UTC),
        )
        assert len(found) == 6
        wanted = await work.db.fetchval(
            "SELECT count(*) FROM pg_index WHERE indrelid = 'usage'::regclass"
        )
        for part in ("usage_2027_03", "usage_2027_04"):
            assert await work.db.fetchval(_INDEXES, part) == wanted, "each joined its own"
            assert wanted == await work.db.fetchval(
                "SELECT count(*) FROM pg_index WHERE indrelid = $1::text::regclass", part
            ), "and none was built twice"
    with pytest.raises(asyncpg.UniqueViolationError):
        async with works.begin(SYSTEM) as work:
            await work.db.execute("INSERT INTO usage SELECT * FROM usage WHERE quantity = 60")
    async with works.begin(SYSTEM) as work:
        assert await usage.bulk_begin(work, months=MONTHS, classes=[CODE]) == []


async def test_only_who_may_take_in_loads(works: Works) -> None:
    async with works.begin(NOBODY) as work:
        with pytest.raises(Forbidden):
            await usage.bulk_begin(work, months=MONTHS, classes=[])
        with pytest.raises(Forbidden):
            await usage.bulk_load(work, [], name="x")
    with pytest.raises(Forbidden):
        await usage.bulk_end(works, NOBODY, MONTHS)
