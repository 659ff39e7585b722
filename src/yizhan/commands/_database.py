"""Reaches the database a command is to work on, whether or not the house is up."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from yizhan.platform.datalock import DataInUse
from yizhan.platform.postgres import DATABASE, ROLE, Postgres
from yizhan.settings import Settings


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The address of the database: the operator's own, the running one, or one started for now."""
    if settings.database_url:
        yield settings.database_url
        return
    server = Postgres(settings.data / "postgres")
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
