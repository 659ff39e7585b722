"""Articles found by thirty questions as people ask them, written in versions, sent and missed."""

from datetime import date, timedelta
from typing import Any

import pytest

from yizhan.demo.loading import articles
from yizhan.domain import cases, customers, knowledge, messages
from yizhan.domain.customers import ContactKind
from yizhan.domain.knowledge import model
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden, Invalid, NotFound
from yizhan.kernel.ids import NIL, new_id
from yizhan.kernel.text import Text
from yizhan.platform.work import Works

QUESTIONS = {
    "打长途怎么便宜": "ip-17911",
    "外地区号怎么拨": "ip-17911",
    "17911怎么收费": "ip-17911",
    "how do I dial 17911": "ip-17911",
    "cheaper long distance calls": "ip-17911",
    "为什么没打满也收108": "minimum-spend",
    "最低消费是不是月租": "minimum-spend",
    "what is the minimum spend": "minimum-spend",
    "话费扣错了怎么赔": "double-refund",
    "双倍返还": "double-refund",
    "I was overcharged, is there compensation": "double-refund",
    "新买的卡不满意能退吗": "return-card",
    "can I return the new card": "return-card",
    "手机丢了怎么办": "loss-report",
    "手机被偷要挂失": "loss-report",
    "my phone was stolen": "loss-report",
    "交了钱多久复机": "stop-and-resume",
    "欠费停机滞纳金": "stop-and-resume",
    "充值卡密码输错": "recharge",
    "充值没到账": "recharge",
    "voucher top up": "recharge",
    "大学生办什么卡": "campus-card",
    "休闲卡还有吗": "campus-card",
    "plan for a university student": "campus-card",
    "亲情号码怎么设置": "family-numbers",
    "忘记服务密码了": "service-password",
    "reset my PIN": "service-password",
    "信息费怎么退订": "partner-content",
    "出国能用手机吗": "roaming-abroad",
    "travelling abroad with my phone": "roaming-abroad",
}


@pytest.fixture
async def library(works: Works) -> Works:
    async with works.begin(SYSTEM) as work:
        for one in articles():
            await knowledge.write(work, base=0, **one)
    return works


async def best(works: Works, question: str, **more: Any) -> list[str]:
    async with works.read(SYSTEM) as work:
        return [one.article.code for one in await knowledge.search(work, question, **more)]


async def test_thirty_questions_find_their_article_first(library: Works) -> None:
    assert len(QUESTIONS) == 30
    wrong = {}
    for question, wanted in QUESTIONS.items():
        found = await best(library, question)
        if found[:1] != [wanted]:
            wrong[question] = found[:3]
    assert wrong == {}


@pytest.mark.parametrize("question", ["量子纠缠是啥", "weather in Paris", "？！…", "", "的"])
async def test_a_question_we_have_nothing_on_finds_nothing(library: Works, question: str) -> None:
    assert await best(library, question) == []


def test_chinese_is_cut_into_pairs_and_english_into_words() -> None:
    assert list(model.terms("长途电话，怎么打17911？")) == ["长途", "途电", "电话", "么打", "17911"]
    assert list(model.terms("Dialling the ＡＲＥＡ codes")) == ["diall", "area", "cod"]
    assert list(model.terms("卡")) == ["卡"]


async def test_a_new_version_replaces_the_words_it_is_found_by(library: Works) -> None:
    [one] = [one for one in articles() if one["code"] == "recharge"]
    async with library.begin(SYSTEM) as work:
        with pytest.raises(knowledge.ArticleChanged):
            await knowledge.write(work, base=0, **one)
        changed = {**one, "title": Text("宇宙飞船", "Spaceships"), "keywords": ""}
        await knowledge.write(work, base=1, **changed)
    assert await best(library, "宇宙飞船") == ["recharge"]
    assert "recharge" not in await best(library, "缴费")
    async with library.read(SYSTEM) as work:
        assert (await knowledge.get(work, "recharge")).version == 2


async def test_validity_audience_and_channel_decide_who_finds_it(works: Works) -> None:
    words = {name: Text("飞船", "spaceship") for name in ("title", "body", "snippet")}
    async with works.begin(SYSTEM) as work:
        today = work.today
        await knowledge.write(work, "open", base=0, **words)
        await knowledge.write(work, "inside", base=0, audience="staff", **words)
        await knowledge.write(work, "shop", base=0, channels=["shop"], **words)
        await knowledge.write(
            work, "over", base=0, valid_from=date(2020, 1, 1), valid_to=today, **words
        )
        await knowledge.write(work, "soon", base=0, valid_from=today + timedelta(days=1), **words)
    assert await best(works, "飞船") == ["inside", "open", "shop"]
    assert await best(works, "飞船", channel="website") == ["inside", "open"]
    himself = Actor(kind=ActorKind.CUSTOMER, id=new_id())
    async with works.read(himself) as work:
        found = await knowledge.search(work, "spaceship")
        assert [one.article.code for one in found] == ["open", "shop"]
        with pytest.raises(NotFound):
            await knowledge.get(work, "inside")
    async with works.read(Actor(kind=ActorKind.STAFF)) as work:
        with pytest.raises(Forbidden):
            await knowledge.search(work, "飞船")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "Bad Code"}, "code"),
        ({"title": Text("", "x")}, "title_zh"),
        ({"snippet": Text("x", "x" * 301)}, "snippet_en"),
        ({"audience": "cats"}, "audience"),
        ({"valid_from": date(2026, 1, 2), "valid_to": date(2026, 1, 2)}, "valid_to"),
    ],
)
async def test_an_article_not_fit_is_refused_where_it_is_wrong(
    works: Works, changes: dict[str, Any], field: str
) -> None:
    given = {**articles()[0], **changes}
    async with works.begin(SYSTEM) as work:
        with pytest.raises(Invalid) as refused:
            await knowledge.write(work, base=0, **given)
    assert refused.value.field == field


async def test_a_snippet_is_sent_in_the_customers_language_and_counted(library: Works) -> None:
    async with library.begin(SYSTEM) as work:
        one = await customers.create_customer(work, name="John Smith", language="en")
        await customers.add_contact_point(work, one.id, kind=ContactKind.PHONE, value="13012340001")
        sent = await knowledge.send(work, "recharge", customer_id=one.id)
        await knowledge.use(work, "recharge", customer_id=one.id)
    assert sent.state is messages.State.QUEUED
    assert sent.text is not None and sent.text.startswith("Recharging with a voucher: Call 10011")
    async with library.read(SYSTEM) as work:
        [first, *_] = await knowledge.list_articles(work)
    assert (first.article.code, first.used) == ("recharge", 2)


async def test_a_missing_answer_is_kept_and_becomes_a_case_once(works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        one = await customers.create_customer(work, name="王小明")
        await knowledge.report_missing(work, "  量子 通信 怎么开 ", customer_id=one.id)
        await knowledge.report_missing(work, "nobody in particular")
    async with works.begin(SYSTEM) as work:
        told = await work.db.fetch(
            "SELECT id, customer_id FROM event WHERE name = 'knowledge.answer_missing'"
        )
        [react] = cases.REACTIONS["knowledge.answer_missing"]
        for row in [*told, *told]:
            await react(work, {"event_id": str(row["id"]), "customer_id": str(row["customer_id"])})
        rows = await work.db.fetch("SELECT customer_id, subject, class_code FROM care_case")
        missing = await knowledge.list_missing(work)
    assert sorted(row["customer_id"] for row in rows) == [NIL, one.id]
    assert {row["class_code"] for row in rows} == {"consultation.knowledge"}
    assert any("量子 通信 怎么开" in row["subject"] for row in rows)
    assert len(missing) == 2
