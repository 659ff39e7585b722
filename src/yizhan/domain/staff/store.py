"""The tables of this room."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from yizhan.domain.staff.model import ApiClient, Attempt, Limit, RoleRow, Session, User
from yizhan.kernel.text import Text
from yizhan.platform.db import Connection

_USER = (
    "id, login, name, language, roles, password_change_due,"
    " totp_secret IS NOT NULL AS has_second_factor, disabled_at, created_at"
)
_SESSION = "id, user_id, created_at, used_at, idle_until, expires_at, address, agent"
_CLIENT = "id, name, scopes, disabled_at, created_at"

ENTRY = """
SELECT t.id AS token_id, t.scopes, t.contact_id, t.used_at, t.idle_until, t.expires_at,
       u.id AS user_id, u.login, u.name, u.language, u.roles, u.password_change_due,
       u.disabled_at AS user_disabled_at,
       c.id AS client_id, c.name AS client_name, c.disabled_at AS client_disabled_at,
       (SELECT coalesce(sum(revision), 0) FROM staff_role) AS revision
  FROM staff_token t
  LEFT JOIN staff_user u ON u.id = t.user_id
  LEFT JOIN api_client c ON c.id = t.client_id
 WHERE t.token_hash = $1
"""


def _user(row: Any) -> User:
    return User(**{**dict(row), "roles": tuple(row["roles"])})


def _client(row: Any) -> ApiClient:
    return ApiClient(**{**dict(row), "scopes": tuple(row["scopes"])})


async def find_entry(db: Connection, token_hash: bytes) -> Any:
    """The token with who holds it, or None."""
    return await db.fetchrow(ENTRY, token_hash)


async def touch(db: Connection, token_id: UUID, *, now: datetime, idle_until: datetime) -> None:
    """Write down that a session is in use."""
    await db.execute(
        "UPDATE staff_token SET used_at = $2, idle_until = $3 WHERE id = $1 AND used_at < $2",
        token_id,
        now,
        idle_until,
    )


async def list_roles(db: Connection) -> Sequence[RoleRow]:
    """All roles; there are few."""
    rows = await db.fetch(
        "SELECT name, label_zh, label_en, permissions, built_in FROM staff_role"
        " ORDER BY built_in DESC, name LIMIT 200"
    )
    return [
        RoleRow(
            name=row["name"],
            label=Text(row["label_zh"], row["label_en"]),
            permissions=frozenset(row["permissions"]),
            built_in=row["built_in"],
        )
        for row in rows
    ]


async def lock_role(db: Connection, name: str) -> frozenset[str] | None:
    """The rights of a role, held until commit."""
    rights = await db.fetchval(
        "SELECT permissions FROM staff_role WHERE name = $1 FOR UPDATE", name
    )
    return None if rights is None else frozenset(rights)


async def put_role(db: Connection, name: str, label: Text, permissions: frozenset[str]) -> None:
    """Add a role or change it; every process notices by the revision."""
    await db.execute(
        "INSERT INTO staff_role (name, label_zh, label_en, permissions) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (name) DO UPDATE SET label_zh = excluded.label_zh,"
        " label_en = excluded.label_en, permissions = excluded.permissions,"
        " revision = staff_role.revision + 1",
        name,
        label.zh,
        label.en,
        sorted(permissions),
    )


async def add_user(db: Connection, user: User, password_hash: str) -> bool:
    """Add an account; False when the login is taken."""
    status = await db.execute(
        "INSERT INTO staff_user (id, login, name, language, roles, password_hash,"
        " password_change_due, password_changed_at, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT ((lower(login))) DO NOTHING",
        user.id,
        user.login,
        user.name,
        user.language,
        list(user.roles),
        password_hash,
        user.password_change_due,
        user.created_at,
    )
    return bool(status == "INSERT 0 1")


async def find_user(db: Connection, user_id: UUID, *, lock: bool = False) -> User | None:
    """One account, or None."""
    row = await db.fetchrow(
        f"SELECT {_USER} FROM staff_user WHERE id = $1{' FOR UPDATE' if lock else ''}", user_id
    )
    return None if row is None else _user(row)


async def find_credentials(db: Connection, *, login: str = "", user_id: UUID | None = None) -> Any:
    """An account with its secrets, by login or id; or None."""
    return await db.fetchrow(
        f"SELECT {_USER}, password_hash, totp_secret, totp_pending, totp_counter FROM staff_user"
        " WHERE lower(login) = $1 OR id = $2",
        login,
        user_id,
    )


def user_of(row: Any) -> User:
    """The account in a row that also holds secrets."""
    hidden = {"password_hash", "totp_secret", "totp_pending", "totp_counter"}
    return _user({name: value for name, value in row.items() if name not in hidden})


async def list_users(db: Connection, *, limit: int, after: str) -> Sequence[User]:
    """Accounts by login; *after* is the last login already seen."""
    rows = await db.fetch(
        f"SELECT {_USER} FROM staff_user WHERE lower(login) > $2 ORDER BY lower(login) LIMIT $1",
        limit,
        after,
    )
    return [_user(row) for row in rows]


async def change_user(db: Connection, user: User) -> None:
    """Keep name, language, roles and whether it is disabled."""
    await db.execute(
        "UPDATE staff_user SET name = $2, language = $3, roles = $4, disabled_at = $5"
        " WHERE id = $1",
        user.id,
        user.name,
        user.language,
        list(user.roles),
        user.disabled_at,
    )


async def count_managers(db: Connection) -> int:
    """How many enabled accounts can manage staff."""
    return int(
        await db.fetchval(
            "SELECT count(*) FROM staff_user u WHERE disabled_at IS NULL AND EXISTS"
            " (SELECT FROM staff_role r WHERE r.name = ANY(u.roles)"
            "   AND 'staff.manage' = ANY(r.permissions))"
        )
    )


async def set_password(
    db: Connection, user_id: UUID, password_hash: str, *, due: bool, now: datetime
) -> None:
    """Replace a password."""
    await db.execute(
        "UPDATE staff_user SET password_hash = $2, password_change_due = $3,"
        " password_changed_at = $4 WHERE id = $1",
        user_id,
        password_hash,
        due,
        now,
    )


async def set_second_factor(
    db: Connection, user_id: UUID, *, secret: bytes | None, pending: bytes | None, counter: int = 0
) -> None:
    """Keep the sealed secret of the one-time codes, or the one that waits for its first code."""
    await db.execute(
        "UPDATE staff_user SET totp_secret = $2, totp_pending = $3, totp_counter = $4"
        " WHERE id = $1",
        user_id,
        secret,
        pending,
        counter,
    )


async def use_code(db: Connection, user_id: UUID, counter: int) -> bool:
    """Mark a one-time code as used; False when it, or a later one, was used before."""
    status = await db.execute(
        "UPDATE staff_user SET totp_counter = $2 WHERE id = $1 AND totp_counter < $2",
        user_id,
        counter,
    )
    return bool(status == "UPDATE 1")


async def add_token(
    db: Connection,
    *,
    token_hash: bytes,
    token_id: UUID,
    user_id: UUID | None = None,
    client_id: UUID | None = None,
    scopes: Sequence[str] | None = None,
    now: datetime,
    idle_until: datetime,
    expires_at: datetime,
    address: str = "",
    agent: str = "",
) -> None:
    """Open a door."""
    await db.execute(
        "INSERT INTO staff_token (token_hash, id, user_id, client_id, scopes, created_at,"
        " used_at, idle_until, expires_at, address, agent)"
        " VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10)",
        token_hash,
        token_id,
        user_id,
        client_id,
        None if scopes is None else list(scopes),
        now,
        idle_until,
        expires_at,
        address[:60],
        agent[:200],
    )


async def drop_tokens(
    db: Connection,
    *,
    token_id: UUID | None = None,
    user_id: UUID | None = None,
    client_id: UUID | None = None,
    keep: UUID | None = None,
) -> int:
    """Close doors: one, or all of somebody's except *keep*. How many were open."""
    rows = await db.fetch(
        "DELETE FROM staff_token WHERE (id = $1 OR user_id = $2 OR client_id = $3)"
        " AND ($4::uuid IS NULL OR id <> $4) RETURNING id",
        token_id,
        user_id,
        client_id,
        keep,
    )
    return len(rows)


async def drop_expired(db: Connection, *, now: datetime) -> int:
    """Sweep doors that closed by themselves, and tries nobody remembers."""
    await db.execute(
        "DELETE FROM staff_attempt WHERE window_ends < $1"
        " AND (locked_until IS NULL OR locked_until < $1)",
        now,
    )
    rows = await db.fetch(
        "DELETE FROM staff_token WHERE expires_at < $1 OR idle_until < $1 RETURNING id", now
    )
    return len(rows)


async def set_contact(db: Connection, token_id: UUID, contact_id: UUID | None) -> None:
    """The contact this session is in."""
    await db.execute("UPDATE staff_token SET contact_id = $2 WHERE id = $1", token_id, contact_id)


async def list_sessions(
    db: Connection, user_id: UUID, *, now: datetime, limit: int
) -> Sequence[Session]:
    """Somebody's open doors, the latest used first."""
    rows = await db.fetch(
        f"SELECT {_SESSION} FROM staff_token WHERE user_id = $1 AND expires_at > $2"
        " AND idle_until > $2 ORDER BY used_at DESC LIMIT $3",
        user_id,
        now,
        limit,
    )
    return [Session(**dict(row)) for row in rows]


async def find_session(db: Connection, session_id: UUID) -> Session | None:
    """One open door of a user, or None."""
    row = await db.fetchrow(
        f"SELECT {_SESSION} FROM staff_token WHERE id = $1 AND user_id IS NOT NULL", session_id
    )
    return None if row is None else Session(**dict(row))


async def stands(db: Connection, token_id: UUID, *, now: datetime) -> bool:
    """Whether a door is still open."""
    return bool(
        await db.fetchval(
            "SELECT EXISTS (SELECT FROM staff_token WHERE id = $1 AND expires_at > $2"
            " AND idle_until > $2)",
            token_id,
            now,
        )
    )


async def add_client(db: Connection, client: ApiClient, secret_hash: bytes) -> None:
    """Add an API client."""
    await db.execute(
        "INSERT INTO api_client (id, name, secret_hash, scopes, created_at)"
        " VALUES ($1, $2, $3, $4, $5)",
        client.id,
        client.name,
        secret_hash,
        list(client.scopes),
        client.created_at,
    )


async def find_client(db: Connection, client_id: UUID) -> tuple[ApiClient, bytes] | None:
    """An API client and what is kept of its secret."""
    row = await db.fetchrow(
        f"SELECT {_CLIENT}, secret_hash FROM api_client WHERE id = $1", client_id
    )
    if row is None:
        return None
    columns = {name: value for name, value in row.items() if name != "secret_hash"}
    return _client(columns), row["secret_hash"]


async def list_clients(db: Connection, *, limit: int) -> Sequence[ApiClient]:
    """API clients, the newest first."""
    rows = await db.fetch(f"SELECT {_CLIENT} FROM api_client ORDER BY id DESC LIMIT $1", limit)
    return [_client(row) for row in rows]


async def disable_client(db: Connection, client_id: UUID, *, now: datetime) -> None:
    """Take a client's key back."""
    await db.execute("UPDATE api_client SET disabled_at = $2 WHERE id = $1", client_id, now)


async def count_try(db: Connection, key: str, limit: Limit, *, now: datetime) -> Attempt | None:
    """Count one more try unless the door is closed; the state it was found in.

    The row is locked while it is judged, so tries made at the same moment queue up here.
    """
    await db.execute(
        "INSERT INTO staff_attempt (key, tries, window_ends) VALUES ($1, 0, $2)"
        " ON CONFLICT (key) DO NOTHING",
        key,
        now + limit.window,
    )
    row = await db.fetchrow(
        "SELECT tries, window_ends, locked_until FROM staff_attempt WHERE key = $1 FOR UPDATE", key
    )
    before = Attempt(row["tries"], row["window_ends"], row["locked_until"])
    if before.locked_until is not None and before.locked_until > now:
        return before
    after = limit.count(before, now=now)
    await db.execute(
        "UPDATE staff_attempt SET tries = $2, window_ends = $3, locked_until = $4 WHERE key = $1",
        key,
        after.tries,
        after.window_ends,
        after.locked_until,
    )
    return None


async def forget_tries(db: Connection, *keys: str) -> None:
    """Wipe the slate after a right answer."""
    await db.execute("DELETE FROM staff_attempt WHERE key = ANY($1)", list(keys))
