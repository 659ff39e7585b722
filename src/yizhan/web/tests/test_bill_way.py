"""The desk chooses how a customer's bills come, for a caller who proved who he is."""

import httpx
import pytest

from yizhan.domain import contacts, customers, timeline
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works
from yizhan.web.conftest import Hire, bearer

PASSWORD = "271828"


@pytest.fixture
async def account(works: Works) -> customers.Account:
    async with works.begin(SYSTEM) as work:
        one = await customers.create_customer(work, name="张三")
        await contacts.set_service_password(work, one.id, PASSWORD)
        return await customers.open_account(work, one.id)


async def test_an_agent_chooses_the_e_bill_for_a_verified_caller(
    visitor: httpx.AsyncClient, works: Works, hire: Hire, account: customers.Account
) -> None:
    agent = bearer(await hire("agent"), **{"accept-language": "en"})
    home = f"/customers/{account.customer_id}"
    await visitor.post(f"{home}/contact", headers=agent, data={"channel": "call_centre"})
    form = {"account": str(account.id), "way": "email_pdf"}
    shown = await visitor.get(f"{home}/edit", headers=agent)
    assert "Verify the caller to choose how bills come." in shown.text
    assert account.number not in shown.text.partition("How bills come")[2]
    refused = await visitor.post(f"{home}/edit/bill_way", headers=agent, data=form)
    assert refused.status_code in (409, 422) and "not verified" in refused.text
    assert await way(works, account) == ("none", True)

    proof = {"method": "service_password", "evidence": PASSWORD}
    await visitor.post(f"{home}/contact/verify", headers=agent, data=proof)
    shown = await visitor.get(f"{home}/edit", headers=agent)
    assert "e-mail, with the bill as PDF" in shown.text
    assert "There is no e-mail address on record" in shown.text
    odd = await visitor.post(f"{home}/edit/bill_way", headers=agent, data=form | {"way": "dove"})
    assert odd.status_code == 422
    for chosen, medium, enclosed in (("email_pdf", "email", True), ("paper", "paper", False)):
        saved = await visitor.post(
            f"{home}/edit/bill_way", headers=agent, data=form | {"way": chosen}
        )
        assert saved.status_code == 303
        assert await way(works, account) == (medium, enclosed)
    async with works.begin(SYSTEM) as work:
        entries = (await timeline.of_customer(work, account.customer_id)).entries
        strange = await customers.open_account(
            work, (await customers.create_customer(work, name="李四")).id
        )
    assert [one.name for one in entries].count("customers.account_changed") == 2
    foreign = await visitor.post(
        f"{home}/edit/bill_way", headers=agent, data=form | {"account": str(strange.id)}
    )
    assert foreign.status_code in (404, 422)
    assert await way(works, strange) == ("none", True)


async def way(works: Works, account: customers.Account) -> tuple[str, bool]:
    async with works.read(SYSTEM) as work:
        now = await customers.get_account(work, account.id)
    return now.bill_medium.value, now.bill_enclosed
