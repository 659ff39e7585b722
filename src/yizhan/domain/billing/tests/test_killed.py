"""A run that is killed in the middle, again and again, ends with one bill for everybody."""

import os
import signal
import subprocess
import sys

import pytest

from yizhan.domain import billing
from yizhan.domain.billing.tests.town import JANUARY, Town
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.db import open_pool

_RUN = """
import asyncio, sys
from datetime import UTC, date, datetime
from yizhan.domain import billing
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.db import open_pool
from yizhan.platform.work import Works

async def main():
    pool = await open_pool(sys.argv[1], max_size=4)
    works = Works(pool, clock=lambda: datetime(2026, 2, 1, tzinfo=UTC))
    def told(billed, failed):
        print(billed, flush=True)
    await billing.run(works, SYSTEM, date(2026, 1, 1), batch=3, progress=told)

asyncio.run(main())
"""
ACCOUNTS = 60


@pytest.mark.processes
async def test_a_run_killed_in_the_middle_doubles_and_loses_nothing(database: str) -> None:
    pool = await open_pool(database, max_size=4)
    try:
        town = Town(pool)
        await town.publish(
            "2004/zhuoyue.yaml", "2004/addon_caller_id.yaml", "2004/addon_content_month.yaml"
        )
        people = [await town.person("zhuoyue") for _ in range(ACCOUNTS)]
        for who in people[::5]:
            await town.use(who, JANUARY, 20)
        seen = []
        for batches in (1, 2, 3):
            _kill_after(database, batches)
            seen.append(await pool.fetchval("SELECT count(*) FROM bill"))
        town.after(JANUARY)
        await billing.run(town.works, SYSTEM, JANUARY)
        assert await pool.fetchval("SELECT count(*) FROM bill") == ACCOUNTS
        assert 0 < seen[0] < seen[-1] < ACCOUNTS, seen
        for who in people:
            assert await town.owed(who) == 108_00
        await town.assert_whole()
    finally:
        await pool.close()


def _kill_after(database: str, batches: int) -> None:
    """Start a run and kill it while it works on the batch after so many."""
    child = subprocess.Popen(
        [sys.executable, "-c", _RUN, database], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    try:
        for _ in range(batches):
            assert child.stdout.readline()
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
