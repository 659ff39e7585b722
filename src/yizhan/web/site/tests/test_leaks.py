"""Nobody sees or touches what is another's: every route of the site with the neighbour's ids."""

import re
from typing import Any
from uuid import UUID

import httpx
from litestar import Litestar
from litestar.routes import HTTPRoute

from yizhan.domain import cases, orders
from yizhan.platform.work import Works
from yizhan.web.site.tests.conftest import LIU, WANG, Browser, Person, Reader

OWN_SESSION = "01890000-0000-7000-8000-000000000000"


def routes(app: Litestar) -> list[tuple[str, str]]:
    """Path and method of everything that is a customer's own."""
    found = []
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            if handler.opt.get("customer"):
                for method in sorted(handler.http_methods & {"GET", "POST"}):
                    found.append((route.path, method))
    return found


def filled(path: str, of: Person) -> str:
    """The path with another's ids in it."""
    ids: dict[str, UUID] = {
        "bill_id": of.bill,
        "case_id": of.case,
        "file_id": of.file,
        "order_id": of.order,
        "payment_id": of.payment,
        "intent_id": of.order,
        "token_id": of.order,
    }
    return re.sub(r"\{(\w+):\w+\}", lambda found: str(ids.get(found[1], OWN_SESSION)), path)


async def ask(reader: Reader, path: str, method: str, of: Person) -> httpx.Response:
    """Ask with the neighbour's ids wherever one can be put."""
    query = f"?line={of.line}&account={of.account}"
    if method == "GET":
        return await reader.client.get(filled(path, of) + query)
    form: dict[str, Any] = {
        "line": of.line,
        "account": of.account,
        "kind": "suspend",
        "text": "x",
        "reason": "x",
        "amount": "10",
        "key": "leak",
        "whom": "self",
        "means": "redirect",
    }
    return await reader.post(filled(path, of), **{key: str(one) for key, one in form.items()})


async def test_ids_of_another_lead_nowhere(
    app: Litestar, town: dict[str, Person], browse: Browser
) -> None:
    reader, other = await browse(WANG), town[LIU]
    secrets = [LIU, "刘芳", str(other.customer)]
    tried = 0
    for path, method in routes(app):
        if path in ("/my/live", "/my/sign-out"):
            continue
        answer = await ask(reader, path, method, other)
        assert answer.status_code < 500, (method, path, answer.text[-300:])
        if re.search(r"\{(bill|case|file|order|payment|intent|token)_id", path):
            assert answer.status_code in (404, 422, 409), (method, path, answer.status_code)
            tried += 1
        body = answer.text
        for secret in secrets:
            assert secret not in body, (method, path, secret)
    assert tried >= 12


async def test_a_line_of_another_is_not_found(town: dict[str, Person], browse: Browser) -> None:
    reader, other = await browse(WANG), town[LIU]
    for path in ("/my/records", "/my/records.csv", "/my/advice", "/my/plans", "/my/lines"):
        answer = await reader.client.get(f"{path}?line={other.line}")
        assert answer.status_code == 404, path
    answer = await reader.post("/my/orders/preview", line=str(other.line), kind="suspend")
    assert answer.status_code == 404


async def test_nothing_of_the_neighbour_was_touched(
    app: Litestar, works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader, other = await browse(WANG), town[LIU]
    for path, method in routes(app):
        if method == "POST" and path != "/my/sign-out":
            await ask(reader, path, method, other)
    async with works.read(other.actor()) as work:
        case = await cases.view(work, other.case)
        order = await orders.get(work, other.order)
        assert case.notes == [] and case.case.urges == 0
        assert order.state is orders.State.ACKNOWLEDGED
        assert len(await cases.list_attachments(work, other.case)) == 1


async def test_staff_have_no_door_here_and_customers_none_there(
    town: dict[str, Person], browse: Browser, hire: Any
) -> None:
    token = await hire("admin", "manager")
    stranger = await browse()
    stranger.client.cookies.set("yizhan_session", token)
    for path in ("/my", "/my/bills", "/my/settings"):
        answer = await stranger.client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/my/sign-in")
    assert (await stranger.client.get("/")).status_code == 200
    bearer = await (await browse()).client.get("/my", headers={"Authorization": f"Bearer {token}"})
    assert bearer.status_code == 303

    customer = await browse(WANG)
    for path in ("/", "/cases", f"/customers/{town[WANG].customer}", "/me"):
        answer = await customer.client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")
    assert (await customer.client.get("/api/v1/customers")).status_code == 401
    customer.client.cookies.set("yizhan_session", customer.client.cookies["yizhan_my"])
    assert (await customer.client.get("/cases")).status_code == 303
