"""The word `yizhan` itself."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from yizhan import cli, settings
from yizhan.commands._progress import Bar
from yizhan.settings import Secrets, SettingsTrouble


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    said = capsys.readouterr().out
    assert {"up", "web", "worker", "migrate", "demo"} <= set(cli.names())
    assert all(f"    {name}" in said for name in cli.names())


@pytest.mark.parametrize("name", cli.names())
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main([name, "--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert f"usage: yizhan {name}" in said
    assert "--json" in said


def test_trouble_is_a_sentence_and_json_for_machines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIZHAN_PORT", "eighty")
    assert cli.main(["migrate", "--dry-run", "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["error"] == "SettingsTrouble"
    assert said.err == "yizhan: YIZHAN_PORT is 'eighty': Expected `int`, got `str`.\n"


def test_a_reader_that_has_enough_is_no_trouble() -> None:
    command = [sys.executable, "-m", "yizhan.cli", "rate", "--plan", "history_card.yaml"]
    rating = subprocess.Popen(
        [*command, "--usage", "usage.csv"], cwd=Path(__file__).parents[4] / "docs" / "examples",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert rating.stdout is not None and rating.stderr is not None
    rating.stdout.close()
    assert rating.wait() == 141
    assert rating.stderr.read() == b""
    rating.stderr.close()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("nonsense", "The address of the database cannot be read"),
        ("postgresql://nobody@127.0.0.1:1/none", "The database does not answer"),
    ],
)
def test_a_database_that_cannot_be_used_is_a_sentence(
    address: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", "--database-url", address]) == 1
    assert capsys.readouterr().err.startswith(f"yizhan: {words}")


async def test_an_empty_database_is_told_from_a_broken_one(
    empty_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["check", "--database-url", empty_database]
    assert await asyncio.to_thread(cli.main, words) == 1
    assert "yizhan migrate" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text"),
    [("PORT", "70000"), ("TIME_ZONE", "Mars/Base"), ("LANGUAGES", "fr"), ("CURRENCY", "yuan")],
)
def test_a_wrong_setting_is_named(name: str, text: str) -> None:
    with pytest.raises(SettingsTrouble, match=f"YIZHAN_{name} is "):
        settings.load({f"YIZHAN_{name}": text})


def test_an_argument_comes_before_a_variable_and_both_before_the_default() -> None:
    assert settings.load({"YIZHAN_PORT": "1"}, port=2).port == 2
    assert settings.load({"YIZHAN_PORT": "1"}, port=None).port == 1
    assert settings.load({}).port == 8010


def test_settings_survive_the_way_to_a_child() -> None:
    chosen = settings.load({}, cookie_secure=True, languages=("en", "zh"), port=9, data_dir="/d")
    assert settings.load(settings.environment(chosen)) == chosen


def test_secrets_are_made_once_for_their_owner_alone_and_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secrets.json"
    made = Secrets.kept_in(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Secrets.kept_in(path) == made
    assert made.key("csrf") != made.key("vault")
    assert made.master not in repr(made)
    path.write_text("{}")
    with pytest.raises(SettingsTrouble, match="damaged"):
        Secrets.kept_in(path)


def test_the_page_of_settings_is_the_one_written_from_the_code() -> None:
    page = settings.PROJECT / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == settings.reference_page(), (
        "write it anew: .venv/bin/python -m yizhan.settings > docs/settings.md"
    )
    assert all(words for _, _, words in settings.reference())


def test_the_bar_says_little_where_nobody_looks(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w+") as out:
        bar = Bar(out)
        for done in range(1, 1001):
            bar("people", done, 1000)
        out.seek(0)
        lines = out.read().splitlines()
    assert 1 <= len(lines) <= 11
    assert "1,000/1,000" in lines[-1]
