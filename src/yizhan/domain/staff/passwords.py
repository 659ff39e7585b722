"""Argon2id in a thread, two at a time: one check costs about 64 MiB and 0.2 seconds of a core."""

import asyncio
from weakref import WeakKeyDictionary

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
_AT_ONCE = 2
_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

NOBODYS = (
    "$argon2id$v=19$m=65536,t=3,p=4$RwyBrO3yh2NE1EsSeDFuYw"
    "$EwADkcOlBAb5yw5/pjRY5rhNcayINJ1X64yN4CWGt6k"
)
"""Checked for a login that does not exist, so that the answer takes as long."""


def _gate() -> asyncio.Semaphore:
    return _gates.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE))


async def hashed(password: str) -> str:
    """What is kept of a password."""
    async with _gate():
        return await asyncio.to_thread(_hasher.hash, password)


async def matches(password_hash: str, password: str) -> bool:
    """Whether *password* is the one that was kept."""
    async with _gate():
        return await asyncio.to_thread(_verify, password_hash, password)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def outdated(password_hash: str) -> bool:
    """Whether it was kept with weaker parameters than we use now."""
    return _hasher.check_needs_rehash(password_hash)
