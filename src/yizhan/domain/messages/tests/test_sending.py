"""The outbox on a real database: what goes, what waits, what must not, and once."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from yizhan.domain import customers, messages
from yizhan.domain.customers import Customer
from yizhan.domain.messages import Medium, Message, Outcome, Reason, State
from yizhan.domain.messages.tests.conftest import MORNING, NIGHT, NOON
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden, Invalid, NotFound, Refused
from yizhan.kernel.ids import new_id
from yizhan.platform.work import Works

TAKEN = Outcome(kind="taken", text="250 ok", wire_id="<1@example.com>")
LATER = Outcome(kind="later", text="451 try again")
NEVER = Outcome(kind="refused", text="550 no such user")
BOTH = ["sms", "email"]


async def send(
    works: Works, to: Customer, template: str = "line_resumed", *, now: datetime = NOON, **more: Any
) -> Message:
    facts = more.pop("facts", None)
    async with works.begin(SYSTEM, now=now) as work:
        if facts is None:
            facts = (await messages.get_template(work, template)).facts
        return await messages.send(work, customer_id=to.id, template=template, facts=facts, **more)


async def claim(works: Works, now: datetime = NOON) -> list[Message]:
    async with works.begin(SYSTEM, now=now) as work:
        return list(await messages.claim(work, BOTH))


async def settle(works: Works, message: Message, outcome: Outcome, now: datetime = NOON) -> bool:
    async with works.begin(SYSTEM, now=now) as work:
        return await messages.settle(work, message, outcome)


async def state(works: Works, message: Message) -> tuple[State, Reason | None]:
    async with works.read(SYSTEM) as work:
        one = await messages.get(work, message.customer_id, message.id)
    return one.state, one.reason


async def test_every_template_of_the_house_is_good_and_can_be_sent(
    works: Works, wang: Customer
) -> None:
    async with works.begin(SYSTEM, now=NOON) as work:
        await customers.set_consent(work, wang.id, "marketing", granted=True, origin="asked")
        templates = await messages.list_templates(work)
    assert len(templates) > 15
    for template in templates:
        messages.check_template(template)
        for language in ("zh", "en"):
            sent = await send(works, wang, template.name, language=language, key=language)
            assert sent.text is not None and "{" not in sent.text
            assert sent.language == language


async def test_a_message_is_in_the_customers_language_and_goes_when_the_act_commits(
    works: Works, wang: Customer
) -> None:
    sent = await send(works, wang, facts={"number": "13012340001"})
    assert (sent.channel, sent.address) == (Medium.SMS, "13012340001")
    assert sent.text == "号码 13012340001 已复机，感谢您的使用。"
    assert [one.id for one in await claim(works)] == [sent.id]


async def test_the_same_key_is_one_message_also_for_two_at_once(
    works: Works, wang: Customer
) -> None:
    many = await asyncio.gather(*(send(works, wang, key="order/7") for _ in range(6)))
    assert len({one.id for one in many}) == 1
    assert len(await claim(works)) == 1
    other = await send(works, wang, key="order/8")
    assert other.id != many[0].id


async def test_quiet_hours_defer_and_urgent_ones_go_at_once(works: Works, wang: Customer) -> None:
    waits = await send(works, wang, now=NIGHT)
    assert (waits.state, waits.send_at) == (State.DEFERRED, MORNING)
    urgent = await send(works, wang, "code", now=NIGHT)
    assert [one.id for one in await claim(works, NIGHT)] == [urgent.id]
    assert await settle(works, waits, TAKEN, NIGHT) is False  # not claimed: not to be settled
    assert [one.id for one in await claim(works, MORNING)] == [waits.id]


async def test_offers_go_with_consent_only_and_not_after_it_was_withdrawn(
    works: Works, wang: Customer
) -> None:
    first = await send(works, wang, "better_plan")
    assert await state(works, first) == (State.SUPPRESSED, Reason.NO_CONSENT)
    async with works.begin(SYSTEM, now=NOON) as work:
        await customers.set_consent(work, wang.id, "marketing", granted=True, origin="asked")
    second = await send(works, wang, "better_plan", now=NIGHT)
    assert second.state is State.DEFERRED
    async with works.begin(SYSTEM, now=NIGHT) as work:
        await customers.set_consent(work, wang.id, "marketing", granted=False, origin="asked")
    assert await claim(works, MORNING) == []
    assert await state(works, second) == (State.SUPPRESSED, Reason.NO_CONSENT)


async def test_no_more_than_the_limit_of_a_template_reaches_a_customer(
    works: Works, wang: Customer
) -> None:
    many = await asyncio.gather(*(send(works, wang, "low_balance") for _ in range(4)))
    assert sorted(one.state for one in many) == [
        State.QUEUED, State.SUPPRESSED, State.SUPPRESSED, State.SUPPRESSED
    ]  # fmt: skip
    assert {one.reason for one in many} == {None, Reason.TOO_OFTEN}
    tomorrow = await send(works, wang, "low_balance", now=NOON + timedelta(hours=25))
    assert tomorrow.state is State.QUEUED


async def test_who_cannot_be_reached_is_on_record(works: Works) -> None:
    async with works.begin(SYSTEM, now=NOON) as work:
        one = await customers.create_customer(work, name="赵无号")
    sent = await send(works, one)
    assert await state(works, sent) == (State.SUPPRESSED, Reason.NO_ADDRESS)
    assert await claim(works) == []


async def test_a_wrong_call_is_refused_by_name(works: Works, wang: Customer) -> None:
    with pytest.raises(messages.UnknownTemplate, match="nonsense"):
        await send(works, wang, "nonsense", facts={})
    with pytest.raises(Invalid, match="lacks number"):
        await send(works, wang, facts={})
    with pytest.raises(Invalid, match="not worded for email"):
        await send(works, wang, channel="email")
    async with works.begin(SYSTEM) as work:
        with pytest.raises(NotFound):
            await messages.send(work, customer_id=new_id(), template="line_resumed",
                                facts={"number": "1"})  # fmt: skip


async def test_a_lease_keeps_others_away_until_its_holder_is_given_up(
    works: Works, wang: Customer
) -> None:
    await send(works, wang)
    [held] = await claim(works)
    assert await claim(works, NOON + timedelta(seconds=119)) == []
    [again] = await claim(works, NOON + timedelta(seconds=121))
    assert again.id == held.id and again.attempts == 2
    assert await settle(works, held, TAKEN) is False  # whoever comes back too late
    assert await settle(works, again, TAKEN) is True
    assert await state(works, again) == (State.SENT, None)
    assert await claim(works, NOON + timedelta(hours=3)) == []


async def test_later_waits_longer_each_time_and_ends_when_of_no_use(
    works: Works, wang: Customer
) -> None:
    sent = await send(works, wang)  # of use for a day
    now, waits = NOON, []
    for _ in range(20):
        claimed = await claim(works, now)
        if not claimed:
            break
        await settle(works, claimed[0], LATER, now)
        async with works.read(SYSTEM) as work:
            one = await messages.get(work, wang.id, sent.id)
        if one.state is State.FAILED:
            break
        waits.append(one.send_at - now)
        now = one.send_at
    assert waits[:4] == [timedelta(minutes=n) for n in (1, 2, 4, 8)]
    assert await state(works, sent) == (State.FAILED, Reason.EXPIRED)
    async with works.read(SYSTEM) as work:
        replies = await messages.list_replies(work, wang.id, sent.id)
    assert {reply.text for reply in replies} == {"451 try again"}


async def test_a_try_again_does_not_fall_into_the_night(works: Works, wang: Customer) -> None:
    late = NIGHT - timedelta(hours=2, minutes=30, seconds=30)  # 20:59:30 there
    await send(works, wang, now=late)
    [one] = await claim(works, late)
    await settle(works, one, LATER, late)
    async with works.read(SYSTEM) as work:
        kept = await messages.get(work, wang.id, one.id)
    assert (kept.state, kept.send_at) == (State.DEFERRED, MORNING)


async def test_a_refusal_ends_it_and_the_next_channel_takes_the_words_on(
    works: Works, wang: Customer
) -> None:
    sent = await send(works, wang, "payment_received")
    [held] = await claim(works)
    await settle(works, held, NEVER)
    assert await state(works, sent) == (State.FAILED, Reason.REFUSED)
    [other] = await claim(works)
    assert (other.channel, other.address) == (Medium.EMAIL, "wang@example.com")
    assert other.resend_of == sent.id and other.text == sent.text
    await settle(works, other, NEVER)
    assert await claim(works) == []


async def test_receipts_count_once_and_a_bounce_is_final(works: Works, wang: Customer) -> None:
    await send(works, wang)
    [held] = await claim(works)
    await settle(works, held, TAKEN)
    for _ in range(2):
        async with works.begin(SYSTEM, now=NOON) as work:
            assert await messages.receipt(work, wire_id=TAKEN.wire_id, arrived=True, text="2.0.0")
    assert await state(works, held) == (State.DELIVERED, None)
    async with works.begin(SYSTEM, now=NOON) as work:
        await messages.receipt(work, wire_id=TAKEN.wire_id, arrived=False, text="5.1.1 unknown")
        await messages.receipt(work, wire_id=TAKEN.wire_id, arrived=True, text="2.0.0")
        assert not await messages.receipt(work, wire_id="<x@y>", arrived=True, text="")
    assert await state(works, held) == (State.FAILED, Reason.BOUNCED)
    async with works.read(SYSTEM) as work:
        told = [row["name"] for row in await work.db.fetch("SELECT name FROM event ORDER BY id")]
    assert [name for name in told if name.startswith("messages.")] == [
        "messages.message_queued", "messages.message_sent", "messages.message_delivered",
        "messages.message_failed",
    ]  # fmt: skip


async def test_an_agent_sends_again_what_did_not_arrive(works: Works, wang: Customer) -> None:
    agent = Actor(kind=ActorKind.STAFF, name="li", permissions=frozenset({"messages.send"}))
    await send(works, wang)
    async with works.begin(agent, now=NOON) as work:
        waiting = await work.db.fetchval("SELECT id FROM message")
        with pytest.raises(Refused, match="still waiting"):
            await messages.send_again(work, waiting)
    [held] = await claim(works)
    await settle(works, held, NEVER)
    async with works.begin(agent, now=NIGHT) as work:
        again = await messages.send_again(work, held.id)
    assert (again.state, again.resend_of, again.text) == (State.QUEUED, held.id, held.text)
    async with works.begin(Actor(kind=ActorKind.STAFF), now=NOON) as work:
        with pytest.raises(Forbidden):
            await messages.send_again(work, held.id)


async def test_a_customer_reads_his_own_messages_without_codes(
    works: Works, wang: Customer
) -> None:
    await send(works, wang)
    code = await send(works, wang, "code")
    async with works.read(Actor(kind=ActorKind.CUSTOMER, id=wang.id)) as work:
        mine = await messages.list_of_customer(work, wang.id)
    assert [one.text is None for one in mine] == [True, False]
    async with works.begin(Actor(kind=ActorKind.STAFF), now=NOON) as work:
        with pytest.raises(Forbidden):
            await messages.list_of_customer(work, wang.id)
        with pytest.raises(Forbidden):
            await messages.list_outbox(work)
        with pytest.raises(Refused, match="not sent twice"):
            async with works.begin(SYSTEM) as other:
                await messages.send_again(other, code.id)


async def test_a_template_worded_anew_is_a_new_version_and_checked(
    works: Works, wang: Customer
) -> None:
    editor = Actor(kind=ActorKind.STAFF, name="mei", permissions=frozenset({"messages.manage"}))
    async with works.begin(editor, now=NOON) as work:
        old = await messages.get_template(work, "line_resumed")
        new = await messages.write_template(
            work, "line_resumed", base=old.version,
            changes={"text_zh": "{number} 已恢复使用。", "text_en": "{number} is back."},
        )  # fmt: skip
        assert (new.version, new.written_by) == (2, "mei")
        with pytest.raises(messages.TemplateChanged):
            await messages.write_template(work, "line_resumed", base=1, changes={})
        with pytest.raises(Invalid, match="Nobody fills"):
            await messages.write_template(
                work, "line_resumed", base=2, changes={"text_zh": "{x}", "text_en": "{x}"}
            )
        assert [one.version for one in await messages.list_versions(work, "line_resumed")] == [2, 1]
    sent = await send(works, wang, facts={"number": "13012340001"})
    assert (sent.text, sent.version) == ("13012340001 已恢复使用。", 2)


async def test_the_bill_that_was_issued_is_sent_where_the_account_wants_it(
    works: Works, wang: Customer
) -> None:
    async with works.begin(SYSTEM, now=NOON) as work:
        await messages.set_site(work, "https://care.example.com/")
        account = await customers.open_account(
            work, wang.id, bill_medium=customers.BillMedium.EMAIL
        )
    bill_id = new_id()

    for due in ("2026-06-20", "2026-06-20", "2026-03-20"):
        payload = {
            "bill_id": str(bill_id if due > "2026-04" else new_id()),
            "account_id": str(account.id), "number": "B1", "period_start": "2026-04-01",
            "period_end": "2026-05-01", "total_fen": 15600, "due_date": due,
        }  # fmt: skip
        async with works.begin(SYSTEM, now=NOON) as work:
            event_id = new_id()
            await work.db.execute(
                "INSERT INTO event (id, customer_id, at, name, actor_kind, channel, payload)"
                " VALUES ($1, $2, $3, 'billing.bill_issued', 'system', 'system', $4)",
                event_id, wang.id, NOON, payload,
            )  # fmt: skip
            [react] = messages.REACTIONS["billing.bill_issued"]
            await react(work, {"event_id": str(event_id), "customer_id": str(wang.id)})
    [bill] = await claim(works)
    assert (bill.channel, bill.address) == (Medium.EMAIL, "wang@example.com")
    assert bill.subject == "您 2026-04 的账单：156.00 元"
    assert bill.text is not None
    assert f"https://care.example.com/my/bills/{bill_id}" in bill.text
