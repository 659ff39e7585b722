"""Who stands behind a token: one indexed read with every request.

Rights of roles are few and change rarely: each process keeps them, keyed by the revision that
comes with the same read, so a changed role counts from the next request on, everywhere.
"""

from datetime import datetime
from typing import Any

from yizhan.domain.staff import store
from yizhan.domain.staff.model import IDLE, TOUCH, Entry, fingerprint
from yizhan.kernel.actor import Actor, ActorKind
from yizhan.kernel.errors import Unauthenticated
from yizhan.platform.db import Connection

_rights: dict[tuple[int, frozenset[str]], frozenset[str]] = {}


async def entry_of_token(db: Connection, token: str, *, now: datetime, channel: str) -> Entry:
    """Who holds *token*. Raises ``Unauthenticated`` for an unknown, expired or revoked one."""
    if not 20 <= len(token) <= 200:
        raise _unknown()
    row = await store.find_entry(db, fingerprint(token))
    if row is None or row["expires_at"] <= now or row["idle_until"] <= now:
        raise _unknown()
    if row["user_disabled_at"] is not None or row["client_disabled_at"] is not None:
        raise _unknown()
    if row["client_id"] is not None:
        return _client_entry(row)
    if now - row["used_at"] >= TOUCH:
        idle_until = min(now + IDLE, row["expires_at"])
        await store.touch(db, row["token_id"], now=now, idle_until=idle_until)
    roles = tuple(row["roles"])
    return Entry(
        actor=Actor(
            kind=ActorKind.STAFF,
            id=row["user_id"],
            name=row["name"],
            channel=channel,
            permissions=await rights_of(db, frozenset(roles), revision=int(row["revision"])),
        ),
        token_id=row["token_id"],
        language=row["language"],
        contact_id=row["contact_id"],
        password_change_due=row["password_change_due"],
        expires_at=row["expires_at"],
        roles=roles,
    )


async def actor_of_token(db: Connection, token: str, *, now: datetime, channel: str) -> Actor:
    """The actor behind *token*; raises ``Unauthenticated``."""
    return (await entry_of_token(db, token, now=now, channel=channel)).actor


def _client_entry(row: Any) -> Entry:
    return Entry(
        actor=Actor(
            kind=ActorKind.CLIENT,
            id=row["client_id"],
            name=row["client_name"],
            channel="api",
            permissions=frozenset(row["scopes"]),
        ),
        token_id=row["token_id"],
        language="en",
        expires_at=row["expires_at"],
    )


async def rights_of(db: Connection, roles: frozenset[str], *, revision: int) -> frozenset[str]:
    """All rights of *roles* together, from this process's memory while the revision stands."""
    found = _rights.get((revision, roles))
    if found is None:
        if len(_rights) > 1000:
            _rights.clear()
        table = {role.name: role.permissions for role in await store.list_roles(db)}
        found = frozenset().union(*(table.get(name, frozenset()) for name in roles))
        _rights[(revision, roles)] = found
    return found


def _unknown() -> Unauthenticated:
    return Unauthenticated("Please sign in: this session has ended or never was.")
