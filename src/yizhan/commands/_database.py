"""Reaches the database a command is to work on, whether or not the house is up."""

import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from yizhan.platform.datalock import DataInUse
from yizhan.platform.postgres import DATABASE, ROLE, Postgres
from yizhan.settings import Settings

ELSEWHERE = Path("/var/lib/yizhan")


def embedded(data: Path) -> Postgres:
    """The embedded server of a data folder.

    PostgreSQL does not run as root, and the account it runs under cannot enter a private home.
    For a data folder inside one the server's files lie under /var/lib/yizhan instead, found again
    by the name of the folder.
    """
    data = data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return Postgres(data / "postgres")
    private = [step for step in data.parents if not step.stat().st_mode & 0o001]
    if not private:
        data.chmod(data.stat().st_mode | 0o001)  # to pass through, not to look around
        return Postgres(data / "postgres")
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    place = ELSEWHERE / f"for-{name}"
    note = data / "postgres-lies-elsewhere.txt"
    if not note.exists():
        note.write_text(f"{place}\nbecause no other account can enter {private[-1]}\n")
    return Postgres(place)


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The address of the database: the operator's own, the running one, or one started for now."""
    if settings.database_url:
        yield settings.database_url
        return
    server = embedded(settings.data)
    try:
        server.start()
    except DataInUse:
        yield server.running_url()
        return
    try:
        yield server.url
    finally:
        server.stop()


async def recreate(server: Postgres) -> None:
    """Throw the embedded server's database away and make an empty one."""
    connection = await asyncpg.connect(server.admin_url)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
    finally:
        await connection.close()


def words_for(error: Exception) -> str | None:
    """What to do about a database that cannot be used; None when that is not the trouble."""
    match error:
        case asyncpg.UndefinedTableError() | asyncpg.UndefinedColumnError():
            return (
                f"This database is not in the shape this version expects ({error}). Is it the "
                "right --data or --database-url? Then run `yizhan migrate` with the same."
            )
        case asyncpg.ClientConfigurationError():
            return f"The address of the database cannot be read: {error}."
        case (
            asyncpg.InvalidAuthorizationSpecificationError()
            | asyncpg.InvalidCatalogNameError()
            | asyncpg.CannotConnectNowError()
            | asyncpg.TooManyConnectionsError()
        ):
            return f"The database refuses: {error}. Look at --database-url."
        case ConnectionRefusedError() | ConnectionResetError() | socket.gaierror():
            return f"The database does not answer: {error}. Does it run, is --database-url right?"
    return None
