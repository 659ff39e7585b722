"""The SQL a request runs, seen on the connection itself, turned into a script for pgbench.

So the limit beside a figure is the same statements on the same rows, and stays so when they change.
"""

import datetime
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

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


def script(
    statements: Iterable[Statement], *, instead: Sequence[tuple[str, str]] = (), head: str = ""
) -> str:
    """A pgbench script of *statements*; *instead* replaces literals by expressions."""
    lines = [head] if head else []
    for statement in statements:
        sql = statement.sql.strip().rstrip(";")
        if sql.upper().startswith("SET "):
            continue
        text = _filled(sql, statement.args)
        for this, that in instead:
            text = text.replace(this, that)
        lines.append(" ".join(text.split()) + ";")
    return "\n".join(lines) + "\n"


def _filled(sql: str, args: Sequence[Any]) -> str:
    return re.sub(r"\$(\d+)", lambda found: literal(args[int(found[1]) - 1]), sql)


def literal(value: Any) -> str:
    """A value as SQL, typed where PostgreSQL could not tell."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case UUID():
            return f"'{value}'::uuid"
        case datetime.datetime():
            return f"'{value.isoformat()}'::timestamptz"
        case datetime.date():
            return f"'{value.isoformat()}'::date"
        case bytes():
            return f"'\\x{value.hex()}'::bytea"
        case dict():
            return quoted(json.dumps(value, default=str)) + "::jsonb"
        case list() | tuple():
            if not value:
                return "'{}'"
            return "ARRAY[" + ", ".join(literal(one) for one in value) + "]"
        case _:
            return quoted(str(value))


def quoted(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"
