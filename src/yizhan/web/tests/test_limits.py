"""Caps at the desk and through the API: set for a caller, seen, lifted only when they stop."""

from pathlib import Path

import httpx
import pytest

import yizhan
from yizhan.domain import catalog, customers, subscriptions
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works
from yizhan.web.conftest import Hire, bearer

CATALOGUE = Path(yizhan.__file__).parent / "demo" / "catalogues" / "2004"


@pytest.fixture
async def line(works: Works) -> subscriptions.Line:
    """A line on the standard plan."""
    names = ("gsm_std", "addon_caller_id", "addon_content_month")
    files = [CATALOGUE / f"{name}.yaml" for name in names]
    async with works.begin(SYSTEM) as work:
        await catalog.publish_all(work, {one.name: one.read_text("utf-8") for one in files})
        one = await customers.create_customer(work, name="张三")
        account = await customers.open_account(work, one.id, credit_limit_fen=20_000)
        line = await subscriptions.create_line(
            work, customer_id=one.id, kind=subscriptions.LineKind.MOBILE, number="13000000009",
            account_id=account.id, area="022", from_stock=False,
        )  # fmt: skip
        await subscriptions.start_product(
            work, line.id, kind=subscriptions.ProductKind.PLAN, plan_id="gsm_std", version=1
        )
    return line


async def test_an_agent_sets_a_cap_for_the_caller(
    visitor: httpx.AsyncClient, hire: Hire, line: subscriptions.Line
) -> None:
    manager = bearer(await hire("manager"), **{"accept-language": "en"})
    home = f"/customers/{line.customer_id}/limits"
    assert "not set" in (await visitor.get(home, headers=manager)).text
    form = {"line": str(line.id), "kind": "spend", "at_full": "stop", "act": "set"}
    wrong = await visitor.post(home, headers=manager, data=form | {"amount": "much"})
    assert wrong.status_code == 422 and 'aria-invalid="true"' in wrong.text
    sent = await visitor.post(home, headers=manager, data=form | {"amount": "120"})
    assert sent.status_code == 303
    shown = (await visitor.get(home, headers=manager)).text
    assert "120.00 yuan" in shown and "stopped when it is used up" in shown
    finance = bearer(await hire("finance", login="sun"), **{"accept-language": "en"})
    assert "Set the cap" not in (await visitor.get(home, headers=finance)).text
    assert (await visitor.post(home, headers=finance, data=form)).status_code == 403


async def test_caps_through_the_api(
    visitor: httpx.AsyncClient, hire: Hire, line: subscriptions.Line
) -> None:
    who = bearer(await hire("manager"))
    at = f"/api/v1/lines/{line.id}/limits"
    body = {"amount": 300, "at_full": "stop"}
    made = await visitor.put(f"{at}/data", headers=who, json=body)
    assert made.status_code == 200, made.text
    [cap] = made.json()["caps"]
    assert (cap["kind"], cap["amount"], cap["percent"]) == ("data", 300 * 1024 * 1024, 0)
    assert (await visitor.put(f"{at}/dates", headers=who, json=body)).status_code in (400, 404, 422)
    lifted = await visitor.post(f"{at}/data/lift", headers=who)
    assert (lifted.status_code, lifted.json()["code"]) == (409, "limits.nothing_to_lift")
    assert (await visitor.delete(f"{at}/data", headers=who)).status_code == 204
    gone = await visitor.delete(f"{at}/data", headers=who)
    assert (gone.status_code, gone.json()["code"]) == (404, "limits.no_such_cap")
    assert (await visitor.get(at, headers=who)).json()["caps"] == []
    none = await visitor.get(f"/api/v1/accounts/{line.account_id}/credit", headers=who)
    assert none.status_code == 404
    admin = bearer(await hire("admin", login="root-2"))
    assert (await visitor.get(at, headers=admin)).status_code == 403


async def test_the_credit_rule_is_changed_with_a_reason_by_who_may(
    visitor: httpx.AsyncClient, works: Works, hire: Hire
) -> None:
    agent = bearer(await hire("agent"))
    assert (await visitor.get("/credit-rule", headers=agent)).status_code == 403
    finance = bearer(await hire("finance"), **{"accept-language": "en"})
    shown = await visitor.get("/credit-rule", headers=finance)
    assert 'value="80"' in shown.text and "The first rule." in shown.text
    form = {"version": "1", "warn_percent": "70", "exempt_tiers": ["diamond"], "reason": ""}
    refused = await visitor.post("/credit-rule", headers=finance, data=form)
    assert refused.status_code == 422 and "Say why" in refused.text
    assert 'value="70"' in refused.text
    form["reason"] = "fewer surprises"
    assert (await visitor.post("/credit-rule", headers=finance, data=form)).status_code == 303
    late = await visitor.post("/credit-rule", headers=finance, data=form)
    assert late.status_code == 422 and "changed meanwhile" in late.text
    shown = await visitor.get("/credit-rule", headers=finance)
    assert "fewer surprises" in shown.text and "70%" in shown.text and "王丽" in shown.text
    async with works.read(SYSTEM) as work:
        told = await work.db.fetchrow(
            "SELECT payload, actor_name FROM event WHERE name = 'limits.credit_rule_changed'"
        )
    assert told["payload"]["exempt_tiers"] == ["diamond"] and told["actor_name"] == "王丽"
