"""One customer against every route there is, with every id another customer has: nothing is shown,
nothing is touched, and no door but his own site's opens to his session."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from yizhan.channels.payment_provider import HttpProvider
from yizhan.domain import checkout, messages, staff
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.db import Connection
from yizhan.platform.work import Works
from yizhan.web.conftest import bearer
from yizhan.web.site.tests.conftest import LIU, WANG, Browser, Person, Reader

DONE_ANYHOW = {"/my/settings/sessions/{session_id:uuid}/end"}
"""What is not one's own is as good as ended: the same answer as for one that never was."""
DENIED = (400, 401, 403, 404, 409, 422, 503)
"""No such thing, or not in this way. Never a page of another's and never an act on it."""


@pytest.fixture
async def neighbour(works: Works, town: dict[str, Person]) -> AsyncIterator[Person]:
    """Who has also a payment under way, a bound card and a message."""
    liu = town[LIU]
    provider = HttpProvider(
        base="http://127.0.0.1:9", merchant="yizhan", secret="a secret of both", notify_url="x"
    )
    checkout.connect(provider)
    async with works.begin(SYSTEM) as work:
        await checkout.start(
            work, account_id=liu.account, amount_fen=100, means="redirect", key="liu"
        )
        bound = await checkout.bind(work, line_id=liu.line, kind="card")
        await checkout.told(
            work,
            checkout.Notice(
                provider=provider.name,
                nonce="n1",
                kind="bound",
                order_no=bound.token.bind_no,
                token="secret of the card",
                label="LIU'S BANK 4321",
                means="card",
            ),
        )
        await messages.send_code(work, customer_id=liu.customer, number=LIU, purpose="prove")
    yield liu
    checkout.connect(None)
    await provider.close()


def table(app: Litestar) -> list[tuple[str, str, dict[str, Any]]]:
    """Path, method and what the route says of itself."""
    return [
        (route.path, method, handler.opt)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"})
    ]


async def everything_of(db: Connection, customer: UUID) -> dict[str, list[str]]:
    """Table -> the ids of a customer's rows in it."""
    rows = await db.fetch(
        "SELECT c.table_name FROM information_schema.columns c"
        " JOIN information_schema.columns i USING (table_schema, table_name)"
        " JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE c.table_schema = 'public' AND c.column_name = 'customer_id'"
        " AND i.column_name = 'id' AND i.data_type = 'uuid' AND t.table_type = 'BASE TABLE'"
    )
    found = {}
    for (name,) in rows:
        ids = await db.fetch(f'SELECT id FROM "{name}" WHERE customer_id = $1 LIMIT 1', customer)
        found[name] = [str(row["id"]) for row in ids]
    return found


async def print_of(db: Connection, customer: UUID) -> dict[str, str]:
    """Table -> what a customer's rows in it come to; who looked at him is part of it."""
    rows = await db.fetch(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name = 'customer_id' ORDER BY 1"
    )
    return {
        name: await db.fetchval(
            f"SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM \"{name}\" t"
            " WHERE customer_id = $1",
            customer,
        )
        for (name,) in rows
    }


async def tries(reader: Reader, path: str, method: str, ids: list[str], of: Person) -> list[Any]:
    """Ask with each of *ids* wherever the path wants one, and with the neighbour's elsewhere."""
    wanted = re.findall(r"\{(\w+):uuid\}", path)
    answers = []
    for one in ids if wanted else [str(of.line)]:
        filled = re.sub(r"\{\w+:uuid\}", one, path)
        filled = re.sub(r"\{\w+:\w+\}", "nothing", filled)
        fields = {
            "line": str(of.line), "account": str(of.account), "kind": "suspend", "text": "x",
            "reason": "x", "amount": "10", "key": "stranger", "whom": "self", "means": one,
            "subject": "x", "class_code": "fault.voice", "name": "x", "card": one, "bill": one,
        }  # fmt: skip
        if method == "GET":
            asked = {name: fields[name] for name in ("line", "account", "bill")}
            answers.append(await reader.client.get(filled, params=asked))
        else:
            answers.append(await reader.post(filled, **fields))
    return answers


async def test_no_id_of_a_neighbour_opens_or_changes_anything(
    app: Litestar, works: Works, town: dict[str, Person], neighbour: Person, browse: Browser
) -> None:
    reader = await browse(WANG)
    async with works.pool.acquire() as db:
        tables = await everything_of(db, neighbour.customer)
        before = await print_of(db, neighbour.customer)
    assert tables["checkout_intent"] and tables["checkout_token"] and tables["message"]
    ids = [str(neighbour.customer), *(one for found in tables.values() for one in found)]
    secrets = [LIU, "刘芳", str(neighbour.customer), "LIU'S BANK"]
    routes = [one for one in table(app) if one[2].get("customer") or one[2].get("site")]
    tried = 0
    for path, method, _ in routes:
        if path in ("/my/live", "/my/sign-out") or path.startswith("/my/sign-in"):
            continue
        for answer in await tries(reader, path, method, ids, neighbour):
            seen = (method, str(answer.request.url), answer.status_code)
            if ":uuid}" in path and path not in DONE_ANYHOW:
                assert answer.status_code in DENIED, seen
                tried += 1
            assert answer.status_code < 500 or answer.status_code == 503, seen
            for secret in secrets:
                assert secret not in answer.text, (*seen, secret)
    assert tried > 10 * len(ids)
    async with works.pool.acquire() as db:
        after = await print_of(db, neighbour.customer)
    assert {name for name in before if before[name] != after[name]} == set()


async def test_a_customers_session_opens_no_door_of_staff_or_api(
    app: Litestar, town: dict[str, Person], browse: Browser
) -> None:
    own = (await browse(WANG)).client.cookies["yizhan_my"]
    ways: tuple[dict[str, str], ...] = (
        {"Cookie": f"yizhan_my={own}"},
        {"Cookie": f"yizhan_session={own}; yizhan_my={own}"},
        bearer(own),
    )
    stranger = await browse()
    refused = 0
    for path, method, opt in table(app):
        if opt.get("public") or opt.get("customer"):
            continue
        for headers in ways:
            asked = re.sub(r"\{\w+:uuid\}", str(town[WANG].customer), path)
            asked = re.sub(r"\{\w+:date\}", "2026-03-01", asked)
            asked = re.sub(r"\{\w+:int\}", "1", asked)
            asked = re.sub(r"\{\w+:\w+\}", "nothing", asked)
            answer = await stranger.client.request(method, asked, headers=headers)
            to = answer.headers.get("location", "")
            out = answer.status_code == 401 or (
                answer.status_code == 303 and to.startswith("/sign-in")
            )
            assert out, (method, asked, answer.status_code)
            refused += 1
    assert refused > 600


async def test_the_api_does_not_show_one_customers_rows_under_another(
    app: Litestar, works: Works, town: dict[str, Person], neighbour: Person, browse: Browser
) -> None:
    async with works.begin(SYSTEM) as work:
        client, secret = await staff.create_client(
            work, name="all", scopes=sorted(staff.PERMISSIONS)
        )
    token, _, _ = await staff.grant(works, str(client.id), secret)
    async with works.pool.acquire() as db:
        tables = await everything_of(db, neighbour.customer)
    ids = [one for found in tables.values() for one in found]
    wang = str(town[WANG].customer)
    asking = (await browse()).client
    tried = 0
    for path, method, _ in table(app):
        if method != "GET" or "{customer_id:uuid}" not in path or path.count("{") < 2:
            continue
        if not path.startswith(("/api/", "/customers/")):
            continue
        for one in ids:
            asked = re.sub(r"\{\w+:uuid\}", one, path.replace("{customer_id:uuid}", wang))
            asked = re.sub(r"\{\w+:\w+\}", "nothing", asked)
            answer: httpx.Response = await asking.get(asked, headers=bearer(token))
            assert answer.status_code in DENIED, (asked, answer.status_code)
            assert LIU not in answer.text and "刘芳" not in answer.text, asked
            tried += 1
    assert tried > 5 * len(ids)
