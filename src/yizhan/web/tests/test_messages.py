"""The pages of messages: what a customer got, the outbox, and a template worded by an operator."""

import re
from collections.abc import Awaitable, Callable

import httpx
import pytest

from yizhan.domain import customers, messages
from yizhan.domain.customers import ContactKind, Customer
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works

Hire = Callable[..., Awaitable[str]]


@pytest.fixture
async def wang(works: Works) -> Customer:
    async with works.begin(SYSTEM) as work:
        one = await customers.create_customer(work, name="王小明")
        await customers.add_contact_point(work, one.id, kind=ContactKind.PHONE, value="13012340001")
    return one


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "accept-language": "en"}


async def test_the_list_of_a_customer_hides_codes_and_the_outbox_shows_them(
    visitor: httpx.AsyncClient, hire: Hire, works: Works, wang: Customer
) -> None:
    async with works.begin(SYSTEM) as work:
        await messages.send_code(work, number="13012340001", purpose="sign_in", customer_id=wang.id)
        [code] = re.findall(r"\d{6}", str(await work.db.fetchval("SELECT text FROM message")))
    lead, admin = bearer(await hire("lead")), bearer(await hire("admin"))
    page = await visitor.get(f"/customers/{wang.id}/messages", headers=lead)
    assert page.status_code == 200
    assert code not in page.text and "130****0001" in page.text
    page = await visitor.get("/outbox?stage=queued&medium=sms", headers=admin)
    assert code in page.text and "13012340001" in page.text
    assert (await visitor.get("/outbox", headers=lead)).status_code == 403


async def test_an_agent_sends_again_what_was_suppressed(
    visitor: httpx.AsyncClient, hire: Hire, works: Works, wang: Customer
) -> None:
    async with works.begin(SYSTEM) as work:
        facts = (await messages.get_template(work, "low_balance")).facts
        for _ in range(2):
            sent = await messages.send(
                work, customer_id=wang.id, template="low_balance", facts=facts
            )
    assert sent.state is messages.State.SUPPRESSED
    lead = bearer(await hire("lead"))
    page = await visitor.get(f"/customers/{wang.id}/messages", headers=lead)
    assert f"/messages/{sent.id}/again" in page.text
    answer = await visitor.post(f"/customers/{wang.id}/messages/{sent.id}/again", headers=lead)
    assert answer.status_code in (200, 303)
    async with works.read(SYSTEM) as work:
        newest, *_ = await messages.list_of_customer(work, wang.id)
    assert newest.resend_of == sent.id


async def test_a_template_is_looked_at_checked_and_put_in_force(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    headers = bearer(await hire("manager"))
    listed = await visitor.get("/message-templates", headers=headers)
    assert "/message-templates/line_resumed" in listed.text
    form = {
        "base": "1", "subject_zh": "", "subject_en": "", "channels": "sms", "limit_count": "0",
        "limit_hours": "24", "text_zh": "{number} 恢复了", "text_en": "{number} works again",
    }  # fmt: skip
    address = "/message-templates/line_resumed"
    shown = await visitor.post(address, headers=headers, data={**form, "act": "preview"})
    assert "13012340001 works again" in shown.text
    wrong = await visitor.post(address, headers=headers, data={**form, "text_en": "{nummer}"})
    assert wrong.status_code == 422 and "Nobody fills nummer" in wrong.text
    async with works.read(SYSTEM) as work:
        assert (await messages.get_template(work, "line_resumed")).version == 1
    saved = await visitor.post(address, headers=headers, data={**form, "act": "save"})
    assert saved.status_code in (200, 303)
    async with works.read(SYSTEM) as work:
        assert (await messages.get_template(work, "line_resumed")).version == 2
    stale = await visitor.post(address, headers=headers, data={**form, "act": "save"})
    assert stale.status_code == 422 and "Somebody else" in stale.text


async def test_the_quiet_hours_are_set_on_the_page(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    headers = bearer(await hire("product"))
    form = {"quiet_from": "22:30", "quiet_until": "25:00"}
    answer = await visitor.post("/message-templates", headers=headers, data=form)
    assert answer.status_code == 422 and "21:00" in answer.text
    form["quiet_until"] = "07:00"
    answer = await visitor.post("/message-templates", headers=headers, data=form)
    assert answer.status_code in (200, 303)
    async with works.read(SYSTEM) as work:
        quiet = await messages.quiet_hours(work)
    assert f"{quiet.quiet_from:%H:%M}-{quiet.quiet_until:%H:%M}" == "22:30-07:00"
