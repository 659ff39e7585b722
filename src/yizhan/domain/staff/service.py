"""Coming in, going out, and who may: the commands of this room.

Signing in takes ``Works`` instead of a unit of work: a try must be counted even when it is
refused, and the slow hash is checked between two short transactions rather than inside one.
"""

import secrets
from collections.abc import Collection
from uuid import UUID

from msgspec.structs import replace

from yizhan.domain.staff import events, passwords, store
from yizhan.domain.staff.model import (
    BY_ADDRESS,
    BY_LOGIN,
    IDLE,
    LONGEST,
    LoginTaken,
    User,
    WrongCredentials,
    check_login,
    check_password,
    check_rights,
    clean_name,
    fingerprint,
    new_secret,
    too_many,
    wait_seconds,
)
from yizhan.domain.staff.second_factor import judge_code
from yizhan.kernel.actor import SYSTEM, Actor
from yizhan.kernel.errors import Invalid, NotFound, Refused
from yizhan.kernel.ids import NIL, new_id
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork, Works


async def sign_in(
    works: Works, login: str, password: str, *, code: str = "", address: str = "", agent: str = ""
) -> tuple[str, User]:
    """Open a session: the token to give to the browser once, and who it is for.

    Raises ``WrongCredentials``, ``CodeNeeded`` (the one-time code is missing or wrong),
    ``LockedOut``.
    """
    keys = (f"login:{login.strip().lower()[:60]}", f"address:{address[:60]}")
    async with works.begin(SYSTEM) as work:
        closed = wait_seconds(
            await store.count_try(work.db, keys[0], BY_LOGIN, now=work.now)
            or await store.count_try(work.db, keys[1], BY_ADDRESS, now=work.now),
            now=work.now,
        )
        row = await store.find_credentials(work.db, login=login.strip().lower()[:60])
        if closed:
            await _refuse(work, row and row["id"], "locked_out", closed)
    if closed:
        raise too_many(closed)
    known = row is not None and row["disabled_at"] is None
    right = await passwords.matches(
        row["password_hash"] if known else passwords.NOBODYS, password[:1000]
    )
    if not (known and right):
        async with works.begin(SYSTEM) as work:
            await _refuse(work, row and row["id"], "wrong_credentials", 0)
        raise WrongCredentials("Name or password is not right.", field="password")
    weak = passwords.outdated(row["password_hash"])
    stronger = await passwords.hashed(password) if weak else None
    async with works.begin(SYSTEM) as work:
        refusal = await judge_code(work, row, code)
        if refusal is not None:
            await _refuse(work, row["id"], refusal.code, 0)
        else:
            user = store.user_of(row)
            if stronger is not None:
                await store.set_password(
                    work.db,
                    user.id,
                    stronger,
                    due=user.password_change_due,
                    now=work.now,
                )
            await store.forget_tries(work.db, *keys)
            token = await _open_session(work, user, address=address, agent=agent)
            return token, user
    raise refusal


async def _refuse(work: UnitOfWork, user_id: UUID | None, reason: str, seconds: int) -> None:
    work.record(
        events.SignInRefused(
            customer_id=NIL, user_id=user_id, reason=reason, locked_seconds=seconds
        )
    )


async def _open_session(work: UnitOfWork, user: User, *, address: str, agent: str) -> str:
    token, session_id = new_secret("yzs"), new_id()
    await store.add_token(
        work.db,
        token_hash=fingerprint(token),
        token_id=session_id,
        user_id=user.id,
        now=work.now,
        idle_until=work.now + IDLE,
        expires_at=work.now + LONGEST,
        address=address,
        agent=agent,
    )
    work.record(
        events.SignedIn(customer_id=NIL, user_id=user.id, login=user.login, session_id=session_id)
    )
    return token


async def sign_out(work: UnitOfWork, session_id: UUID) -> None:
    """End a session: one's own, or anybody's for who may manage staff. Twice is once."""
    session = await store.find_session(work.db, session_id)
    if session is None:
        return
    if session.user_id != work.actor.id:
        work.actor.require("staff.manage")
    user = await _get(work, session.user_id)
    closed = await store.drop_tokens(work.db, token_id=session_id)
    work.record(
        events.SignedOut(customer_id=NIL, user_id=user.id, login=user.login, sessions=closed)
    )


async def set_current_contact(work: UnitOfWork, session_id: UUID, contact_id: UUID | None) -> None:
    """From now on what is done in this session is done in that contact; None: in no contact."""
    await store.set_contact(work.db, session_id, contact_id)


async def create_user(
    work: UnitOfWork,
    *,
    login: str,
    name: str,
    roles: Collection[str],
    password: str,
    language: str = "zh",
    change_due: bool = True,
) -> User:
    """Give somebody an account. Raises ``Invalid``, ``WeakPassword``, ``LoginTaken``."""
    work.actor.require("staff.manage")
    login = check_login(login)
    check_password(password, login=login)
    user = User(
        id=new_id(),
        login=login,
        name=clean_name(name),
        language=_check_language(language),
        roles=await _check_roles(work, roles),
        password_change_due=change_due,
        has_second_factor=False,
        disabled_at=None,
        created_at=work.now,
    )
    if not await store.add_user(work.db, user, await passwords.hashed(password)):
        raise LoginTaken("The login “{login}” is taken.", field="login", login=login)
    work.record(
        events.UserCreated(customer_id=NIL, user_id=user.id, login=user.login, roles=user.roles)
    )
    return user


async def first_administrator(work: UnitOfWork) -> tuple[str, str] | None:
    """Login and password of a first account, where there is none yet; to be shown once.

    None when somebody works here already.
    """
    work.actor.require("staff.manage")
    if await store.list_users(work.db, limit=1, after=""):
        return None
    password = "-".join(secrets.token_urlsafe(4) for _ in range(3))
    await create_user(work, login="admin", name="Admin", roles=["admin"], password=password)
    return "admin", password


async def change_user(
    work: UnitOfWork,
    user_id: UUID,
    *,
    name: str | None = None,
    roles: Collection[str] | None = None,
    language: str | None = None,
) -> User:
    """Change name, roles or language. Somebody who can manage staff must remain."""
    work.actor.require("staff.manage")
    before = await _get(work, user_id, lock=True)
    user = _replaced(
        before,
        name=before.name if name is None else clean_name(name),
        roles=before.roles if roles is None else await _check_roles(work, roles),
        language=before.language if language is None else _check_language(language),
    )
    await store.change_user(work.db, user)
    await _keep_a_manager(work)
    work.record(
        events.UserChanged(customer_id=NIL, user_id=user.id, login=user.login, roles=user.roles)
    )
    return user


async def choose_language(work: UnitOfWork, language: str) -> None:
    """One's own language, kept for the next session too."""
    user = await _get(work, _own_id(work), lock=True)
    await store.change_user(work.db, _replaced(user, language=_check_language(language)))


async def disable_user(work: UnitOfWork, user_id: UUID) -> User:
    """Close an account and all its sessions. Twice is once."""
    work.actor.require("staff.manage")
    before = await _get(work, user_id, lock=True)
    if before.disabled_at is not None:
        return before
    user = _replaced(before, disabled_at=work.now)
    await store.change_user(work.db, user)
    await _keep_a_manager(work)
    await store.drop_tokens(work.db, user_id=user_id)
    work.record(events.UserDisabled(customer_id=NIL, user_id=user.id, login=user.login))
    return user


async def enable_user(work: UnitOfWork, user_id: UUID) -> User:
    """Open a closed account again."""
    work.actor.require("staff.manage")
    before = await _get(work, user_id, lock=True)
    user = _replaced(before, disabled_at=None)
    await store.change_user(work.db, user)
    work.record(events.UserEnabled(customer_id=NIL, user_id=user.id, login=user.login))
    return user


async def change_password(
    works: Works, actor: Actor, *, old: str, new: str, keep_session: UUID | None = None
) -> None:
    """Choose another password for oneself; all other sessions end.

    Raises ``WrongCredentials`` when *old* is not right, ``WeakPassword``, ``LockedOut``. It takes
    ``Works`` for the reason ``sign_in`` does.
    """
    async with works.begin(SYSTEM) as work:
        row = await store.find_credentials(work.db, user_id=actor.id)
        if row is None:
            raise NotFound("There is no such user.")
        user = store.user_of(row)
        key = f"login:{user.login}"
        closed = wait_seconds(
            await store.count_try(work.db, key, BY_LOGIN, now=work.now), now=work.now
        )
    if closed:
        raise too_many(closed)
    if not await passwords.matches(row["password_hash"], old[:1000]):
        raise WrongCredentials("The present password is not right.", field="old")
    check_password(new, login=user.login)
    if old == new:
        raise Invalid("Choose a password other than the present one.", field="password")
    kept = await passwords.hashed(new)
    async with works.begin(actor) as work:
        await store.forget_tries(work.db, key)
        await store.set_password(work.db, user.id, kept, due=False, now=work.now)
        await store.drop_tokens(work.db, user_id=user.id, keep=keep_session)
        work.record(
            events.PasswordChanged(
                customer_id=NIL, user_id=user.id, login=user.login, by_owner=True
            )
        )


async def set_password(work: UnitOfWork, user_id: UUID, password: str) -> None:
    """Set somebody's password; he must choose another at the next sign-in. Sessions end."""
    work.actor.require("staff.manage")
    user = await _get(work, user_id, lock=True)
    check_password(password, login=user.login)
    await store.set_password(
        work.db, user.id, await passwords.hashed(password), due=True, now=work.now
    )
    await store.drop_tokens(work.db, user_id=user.id)
    await store.forget_tries(work.db, f"login:{user.login}")
    work.record(
        events.PasswordChanged(customer_id=NIL, user_id=user.id, login=user.login, by_owner=False)
    )


async def set_role(
    work: UnitOfWork, name: str, *, label: Text, permissions: Collection[str]
) -> None:
    """Add a role or change its rights; it counts from everybody's next request on."""
    work.actor.require("staff.manage")
    name = check_login(name)
    rights = frozenset(permissions)
    check_rights(rights, field="permissions")
    before = await store.lock_role(work.db, name) or frozenset()
    await store.put_role(work.db, name, label, rights)
    await _keep_a_manager(work)
    work.record(
        events.RoleChanged(
            customer_id=NIL,
            role=name,
            added=tuple(sorted(rights - before)),
            removed=tuple(sorted(before - rights)),
        )
    )


def _own_id(work: UnitOfWork) -> UUID:
    if work.actor.id is None:
        raise NotFound("There is no such user.")
    return work.actor.id


async def _get(work: UnitOfWork, user_id: UUID, *, lock: bool = False) -> User:
    user = await store.find_user(work.db, user_id, lock=lock)
    if user is None:
        raise NotFound("There is no such user.")
    return user


async def _check_roles(work: UnitOfWork, roles: Collection[str]) -> tuple[str, ...]:
    known = {role.name for role in await store.list_roles(work.db)}
    unknown = sorted(set(roles) - known)
    if unknown:
        raise Invalid("There is no role “{role}”.", field="roles", role=unknown[0])
    if not roles:
        raise Invalid("Give at least one role.", field="roles")
    return tuple(sorted(set(roles)))


async def _keep_a_manager(work: UnitOfWork) -> None:
    if await store.count_managers(work.db) == 0:
        raise Refused("Somebody who can manage users must remain.")


def _check_language(language: str) -> str:
    if language not in ("zh", "en"):
        raise Invalid("A language is zh or en.", field="language")
    return language


def _replaced(user: User, **changes: object) -> User:
    return replace(user, **changes)
