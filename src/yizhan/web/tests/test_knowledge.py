"""The knowledge base on the desk: asked, answered, missed, written."""

from collections.abc import Awaitable, Callable

import httpx

from yizhan.domain import customers, knowledge, messages
from yizhan.domain.customers import ContactKind
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.text import Text
from yizhan.platform.work import Works

Hire = Callable[..., Awaitable[str]]


async def test_an_agent_finds_an_answer_sends_it_and_reports_what_is_missing(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    async with works.begin(SYSTEM) as work:
        await knowledge.write(
            work,
            "family-numbers",
            base=0,
            title=Text("设置亲情号码", "Setting family numbers"),
            body=Text("拨 10010 设置。", "Set them on 10010."),
            snippet=Text("拨 10010 设置亲情号码。", "Set your family numbers on 10010."),
        )
        wang = await customers.create_customer(work, name="王小明")
        await customers.add_contact_point(
            work, wang.id, kind=ContactKind.PHONE, value="13012340001"
        )
    headers = {"authorization": f"Bearer {await hire('agent')}"}
    page = await visitor.get(
        "/knowledge", params={"ask": "亲情号码怎么设置", "customer": str(wang.id)}, headers=headers
    )
    assert page.text.index("设置亲情号码") < page.text.index("以消息发送")
    form = {"customer": str(wang.id), "code": "family-numbers", "act": "send"}
    sent = await visitor.post("/knowledge/answer", data=form, headers=headers)
    assert sent.status_code in (200, 303)
    missed = await visitor.post(
        "/knowledge/missing", data={"question": "量子通信怎么开"}, headers=headers
    )
    assert missed.status_code in (200, 303)
    async with works.read(SYSTEM) as work:
        [message] = await messages.list_of_customer(work, wang.id)
        [missing] = await knowledge.list_missing(work)
    assert message.text is not None and "亲情号码" in message.text
    assert missing.question == "量子通信怎么开"
    assert (await visitor.get("/knowledge/new", headers=headers)).status_code == 403


async def test_a_lead_writes_an_article_and_is_told_what_is_wrong(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    headers = {"authorization": f"Bearer {await hire('lead')}", "accept-language": "en"}
    form = {
        "base": "0", "code": "quantum", "keywords": "", "audience": "everybody",
        "title_zh": "量子", "title_en": "Quantum", "snippet_zh": "没有", "snippet_en": "None",
        "body_zh": "没有", "body_en": "",
    }  # fmt: skip
    wrong = await visitor.post("/knowledge/new", data=form, headers=headers)
    assert wrong.status_code == 422 and "both languages" in wrong.text
    saved = await visitor.post("/knowledge/new", data={**form, "body_en": "x"}, headers=headers)
    assert saved.status_code in (200, 303)
    assert "Quantum" in (await visitor.get("/knowledge/quantum", headers=headers)).text


async def test_the_panel_beside_the_customer_answers_and_channels_are_kept(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    async with works.begin(SYSTEM) as work:
        wang = await customers.create_customer(work, name="王小明")
        await customers.add_contact_point(
            work, wang.id, kind=ContactKind.PHONE, value="13012340001"
        )
    lead = {"authorization": f"Bearer {await hire('lead')}", "accept-language": "zh"}
    form = {
        "base": "0", "code": "roaming", "title_zh": "国际漫游开通", "title_en": "Roaming abroad",
        "snippet_zh": "拨 10010 开通漫游。", "snippet_en": "Dial 10010.", "body_zh": "全文在此",
        "body_en": "All of it", "channels": ["shop", "call_centre"],
    }  # fmt: skip
    kept = await visitor.post("/knowledge/new", data=form, headers=lead, follow_redirects=True)
    assert kept.status_code == 200 and kept.text.count("checked") == 2
    refused = await visitor.post(
        "/knowledge/roaming", data=form | {"base": "1", "channels": "pigeon"}, headers=lead
    )
    assert refused.status_code == 422
    async with works.read(SYSTEM) as work:
        one = await knowledge.get(work, "roaming")
        assert (one.version, one.channels) == (1, ("call_centre", "shop"))
        assert await knowledge.search(work, "国际漫游", channel="website") == []

    agent = {"authorization": f"Bearer {await hire('agent')}", "accept-language": "zh"}
    url = f"/customers/{wang.id}/knowledge"
    assert "knowledge-panel" in (await visitor.get(f"/customers/{wang.id}", headers=agent)).text
    found = await visitor.get(url, params={"ask": "国际漫游怎么开"}, headers=agent)
    assert "拨 10010 开通漫游" in found.text and "已解答 0 次" in found.text
    said = {"ask": "国际漫游", "code": "roaming"}
    used = await visitor.post(url, data=said | {"act": "use"}, headers=agent)
    assert "已解答 1 次" in used.text
    await visitor.post(url, data=said | {"act": "send"}, headers=agent)
    await visitor.post(url, data={"ask": "量子通信", "act": "missing"}, headers=agent)
    wrong = await visitor.post(url, data=said | {"act": "burn"}, headers=agent)
    assert 'role="alert"' in wrong.text
    async with works.read(SYSTEM) as work:
        [message] = await messages.list_of_customer(work, wang.id)
        [missing] = await knowledge.list_missing(work)
        [row] = await knowledge.search(work, "国际漫游")
    assert message.text is not None and "10010" in message.text
    assert (missing.question, row.used) == ("量子通信", 2)
