"""What happened to those who work here. Nobody's customer: these are addressed to the house."""

from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class UserCreated(Event, frozen=True, kw_only=True):
    """Somebody was given an account."""

    name: ClassVar[str] = "staff.user_created"
    user_id: UUID
    login: str
    roles: tuple[str, ...]


class UserChanged(Event, frozen=True, kw_only=True):
    """Roles, name or language of an account were changed."""

    name: ClassVar[str] = "staff.user_changed"
    user_id: UUID
    login: str
    roles: tuple[str, ...]


class UserDisabled(Event, frozen=True, kw_only=True):
    """An account was closed; its sessions ended with it."""

    name: ClassVar[str] = "staff.user_disabled"
    user_id: UUID
    login: str


class UserEnabled(Event, frozen=True, kw_only=True):
    """A closed account was opened again."""

    name: ClassVar[str] = "staff.user_enabled"
    user_id: UUID
    login: str


class PasswordChanged(Event, frozen=True, kw_only=True):
    """A password was changed, by its owner or by an administrator."""

    name: ClassVar[str] = "staff.password_changed"
    user_id: UUID
    login: str
    by_owner: bool


class SecondFactorChanged(Event, frozen=True, kw_only=True):
    """One-time codes were switched on or off for an account."""

    name: ClassVar[str] = "staff.second_factor_changed"
    user_id: UUID
    login: str
    on: bool


class SignedIn(Event, frozen=True, kw_only=True):
    """A member of staff came in."""

    name: ClassVar[str] = "staff.signed_in"
    user_id: UUID
    login: str
    session_id: UUID


class SignInRefused(Event, frozen=True, kw_only=True):
    """Somebody tried to come in and was not let in. ``user_id`` is empty for unknown names."""

    name: ClassVar[str] = "staff.sign_in_refused"
    user_id: UUID | None
    reason: str
    locked_seconds: int


class SignedOut(Event, frozen=True, kw_only=True):
    """A session was ended, by its owner or by an administrator."""

    name: ClassVar[str] = "staff.signed_out"
    user_id: UUID
    login: str
    sessions: int


class RoleChanged(Event, frozen=True, kw_only=True):
    """The rights of a role were changed."""

    name: ClassVar[str] = "staff.role_changed"
    role: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


class ClientCreated(Event, frozen=True, kw_only=True):
    """Another system was given a key."""

    name: ClassVar[str] = "staff.client_created"
    client_id: UUID
    client_name: str
    scopes: tuple[str, ...]


class ClientDisabled(Event, frozen=True, kw_only=True):
    """Another system's key was taken back."""

    name: ClassVar[str] = "staff.client_disabled"
    client_id: UUID
    client_name: str
