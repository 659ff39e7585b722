"""How a command finds the database it is to work on."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from yizhan import cli
from yizhan.platform import migrate

pytestmark = pytest.mark.processes


@pytest.fixture
def parent() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="yizhan-data-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_a_command_starts_the_database_where_nothing_runs(
    parent: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(parent / "not" / "yet" / "there")
    assert cli.main(["migrate", "--data", data]) == 0
    names = [one.name for one in migrate.load()]
    assert capsys.readouterr().out.splitlines() == [f"applied {name}" for name in names]
    assert cli.main(["migrate", "--data", data]) == 0
    assert capsys.readouterr().out == "nothing to apply\n"
