"""Cards at the desk and through the API: made, taken once, sold, used, looked up."""

import re
from typing import Any

import httpx
import pytest

from yizhan.domain import customers, subscriptions, vouchers
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.jobs import Worker
from yizhan.platform.work import Works
from yizhan.web.conftest import Hire, bearer

NUMBER = "13012340001"


@pytest.fixture
async def customer(works: Works) -> customers.Customer:
    async with works.begin(SYSTEM) as work:
        one = await customers.create_customer(work, name="张三")
        account = await customers.open_account(
            work, one.id, payment_kind=customers.PaymentKind.PREPAID
        )
        kind = subscriptions.LineKind.MOBILE
        await subscriptions.add_numbers(work, kind, [NUMBER], area="022")
        await subscriptions.create_line(
            work, customer_id=one.id, account_id=account.id, kind=kind, number=NUMBER, area="022"
        )
        return one


async def test_cards_by_the_pages(
    visitor: httpx.AsyncClient, works: Works, hire: Hire, customer: customers.Customer
) -> None:
    office = bearer(await hire("finance"), **{"accept-language": "en"})
    form = {"value": "50", "size": "3", "expires_on": "2099-01-01", "note": "春", "key": "k1"}
    wrong = await visitor.post("/vouchers", headers=office, data=form | {"size": "many"})
    assert wrong.status_code == 422 and "whole number" in wrong.text
    answer = await visitor.post("/vouchers", headers=office, data=form)
    home = answer.headers["location"]
    assert answer.status_code == 303
    early = await visitor.post(f"{home}/print", headers=office, data={"sure": "yes"})
    assert early.status_code == 422 and "0 of 3 cards are made" in early.text
    await Worker(works, vouchers.JOBS).drain()
    file = await visitor.post(f"{home}/print", headers=office, data={"sure": "yes"})
    assert file.headers["content-type"].startswith("text/csv")
    assert file.headers["cache-control"] == "no-store"
    rows = [row.split(",") for row in file.text.splitlines()[1:]]
    again = await visitor.post(f"{home}/print", headers=office, data={"sure": "yes"})
    assert again.status_code == 422 and "handed out" in again.text
    sold = await visitor.post(
        f"{home}/activate", headers=office, data={"seller": "甲", "key": "k2"}
    )
    assert sold.status_code == 303
    page = await visitor.get(home, headers=office)
    assert "150.00" in page.text and "in force" in page.text

    agent = bearer(await hire("agent"), **{"accept-language": "zh"})
    desk = f"/customers/{customer.id}/payments/voucher"
    shown = await visitor.get(desk, headers=agent)
    key = re.search(r'name="key" value="([^"]+)"', shown.text)
    assert key is not None and NUMBER in shown.text
    given = {"number": NUMBER, "key": key[1], "secret": "9" * 19}
    refused = await visitor.post(desk, headers=agent, data=given)
    assert refused.status_code == 422 and "还可再试 2 次" in refused.text
    serial, secret = rows[0][:2]
    used = await visitor.post(desk, headers=agent, data=given | {"secret": secret})
    assert used.status_code == 303
    receipt = await visitor.get(used.headers["location"], headers=agent)
    assert "充值卡缴费" in receipt.text and "50.00" in receipt.text
    found = await visitor.get(f"/vouchers?serial={serial}", headers=agent)
    assert "已使用" in found.text and "张三" in found.text and secret not in found.text
    missing = await visitor.get(f"/vouchers?serial={int(serial) + 90}", headers=agent)
    assert missing.status_code == 422 and "没有序列号" in missing.text
    assert "号码" in (await visitor.get(f"/customers/{customer.id}", headers=agent)).text


async def test_a_large_void_by_the_pages(
    visitor: httpx.AsyncClient, works: Works, hire: Hire
) -> None:
    office = bearer(await hire("finance"), **{"accept-language": "en"})
    form = {"value": "500", "size": "3", "expires_on": "2099-01-01", "note": "x", "key": "k1"}
    home = (await visitor.post("/vouchers", headers=office, data=form)).headers["location"]
    await Worker(works, vouchers.JOBS).drain()
    await visitor.post(f"{home}/void", headers=office, data={"reason": "lost", "key": "v"})
    page = await visitor.get("/vouchers", headers=office)
    assert "another person decides" in page.text
    manager = bearer(await hire("manager"), **{"accept-language": "en"})
    page = await visitor.get("/vouchers", headers=manager)
    act = re.search(r"/vouchers/acts/([0-9a-f-]{36})", page.text)
    assert act is not None
    silent = await visitor.post(act[0], headers=manager, data={"decision": "refuse"})
    assert silent.status_code == 422 and "1 to 200 characters" in silent.text
    assert (
        await visitor.post(act[0], headers=manager, data={"decision": "approve"})
    ).status_code == 303
    assert "voided" in (await visitor.get(home, headers=manager)).text
    odd = await visitor.post("/vouchers/unlock", headers=manager, data={"number": "13099999999"})
    assert odd.status_code == 422 and "No line of ours" in odd.text


async def test_cards_by_the_api(
    visitor: httpx.AsyncClient, works: Works, hire: Hire, customer: customers.Customer
) -> None:
    headers = bearer(await hire("finance", "agent"), **{"accept-language": "en"})

    async def send(path: str, key: str, **body: Any) -> httpx.Response:
        keyed = headers | {"Idempotency-Key": key}
        return await visitor.post(f"/api/v1{path}", headers=keyed, json=body)

    order = {"value_fen": 5000, "size": 2, "expires_on": "2099-01-01", "note": "x"}
    batch = (await send("/voucher-batches", "a", **order)).json()
    assert batch["made"] == 0
    await Worker(works, vouchers.JOBS).drain()
    path = f"/voucher-batches/{batch['id']}"
    text = (await send(f"{path}/secrets", "-")).text
    secrets = [row.split(",")[1] for row in text.splitlines()[1:]]
    assert (await send(f"{path}/secrets", "-")).json()["code"] == "vouchers.already_printed"
    assert (await send(f"{path}/activations", "b", seller="甲")).json()["cards"] == 2
    card = {"secret": secrets[0], "number": NUMBER, "caller": "13900000000"}
    first = await send("/vouchers/redemptions", "c", **card)
    assert first.status_code == 201 and first.json()["number"] == "130****0001"
    assert "balance" not in first.text
    assert (await send("/vouchers/redemptions", "c", **card)).status_code == 200
    assert (await send("/vouchers/redemptions", "d", **card)).json()["code"] == (
        "vouchers.already_used"
    )
    for n in range(3):
        answer = await send("/vouchers/redemptions", f"w{n}", **card | {"secret": "8" * 19})
        assert answer.json()["code"] == "vouchers.wrong_secret"
    shut = await send("/vouchers/redemptions", "e", **card | {"secret": secrets[1]})
    assert shut.status_code == 429 and int(shut.headers["retry-after"]) > 86000
    serial = first.json()["serial"]
    found = await visitor.get(f"/api/v1/vouchers/cards/{serial}", headers=headers)
    assert found.json()["state"] == "redeemed"
    standing = await visitor.get(f"/api/v1{path}/standing", headers=headers)
    assert standing.json()["cards"] == {"active": 1, "redeemed": 1}
