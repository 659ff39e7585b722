"""Brings a database to the shape the code expects: numbered SQL files, each applied once.

Each file is one transaction and leaves its name and hash in `schema_migration`. A file that was
applied never changes: what it made stands in somebody's database.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from yizhan.platform.db import Connection
from yizhan.platform.sql_text import statements

FOLDER = Path(__file__).parents[1] / "migrations"
_NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql")
_LOCK = 0x7969_7A68_616E  # "yizhan": one starter at a time
_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migration (
    name       text        PRIMARY KEY,
    sha256     text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


class MigrationTrouble(RuntimeError):
    """A migration cannot be applied; the message names the file, the line and the reason."""


@dataclass(frozen=True)
class Migration:
    """One numbered file."""

    name: str
    script: str

    @property
    def sha256(self) -> str:
        """What tells a changed file from the applied one. Line ends do not count."""
        return hashlib.sha256(self.script.encode()).hexdigest()


def load(folder: Path = FOLDER) -> list[Migration]:
    """All migrations in their order. Raises `MigrationTrouble` for a file with a strange name."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        if not _NAME.fullmatch(path.name):
            raise MigrationTrouble(f"{path}: the name must be like 0010_staff.sql.")
        found.append(Migration(path.name, path.read_text(encoding="utf-8")))
    return found


def fingerprint(migrations: Sequence[Migration]) -> str:
    """One hash over all of them, by which a migrated database can be told from another."""
    whole = "\n".join(f"{one.name} {one.sha256}" for one in migrations)
    return hashlib.sha256(whole.encode()).hexdigest()


def pending(migrations: Sequence[Migration], applied: dict[str, str]) -> list[Migration]:
    """Those not applied yet. Raises `MigrationTrouble` when an applied one has changed or gone."""
    known = {one.name: one for one in migrations}
    for name, sha256 in applied.items():
        if name not in known:
            raise MigrationTrouble(
                f"This database has {name}, which this version does not know: it was made by a "
                f"newer one. Start that version, or restore an older copy of the data."
            )
        if known[name].sha256 != sha256:
            raise MigrationTrouble(
                f"{name} was applied to this database and has changed since. Applied files stay "
                f"as they are: put it back and add a new file, or start on new data."
            )
    return [one for one in migrations if one.name not in applied]


async def migrate(
    url: str,
    *,
    folder: Path = FOLDER,
    dry_run: bool = False,
    progress: Callable[[str], None] | None = None,
) -> list[str]:
    """Apply what is missing and return the names. `dry_run` only tells.

    Two starters at once: the second waits and finds nothing to do. Raises `MigrationTrouble`.
    """
    migrations = load(folder)
    connection = await _connect(url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        missing = pending(migrations, await _applied(connection))
        if not dry_run:
            await connection.execute(_TABLE)
            for one in missing:
                if progress:
                    progress(one.name)
                await _apply(connection, one)
        return [one.name for one in missing]
    finally:
        await connection.close()


async def _connect(url: str) -> Connection:
    """A connection, or a sentence without the password."""
    try:
        return await asyncpg.connect(url, server_settings={"timezone": "UTC"}, timeout=20)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        shown = re.sub(r"(?<=://)([^:/@]+):[^@]*@", r"\1:***@", url)
        reason = str(error) or type(error).__name__
        raise MigrationTrouble(f"The database {shown} cannot be reached: {reason}") from error


async def _applied(connection: Connection) -> dict[str, str]:
    if await connection.fetchval("SELECT to_regclass('schema_migration')") is None:
        return {}
    rows = await connection.fetch("SELECT name, sha256 FROM schema_migration ORDER BY name")
    return {row["name"]: row["sha256"] for row in rows}


async def _apply(connection: Connection, migration: Migration) -> None:
    async with connection.transaction():
        for statement in statements(migration.script):
            try:
                await connection.execute(statement.text)
            except asyncpg.PostgresError as error:
                line = statement.line + _lines_before(statement.text, error)
                first = statement.text.splitlines()[0]
                detail = f" {error.detail}" if getattr(error, "detail", None) else ""
                raise MigrationTrouble(
                    f"{migration.name}, line {line}: {error}{detail} (in: {first})"
                ) from error
        await connection.execute(
            "INSERT INTO schema_migration (name, sha256) VALUES ($1, $2)",
            migration.name,
            migration.sha256,
        )


def _lines_before(text: str, error: asyncpg.PostgresError) -> int:
    """How far into a statement the server points, in lines."""
    position = getattr(error, "position", None)
    return text.count("\n", 0, int(position) - 1) if position else 0
