"""Looking at users, roles, sessions and clients."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from yizhan.domain.staff import store
from yizhan.domain.staff.model import ApiClient, RoleRow, Session, User
from yizhan.kernel.errors import NotFound
from yizhan.platform.db import Connection
from yizhan.platform.work import UnitOfWork


async def get_user(work: UnitOfWork, user_id: UUID) -> User:
    """One account: one's own, or anybody's for who may manage staff."""
    if user_id != work.actor.id:
        work.actor.require("staff.manage")
    user = await store.find_user(work.db, user_id)
    if user is None:
        raise NotFound("There is no such user.")
    return user


async def find_colleague(work: UnitOfWork, login: str) -> tuple[UUID, str] | None:
    """Id and name of somebody who works here, for who hands him something; no more."""
    row = await work.db.fetchrow(
        "SELECT id, name FROM staff_user WHERE lower(login) = lower($1) AND disabled_at IS NULL",
        login.strip(),
    )
    return (row["id"], row["name"]) if row else None


async def list_users(work: UnitOfWork, *, limit: int = 50, after: str = "") -> Sequence[User]:
    """Accounts by login; *after* is the last login already seen."""
    work.actor.require("staff.manage")
    return await store.list_users(work.db, limit=limit, after=after.lower())


async def list_roles(work: UnitOfWork) -> Sequence[RoleRow]:
    """All roles with their rights."""
    work.actor.require("staff.manage")
    return await store.list_roles(work.db)


async def list_sessions(
    work: UnitOfWork, user_id: UUID | None = None, *, limit: int = 50
) -> Sequence[Session]:
    """Open sessions: one's own, or somebody's for who may manage staff."""
    if user_id is None:
        user_id = work.actor.id
    if user_id is None:
        return []
    if user_id != work.actor.id:
        work.actor.require("staff.manage")
    return await store.list_sessions(work.db, user_id, now=work.now, limit=limit)


async def stands(db: Connection, token_id: UUID, *, now: datetime) -> bool:
    """Whether a session or client token is still good. Looking does not count as using it."""
    return await store.stands(db, token_id, now=now)


async def list_clients(work: UnitOfWork, *, limit: int = 100) -> Sequence[ApiClient]:
    """API clients, the newest first."""
    work.actor.require("staff.manage")
    return await store.list_clients(work.db, limit=limit)
