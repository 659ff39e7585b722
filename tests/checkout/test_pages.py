"""The desk's pages and the API of online payment, on the real floor."""

import re
from datetime import datetime

import httpx
import pytest
from litestar import Litestar

from yizhan.domain import checkout
from yizhan.kernel.actor import SYSTEM
from yizhan.web.conftest import Hire, bearer

from .conftest import House


@pytest.fixture(autouse=True)
def _everybody_listens(app: Litestar, house: House) -> None:
    app.state.works = house.works


async def test_an_agent_shows_a_code_and_the_page_tells_when_it_is_paid(
    house: House,
    visitor: httpx.AsyncClient,
    hire: Hire,
) -> None:
    headers = bearer(await hire("lead"))
    base = f"/customers/{house.customer_id}/payments/online"
    page = await visitor.get(base, headers=headers)
    assert page.status_code == 200
    found = re.search(r'name="key" value="([^"]+)"', page.text)
    assert found
    form = {"key": found[1], "account": str(house.account_id), "amount": "50", "means": "qr"}
    gone = await visitor.post(base, data=form, headers=headers)
    assert gone.status_code == 303
    where = gone.headers["location"]
    shown = await visitor.get(where, headers=headers)
    assert shown.status_code == 200 and "<svg" in shown.text
    async with house.reading() as work:
        intent = (await checkout.list_of_customer(work, house.customer_id))[0]
    await house.sim.visit(intent.qr_text)
    await house.until(intent, "paid")
    part = await visitor.get(f"{where}/part", headers=headers)
    assert "data-under-way" not in part.text and "/payments/" in part.text
    again = await visitor.get(where, headers=headers)
    key = re.search(r'name="key" value="([^"]+)"', again.text)
    assert key
    back = {"key": key[1], "amount": "20", "reason": "缴错号码"}
    done = await visitor.post(f"{where}/refund", data=back, headers=headers)
    assert done.status_code == 303
    assert await house.balance() == 30_00
    wrong = await visitor.post(
        f"{where}/refund", data={**back, "key": "x", "amount": "31"}, headers=headers
    )
    assert wrong.status_code in (409, 422)


async def test_finance_reconciles_a_day_and_sees_its_differences(
    house: House,
    visitor: httpx.AsyncClient,
    hire: Hire,
) -> None:
    headers = bearer(await hire("finance", "agent"))
    intent = await house.pay_into(50_00)
    await house.sim.visit(intent.redirect_url)
    await house.until(intent, "paid")
    today = datetime.now(house.works.zone).date().isoformat()
    await house.sim.pull(
        "plant", day=today, kind="amount", order_no=intent.order_no, amount_fen=4999
    )
    assert (await visitor.get("/reconciliation", headers=headers)).status_code == 200
    gone = await visitor.post("/reconciliation", data={"day": today}, headers=headers)
    assert gone.headers["location"] == f"/reconciliation/{today}"
    await house.worker.drain()
    for language, words in (("zh", "金额不一致"), ("en", "amount differs")):
        day = await visitor.get(f"/reconciliation/{today}?lang={language}", headers=headers)
        assert day.status_code == 200
        assert words in day.text and intent.order_no in day.text and "/cases/" in day.text
    wrong = await visitor.post("/reconciliation", data={"day": "soon"}, headers=headers)
    assert wrong.status_code == 422


async def test_finance_alone_finds_money_of_nobody(
    house: House,
    visitor: httpx.AsyncClient,
    hire: Hire,
) -> None:
    headers = bearer(await hire("finance"))
    today = datetime.now(house.works.zone).date().isoformat()
    stray = "f" * 31 + "e"
    await house.sim.pull(
        "plant", day=today, kind="add", order_no=stray, amount_fen=777, provider_no="P"
    )
    try:
        gone = await visitor.post("/reconciliation", data={"day": today}, headers=headers)
        assert gone.status_code == 303, gone.text[-400:]
        await house.worker.drain()
    finally:  # the provider is the other tests' too
        await house.sim.pull("plant", day=today, kind="drop", order_no=stray)
    day = await visitor.get(f"/reconciliation/{today}", headers=headers)
    assert stray in day.text


async def test_the_api_starts_shows_refunds_and_reconciles(
    house: House,
    visitor: httpx.AsyncClient,
    hire: Hire,
) -> None:
    headers = bearer(await hire("manager", "finance"))
    asked = {"amount_fen": 8000, "means": "redirect", "account_id": str(house.account_id)}
    keyed = {**headers, "Idempotency-Key": "a"}
    made = await visitor.post("/api/v1/checkout/payments", json=asked, headers=keyed)
    assert made.status_code == 201, made.text
    intent = made.json()
    await house.sim.visit(intent["redirect_url"])
    async with house.reading() as work:
        known = (await checkout.list_of_customer(work, house.customer_id))[0]
    await house.until(known, "paid")
    seen = await visitor.get(f"/api/v1/checkout/payments/{intent['id']}", headers=headers)
    assert seen.json()["state"] == "paid"
    own = f"/api/v1/customers/{house.customer_id}/checkout"
    back = await visitor.post(
        f"{own}/payments/{intent['id']}/refunds",
        json={"amount_fen": 6000, "reason": "缴错"},
        headers={**headers, "Idempotency-Key": "r"},
    )
    assert back.json()["state"] == "waiting", back.text
    decided = await visitor.post(
        f"{own}/refunds/{back.json()['id']}/decision", json={"approve": True}, headers=headers
    )
    assert decided.status_code == 403  # his own request
    other = bearer(await hire("finance", login="other"))
    page = await visitor.get("/refunds", headers=other)
    assert page.status_code == 200 and back.json()["id"] in page.text
    decided = await visitor.post(
        f"{own}/refunds/{back.json()['id']}/decision", json={"approve": True}, headers=other
    )
    assert decided.json()["state"] == "sent", decided.text
    today = datetime.now(house.works.zone).date().isoformat()
    done = await visitor.post(f"/api/v1/checkout/settlements/{today}", headers=headers)
    assert done.status_code == 200 and done.json()["state"] == "matched", done.text
    for path in ("settlements", f"settlements/{today}/differences", "refunds"):
        answer = await visitor.get(f"/api/v1/checkout/{path}", headers=headers)
        assert answer.status_code == 200, (path, answer.text)


async def test_without_a_provider_the_pages_say_so(
    house: House,
    visitor: httpx.AsyncClient,
    hire: Hire,
) -> None:
    headers = bearer(await hire("lead"))
    kept = checkout.connected()
    checkout.connect(None)
    try:
        page = await visitor.get(
            f"/customers/{house.customer_id}/payments/online?lang=en", headers=headers
        )
        assert "No payment provider is connected" in page.text
        answer = await visitor.post("/provider/notice", json={})
        assert answer.status_code == 503
    finally:
        checkout.connect(kept)
    async with house.works.read(SYSTEM) as work:
        assert await checkout.list_heard(work) == []
