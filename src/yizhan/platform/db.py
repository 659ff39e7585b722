"""Connections to PostgreSQL: one pool per process, JSON as Python values, moments in UTC."""

from typing import Any

import asyncpg
import msgspec

Pool = Any
"""An ``asyncpg.Pool``. The library ships no types we could lean on."""
Connection = Any
"""An ``asyncpg`` connection, plain or from a pool."""

_JSONB_VERSION = b"\x01"
"""What the binary form of ``jsonb`` begins with. Binary, because COPY takes nothing else."""

_encode = msgspec.json.encode
_decode = msgspec.json.decode


def _encode_jsonb(value: object) -> bytes:
    return _JSONB_VERSION + _encode(value)


def _decode_jsonb(sent: bytes) -> Any:
    return _decode(memoryview(sent)[1:])


async def prepare(connection: Connection) -> None:
    """Teach a new connection our JSON."""
    for kind, encoder, decoder in (
        ("json", _encode, _decode),
        ("jsonb", _encode_jsonb, _decode_jsonb),
    ):
        await connection.set_type_codec(
            kind, encoder=encoder, decoder=decoder, schema="pg_catalog", format="binary"
        )


async def _leave(connection: Connection) -> None:
    """Give a connection back as it is, without the usual round trip to wipe it.

    Nothing here changes a session: settings are set for one transaction (``SET LOCAL``), locks
    and cursors end with theirs, and nobody listens.
    """


async def open_pool(url: str, *, min_size: int = 1, max_size: int = 10) -> Pool:
    """A pool of connections to *url*, each in UTC, each idle transaction bounded."""
    return await asyncpg.create_pool(
        url,
        min_size=min_size,
        max_size=max_size,
        init=prepare,
        reset=_leave,
        statement_cache_size=1000,
        server_settings={
            "timezone": "UTC",
            "application_name": "yizhan",
            "idle_in_transaction_session_timeout": "60000",
        },
    )
