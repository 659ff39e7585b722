"""Every route, every role: who is let in and who is not, from the route table itself."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from litestar import Litestar, get
from litestar.routes import HTTPRoute

from yizhan.domain import staff
from yizhan.web.auth import check_routes
from yizhan.web.conftest import Hire, bearer

ENDS_THE_SESSION = {"/sign-out"}
STREAMS = re.compile(r"^/live/")


def table(app: Litestar) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path with made-up values, method, and what the route says of itself."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        path = re.sub(r"\{(\w+):(\w+)\}", _value, route.path)
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                yield path, method, handler.opt


def _value(found: re.Match[str]) -> str:
    match found[2]:
        case "uuid":
            return "01890000-0000-7000-8000-000000000000"
        case "int":
            return "1"
        case "date":
            return "2026-03-01"
        case "path":
            return "nothing"
        case _:
            return "nothing"


def allowed(opt: dict[str, Any], rights: frozenset[str]) -> bool:
    if every := opt.get("needs_all"):
        return rights >= set(every)
    needs = opt.get("needs")
    if needs is None:
        return True
    return bool(rights & {needs} if isinstance(needs, str) else rights & set(needs))


def refusal(answer: httpx.Response) -> str:
    """Why nobody was let in; empty when somebody was."""
    if answer.status_code == 401:
        return "unauthenticated"
    doors = ("/sign-in", "/my/sign-in")
    if answer.status_code == 303 and answer.headers["location"].startswith(doors):
        return "unauthenticated"
    if answer.status_code == 403:
        return "forbidden"
    return ""


async def test_nobody_unknown_comes_further_than_public_routes(
    app: Litestar, visitor: httpx.AsyncClient
) -> None:
    seen = 0
    for path, method, opt in table(app):
        if opt.get("public"):
            continue
        answer = await visitor.request(method, path)
        assert refusal(answer) == "unauthenticated", (method, path, answer.status_code)
        seen += 1
    assert seen > 50


@pytest.mark.parametrize("role", staff.ROLES, ids=lambda role: role.name)
async def test_a_role_comes_as_far_as_its_rights(
    app: Litestar, visitor: httpx.AsyncClient, hire: Hire, role: staff.Role
) -> None:
    headers = bearer(await hire(role.name))
    let_in = kept_out = 0
    for path, method, opt in table(app):
        if opt.get("public") or opt.get("customer") or path in ENDS_THE_SESSION:
            continue
        may = allowed(opt, role.permissions)
        if may and STREAMS.match(path):
            continue
        answer = await visitor.request(method, path, headers=headers)
        if may:
            assert refusal(answer) == "", (method, path, answer.text[:300])
            unavailable = answer.status_code == 503 and "checkout.no_provider" in answer.text
            assert answer.status_code < 500 or unavailable, (method, path, answer.text[:300])
            let_in += 1
        else:
            assert refusal(answer) == "forbidden", (method, path, answer.status_code)
            kept_out += 1
    assert let_in and kept_out


async def test_a_client_comes_as_far_as_its_scopes(
    app: Litestar, visitor: httpx.AsyncClient, works: Any
) -> None:
    from yizhan.kernel.actor import SYSTEM

    async with works.begin(SYSTEM) as work:
        client, secret = await staff.create_client(work, name="shop", scopes=["cases.read"])
    token, _, _ = await staff.grant(works, str(client.id), secret)
    assert (await visitor.get("/api/v1/cases", headers=bearer(token))).status_code == 200
    answer = await visitor.get("/api/v1/customers", headers=bearer(token))
    assert answer.status_code == 403
    assert answer.json()["code"] == "forbidden"


def test_a_route_that_does_not_say_who_may_use_it_is_not_started() -> None:
    @get("/open")
    async def forgotten() -> None: ...

    @get("/odd", needs="bills.burn")
    async def misspelt() -> None: ...

    for handler in (forgotten, misspelt):
        with pytest.raises(AssertionError):
            check_routes(Litestar([handler], openapi_config=None))
