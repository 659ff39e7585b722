"""Identifiers by the million: UUIDv7 in the driver's own type, made from one block of chance.

They are equal to, and may stand for, the ones of `kernel.ids`; making and sending one costs a
tenth.
"""

import os
import time
from collections.abc import Iterator
from typing import cast
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as DriverUUID

_BLOCK = 4096


def fresh_ids() -> Iterator[UUID]:
    """Endless UUIDv7; those of one block carry the millisecond the block was begun in."""
    while True:
        stamp = (time.time_ns() // 1_000_000).to_bytes(6, "big")
        chance = os.urandom(10 * _BLOCK)
        for place in range(0, 10 * _BLOCK, 10):
            head = 0x70 | (chance[place] & 0x0F)
            mark = 0x80 | (chance[place + 2] & 0x3F)
            yield DriverUUID(
                stamp + bytes((head, chance[place + 1], mark)) + chance[place + 3 : place + 10]
            )


def driver_id(identifier: UUID) -> UUID:
    """The same identifier in the driver's type: worth it when it is sent more than once."""
    if isinstance(identifier, DriverUUID):
        return cast(UUID, identifier)
    return cast(UUID, DriverUUID(identifier.bytes))
