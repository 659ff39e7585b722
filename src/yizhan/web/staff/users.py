"""Users, roles and API clients: who may come in and what each may do."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import staff
from yizhan.kernel.errors import CareError, Invalid, NotFound
from yizhan.kernel.text import Text
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, words
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
PAGE = 50


@get("/users", needs="staff.manage")
async def users(request: AnyRequest, after: str = "") -> Response[Any]:
    """Accounts by login, and the roles with their rights."""
    return await _users(request, after=after)


@post("/users", needs="staff.manage", status_code=200)
async def create(request: AnyRequest) -> Response[Any]:
    """Give somebody an account."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            user = await staff.create_user(
                work,
                login=form.value("login"),
                name=form.value("name"),
                roles=form.all("roles"),
                password=form.value("password"),
                language=form.value("language", "zh"),
            )
    except CareError as error:
        return await _users(request, form=form.wrong(request, error), status=422)
    return done(
        request,
        f"/users/{user.id}",
        "The account {login} is open. At the first sign-in it asks for a password of one's own.",
        login=user.login,
    )


@get("/users/{user_id:uuid}", needs="staff.manage")
async def one(request: AnyRequest, user_id: UUID) -> Response[Any]:
    """An account with its roles and open sessions."""
    return await _user(request, user_id)


@post("/users/{user_id:uuid}/{act:str}", needs="staff.manage", status_code=200)
async def change(request: AnyRequest, user_id: UUID, act: str) -> Response[Any]:
    """Change roles, set a password, close or open an account, end a session."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            match act:
                case "roles":
                    await staff.change_user(
                        work, user_id, name=form.value("name"), roles=form.all("roles")
                    )
                case "password":
                    await staff.set_password(work, user_id, form.value("password"))
                case "disable":
                    await staff.disable_user(work, user_id)
                case "enable":
                    await staff.enable_user(work, user_id)
                case "codes-off":
                    await staff.switch_off(work, user_id)
                case "end-session":
                    await staff.sign_out(work, form.uuid("session"))
                case _:
                    raise Invalid("There is no act “{act}”.", field="act", act=act[:40])
    except CareError as error:
        return await _user(request, user_id, form=form.wrong(request, error), act=act, status=422)
    return done(request, f"/users/{user_id}", "Saved.")


@get("/roles/{name:str}", needs="staff.manage")
async def role(request: AnyRequest, name: str) -> Response[Any]:
    """The rights of a role."""
    return await _role(request, name)


@post("/roles/{name:str}", needs="staff.manage", status_code=200)
async def change_role(request: AnyRequest, name: str) -> Response[Any]:
    """Change what a role may do; it counts from everybody's next request on."""
    form = await Form.of(request)
    wanted = form.value("name") if name == "new" else name
    try:
        async with acting(request) as work:
            await staff.set_role(
                work,
                wanted,
                label=Text(form.required("label_zh"), form.required("label_en")),
                permissions=form.all("permissions"),
            )
    except CareError as error:
        return await _role(request, name, form=form.wrong(request, error), status=422)
    return done(request, "/users", "The role counts from everybody's next request on.")


@get("/clients", needs="staff.manage")
async def clients(request: AnyRequest) -> Response[Any]:
    """Other systems that may ask us things."""
    return await _clients(request)


@post("/clients", needs="staff.manage", status_code=200)
async def create_client(request: AnyRequest) -> Response[Any]:
    """Give a system a key; its secret is shown this once."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            scopes = form.all("scopes")
            if not scopes:
                raise Invalid(
                    "Choose at least one right; without any it can do nothing.", field="scopes"
                )
            client, secret = await staff.create_client(work, name=form.value("name"), scopes=scopes)
    except CareError as error:
        return await _clients(request, form=form.wrong(request, error), status=422)
    return await _clients(request, fresh=(client, secret))


@post("/clients/{client_id:uuid}/disable", needs="staff.manage", status_code=200)
async def disable_client(request: AnyRequest, client_id: UUID) -> Response[Any]:
    """Take a key back."""
    async with acting(request) as work:
        await staff.disable_client(work, client_id)
    return done(request, "/clients", "The key no longer opens anything.", kind="warn")


async def _users(
    request: AnyRequest, *, after: str = "", form: Form | None = None, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        found = await staff.list_users(work, limit=PAGE + 1, after=after)
        roles = await staff.list_roles(work)
    labels = {one.name: words(request, one.label) for one in roles}
    return page(
        request,
        "staff/users.html",
        title="Users and roles",
        section="users",
        status=status,
        users=found[:PAGE],
        older=found[PAGE - 1].login if len(found) > PAGE else "",
        roles=roles,
        labels=labels,
        form=form,
    )


async def _user(
    request: AnyRequest,
    user_id: UUID,
    *,
    form: Form | None = None,
    act: str = "",
    status: int = 200,
) -> Response[Any]:
    async with reading(request) as work:
        user = await staff.get_user(work, user_id)
        roles = await staff.list_roles(work)
        sessions = await staff.list_sessions(work, user_id)
    return page(
        request,
        "staff/user.html",
        title="User",
        section="users",
        status=status,
        user=user,
        roles=roles,
        sessions=sessions,
        form=form,
        act=act,
    )


async def _role(
    request: AnyRequest, name: str, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        roles = await staff.list_roles(work)
    known = next((one for one in roles if one.name == name), None)
    if known is None and name != "new":
        raise NotFound("There is no role “{name}”.", name=name[:40])
    held = set(form.all("permissions")) if form else (known.permissions if known else frozenset())
    return page(
        request,
        "staff/role.html",
        title="Role",
        section="users",
        status=status,
        name=name,
        role=known,
        rights=_rights(request, held),
        form=form,
    )


async def _clients(
    request: AnyRequest,
    *,
    form: Form | None = None,
    fresh: tuple[staff.ApiClient, str] | None = None,
    status: int = 200,
) -> Response[Any]:
    async with reading(request) as work:
        found = await staff.list_clients(work)
    rights = _rights(request, set(form.all("scopes")) if form else set())
    return page(
        request,
        "staff/clients.html",
        title="API clients",
        section="clients",
        status=status,
        clients=found,
        rights=rights,
        right_words={right: label for right, label, _ in rights},
        fresh=fresh,
        form=form,
    )


def _rights(request: AnyRequest, held: Any) -> list[tuple[str, str, bool]]:
    language = visit_of(request).language
    return [
        (name, text[language], name in held)
        for name, text in sorted(staff.PERMISSIONS.items(), key=lambda item: item[0])
    ]


ROUTES: list[Any] = [
    users,
    create,
    one,
    change,
    role,
    change_role,
    clients,
    create_client,
    disable_client,
]
