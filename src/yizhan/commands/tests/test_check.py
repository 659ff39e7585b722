"""`yizhan check` says what does not hold, and its exit status says that it said so."""

import asyncio
import json

import pytest

from yizhan import cli
from yizhan.platform.work import Works


async def test_says_all_is_well_and_then_what_is_not(
    database: str, works: Works, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["check", "--database-url", database]
    assert await asyncio.to_thread(cli.main, [*words, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["holds"] is True and len(said["checks"]) > 15
    async with works.pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO job (id, kind, args, run_at, failed_at, last_error)"
            " VALUES (gen_random_uuid(), 'test.kind', '{}', now(), now(), 'paper jam')"
        )
    assert await asyncio.to_thread(cli.main, words) == 1
    said = capsys.readouterr().out
    assert "BROKEN jobs.none_set_aside – No job was set aside: 1" in said
    assert "paper jam" in said
