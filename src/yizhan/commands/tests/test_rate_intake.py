"""Pricing a file and taking files in, from the command line."""

import asyncio
import csv
import json
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest

from yizhan import cli
from yizhan.kernel.money import parse_yuan

PLAN = """\
plan: mine
version: 1
name: {zh: 我的卡, en: My card}
kind: mobile
payment: postpaid
items:
  rent: {zh: 月租费, en: Monthly fee}
  local: {zh: 通话费, en: Calls}
  message: {zh: 短信费, en: Messages}
  data: {zh: 上网费, en: Data}
covers:
  voice: {net: [on, off, fixed], zone: [local, domestic]}
  sms: {net: [on, off], zone: [local, domestic, intl]}
  data: {}
recurring:
  - {id: fee, item: rent, amount: "10.00", text: {zh: 月租, en: Monthly fee}}
price:
  - {id: call, if: {service: voice}, item: local, price: "0.30", per: 60s,
     text: {zh: 每分钟 0.30, en: 0.30 a minute}}
  - {id: sms, if: {service: sms}, item: message, price: "0.10", per: 1,
     text: {zh: 每条 0.10, en: 0.10 each}}
  - {id: data, if: {service: data}, item: data, free: true,
     text: {zh: 流量免费, en: Data are free}}
examples:
  - id: one_call
    usage: [{at: "2026-03-02 10:00:00", service: voice, quantity: 61s}]
    expect: {total: "10.60"}
"""
ROWS = """\
key,number,at,service,quantity,peer
1,13012345678,2026-03-01 10:00:00,voice,61,23456789
2,13012345678,2026-03-02 10:00:00,voice,1,045187654321
3,13012345678,2026-04-02 10:00:00,sms,1,13002212345
"""
HISTORY = Path(__file__).parents[5] / "shared" / "data" / "itemised-usage-real.csv"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "usage.csv").write_text(ROWS, encoding="utf-8")
    return str(tmp_path / "plan.yaml"), str(tmp_path / "usage.csv")


def test_every_charge_comes_with_its_rule_and_arithmetic(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    plan, used = files
    assert cli.main(["rate", "--plan", plan, "--usage", used, "--home-area", "022", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    (line,) = said["lines"]
    assert line["number"] == "13012345678"
    assert [one["total"] for one in line["periods"]] == ["10.90", "10.10"]
    first = line["periods"][0]["charges"][0]
    assert (first["rule"], first["amount"], first["exact"]) == ("call", "0.60", "3/5")
    assert first["pieces"][0]["count"] == 2
    assert any("2 started blocks" in words["en"] for words in first["words"])
    assert said["broken"] == []


def test_one_period_can_be_asked_for(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    plan, used = files
    assert cli.main(["rate", "--plan", plan, "--usage", used, "--period", "2026-04"]) == 0
    said = capsys.readouterr().out
    assert "10.10  total" in said and "10.90" not in said


def test_nothing_is_priced_when_a_row_cannot_be_read(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    plan, used = files
    Path(used).write_text(ROWS + "4,13012345678,soon,voice,1,\n", encoding="utf-8")
    assert cli.main(["rate", "--plan", plan, "--usage", used]) == 1
    assert "Row 4: “soon” is not a time" in capsys.readouterr().err
    assert cli.main(["rate", "--plan", plan, "--usage", used, "--skip-broken", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["broken"][0]["row"] == 4


async def test_a_dry_run_says_what_the_run_then_says_and_keeps_nothing(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    used = tmp_path / "more.csv"
    used.write_text(ROWS + "4,13012345678,soon,voice,1,\n", encoding="utf-8")
    words = ["intake", str(used), "--database-url", database, "--data", str(tmp_path / "d")]
    assert await asyncio.to_thread(cli.main, [*words, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "3  unknown_line" in said and "1  bad_time" in said
    assert "row 1: 13012345678 never belonged to a line." in said
    assert await asyncio.to_thread(cli.main, [*words, "--dry-run", "--json"]) == 0
    (tried,) = json.loads(capsys.readouterr().out)
    connection = await asyncpg.connect(database)
    for table in ("usage_intake", "usage_quarantine", "usage_mapping", "event"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    assert await asyncio.to_thread(cli.main, [*words, "--json"]) == 0
    (done,) = json.loads(capsys.readouterr().out)
    assert tried["intake"]["counts"] == done["counts"]
    kept = "SELECT reason, count(*) AS rows FROM usage_quarantine GROUP BY reason"
    assert tried["reasons"] == {row["reason"]: row["rows"] for row in await connection.fetch(kept)}
    await connection.close()


async def test_prefixes_are_shown_kept_and_refused_by_line(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.csv"
    header = "prefix,valid_from,valid_to,kind,zone,net,area,name_zh,name_en"
    row = "0999,,,area,domestic.xinjiang,fixed,0999,伊犁,Yili"
    mine.write_text(f"{header}\n{row}\n", encoding="utf-8")
    where = ["--database-url", database, "--data", str(tmp_path / "d")]

    async def call(*words: str) -> tuple[int, str]:
        code = await asyncio.to_thread(cli.main, ["prefixes", *words, *where])
        said = capsys.readouterr()
        return code, said.out + said.err

    assert (await call("--built-in"))[1].startswith(header)
    assert await call(str(mine), "--dry-run") == (0, "1 prefixes could be kept\n")
    assert (await call())[1] == f"{header}\n"
    assert "--reason unknown_zone" in (await call(str(mine)))[1]
    assert (await call())[1] == f"{header}\n{row}\n"
    mine.write_text(f"{header}\n{row}\n{row.replace('fixed', 'moon')}\n", encoding="utf-8")
    code, said = await call(str(mine))
    assert code == 1 and "Line 3, net: “moon”" in said


def test_mappings_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["intake", "--list-mappings"]) == 0
    assert "phone-history" in capsys.readouterr().out
    assert cli.main(["intake", "--show-mapping", "switch"]) == 0
    assert "gb18030" in capsys.readouterr().out


async def test_files_are_taken_in(
    database: str,
    files: tuple[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["intake", files[1], "--database-url", database, "--data", str(tmp_path / "d")]
    assert await asyncio.to_thread(cli.main, [*words, "--json"]) == 0
    (said,) = json.loads(capsys.readouterr().out)
    assert said["counts"]["quarantined"] == 3
    assert await asyncio.to_thread(cli.main, words) == 0
    assert "taken in before" in capsys.readouterr().out
    connection = await asyncpg.connect(database)
    reasons = await connection.fetch("SELECT DISTINCT reason FROM usage_quarantine")
    await connection.close()
    assert [row["reason"] for row in reasons] == ["unknown_line"]
    replay = ["intake", "--replay", *words[2:]]
    assert await asyncio.to_thread(cli.main, replay) == 0
    assert "0 quarantined rows" in capsys.readouterr().out


@pytest.mark.skipif(not HISTORY.exists(), reason="the real history is not kept here")
def test_a_persons_real_history_is_priced_to_the_fen(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["rate", "--plan", files[0], "--usage", str(HISTORY), "--mapping", "phone-history"]
    assert cli.main([*words, "--cycle-day", "15", "--json"]) == 0
    (line,) = json.loads(capsys.readouterr().out)["lines"]
    expected: dict[str, Decimal] = defaultdict(lambda: Decimal("10.00"))
    rows = 0
    with HISTORY.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows += 1
            day = datetime.strptime(row["date"], "%d-%m-%Y %H:%M")  # noqa: DTZ007
            begins = day.replace(day=1) if day.day < 15 else day
            month = begins.month - (day.day < 15)
            key = f"{begins.year - (month == 0)}-{month or 12:02}-15"
            if row["item"] == "call":
                expected[key] += -(-int(row["duration"]) // 60) * Decimal("0.30")
            elif row["item"] == "sms":
                expected[key] += int(row["duration"]) * Decimal("0.10")
            else:
                expected[key] += 0
    assert {one["from"]: one["total"] for one in line["periods"]} == {
        key: str(amount) for key, amount in expected.items()
    }
    assert sum(len(one["charges"]) for one in line["periods"]) == rows == 830
    assert all(parse_yuan(one["total"]) > 1000 for one in line["periods"])
