"""Identifiers by the million: UUIDv7 in the driver's own type, made from one block of chance.

They are equal to, and may stand for, the ones of `kernel.ids`; making and sending one costs a
tenth. Within one run each is greater than the one before, so that order of making is kept.
"""

import os
import time
from collections.abc import Iterator
from typing import cast
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as DriverUUID

_BLOCK = 4096
"""As many as the twelve bits after the milliseconds can count."""


def fresh_ids() -> Iterator[UUID]:
    """Endless ascending UUIDv7. Those of one block carry one millisecond and count up in it."""
    last = 0
    while True:
        last = max(last + 1, time.time_ns() // 1_000_000)
        stamp = last.to_bytes(6, "big")
        chance = os.urandom(8 * _BLOCK)
        for count in range(_BLOCK):
            place = 8 * count
            yield DriverUUID(
                stamp
                + (0x7000 | count).to_bytes(2, "big")
                + bytes((0x80 | (chance[place] & 0x3F),))
                + chance[place + 1 : place + 8]
            )


def driver_id(identifier: UUID) -> UUID:
    """The same identifier in the driver's type: worth it when it is sent more than once."""
    if isinstance(identifier, DriverUUID):
        return cast(UUID, identifier)
    return cast(UUID, DriverUUID(identifier.bytes))
