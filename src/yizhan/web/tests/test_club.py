"""The club at the desk and through the API: who is in which tier, and what points become."""

import re
from datetime import date
from uuid import UUID

import httpx
import pytest

from yizhan.domain import club, customers, ledger
from yizhan.domain.ledger import Bucket
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.ids import new_id
from yizhan.platform.jobs import Worker
from yizhan.platform.work import Works
from yizhan.web.conftest import Hire, bearer


@pytest.fixture
async def account(works: Works) -> customers.Account:
    """A customer with 2,500 points and an account."""
    async with works.begin(SYSTEM) as work:
        one = await customers.create_customer(work, name="张三")
        account = await customers.open_account(
            work, one.id, payment_kind=customers.PaymentKind.PREPAID
        )
        entry = ledger.Entry(
            customer_id=one.id,
            debit=ledger.house(Bucket.REWARD, "club"),
            credit=ledger.Holder(
                customer_id=one.id, account_id=one.id, bucket=Bucket.POINTS, name="2099-01-01"
            ),
            amount=2500,
            kind="points_brought",
            key=str(new_id()),
        )
        await ledger.transfer(work, entry)
        return account


async def test_the_club_by_the_pages(
    visitor: httpx.AsyncClient, works: Works, hire: Hire, account: customers.Account
) -> None:
    manager = bearer(await hire("manager"), **{"accept-language": "en"})
    home = f"/customers/{account.customer_id}/club"
    await hire("agent", login="wang")
    wrong = await visitor.post(
        f"{home}/tier", headers=manager, data={"tier": "gold", "until": "soon", "reason": "x"}
    )
    assert wrong.status_code == 422 and "Give a day" in wrong.text
    by_hand = {"tier": "gold", "until": f"{date.today().year + 1}-01-01", "reason": "long with us"}  # noqa: DTZ011
    assert (await visitor.post(f"{home}/tier", headers=manager, data=by_hand)).status_code == 303
    sent = await visitor.post(f"{home}/manager", headers=manager, data={"manager": "nobody"})
    assert sent.status_code == 422 and "signs in as" in sent.text
    await visitor.post(f"{home}/manager", headers=manager, data={"manager": "wang"})
    await visitor.post(f"{home}/evaluate", headers=manager)
    shown = await visitor.get(home, headers=manager)
    assert "gold" in shown.text and "long with us" in shown.text and "王丽" in shown.text
    key = re.search(r'name="key" value="([^"]+)"', shown.text)
    assert key is not None
    spend = {"reward": "credit_10", "account": str(account.id), "key": key[1]}
    assert (await visitor.post(f"{home}/rewards", headers=manager, data=spend)).status_code == 303
    dear = spend | {"reward": "credit_50", "key": "k2"}
    refused = await visitor.post(f"{home}/rewards", headers=manager, data=dear)
    assert refused.status_code == 422 and "there are 1500" in refused.text
    odd = await visitor.post(f"{home}/rewards", headers=manager, data=dear | {"reward": "moon"})
    assert odd.status_code == 422
    card = await visitor.get(f"/customers/{account.customer_id}", headers=manager)
    assert "Account manager" in card.text and "1500" in card.text
    members = await visitor.get("/club?tier=gold", headers=manager)
    assert "张三" in members.text
    assert (await visitor.post("/club/runs", headers=manager)).status_code == 303
    assert (await visitor.post("/club/runs", headers=manager)).status_code == 422
    await Worker(works, club.JOBS).drain()
    assert "finished" in (await visitor.get("/club", headers=manager)).text


async def test_an_agent_without_the_caller_sees_no_points(
    visitor: httpx.AsyncClient, hire: Hire, account: customers.Account
) -> None:
    agent = bearer(await hire("agent"), **{"accept-language": "en"})
    shown = await visitor.get(f"/customers/{account.customer_id}/club", headers=agent)
    assert shown.status_code == 200 and "2500" not in shown.text
    given = {"reward": "credit_10", "account": str(account.id), "key": "k"}
    refused = await visitor.post(
        f"/customers/{account.customer_id}/club/rewards", headers=agent, data=given
    )
    assert refused.status_code in (403, 409, 422)


async def test_the_rule_by_the_pages(visitor: httpx.AsyncClient, hire: Hire) -> None:
    product = bearer(await hire("product"), **{"accept-language": "zh"})
    form = {
        "silver": "100",
        "gold": "200",
        "diamond": "150",
        "window_months": "6",
        "tenure_months": "6",
        "valid_months": "12",
        "points_per_yuan": "2",
        "keep_years": "3",
        "note": "降低门槛",
    }
    refused = await visitor.post("/club/rule", headers=product, data=form)
    assert refused.status_code == 422 and "每级门槛须高于前一级" in refused.text
    good = await visitor.post("/club/rule", headers=product, data=form | {"diamond": "400"})
    assert good.status_code == 303
    shown = await visitor.get("/club", headers=product)
    assert "第 2 版" in shown.text and "降低门槛" in shown.text and "¥400.00" in shown.text


async def test_the_club_by_the_api(
    visitor: httpx.AsyncClient, hire: Hire, account: customers.Account
) -> None:
    headers = bearer(await hire("manager", "product"), **{"Idempotency-Key": "k"})
    base = f"/api/v1/customers/{account.customer_id}"
    assert (await visitor.get(f"{base}/club", headers=headers)).status_code == 404
    member = await visitor.post(f"{base}/club/evaluation", headers=headers)
    agent = bearer(await hire("agent"))
    await visitor.patch(base, headers=agent, json={"tier": "diamond"})
    assert (await visitor.get(base, headers=headers)).json()["customer"]["tier"] == "none"
    assert member.json()["tier"] == "none"
    points = (await visitor.get(f"{base}/points", headers=headers)).json()
    assert points == {"total": 2500, "lots": [{"points": 2500, "ends_on": "2099-01-01"}]}
    body = {"reward": "credit_10", "account_id": str(account.id)}
    for _ in range(2):
        given = await visitor.post(f"{base}/rewards", headers=headers, json=body)
        assert given.status_code == 201
    assert (await visitor.get(f"{base}/points", headers=headers)).json()["total"] == 1500
    found = (await visitor.get(f"{base}/rewards", headers=headers)).json()["items"]
    assert len(found) == 1 and UUID(found[0]["id"])
    rule = (await visitor.get("/api/v1/club/rule", headers=headers)).json()
    again = await visitor.put(
        "/api/v1/club/rule", headers=headers, json={"rule": rule["rule"], "note": "same"}
    )
    assert again.json()["version"] == 2
    run = await visitor.post("/api/v1/club/runs", headers=headers)
    assert run.status_code == 201
    assert (await visitor.post("/api/v1/club/runs", headers=headers)).status_code == 409
