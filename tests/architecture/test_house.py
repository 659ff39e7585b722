"""The house as a test: the contracts hold, and each is shown to fail when it is broken."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = str(Path(sys.executable).with_name("lint-imports"))


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    path = f"{root / 'src'}{os.pathsep}{ROOT / 'tests'}"
    return subprocess.run(
        [LINT, "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(
        ROOT / "src",
        tmp_path / "src",
        ignore=shutil.ignore_patterns("__pycache__", "built", "tests", "*.sql"),
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("platform/clock.py", "import yizhan.domain.staff", "Floors"),
        ("kernel/ids.py", "import yizhan.platform.clock", "Floors"),
        ("domain/customers/__init__.py", "import yizhan.domain.cases", "Rooms"),
        ("web/__init__.py", "import yizhan.domain.cases.store", "Doors"),
        ("domain/cases/model.py", "import asyncpg", "Thinking"),
        ("domain/cases/model.py", "import yizhan.domain.cases.store", "Thinking"),
        ("platform/clock.py", "import yizhan.platform.work", "cycles"),
    ],
)
def test_a_broken_contract_is_found(copy: Path, file: str, line: str, contract: str) -> None:
    target = copy / "src" / "yizhan" / file
    target.write_text(target.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    done = lint(copy)
    assert done.returncode != 0
    broken = [row for row in done.stdout.splitlines() if "BROKEN" in row]
    assert any(contract in row for row in broken), done.stdout
