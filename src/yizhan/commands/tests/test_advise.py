"""Advice on a file from the command line, over a catalogue of two plans that a pencil can price."""

import json
from pathlib import Path
from typing import Any

import pytest

from yizhan import cli

PLAN = """\
plan: {id}
version: 1
name: {{zh: {zh}, en: {en}}}
kind: mobile
payment: postpaid
on_sale: [2020-01-01, {until}]
{more}
items:
  rent: {{zh: 月租费, en: Monthly fee}}
  local: {{zh: 通话费, en: Calls}}
covers:
  voice: {{net: [on, off, fixed], zone: [local, domestic]}}
recurring:
  - {{id: fee, item: rent, amount: "{fee}", text: {{zh: 月租, en: Monthly fee}}}}
price:
  - {{id: call, if: {{service: voice}}, item: local, price: "{minute}", per: 60s,
     text: {{zh: 按分钟, en: By the minute}}}}
"""
ROWS = ["at,service,quantity"] + [
    f"2026-0{month}-{day:02} 10:00:00,voice,120" for month in (1, 2, 3) for day in range(1, 29)
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`low` 5.00 and 0.50 a minute, `high` 20.00 and 0.10, `young` for the young, `gone`."""
    plans = tmp_path / "plans"
    plans.mkdir()
    for id, fee, minute, until, more in (
        ("low", "5.00", "0.50", "null", ""),
        ("high", "20.00", "0.10", "null", ""),
        ("young", "1.00", "0.10", "null",
         "eligible:\n  - {age: {max: 25}, text: {zh: 25 岁以下, en: Aged 25 or under}}"),
        ("gone", "1.00", "0.01", "2021-01-01", "successor: low"),
    ):  # fmt: skip
        text = PLAN.format(id=id, zh=f"{id} 卡", en=id.title(), fee=fee, minute=minute,
                           until=until, more=more)  # fmt: skip
        (plans / f"{id}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "usage.csv").write_text("\n".join([*ROWS, ""]), encoding="utf-8")
    return tmp_path


def words(folder: Path, *more: str, current: str = "low") -> list[str]:
    usage, plans = str(folder / "usage.csv"), str(folder / "plans")
    return ["advise", "--usage", usage, "--catalog", plans, "--current", current, *more]


def said(capsys: pytest.CaptureFixture[str], command: list[str]) -> Any:
    assert cli.main([*command, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], command: list[str]) -> str:
    assert cli.main(command) == 1
    return capsys.readouterr().err


WHOLE = ("--from", "2026-01-01", "--to", "2026-03-31")


def test_the_same_months_are_priced_under_every_plan(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = said(capsys, words(folder, *WHOLE))
    # 28 calls of two minutes a month: 5 + 56 x 0.50 = 33.00 now, 20 + 56 x 0.10 = 25.60 then.
    assert found["months"] == ["2026-01-01", "2026-02-01", "2026-03-01"]
    assert [(one["key"], one["total_fen"]) for one in found["options"]] == [
        ("high", 3 * 2560),
        ("low", 3 * 3300),
    ]
    assert [month["total_fen"] for month in found["current"]["months"]] == [3300, 3300, 3300]
    assert found["verdict"] == "switch"
    assert (found["best"], found["saving_fen"], found["months_worse"]) == ("high", 2220, 0)
    assert found["excluded"][0]["plan_id"] == "young"
    assert any("22.20" in one["en"] and "76.80" in one["en"] for one in found["sentences"])
    assert found["usage_digest"] and found["catalogue_digest"]


def test_a_fact_opens_a_plan(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, words(folder, *WHOLE, "--facts", "age=19"))
    assert (found["best"], found["excluded"]) == ("young", [])


def test_a_plan_no_longer_sold_is_priced_only_for_one_who_has_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "gone" not in {one["key"] for one in said(capsys, words(folder))["options"]}
    held = said(capsys, words(folder, current="gone"))
    assert (held["verdict"], held["best"]) == ("not_enough_history", "gone")
    past = said(capsys, words(folder, "--on", "2020-06-01"))
    assert past["best"] == "gone"


def test_months_the_file_does_not_fill_are_left_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = said(capsys, words(folder))
    # The records end on 28 March; nobody said that the file covers the month.
    assert found["months"] == ["2026-01-01", "2026-02-01"]
    assert found["months_left_out"] == ["2026-03-01"]
    assert found["verdict"] == "not_enough_history"
    assert said(capsys, words(folder, *WHOLE, "--months", "1"))["months"] == ["2026-03-01"]


def test_bill_months_may_begin_on_another_day(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = said(capsys, words(folder, "--cycle-day", "15"))
    assert found["months"] == ["2026-01-15", "2026-02-15"]
    assert found["months_left_out"] == ["2025-12-15", "2026-03-15"]


def test_the_table_is_printed_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words(folder, *WHOLE)) == 0
    out = capsys.readouterr().out
    assert "建议更换套餐  Change the plan" in out
    assert "held now" in out and "25.60" in out and "比现在少 22.20 元" in out
    assert "not for this line: Young" in out


@pytest.mark.parametrize(
    ("more", "current", "sentence"),
    [
        ((), "lou", "holds no plan “lou”. It holds: gone, high, low, young."),
        ((), "low+pack", "holds no add-on “pack”. It holds: none."),
        (("--facts", "student=true"), "low", "No plan asks about “student”."),
        (("--facts", "age"), "low", "“age” is no fact."),
        (("--months", "13"), "low", "--months must be 1 to 12."),
        (("--cycle-day", "29"), "low", "--cycle-day must be 1 to 28."),
        (("--from", "2026-02-01"), "low", "can only say that the file covers more"),
        (("--catalog", "nowhere"), "low", "nowhere is no catalogue. Name 2004 or today"),
        (("--usage", "nowhere.csv"), "low", "nowhere.csv cannot be read"),
    ],
)
def test_what_cannot_be_is_said(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    current: str,
    sentence: str,
) -> None:
    assert sentence in refused(capsys, words(folder, *more, current=current))


def test_a_file_without_a_whole_month_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "usage.csv").write_text("\n".join(ROWS[:6]), encoding="utf-8")
    assert "reach from 2026-01-01 to 2026-01-05 and fill no bill month" in refused(
        capsys, words(folder)
    )


def test_a_broken_plan_is_named_by_file_and_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "plans" / "high.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('"0.10"', "dear"), encoding="utf-8")
    assert "high.yaml, line" in refused(capsys, words(folder))


def test_the_plan_held_must_have_a_price_for_what_was_used(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (folder / "usage.csv").open("a", encoding="utf-8") as file:
        file.write("2026-02-15 10:00:00,sms,1\n")
    assert "has no price for sms" in refused(capsys, words(folder))


def test_one_line_of_several_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["key,number,at,service,quantity,peer"]
    for number in ("13012345678", "13012345679"):
        rows += [f"{number}-{n},{number},2026-01-{n:02} 10:00:00,voice,60,23456789"
                 for n in range(1, 32)]  # fmt: skip
    (folder / "usage.csv").write_text("\n".join(rows), encoding="utf-8")
    assert "2 lines: 13012345678, 13012345679. Name one with --number." in refused(
        capsys, words(folder)
    )
    found = said(capsys, words(folder, "--number", "13012345679", "--home-area", "022"))
    assert (found["number"], found["records"]) == ("13012345679", 31)
    assert found["current"]["total_fen"] == 500 + 31 * 50


def test_rows_that_cannot_be_read_stop_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["key,number,at,service,quantity,peer", "1,13012345678,soon,voice,1,"]
    rows += [f"{n},13012345678,2026-01-{n:02} 10:00:00,voice,60,23456789" for n in range(1, 32)]
    (folder / "usage.csv").write_text("\n".join(rows), encoding="utf-8")
    assert "Row 1: “soon” is not a time" in refused(capsys, words(folder))
    found = said(capsys, words(folder, "--skip-broken", "--home-area", "022"))
    assert (found["records"], found["broken"][0]["row"]) == (31, 1)


HISTORY = Path(__file__).parents[5] / "shared" / "data" / "itemised-usage-real.csv"


@pytest.mark.skipif(not HISTORY.exists(), reason="the real history is not kept here")
def test_a_persons_real_history_is_advised_on(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["advise", "--usage", str(HISTORY), "--mapping", "phone-history",
               "--cycle-day", "15", "--catalog", "today", "--current", "easy_39"]  # fmt: skip
    found = said(capsys, command)
    months = ["2014-10-15", "2014-11-15", "2014-12-15", "2015-01-15", "2015-02-15"]
    assert found["months"] == months
    assert (found["records"], found["broken"], found["months_left_out"]) == (830, [], [])
    totals = {one["key"]: one["total_fen"] for one in found["options"]}
    assert totals[found["best"]] == min(totals.values())
    assert found["saving_fen"] == totals["easy_39"] - totals[found["best"]] > 0
    priced = {one["key"]: [month["total_fen"] for month in one["months"]]
              for one in found["options"]}  # fmt: skip
    for key in ("easy_39", "light_19"):
        assert priced[key] == _rated(key, capsys)


def _rated(plan: str, capsys: pytest.CaptureFixture[str]) -> list[int]:
    """The same months as `yizhan rate` prices them, in fen."""
    import yizhan.demo
    from yizhan.kernel.money import parse_yuan

    file = Path(yizhan.demo.__file__).parent / "catalogues" / "today" / f"{plan}.yaml"
    command = ["rate", "--plan", str(file), "--usage", str(HISTORY), "--mapping", "phone-history",
               "--cycle-day", "15"]  # fmt: skip
    (line,) = said(capsys, command)["lines"]
    return [parse_yuan(one["total"]) for one in line["periods"]]
