"""Customers' sessions on their own site: signing in, who stands behind a token, ending one.

A session is a contact on the channel ``website`` or ``handset`` in which the customer proved who
he is; the proof, its tries and its lock are those of ``contacts``. A number nobody has is answered
as a wrong password is, lock included, so that the form does not tell who is a customer.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from yizhan.domain import contacts, customers, staff, subscriptions
from yizhan.kernel import phone
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import CareError, Invalid, Refused, Unauthenticated
from yizhan.kernel.ids import new_id
from yizhan.platform.db import Connection
from yizhan.platform.work import UnitOfWork, Works

IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)
TOUCH = timedelta(minutes=1)
CODE_LIFE = timedelta(minutes=5)
WINDOW = timedelta(minutes=15)
TRIES_OF_ADDRESS = 60
"""Wrong and right tries from one address in a window: a household or a shop behind one router."""
TRIES_OF_STRANGER = 3
SESSIONS_SHOWN = 20

RIGHTS = frozenset(
    {
        "contacts.write",
        "customers.write",
        "usage.read",
        "payments.read",
        "orders.read",
        "orders.place",
        "cases.read",
        "cases.open",
        "advice.give",
        "plans.read",
    }
)
"""What a customer may do with his own record. Rooms see to it that it is his own; rights to see
records at large (``customers.read``, ``bills.read``) are not among them."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """An open door of a customer."""

    customer_id: UUID
    id: UUID
    contact_id: UUID
    line_id: UUID
    name: str
    created_at: datetime
    used_at: datetime
    idle_until: datetime
    expires_at: datetime
    address: str
    agent: str


class WrongPassword(Unauthenticated):
    """Number and password do not fit, or nobody has the number."""

    code = "wrong_credentials"


_COLUMNS = (
    "customer_id, id, contact_id, line_id, name, created_at, used_at, idle_until, expires_at,"
    " address, agent"
)


def actor_of(customer_id: UUID, name: str, channel: str = "website") -> Actor:
    """The customer as the one who acts."""
    return Actor(
        kind=ActorKind.CUSTOMER, id=customer_id, name=name, channel=channel, permissions=RIGHTS
    )


async def find(db: Connection, token: str, *, now: datetime) -> Session | None:
    """The session behind *token* while it stands, marked as in use; else None."""
    if not 20 <= len(token) <= 200:
        return None
    row = await db.fetchrow(
        f"SELECT {_COLUMNS} FROM site_session WHERE token_hash = $1"
        " AND idle_until > $2 AND expires_at > $2",
        _fingerprint(token),
        now,
    )
    if row is None:
        return None
    found = Session(**dict(row))
    if now - found.used_at >= TOUCH:
        await db.execute(
            "UPDATE site_session SET used_at = $3, idle_until = $4"
            " WHERE customer_id = $1 AND id = $2 AND used_at < $3",
            found.customer_id,
            found.id,
            now,
            min(now + IDLE, found.expires_at),
        )
    return found


async def stands(db: Connection, session: Session, *, now: datetime) -> bool:
    """Whether a session is still open."""
    return bool(
        await db.fetchval(
            "SELECT EXISTS (SELECT FROM site_session WHERE customer_id = $1 AND id = $2"
            " AND idle_until > $3 AND expires_at > $3)",
            session.customer_id,
            session.id,
            now,
        )
    )


async def sign_in(
    works: Works, number: str, password: str, *, channel: str, address: str, agent: str
) -> str:
    """Let a customer in by number and service password; the token of his session.

    Raises `WrongPassword`, ``contacts.Locked``, ``staff.LockedOut``, `Invalid`.
    """
    digits = await _counted(works, number, address)
    if not password.strip():
        raise Invalid("Type your service password.", field="password")
    line = await _line(works, digits)
    if line is None:
        await asyncio.to_thread(_spend_time, password)
        raise await _stranger(works, digits)
    name = await _name(works, line.customer_id)
    method, evidence = "service_password", {"password": password}
    weighed = await contacts.weigh(
        works, method=method, evidence=evidence, customer_id=line.customer_id
    )
    async with works.begin(actor_of(line.customer_id, name, channel)) as work:
        contact = await contacts.begin(
            work, customer_id=line.customer_id, channel=channel, number_from=digits
        )
        try:
            seen = await contacts.verify(
                work, contact.id, method=method, evidence=evidence, weighed=weighed
            )
        except contacts.Locked:
            raise
        except Refused:
            seen = None
        if seen is not None and seen.ok:
            return await _open(work, line, contact.id, name, address=address, agent=agent)
        await contacts.finish(work, contact.id, disposition="abandoned")
    raise _wrong(seen.tries_left if seen is not None else 0)


async def begin_code(works: Works, number: str, *, channel: str, address: str) -> tuple[str, str]:
    """Send a one-time code to *number*: the token of the waiting sign-in, the number masked.

    Raises ``staff.LockedOut``, ``contacts.Locked``, `Invalid`.
    """
    digits = await _counted(works, number, address)
    await _count(works, f"code:{digits}", 5, WINDOW)
    line = await _line(works, digits)
    token = secrets.token_urlsafe(32)
    actor = SYSTEM if line is None else actor_of(line.customer_id, "", channel)
    if line is not None:
        actor = actor_of(line.customer_id, await _name(works, line.customer_id), channel)
    async with works.begin(actor) as work:
        contact_id = None
        if line is not None:
            contact = await contacts.begin(
                work, customer_id=line.customer_id, channel=channel, number_from=digits
            )
            await contacts.send_code(work, contact.id, number=digits)
            contact_id = contact.id
        await work.db.execute(
            "INSERT INTO site_code (token_hash, customer_id, contact_id, line_id, number,"
            " expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
            _fingerprint(token),
            line.customer_id if line else None,
            contact_id,
            line.id if line else None,
            phone.mask(digits),
            work.now + CODE_LIFE,
        )
    return token, phone.mask(digits)


async def enter_code(
    works: Works, token: str, code: str, *, channel: str, address: str, agent: str
) -> str:
    """Let a customer in by the code that was sent. Raises `WrongPassword`, ``contacts.Locked``."""
    await _count(works, f"address:{address}", TRIES_OF_ADDRESS, WINDOW)
    if not code.strip():
        raise Invalid("Type the code of six digits.", field="code")
    async with works.read(SYSTEM) as look:
        row = await look.db.fetchrow(
            "SELECT customer_id, contact_id, line_id FROM site_code WHERE token_hash = $1"
            " AND expires_at > $2",
            _fingerprint(token),
            look.now,
        )
    if row is None:
        raise Refused("This code has expired. Ask for a new one.")
    if row["customer_id"] is None:
        await _count(works, f"code-of:{_fingerprint(token).hex()}", TRIES_OF_STRANGER, WINDOW)
        raise WrongPassword("This code is not right.")
    line = await _line_by_id(works, row["line_id"])
    name = await _name(works, line.customer_id)
    async with works.begin(actor_of(line.customer_id, name, channel)) as work:
        seen = await contacts.verify(
            work, row["contact_id"], method="one_time_code", evidence={"code": code}
        )
        if seen.ok:
            await work.db.execute(
                "DELETE FROM site_code WHERE token_hash = $1", _fingerprint(token)
            )
            return await _open(work, line, row["contact_id"], name, address=address, agent=agent)
    raise WrongPassword("This code is not right.")


async def end(work: UnitOfWork, session_id: UUID) -> None:
    """End one of one's own sessions; its contact ends with it."""
    assert work.actor.id is not None
    contact_id = await work.db.fetchval(
        "DELETE FROM site_session WHERE customer_id = $1 AND id = $2 RETURNING contact_id",
        work.actor.id,
        session_id,
    )
    if contact_id is not None:
        await _finish(work, contact_id)


async def end_others(work: UnitOfWork, keep: UUID) -> int:
    """End every other session of one's own; how many there were."""
    others = [one for one in await list_of(work) if one.id != keep]
    for one in others:
        await end(work, one.id)
    return len(others)


async def list_of(work: UnitOfWork) -> Sequence[Session]:
    """One's own open sessions, the newest first."""
    rows = await work.db.fetch(
        f"SELECT {_COLUMNS} FROM site_session WHERE customer_id = $1 AND idle_until > $2"
        " AND expires_at > $2 ORDER BY id DESC LIMIT $3",
        work.actor.id,
        work.now,
        SESSIONS_SHOWN,
    )
    return [Session(**dict(row)) for row in rows]


async def _open(
    work: UnitOfWork,
    line: subscriptions.Line,
    contact_id: UUID,
    name: str,
    *,
    address: str,
    agent: str,
) -> str:
    token = secrets.token_urlsafe(32)
    await work.db.execute(
        f"INSERT INTO site_session ({_COLUMNS}, token_hash)"
        " VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11)",
        line.customer_id,
        new_id(),
        contact_id,
        line.id,
        name,
        work.now,
        work.now + IDLE,
        work.now + LONGEST,
        address[:100],
        agent[:300],
        _fingerprint(token),
    )
    return token


async def _sweep(work: UnitOfWork) -> None:
    """What expired goes, and its contacts are over."""
    gone = await work.db.fetch(
        "WITH code AS (DELETE FROM site_code WHERE expires_at <= $1 RETURNING contact_id),"
        " door AS (DELETE FROM site_session WHERE idle_until <= $1 OR expires_at <= $1"
        " RETURNING contact_id)"
        " SELECT contact_id FROM code WHERE contact_id IS NOT NULL"
        " UNION ALL SELECT contact_id FROM door",
        work.now,
    )
    for row in gone:
        await _finish(work, row["contact_id"])


async def _finish(work: UnitOfWork, contact_id: UUID) -> None:
    contact = await contacts.get(work, contact_id)
    if contact.finished_at is None:
        await contacts.finish(work, contact_id, disposition="answered")


async def _counted(works: Works, number: str, address: str) -> str:
    await _count(works, f"address:{address}", TRIES_OF_ADDRESS, WINDOW)
    return phone.normalise(number)


async def _count(works: Works, key: str, most: int, window: timedelta) -> int:
    """Count a try, in a transaction of its own; the tries so far. Raises ``staff.LockedOut``."""
    async with works.begin(SYSTEM) as work:
        await _sweep(work)
        await work.db.execute("DELETE FROM site_attempt WHERE window_ends < $1", work.now)
        row = await work.db.fetchrow(
            "INSERT INTO site_attempt AS a (key, tries, window_ends) VALUES ($1, 1, $2)"
            " ON CONFLICT (key) DO UPDATE SET tries = a.tries + 1 RETURNING tries, window_ends",
            hashlib.sha256(key.encode()).hexdigest(),
            work.now + window,
        )
        left = int((row["window_ends"] - work.now).total_seconds()) + 1
    if row["tries"] > most:
        raise staff.LockedOut("Too many tries. Wait {seconds} seconds and try again.", seconds=left)
    return int(row["tries"])


async def _line(works: Works, digits: str) -> subscriptions.Line | None:
    async with works.read(SYSTEM) as work:
        return await subscriptions.find_line_by_number(work, digits)


async def _line_by_id(works: Works, line_id: UUID) -> subscriptions.Line:
    async with works.read(SYSTEM) as work:
        return await subscriptions.get_line(work, line_id)


async def _name(works: Works, customer_id: UUID) -> str:
    async with works.read(SYSTEM) as work:
        return (await customers.get(work, customer_id)).name


async def _stranger(works: Works, digits: str) -> CareError:
    """What somebody is told who types a number nobody has: the same as for a wrong password."""
    async with works.begin(SYSTEM) as work:
        row = await work.db.fetchrow(
            "INSERT INTO site_attempt AS a (key, tries, window_ends) VALUES ($1, 1, $2)"
            " ON CONFLICT (key) DO UPDATE SET"
            "  tries = CASE WHEN a.window_ends < $3 THEN 1 ELSE a.tries + 1 END,"
            "  window_ends = CASE WHEN a.window_ends < $3 OR a.tries < 3 THEN $2"
            "                ELSE a.window_ends END"
            " RETURNING tries, window_ends",
            hashlib.sha256(f"stranger:{digits}".encode()).hexdigest(),
            work.now + timedelta(hours=24),
            work.now,
        )
        if row["tries"] > TRIES_OF_STRANGER:
            return contacts.Locked(
                "Too many wrong tries: this method is locked until {until}. Use another one.",
                until=f"{row['window_ends'].astimezone(work.zone):%Y-%m-%d %H:%M}",
            )
    return _wrong(TRIES_OF_STRANGER - row["tries"])


def _wrong(tries_left: int) -> WrongPassword:
    if tries_left <= 0:
        return WrongPassword(
            "Number and service password do not fit, and this was the last try. Sign in with a"
            " code by SMS, or ask us to set a new password."
        )
    return WrongPassword(
        "Number and service password do not fit. {tries} more tries before the password is locked.",
        tries=tries_left,
    )


def _fingerprint(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


@cache
def _hasher() -> tuple[PasswordHasher, str]:
    hasher = PasswordHasher()
    return hasher, hasher.hash("nobody")


def _spend_time(password: str) -> None:
    """As long as a real check takes."""
    hasher, kept = _hasher()
    try:
        hasher.verify(kept, password)
    except VerificationError:
        return
