"""API: oneself, users, roles, sessions, API clients."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET, Meta, UnsetType

from yizhan.domain import staff
from yizhan.kernel.text import Text
from yizhan.web.api.route import (
    AnyRequest,
    Limit,
    Page,
    api_delete,
    api_get,
    api_patch,
    api_post,
    api_put,
    page_of,
)
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

TAG = "Staff"


class Me(msgspec.Struct):
    """Who the token stands for, and what it may do."""

    kind: str
    id: UUID | None
    name: str
    language: str
    roles: Sequence[str]
    permissions: Sequence[str]


class NewUser(msgspec.Struct):
    """An account to be made."""

    login: Annotated[str, Meta(examples=["wangli"])]
    name: Annotated[str, Meta(examples=["王丽"])]
    roles: Annotated[list[str], Meta(examples=[["agent"]])]
    password: Annotated[
        str, Meta(description="To be changed at the first sign-in.", examples=["four horses run"])
    ]
    language: Annotated[str, Meta(examples=["zh"])] = "zh"


class UserChange(msgspec.Struct):
    """What is to be different; what is left out stays."""

    name: str | UnsetType = UNSET
    roles: list[str] | UnsetType = UNSET
    language: str | UnsetType = UNSET


class NewPassword(msgspec.Struct):
    """A password to be changed at the next sign-in."""

    password: Annotated[str, Meta(examples=["five horses run"])]


class RoleSaid(msgspec.Struct):
    """A role's words and rights."""

    label: Text
    permissions: Annotated[list[str], Meta(examples=[["customers.search", "customers.read"]])]


class NewClient(msgspec.Struct):
    """Another system, and the rights it shall have."""

    name: Annotated[str, Meta(examples=["Web shop"])]
    scopes: Annotated[list[str], Meta(examples=[["customers.read", "bills.read"]])]


class ClientMade(msgspec.Struct):
    """A client with its secret: it is shown this once and kept nowhere."""

    client: staff.ApiClient
    secret: str


class Right(msgspec.Struct):
    """A right and what it means."""

    name: str
    words: Text


@api_get("/me", signed_in=True, tag=TAG)
async def me(request: AnyRequest) -> Me:
    """Who this token stands for."""
    visit = visit_of(request)
    actor = visit.actor
    return Me(
        kind=actor.kind.value,
        id=actor.id,
        name=actor.name,
        language=visit.language,
        roles=visit.entry.roles if visit.entry else (),
        permissions=sorted(actor.permissions),
    )


@api_get("/me/sessions", signed_in=True, tag=TAG)
async def my_sessions(request: AnyRequest) -> Page[staff.Session]:
    """One's own open sessions."""
    async with reading(request) as work:
        return Page(await staff.list_sessions(work))


@api_delete("/sessions/{session_id:uuid}", signed_in=True, tag=TAG)
async def end_session(request: AnyRequest, session_id: FromPath[UUID]) -> None:
    """End a session: one's own, or anybody's for who may manage staff."""
    async with acting(request) as work:
        await staff.sign_out(work, session_id)


@api_get("/staff/users", needs="staff.manage", tag=TAG)
async def list_users(
    request: AnyRequest, limit: Limit = 50, after: FromQuery[str] = ""
) -> Page[staff.User]:
    """Users by login."""
    async with reading(request) as work:
        found = await staff.list_users(work, limit=limit + 1, after=after)
    return page_of(found, limit, lambda user: user.login)


@api_post("/staff/users", needs="staff.manage", tag=TAG)
async def create_user(request: AnyRequest, data: JSONBody[NewUser]) -> staff.User:
    """Give somebody an account."""
    async with acting(request) as work:
        return await staff.create_user(
            work,
            login=data.login,
            name=data.name,
            roles=data.roles,
            password=data.password,
            language=data.language,
        )


@api_get("/staff/users/{user_id:uuid}", needs="staff.manage", tag=TAG)
async def get_user(request: AnyRequest, user_id: FromPath[UUID]) -> staff.User:
    """One user."""
    async with reading(request) as work:
        return await staff.get_user(work, user_id)


@api_patch("/staff/users/{user_id:uuid}", needs="staff.manage", tag=TAG)
async def change_user(
    request: AnyRequest, user_id: FromPath[UUID], data: JSONBody[UserChange]
) -> staff.User:
    """Change name, roles or language of a user."""
    async with acting(request) as work:
        return await staff.change_user(
            work,
            user_id,
            name=None if data.name is UNSET else data.name,
            roles=None if data.roles is UNSET else data.roles,
            language=None if data.language is UNSET else data.language,
        )


@api_post("/staff/users/{user_id:uuid}/password", needs="staff.manage", status=204, tag=TAG)
async def set_password(
    request: AnyRequest, user_id: FromPath[UUID], data: JSONBody[NewPassword]
) -> None:
    """Set a user's password. Sessions end; the user must choose another at the next sign-in."""
    async with acting(request) as work:
        await staff.set_password(work, user_id, data.password)


@api_post("/staff/users/{user_id:uuid}/disable", needs="staff.manage", status=200, tag=TAG)
async def disable_user(request: AnyRequest, user_id: FromPath[UUID]) -> staff.User:
    """Close an account and all its sessions."""
    async with acting(request) as work:
        return await staff.disable_user(work, user_id)


@api_post("/staff/users/{user_id:uuid}/enable", needs="staff.manage", status=200, tag=TAG)
async def enable_user(request: AnyRequest, user_id: FromPath[UUID]) -> staff.User:
    """Open a closed account again."""
    async with acting(request) as work:
        return await staff.enable_user(work, user_id)


@api_delete("/staff/users/{user_id:uuid}/second-factor", needs="staff.manage", tag=TAG)
async def drop_second_factor(request: AnyRequest, user_id: FromPath[UUID]) -> None:
    """Let somebody who lost his device in without a one-time code."""
    async with acting(request) as work:
        await staff.switch_off(work, user_id)


@api_get("/staff/users/{user_id:uuid}/sessions", needs="staff.manage", tag=TAG)
async def user_sessions(request: AnyRequest, user_id: FromPath[UUID]) -> Page[staff.Session]:
    """A user's open sessions."""
    async with reading(request) as work:
        return Page(await staff.list_sessions(work, user_id))


@api_get("/staff/rights", signed_in=True, tag=TAG)
async def list_rights(request: AnyRequest) -> Page[Right]:
    """Every right there is."""
    return Page([Right(name, words) for name, words in staff.PERMISSIONS.items()])


@api_get("/staff/roles", needs="staff.manage", tag=TAG)
async def list_roles(request: AnyRequest) -> Page[staff.RoleRow]:
    """Roles with their rights."""
    async with reading(request) as work:
        return Page(await staff.list_roles(work))


@api_put("/staff/roles/{name:str}", needs="staff.manage", tag=TAG)
async def set_role(request: AnyRequest, name: FromPath[str], data: JSONBody[RoleSaid]) -> RoleSaid:
    """Add a role or change its rights; it counts from everybody's next request on."""
    async with acting(request) as work:
        await staff.set_role(work, name, label=data.label, permissions=data.permissions)
    return data


@api_get("/staff/clients", needs="staff.manage", tag=TAG)
async def list_clients(request: AnyRequest, limit: Limit = 100) -> Page[staff.ApiClient]:
    """API clients, the newest first."""
    async with reading(request) as work:
        return Page(await staff.list_clients(work, limit=limit))


@api_post("/staff/clients", needs="staff.manage", tag=TAG)
async def create_client(request: AnyRequest, data: JSONBody[NewClient]) -> ClientMade:
    """Give another system a key."""
    async with acting(request) as work:
        client, secret = await staff.create_client(work, name=data.name, scopes=data.scopes)
    return ClientMade(client, secret)


@api_delete("/staff/clients/{client_id:uuid}", needs="staff.manage", tag=TAG)
async def disable_client(request: AnyRequest, client_id: FromPath[UUID]) -> None:
    """Take a client's key back; its tokens end at once."""
    async with acting(request) as work:
        await staff.disable_client(work, client_id)


ROUTES = [
    me,
    my_sessions,
    end_session,
    list_users,
    create_user,
    get_user,
    change_user,
    set_password,
    disable_user,
    enable_user,
    drop_second_factor,
    user_sessions,
    list_rights,
    list_roles,
    set_role,
    list_clients,
    create_client,
    disable_client,
]
