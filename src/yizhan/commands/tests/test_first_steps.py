"""The first steps of an operator without a demo: somebody who can sign in, and plans."""

import asyncio
import json
from pathlib import Path

import pytest

from yizhan import cli
from yizhan.domain import staff
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works

EXAMPLE = Path(__file__).parents[4] / "docs" / "examples" / "history_card.yaml"


async def call(database: str, tmp_path: Path, *words: str) -> int:
    more = ["--database-url", database, "--data", str(tmp_path / "data")]
    return await asyncio.to_thread(cli.main, [*words, *more])


async def test_the_first_administrator_is_made_once_and_must_change_the_password(
    database: str, works: Works, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await call(database, tmp_path, "admin", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["login"] == "admin" and len(made["password"]) >= 12
    async with works.begin(SYSTEM) as work:
        (user,) = await staff.list_users(work)
    assert (user.roles, user.password_change_due) == (("admin",), True)
    assert await call(database, tmp_path, "admin") == 0
    assert "Somebody works here already" in capsys.readouterr().out


async def test_a_file_of_plans_is_published_once(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await call(database, tmp_path, "publish", str(EXAMPLE), "--dry-run") == 0
    assert "would be published" in capsys.readouterr().out
    assert await call(database, tmp_path, "publish", str(EXAMPLE.parent), "--json") == 0
    (offer,) = json.loads(capsys.readouterr().out)
    assert (offer["id"], offer["version"], offer["examples"]) == ("history_card", 1, 4)
    assert await call(database, tmp_path, "publish", str(EXAMPLE)) == 0
    assert "nothing new" in capsys.readouterr().out


async def test_what_is_published_is_listed_by_id(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await call(database, tmp_path, "publish") == 1
    assert "Name a file" in capsys.readouterr().err
    assert await call(database, tmp_path, "publish", str(EXAMPLE)) == 0
    capsys.readouterr()
    assert await call(database, tmp_path, "publish", "--list", "--json") == 0
    known = [one["id"] for one in json.loads(capsys.readouterr().out)]
    assert await call(database, tmp_path, "publish", "--list") == 0
    said = capsys.readouterr().out
    assert known and all(f"{one}:1" in said for one in known)


async def test_nothing_is_published_when_one_example_fails(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert 'expect: {total: "21.05"}' in text
    wrong = text.replace('expect: {total: "21.05"}', 'expect: {total: "21.00"}')
    (tmp_path / "wrong.yaml").write_text(wrong, encoding="utf-8")
    right = text.replace("plan: history_card", "plan: another")
    (tmp_path / "right.yaml").write_text(right, encoding="utf-8")
    assert await call(database, tmp_path, "publish", str(tmp_path)) == 1
    said = capsys.readouterr().err
    assert "wrong.yaml, line" in said and "21.00" in said and "21.05" in said
    assert await call(database, tmp_path, "publish", str(tmp_path / "right.yaml"), "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["id"] == "another"


async def test_a_folder_without_plans_is_named(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert await call(database, tmp_path, "publish", str(tmp_path / "empty")) == 1
    assert "empty holds no .yaml file" in capsys.readouterr().err
