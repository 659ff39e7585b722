"""The word `yizhan bill`, with real processes on a real database."""

import json

import pytest

from yizhan import cli


@pytest.mark.parametrize("month", ["2026-13", "January", "2026-01-01"])
def test_what_is_no_month_is_refused(month: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bill", "--month", month]) == 1
    assert "is not a month" in capsys.readouterr().err


@pytest.mark.processes
def test_two_workers_bill_a_month_and_say_so_in_json(
    database: str, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    status = cli.main(
        [
            "bill", "--month", "2026-01", "--workers", "2", "--json",
            "--database-url", database, "--data", str(tmp_path),
        ]
    )  # fmt: skip
    said = json.loads(capsys.readouterr().out)
    assert status == 0
    assert (said["month"], said["billed"], said["failed"]) == ("2026-01", 0, 0)
    assert said["reason"] == {
        "en": "There are no accounts to bill yet.",
        "zh": "还没有可出账的账户。",
    }
