"""The API's description of itself, its tokens, its paging and its keys."""

import base64
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from yizhan.domain import customers, staff
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works
from yizhan.web.conftest import Hire, bearer


@pytest.fixture
async def schema(visitor: httpx.AsyncClient) -> dict[str, Any]:
    answer = await visitor.get("/api/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]


async def test_every_route_of_the_api_is_described(app: Litestar, schema: dict[str, Any]) -> None:
    described = {(path, method) for path, method, _ in operations(schema)}
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or not route.path.startswith("/api/v1"):
            continue
        path = route.path_format
        for handler in route.route_handlers:
            for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                assert (path, method.lower()) in described, (path, method)
    assert len(described) > 100


async def test_every_operation_says_its_errors_its_right_and_what_it_is(
    schema: dict[str, Any],
) -> None:
    names: set[str] = set()
    for path, method, operation in operations(schema):
        assert operation["summary"] and operation["tags"], path
        assert operation["operationId"] not in names
        names.add(operation["operationId"])
        statuses = set(operation["responses"])
        if path == "/oauth2/token":
            continue
        assert {"400", "401", "403", "404", "422", "500", "503"} <= statuses, (path, method)
        assert "429" in statuses or "409" in statuses or method == "get", (path, method)
        assert any(code.startswith("2") for code in statuses)
        assert operation["security"][0]["oauth2"] is not None
        for code, answer in operation["responses"].items():
            if code[0] in "45":
                assert "application/problem+json" in answer["content"]
    scopes = schema["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert set(scopes["scopes"]) == set(staff.PERMISSIONS)


async def test_every_tag_has_words(schema: dict[str, Any]) -> None:
    used = {tag for _, _, operation in operations(schema) for tag in operation["tags"]}
    assert used == {tag["name"] for tag in schema["tags"]}


async def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [one for value in node.values() for one in references(value)]
        if isinstance(node, list):
            return [one for value in node for one in references(value)]
        return []

    for reference in set(references(schema)):
        node: Any = schema
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        assert isinstance(node, dict)


# ---------------------------------------------------------------- tokens


@pytest.fixture
async def client(works: Works) -> tuple[staff.ApiClient, str]:
    async with works.begin(SYSTEM) as work:
        return await staff.create_client(work, name="shop", scopes=["cases.read", "bills.read"])


GRANT = {"grant_type": "client_credentials"}


async def test_a_client_gets_a_token_by_basic_or_by_form(
    visitor: httpx.AsyncClient, client: tuple[staff.ApiClient, str]
) -> None:
    one, secret = client
    packed = base64.b64encode(f"{one.id}:{secret}".encode()).decode()
    by_basic = await visitor.post(
        "/oauth2/token", data=GRANT, headers={"Authorization": f"Basic {packed}"}
    )
    by_form = await visitor.post(
        "/oauth2/token", data={**GRANT, "client_id": str(one.id), "client_secret": secret}
    )
    for answer in (by_basic, by_form):
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["token_type"] == "Bearer" and 3500 < body["expires_in"] <= 3600
        assert body["scope"] == "bills.read cases.read"
        assert answer.headers["cache-control"] == "no-store"
        me = await visitor.get("/api/v1/me", headers=bearer(body["access_token"]))
        assert (me.json()["kind"], me.json()["name"]) == ("client", "shop")


@pytest.mark.parametrize(
    ("sent", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({}, 400, "unsupported_grant_type"),
        ({"scope": "staff.manage"}, 400, "invalid_scope"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
    ],
)
async def test_what_is_not_granted_is_said_in_the_words_of_the_rfc(
    visitor: httpx.AsyncClient,
    client: tuple[staff.ApiClient, str],
    sent: dict[str, str],
    status: int,
    error: str,
) -> None:
    one, secret = client
    right = {**GRANT, "client_id": str(one.id), "client_secret": secret}
    data = {**right, **sent} if sent else {"client_id": str(one.id)}
    answer = await visitor.post("/oauth2/token", data=data)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_guessing_a_secret_is_slowed_down(
    visitor: httpx.AsyncClient, client: tuple[staff.ApiClient, str]
) -> None:
    one, secret = client
    data = {**GRANT, "client_id": str(one.id), "client_secret": "wrong"}
    answers = [(await visitor.post("/oauth2/token", data=data)).status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
    answer = await visitor.post("/oauth2/token", data={**data, "client_secret": secret})
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0


# ---------------------------------------------------------------- acts


async def test_a_payment_sent_twice_is_taken_once(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    async with works.begin(SYSTEM) as work:
        customer = await customers.create_customer(work, name="王明")
        account = await customers.open_account(work, customer.id)
    headers = bearer(await hire("clerk"))
    path = f"/api/v1/accounts/{account.id}/payments"
    without = await visitor.post(path, json={"amount_fen": 5000}, headers=headers)
    assert (without.status_code, without.json()["field"]) == (422, "Idempotency-Key")
    headers["Idempotency-Key"] = "till-1-0001"
    first = await visitor.post(path, json={"amount_fen": 5000}, headers=headers)
    again = await visitor.post(path, json={"amount_fen": 5000}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"] and again.json()["repeated"]
    other = await visitor.post(path, json={"amount_fen": 7000}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "payments.key_reused")
    for wrong in ({"amount_fen": -1}, {"amount_fen": 1.5}, {"amount_fen": "5.5"}, {}):
        answer = await visitor.post(
            path, json=wrong, headers={**headers, "Idempotency-Key": f"k{wrong}"}
        )
        assert answer.status_code == 400, wrong
    listed = await visitor.get(f"/api/v1/customers/{customer.id}/payments", headers=headers)
    assert [one["amount"] for one in listed.json()["items"]] == [5000]


async def test_a_list_is_read_on_to_its_end(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    made = []
    for n in range(5):
        async with works.begin(SYSTEM) as work:
            made.append(str((await customers.create_customer(work, name=f"客户{n}")).id))
    headers = bearer(await hire("agent"))
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    for _ in range(4):
        answer = await visitor.get("/api/v1/customers", params=params, headers=headers)
        body = answer.json()
        seen += [one["id"] for one in body["items"]]
        if body["next"] is None:
            break
        params["after"] = body["next"]
    assert seen == made
    for wrong in ({"limit": 0}, {"limit": 1000}, {"limit": "many"}, {"after": "x"}):
        answer = await visitor.get("/api/v1/customers", params=wrong, headers=headers)
        assert answer.status_code == 400, wrong


async def test_an_unverified_caller_is_shown_nothing_of_the_account(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    async with works.begin(SYSTEM) as work:
        customer = await customers.create_customer(work, name="王明")
        account = await customers.open_account(work, customer.id)
    headers = bearer(await hire("agent"))
    path = f"/api/v1/customers/{customer.id}"
    begun = await visitor.post(
        "/api/v1/contacts",
        json={"channel": "call_centre", "customer_id": str(customer.id)},
        headers=headers,
    )
    assert begun.status_code == 201, begun.text
    headers["X-Contact"] = begun.json()["id"]
    view = (await visitor.get(path, headers=headers)).json()
    assert (view["verified"], view["accounts"], view["lines"]) == (False, [], [])
    for hidden in ("bills", "accounts", "timeline"):
        answer = await visitor.get(f"{path}/{hidden}", headers=headers)
        assert 400 <= answer.status_code < 500, hidden
    waiver = bearer(await hire("finance"))
    view = (await visitor.get(path, headers=waiver)).json()
    assert view["verified"] and view["accounts"][0]["account"]["id"] == str(account.id)


async def test_looking_at_a_customer_is_kept(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    async with works.begin(SYSTEM) as work:
        customer = await customers.create_customer(work, name="王明")
    agent = bearer(await hire("agent"))
    await visitor.get(f"/api/v1/customers/{customer.id}", headers=agent)
    manager = bearer(await hire("manager"))
    answer = await visitor.get(f"/api/v1/customers/{customer.id}/reads", headers=manager)
    [row] = answer.json()["items"]
    assert (row["what"], row["actor_kind"]) == ("api.customer", "staff")
