"""The bare limit beside each figure: pgbench running the same SQL on the same database."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import msgspec

_TPS = re.compile(r"tps = ([0-9.]+)")
_LATENCY = re.compile(r"latency average = ([0-9.]+) ms")


class Limit(msgspec.Struct, frozen=True):
    """What bare PostgreSQL does with the same statements."""

    per_second: float
    mean_ms: float


class NoPgbench(RuntimeError):
    """pgbench is not to be found; the message says what to install."""


def binary(beside: Path | None) -> str:
    """pgbench next to the server's own programs, or on the path. Raises ``NoPgbench``."""
    own = beside / "pgbench" if beside else None
    if own is not None and own.exists():
        return str(own)
    found = shutil.which("pgbench")
    if found is None:
        raise NoPgbench("pgbench is missing. Install the package postgresql-contrib.")
    return found


def run(program: str, url: str, script: str, *, clients: int, seconds: int) -> Limit:
    """Run *script*, each statement prepared once for each client, for *seconds*."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        file.write_text(script, encoding="utf-8")
        done = subprocess.run(
            [
                *(program, "--no-vacuum", "--protocol=prepared"),
                *(f"--client={clients}", "--jobs=1", f"--time={seconds}"),
                *(f"--file={file}", url),
            ],
            capture_output=True,
            text=True,
            timeout=seconds + 60,
        )
    tps = _TPS.search(done.stdout)
    latency = _LATENCY.search(done.stdout)
    if done.returncode != 0 or tps is None or latency is None:
        raise RuntimeError(f"pgbench failed: {done.stderr[-2000:]}")
    return Limit(per_second=round(float(tps[1]), 1), mean_ms=round(float(latency[1]), 3))
