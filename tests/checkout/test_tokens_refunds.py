"""Cards and wallets by token, and money back to its source."""

import pytest

from yizhan.domain import checkout, contacts
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork

from .conftest import NUMBER, House


def person(*rights: str) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id=new_id(),
        name="李娜",
        channel="desk",
        permissions=frozenset(rights),
    )


LEAD = person("checkout.refund", "payments.read", "contacts.waive")
FINANCE = person("checkout.refund", "checkout.approve", "payments.read", "contacts.waive")


async def bound(house: House) -> checkout.Token:
    async with house.works.begin(SYSTEM) as work:
        binding = await checkout.bind(work, line_id=house.line_id, kind="card")
    await house.sim.visit(binding.redirect_url, "allow")
    for _ in range(200):
        async with house.reading() as work:
            if found := await checkout.list_tokens(work, house.customer_id):
                return found[0]
    raise AssertionError("not bound")


async def charge(house: House, token: checkout.Token, key: str = "t") -> checkout.Intent:
    async with house.works.begin(SYSTEM) as work:
        return await checkout.pay_by_token(
            work, customer_id=house.customer_id, token_id=token.id, amount_fen=20_00, key=key
        )


async def test_binds_pays_by_token_and_unbinds(house: House) -> None:
    token = await bound(house)
    assert token.kind == "card" and "Sample Bank" in token.label
    intent = await charge(house, token)
    assert intent.state == "started" and await house.balance() == 0
    await house.worker.drain()
    await house.until(intent, "paid")
    assert await house.balance() == 20_00
    async with house.works.begin(SYSTEM) as work:
        assert (await checkout.unbind(work, house.customer_id, token.id)).state == "unbound"
    with pytest.raises(checkout.NotBound):
        await charge(house, token, "u")
    await house.worker.drain()
    books = await house.sim.pull("books")
    assert {one["state"] for one in books["tokens"] if one["bind_no"] == token.bind_no} == {
        "unbound"
    }
    async with house.works.pool.acquire() as db:
        assert await db.fetchval("SELECT sealed FROM checkout_token") is None
    await house.assert_whole()


async def test_the_token_lies_nowhere_open(house: House) -> None:
    token = await bound(house)
    async with house.works.pool.acquire() as db:
        sealed = await db.fetchval("SELECT sealed FROM checkout_token WHERE id = $1", token.id)
        bodies = await db.fetchval("SELECT string_agg(body, '') FROM checkout_notice")
    assert len(sealed) > 30 and '"token"' not in bodies


async def test_a_charge_without_an_answer_is_asked_about_and_charged_once(house: House) -> None:
    token = await bound(house)
    await house.sim.pull("behave", no_answer=True, silent=True)
    intent = await charge(house, token)
    await house.worker.drain()
    assert (await house.get(intent)).state == "sent"
    await house.later(20)
    assert (await house.get(intent)).state == "paid"
    assert await house.balance() == 20_00
    books = await house.sim.pull("books")
    assert len([one for one in books["orders"] if one["order_no"] == intent.order_no]) == 1


async def test_a_charge_goes_before_what_came_in_bulk(house: House) -> None:
    await charge(house, await bound(house))
    async with house.works.pool.acquire() as db:
        first = await db.fetchval("SELECT priority FROM job WHERE kind = $1", "checkout.charge")
    assert first > 5, "somebody waits before a screen"


async def test_what_has_no_receipt_of_one_s_own_is_listed(house: House) -> None:
    me = Actor(kind=ActorKind.CUSTOMER, id=new_id(), name="王", channel="website")
    async with house.works.begin(me) as work:
        intent = await checkout.start_for_number(
            work, number=NUMBER, amount_fen=10_00, means="redirect", key="x"
        )
        assert [one.id for one in await checkout.list_begun(work, me.id)] == [intent.id]
        with pytest.raises(Forbidden):
            await checkout.list_begun(work, house.customer_id)
    await house.sim.visit(intent.redirect_url)
    paid_one = await house.until(intent, "paid")
    async with house.works.begin(me) as work:
        assert [one.id for one in await checkout.list_begun(work, me.id)] == [intent.id]
    async with house.reading() as work:
        assert await checkout.list_begun(work, house.customer_id) == [], "he has a receipt"
        assert paid_one.payment_id is not None
        by = await checkout.of_payments(work, house.customer_id, [paid_one.payment_id])
        assert by[paid_one.payment_id].id == intent.id


async def test_a_customer_pays_for_another_and_sees_no_more_than_his_own(house: House) -> None:
    me = Actor(kind=ActorKind.CUSTOMER, id=new_id(), name="王", channel="website")
    async with house.works.begin(me) as work:
        intent = await checkout.start_for_number(
            work, number=NUMBER, amount_fen=10_00, means="redirect", key="x"
        )
        assert (await checkout.get(work, intent.id)).payer_id == me.id
        with pytest.raises(contacts.NotVerified):
            await checkout.list_tokens(work, house.customer_id)
    other = Actor(kind=ActorKind.CUSTOMER, id=new_id(), name="赵", channel="website")
    async with house.works.begin(other) as work:
        with pytest.raises(checkout.NoSuchIntent):
            await checkout.get(work, intent.id)


async def paid(house: House, amount: int) -> checkout.Intent:
    intent = await house.pay_into(amount)
    await house.sim.visit(intent.redirect_url)
    return await house.until(intent, "paid")


async def ask(
    work: UnitOfWork, intent: checkout.Intent, amount: int, key: str = "r"
) -> checkout.Refund:
    return await checkout.refund(
        work,
        customer_id=intent.customer_id,
        intent_id=intent.id,
        amount_fen=amount,
        reason="缴错号码",
        key=key,
    )


async def test_refunds_in_parts_once_per_key(house: House) -> None:
    intent = await paid(house, 80_00)
    async with house.works.begin(LEAD) as work:
        first = await ask(work, intent, 30_00)
    async with house.works.begin(LEAD) as work:
        assert (await ask(work, intent, 30_00)).id == first.id
        with pytest.raises(checkout.KeyReused):
            await ask(work, intent, 31_00)
    assert await house.balance() == 50_00
    await house.worker.drain()
    async with house.works.begin(LEAD) as work:
        assert (await checkout.get_refund(work, intent.customer_id, first.id)).state == "done"
        with pytest.raises(checkout.NotRefundable):
            await ask(work, intent, 50_01, "more")
    async with house.works.begin(LEAD) as work:
        await ask(work, intent, 50_00, "rest")
    await house.worker.drain()
    assert (await house.get(intent)).state == "refunded"
    assert await house.balance() == 0
    books = await house.sim.pull("books")
    mine = [one["amount_fen"] for one in books["refunds"] if one["order_no"] == intent.order_no]
    assert sorted(mine) == [30_00, 50_00]
    await house.assert_whole()


async def test_a_large_refund_needs_a_second_person(house: House) -> None:
    intent = await paid(house, 80_00)
    async with house.works.begin(FINANCE) as work:
        one = await ask(work, intent, 60_00)
    assert one.state == "waiting" and await house.balance() == 80_00
    async with house.works.begin(FINANCE) as work:
        with pytest.raises(checkout.OwnRequest):
            await checkout.approve(work, intent.customer_id, one.id)
    async with house.works.begin(LEAD) as work:
        with pytest.raises(Forbidden):
            await checkout.approve(work, intent.customer_id, one.id)
    another = person("checkout.approve", "payments.read")
    async with house.works.begin(another) as work:
        await checkout.approve(work, intent.customer_id, one.id)
    assert await house.balance() == 20_00
    await house.worker.drain()
    async with house.works.begin(another) as work:
        with pytest.raises(checkout.AlreadyDecided):
            await checkout.decline(work, intent.customer_id, one.id, note="late")
    await house.assert_whole()


async def test_a_declined_refund_leaves_everything_as_it_was(house: House) -> None:
    intent = await paid(house, 80_00)
    async with house.works.begin(LEAD) as work:
        one = await ask(work, intent, 60_00)
    async with house.works.begin(FINANCE) as work:
        await checkout.decline(work, intent.customer_id, one.id, note="已消费")
    assert (await house.get(intent)).refundable == 80_00
    await house.assert_whole()


async def test_a_refund_without_an_answer_is_asked_again_and_sent_once(house: House) -> None:
    intent = await paid(house, 40_00)
    await house.sim.pull("behave", order_no=intent.order_no, no_refund_answer=True)
    async with house.works.begin(LEAD) as work:
        one = await ask(work, intent, 40_00)
    await house.worker.drain()
    async with house.works.begin(LEAD) as work:
        assert (await checkout.get_refund(work, intent.customer_id, one.id)).state == "sent"
    await house.later(60)
    assert (await house.get(intent)).state == "refunded"
    books = await house.sim.pull("books")
    assert len([one for one in books["refunds"] if one["order_no"] == intent.order_no]) == 1
    await house.assert_whole()


async def test_a_refused_refund_puts_the_money_back(house: House) -> None:
    intent = await paid(house, 40_00)
    await house.sim.pull("behave", order_no=intent.order_no, silent=True)
    await house.sim.pull("reverse", order_no=intent.order_no)
    async with house.works.begin(LEAD) as work:
        one = await ask(work, intent, 40_00)
    assert await house.balance() == 0
    await house.worker.drain()
    async with house.works.begin(LEAD) as work:
        assert (await checkout.get_refund(work, intent.customer_id, one.id)).state == "failed"
    assert await house.balance() == 40_00
    await house.assert_whole()
