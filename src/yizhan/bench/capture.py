"""The SQL a request runs, seen on the connection itself, turned into a script for pgbench.

So the limit beside a figure is the same statements on the same rows, and stays so when they change.
"""

import datetime
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import msgspec

from yizhan import main
from yizhan.platform import vault
from yizhan.platform.db import prepare
from yizhan.platform.work import Works
from yizhan.settings import Settings
from yizhan.web.app import build_app

FRESH_ID = (
    "(lpad(to_hex((extract(epoch from clock_timestamp())*1000)::bigint),12,'0')"
    "||'7'||substr(md5(random()::text),1,3)||'8'||substr(md5(random()::text),1,15))::uuid"
)
"""A UUIDv7-like value made by the server, so that new rows fall where ours would."""


class Statement(msgspec.Struct, frozen=True):
    """One statement as it was sent."""

    sql: str
    args: tuple[Any, ...]


class Captured(msgspec.Struct, frozen=True):
    """What a request answered and what it ran."""

    status: int
    statements: tuple[Statement, ...]


@asynccontextmanager
async def capturing(
    settings: Settings,
) -> AsyncIterator[Callable[[httpx.Request], Any]]:
    """The application in this process; call what is given with a request to have it captured."""
    seen: list[Statement] = []

    def told(query: Any) -> None:
        seen.append(Statement(query.query, tuple(query.args or ())))

    async def ready(connection: Any) -> None:
        await prepare(connection)
        connection.add_query_logger(told)

    @asynccontextmanager
    async def open_works() -> AsyncIterator[Works]:
        vault.unlock(settings.secrets().key("vault"))
        pool = await asyncpg.create_pool(
            settings.database_url, min_size=1, max_size=1, init=ready,
            server_settings={"timezone": "UTC"},
        )  # fmt: skip
        try:
            yield Works(pool, listeners=main.listeners(), zone=settings.zone)
        finally:
            await pool.close()

    app = build_app(open_works, main.web_config(settings))
    async with app.lifespan():
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:

            async def capture(request: httpx.Request) -> Captured:
                seen.clear()
                answer = await client.send(request)
                return Captured(answer.status_code, tuple(seen))

            yield capture


class Script(msgspec.Struct, frozen=True):
    """A script of one request for many keys: variables come from a table, one row a key."""

    text: str
    rows: list[list[str]]


Fresh = Callable[[Statement, int], str | None]
"""(statement, number of the argument) -> an expression in its place, or None to keep it."""


def template(captures: Sequence[Sequence[Statement]], *, fresh: Fresh, lanes: int) -> Script:
    """The statements most of *captures* have in common, their arguments as variables.

    pgbench then prepares each statement once, as our driver does. Client c of *lanes* takes the
    rows c, c + lanes ..., so that what belongs to one client stays with one. The look-up of a row
    is one statement more than we send.
    """
    shapes = Counter(tuple(one.sql for one in capture) for capture in captures)
    shape = shapes.most_common(1)[0][0]
    alike = [one for one in captures if tuple(s.sql for s in one) == shape]
    alike = alike[: len(alike) // lanes * lanes]
    rows: list[list[str]] = [[] for _ in alike]
    lines: list[str] = []
    columns = 0
    for place, sql in enumerate(shape):
        if sql.strip().upper().startswith("SET "):
            continue
        spelt: dict[int, str] = {}
        for number in range(1, len(alike[0][place].args) + 1):
            values = [capture[place].args[number - 1] for capture in alike]
            expression = fresh(alike[0][place], number)
            if expression is not None:
                spelt[number] = expression
            elif any(value is None for value in values):
                spelt[number] = "NULL"
            else:
                columns += 1
                spelt[number] = f":v{columns}"
                for row, value in zip(rows, values, strict=True):
                    row.append(_plain(value))
        lines.append(_spelt(sql, spelt))
    names = ", ".join(f"v{n}" for n in range(1, columns + 1))
    head = (
        f"\\set n {lanes} * random(0, {len(rows) // lanes - 1}) + :client_id + 1\n"
        f"SELECT {names} FROM bench_key WHERE n = :n \\gset\n"
    )
    return Script(head + "\n".join(lines) + "\n", rows)


async def keep(url: str, script: Script) -> None:
    """Put the rows of *script* where it looks for them."""
    connection = await asyncpg.connect(url)
    width = len(script.rows[0])
    try:
        await connection.execute("DROP TABLE IF EXISTS bench_key")
        columns = ", ".join(f"v{n} text NOT NULL" for n in range(1, width + 1))
        await connection.execute(f"CREATE TABLE bench_key (n int PRIMARY KEY, {columns})")
        await connection.copy_records_to_table(
            "bench_key", records=[(n, *row) for n, row in enumerate(script.rows, start=1)]
        )
        await connection.execute("ANALYZE bench_key")
    finally:
        await connection.close()


def _spelt(sql: str, spelt: dict[int, str]) -> str:
    text = re.sub(r"\$(\d+)", lambda found: spelt[int(found[1])], sql.strip().rstrip(";"))
    return " ".join(text.split()) + ";"


def _plain(value: Any) -> str:
    """An argument as PostgreSQL reads it from text."""
    match value:
        case bool():
            return "t" if value else "f"
        case datetime.datetime() | datetime.date():
            return value.isoformat()
        case bytes():
            return "\\x" + value.hex()
        case dict():
            return json.dumps(value, default=str)
        case list() | tuple():
            return "{" + ",".join(_plain(one) for one in value) + "}"
        case _:
            return str(value)
