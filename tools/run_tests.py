"""Runs every check there is, tells how long each took, and fails when one fails.

  ./yizhan test                           style, types, import contracts, all tests, and the tests
                                          that use the database again on the system's PostgreSQL
  ./yizhan test src/yizhan/domain/rating  only pytest, with these arguments

Exit status: 0 all passed, 1 one failed, 3 packages are missing; they are listed.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from glob import glob
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PROCESSES = 2
"""Tests at a time. More than two cores do not make the few long ones shorter."""


def steps() -> list[tuple[str, list[str], dict[str, str]]]:
    """Name, command and extra surroundings of every step, the quick ones first."""
    python = sys.executable
    beside = Path(python).parent
    tests = [python, "-m", "pytest", "-n", str(PROCESSES), "--dist", "worksteal"]
    found: list[tuple[str, list[str], dict[str, str]]] = [
        ("style", [str(beside / "ruff"), "check", "."], {}),
        ("format", [str(beside / "ruff"), "format", "--check", "."], {}),
        ("types", [str(beside / "mypy")], {}),
        ("imports", [str(beside / "lint-imports")], {"PYTHONPATH": "tests"}),
        ("tests", tests, {}),
    ]
    system = sorted(glob("/usr/lib/postgresql/*/bin"), key=lambda path: float(path.split("/")[4]))
    if system:
        found.append(
            (
                f"tests on PostgreSQL {system[-1].split('/')[4]} of the system",
                [*tests, "-m", "database and not processes and not browser"],
                {"YIZHAN_TEST_PG_BIN": system[-1]},
            )
        )
    return found


def main(arguments: Sequence[str]) -> int:
    """Run them all; the status is 0 only when every one passed."""
    os.chdir(PROJECT)
    if arguments:
        return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode
    told = []
    failed = False
    for name, command, more in steps():
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        status = subprocess.run(command, env=os.environ | more, check=False).returncode
        failed |= status != 0
        seconds = time.monotonic() - started
        told.append(f"{'ok    ' if status == 0 else 'FAILED'} {seconds:7.1f} s  {name}")
    print("\n" + "\n".join(told), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
