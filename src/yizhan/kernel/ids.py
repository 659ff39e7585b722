"""Identifiers: UUID version 7 (RFC 9562), so that keys made close in time lie close on disk."""

import os
import time
from datetime import UTC, datetime
from uuid import UUID

NIL = UUID(int=0)
"""Stands for "no customer" where a column must not be empty: acts of the house on itself."""


_last_tick = 0


def new_id() -> UUID:
    """A fresh UUIDv7, greater than every one this process made before.

    48 bits of milliseconds, 12 bits of their fraction (RFC 9562, 6.2, method 3), 62 random bits.
    So what one act records stays in the order in which it was recorded.
    """
    global _last_tick
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    _last_tick = tick = max(_last_tick + 1, milliseconds << 12 | nanoseconds * 4096 // 1_000_000)
    rand = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=(tick >> 12) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0b10 << 62 | rand)


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
