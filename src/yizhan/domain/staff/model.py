"""Users, roles, sessions and tries to get in, as values; and the rules about them.

Five wrong tries close a name for a minute; each further one doubles the wait up to an hour.
"""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

import msgspec

from yizhan.domain.staff.permissions import PERMISSIONS
from yizhan.kernel.actor import Actor
from yizhan.kernel.errors import Conflict, Forbidden, Invalid, Refused, Unauthenticated
from yizhan.kernel.text import Text

IDLE = timedelta(minutes=30)
"""A session unused for so long ends."""
LONGEST = timedelta(hours=12)
"""A session ends after so long however busy it is."""
CLIENT_TOKEN = timedelta(hours=1)
"""An API client asks for a new token after so long."""
TOUCH = timedelta(seconds=60)
"""The last use of a session is written down this often, not at every request."""

PASSWORD_MIN = 10
PASSWORD_MAX = 200
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_COMMON = {"1234567890", "password12", "qwertyuiop", "0987654321", "1q2w3e4r5t", "password123"}


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff."""

    id: UUID
    login: str
    name: str
    language: str
    roles: tuple[str, ...]
    password_change_due: bool
    has_second_factor: bool
    disabled_at: datetime | None
    created_at: datetime


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """An open door: who stands in it, since when and until when."""

    id: UUID
    user_id: UUID
    created_at: datetime
    used_at: datetime
    idle_until: datetime
    expires_at: datetime
    address: str
    agent: str


class ApiClient(msgspec.Struct, frozen=True, kw_only=True):
    """Another system that may ask us things. ``scopes`` are rights."""

    id: UUID
    name: str
    scopes: tuple[str, ...]
    disabled_at: datetime | None
    created_at: datetime


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a token stands for: read with every request, in one statement."""

    actor: Actor
    token_id: UUID
    language: str
    contact_id: UUID | None = None
    password_change_due: bool = False
    expires_at: datetime
    roles: tuple[str, ...] = ()


class RoleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A role as it stands on the table."""

    name: str
    label: Text
    permissions: frozenset[str]
    built_in: bool


class Attempt(msgspec.Struct, frozen=True):
    """How often something was tried in the present window."""

    tries: int
    window_ends: datetime
    locked_until: datetime | None


class Limit(msgspec.Struct, frozen=True):
    """So many tries are free; then each one more waits twice as long, up to ``longest``."""

    free: int
    window: timedelta
    first: timedelta
    longest: timedelta

    def count(self, before: Attempt | None, *, now: datetime) -> Attempt:
        """The state after one more try. A quiet window wipes the slate."""
        if before is None or before.window_ends <= now:
            return Attempt(1, now + self.window, None)
        tries = before.tries + 1
        locked_until = None
        if tries >= self.free:
            wait = min(self.first * 2 ** min(tries - self.free, 20), self.longest)
            locked_until = now + wait
        return Attempt(tries, now + self.window, locked_until)


BY_LOGIN = Limit(5, timedelta(hours=24), timedelta(minutes=1), timedelta(hours=1))
"""Wrong tries for one name, wherever they come from."""
BY_ADDRESS = Limit(60, timedelta(minutes=10), timedelta(seconds=30), timedelta(minutes=10))
"""Wrong tries from one address, whatever the name: many people may share it."""
BY_CLIENT = Limit(10, timedelta(hours=1), timedelta(seconds=30), timedelta(minutes=15))
"""Wrong secrets for one API client."""


class WrongCredentials(Unauthenticated):
    """Name or password do not match. It does not say which."""

    code: ClassVar[str] = "wrong_credentials"


class CodeNeeded(Unauthenticated):
    """The password is right and a one-time code is needed too."""

    code: ClassVar[str] = "code_needed"


class LockedOut(Refused):
    """Too many wrong tries."""

    code: ClassVar[str] = "locked_out"


class PasswordChangeDue(Forbidden):
    """Somebody else chose this password; its owner chooses another before anything else."""

    code: ClassVar[str] = "password_change_due"


class WeakPassword(Invalid):
    """Too short, too common, or made of the name."""

    code: ClassVar[str] = "weak_password"


class LoginTaken(Conflict):
    """Another account has this name."""

    code: ClassVar[str] = "login_taken"


def new_secret(prefix: str) -> str:
    """256 random bits to give away once, with a prefix that scanners for leaked keys can find."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def fingerprint(secret: str) -> bytes:
    """What is kept of a token or a client secret. They are random, so one hash is enough."""
    return hashlib.sha256(secret.encode()).digest()


def check_login(login: str) -> str:
    """A login as it is kept; raises ``Invalid``."""
    cleaned = login.strip().lower()
    if not _LOGIN.fullmatch(cleaned):
        raise Invalid(
            "A login is 2 to 40 letters a-z, digits, dots, hyphens or underscores.", field="login"
        )
    return cleaned


def clean_name(name: str) -> str:
    """A name as it is kept; raises ``Invalid``."""
    cleaned = " ".join(name.split())
    if not 1 <= len(cleaned) <= 60:
        raise Invalid("A name has 1 to 60 characters.", field="name")
    return cleaned


def check_password(password: str, *, login: str) -> None:
    """Raise ``WeakPassword`` unless it is long enough and not a well-known one."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise WeakPassword(
            "A password has {least} to {most} characters.",
            field="password",
            least=PASSWORD_MIN,
            most=PASSWORD_MAX,
        )
    low = password.lower()
    if low in _COMMON or len(set(low)) < 4 or (len(login) > 3 and login in low):
        raise WeakPassword(
            "This password is easily guessed. Choose one without your login or a common pattern.",
            field="password",
        )


def check_rights(rights: frozenset[str], *, field: str) -> None:
    """Raise ``Invalid`` for a right that does not exist."""
    unknown = sorted(rights - PERMISSIONS.keys())
    if unknown:
        raise Invalid("There is no right “{right}”.", field=field, right=unknown[0])


def wait_seconds(attempt: Attempt | None, *, now: datetime) -> int:
    """How long the door stays closed; 0 when it is open."""
    if attempt is None or attempt.locked_until is None or attempt.locked_until <= now:
        return 0
    return max(1, round((attempt.locked_until - now).total_seconds()))


def too_many(seconds: int) -> LockedOut:
    """The refusal of a closed door."""
    return LockedOut("Too many wrong tries. Try again in {seconds} seconds.", seconds=seconds)
