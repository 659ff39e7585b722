"""Identifiers: UUID version 7 (RFC 9562), so that keys made close in time lie close on disk."""

import os
import time
from datetime import UTC, datetime
from uuid import UUID

NIL = UUID(int=0)
"""Stands for "no customer" where a column must not be empty: acts of the house on itself."""


def new_id() -> UUID:
    """A fresh UUIDv7: 48 bits of milliseconds, then 74 random bits."""
    return id_at(time.time_ns() // 1_000_000)


def id_at(milliseconds: int) -> UUID:
    """A UUIDv7 whose time part is *milliseconds* since the epoch."""
    rand = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= ((rand >> 62) & 0xFFF) << 64
    value |= 0b10 << 62
    value |= rand & ((1 << 62) - 1)
    return UUID(int=value)


def moment_of(identifier: UUID) -> datetime:
    """The moment a UUIDv7 was made, in UTC with millisecond resolution."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, UTC)
