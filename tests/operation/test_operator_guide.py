"""The operator's guide, typed as it stands, on an empty database."""

import asyncio
import json
import re
from pathlib import Path

import asyncpg
import pytest

from yizhan import cli
from yizhan.domain import billing, customers, subscriptions, usage
from yizhan.kernel.actor import SYSTEM
from yizhan.platform import vault
from yizhan.platform.db import open_pool
from yizhan.platform.work import Works
from yizhan.settings import load

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "operator.md").read_text("utf-8")


def commands() -> list[list[str]]:
    _, _, rest = GUIDE.partition("<!-- run in this order by a test -->\n\n")
    block = rest.split("\n\n")[0]
    return [line.split()[1:] for line in block.splitlines()]


async def test_the_steps_of_the_guide_bring_an_operator_in(
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(ROOT)
    data = ["--database-url", database, "--data", str(tmp_path)]
    assert len(commands()) == 9
    for command in commands():
        status = await asyncio.to_thread(cli.main, [*command, *data])
        said = capsys.readouterr()
        assert status == 0, (command, said.out, said.err)
        assert not re.search(r"rejected +[1-9]", said.out), (command, said.out)
        if command[0] == "import" and command[1] != "runs":
            assert "reconciled: yes" in said.out, said.out
    vault.unlock(load({}, data_dir=str(tmp_path), database_url=database).secrets().key("vault"))
    async with await open_pool(database, min_size=1, max_size=2) as pool:
        await look(Works(pool))
    await replay(database, tmp_path, capsys)


async def look(works: Works) -> None:
    """What the guide says is true of what came in."""
    async with works.read(SYSTEM) as work:
        line = await subscriptions.find_line_by_number(work, "13099990001")
        assert line is not None
        student = {a.name: a.value for a in await customers.list_attributes(work, line.customer_id)}
        assert student["student"] == "true"
        month = await billing.current_month(work, line.account_id)
        assert month.total_fen == 2000  # the fee of the sample plan
        (aside,) = await usage.list_quarantined(work)
        assert aside.reason == "unknown_line"


async def replay(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = tmp_path / "more.csv"
    row.write_text(
        "key,party,account,kind,number,plan,opened_at,area\n"
        "L3,P1,A1,mobile,13099990003,history_card:1,2025-09-01,022\n"
    )
    data = ["--database-url", database, "--data", str(tmp_path)]
    for command in (["import", "lines", str(row)],
                    ["intake", "--replay", "--reason", "unknown_line", "--json"]):  # fmt: skip
        assert await asyncio.to_thread(cli.main, [*command, *data]) == 0
        out = capsys.readouterr().out
    assert json.loads(out) == {"replayed": 1}
    connection = await asyncpg.connect(database)
    left = await connection.fetchval("SELECT count(*) FROM usage_quarantine WHERE state = 'open'")
    await connection.close()
    assert left == 0
