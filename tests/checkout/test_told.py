"""A payment told once, ten times, late, falsely, by asking: on the ledger once, or not at all."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from yizhan.channels.payment_provider import sign, signed
from yizhan.domain import cases, checkout, customers, payments
from yizhan.kernel.actor import SYSTEM

from .conftest import NUMBER, SECRET, House


async def test_pays_by_redirect(house: House) -> None:
    intent = await house.pay_into(50_00)
    assert intent.state == "sent"
    page = await house.sim.visit(intent.redirect_url)
    assert "支付成功" in page
    paid = await house.until(intent, "paid")
    assert await house.balance() == 50_00
    async with house.reading() as work:
        receipt = await payments.get_receipt(work, paid.customer_id, paid.payment_id)
    assert (receipt.amount, receipt.method) == (50_00, "provider")
    await house.assert_whole()


async def test_pays_by_code_for_anybodys_number(house: House) -> None:
    async with house.works.begin(SYSTEM) as work:
        intent = await checkout.start_for_number(
            work, number=NUMBER, amount_fen=30_00, means="qr", key="q"
        )
    assert intent.number == NUMBER and intent.qr_text.startswith(house.sim.base)
    await house.sim.visit(intent.qr_text)
    await house.until(intent, "paid")
    assert await house.balance() == 30_00


async def test_the_same_key_begins_one_payment(house: House) -> None:
    first = await house.pay_into(50_00, key="a")
    assert (await house.pay_into(50_00, key="a")).id == first.id
    with pytest.raises(checkout.KeyReused):
        await house.pay_into(51_00, key="a")


async def test_ten_callbacks_at_once_post_once(house: House) -> None:
    intent = await house.pay_into(50_00)
    await house.sim.pull("behave", order_no=intent.order_no, copies=10)
    await house.sim.visit(intent.redirect_url)
    await house.until(intent, "paid")
    for _ in range(200):
        if len(await house.verdicts(intent)) == 10:
            break
        await asyncio.sleep(0.02)
    assert await house.verdicts(intent) == ["repeated"] * 9 + ["taken"]
    assert await house.balance() == 50_00
    await house.assert_whole()


async def test_callbacks_race_with_asking(house: House) -> None:
    intents = [await house.pay_into(100 + one, key=f"r{one}") for one in range(6)]
    for intent in intents:
        await house.sim.pull("behave", order_no=intent.order_no, copies=3)

    async def ask(intent: checkout.Intent) -> None:
        async with house.works.begin(SYSTEM) as work:
            await checkout.ask(work, intent.customer_id, intent.id)

    paying = [house.sim.visit(one.redirect_url) for one in intents]
    await asyncio.gather(*paying, *(ask(one) for one in intents), *(ask(one) for one in intents))
    for intent in intents:
        await house.until(intent, "paid")
    assert await house.balance() == sum(one.amount for one in intents)
    await house.assert_whole()


async def test_a_callback_that_never_comes_is_asked_for(house: House) -> None:
    intent = await house.pay_into(50_00)
    await house.sim.pull("behave", order_no=intent.order_no, silent=True)
    await house.sim.visit(intent.redirect_url)
    assert (await house.get(intent)).state == "sent"
    await house.later(20)
    assert (await house.get(intent)).state == "paid"
    assert await house.balance() == 50_00
    await house.assert_whole()


async def test_nobody_pays_and_it_lapses_only_after_asking(house: House) -> None:
    intent = await house.pay_into(50_00)
    await house.later(20)
    assert (await house.get(intent)).asked == 1
    async with house.works.pool.acquire() as db:
        await db.execute("UPDATE checkout_intent SET expires_at = now() - interval '1 hour'")
    await house.later(3600)
    assert (await house.get(intent)).state == "expired"
    # Money that arrives all the same is credited: late, and once.
    await house.sim.pull("behave", order_no=intent.order_no, lax=True, late=0.3)
    await house.sim.visit(intent.redirect_url)
    await house.until(intent, "paid")
    assert await house.balance() == 50_00
    await house.assert_whole()


async def test_a_refusal_posts_nothing(house: House) -> None:
    intent = await house.pay_into(50_00)
    await house.sim.visit(intent.redirect_url, "refuse")
    refused = await house.until(intent, "refused")
    assert refused.reason == "refused by the payer"
    assert await house.balance() == 0


async def test_forgeries_change_nothing_and_are_kept(house: House) -> None:
    intent = await house.pay_into(50_00)
    await house.sim.pull("behave", order_no=intent.order_no, forged=True, silent=True)
    await house.sim.visit(intent.redirect_url)
    for _ in range(200):
        if await house.verdicts(intent):
            break
        await asyncio.sleep(0.02)
    async with house.reading() as work:
        heard = await checkout.list_heard(work)
    assert [(one.verdict, one.reason) for one in heard] == [("forged", "bad signature")]
    assert (await house.get(intent)).state == "sent"
    assert await house.balance() == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount_fen": "1"}, "bad signature"),
        ({"sign": "zz"}, "bad signature"),
        ({"sign": ""}, "bad signature"),
        ({"timestamp": "2020-01-01T00:00:00Z", "resign": "1"}, "stale"),
        ({"nonce": "", "resign": "1"}, "no moment or nonce"),
        ({"merchant": "somebody", "resign": "1"}, "another merchant"),
        ({"kind": "gift", "resign": "1"}, "not as agreed"),
        ({"amount_fen": "-1", "resign": "1"}, "not as agreed"),
    ],
)
async def test_what_is_not_the_providers_word(
    house: House, visitor_url: str, change: dict[str, str], reason: str
) -> None:
    intent = await house.pay_into(50_00)
    said = _paid(intent) | change
    if said.pop("resign", ""):
        said["sign"] = sign(SECRET.encode(), "notice", said)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(visitor_url, json=said)
    assert answer.status_code == 403 and answer.text == "refused"
    async with house.reading() as work:
        heard = await checkout.list_heard(work)
    assert [one.reason for one in heard] == [reason]
    assert await house.balance() == 0


async def test_the_same_message_again_changes_nothing(house: House, visitor_url: str) -> None:
    intent = await house.pay_into(50_00)
    said = _paid(intent)
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(3):
            answer = await client.post(visitor_url, json=said)
            assert (answer.status_code, answer.text) == (200, "success")
    assert await house.verdicts(intent) == ["taken"]
    assert await house.balance() == 50_00


async def test_another_amount_posts_nothing_and_opens_a_case(
    house: House, visitor_url: str
) -> None:
    intent = await house.pay_into(50_00)
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.post(visitor_url, json=_paid(intent, amount_fen="4999"))
    assert await house.balance() == 0
    await house.worker.drain()
    async with house.reading() as work:
        found = await cases.list_of_customer(work, house.customer_id)
    assert [one.class_code for one in found] == ["order.payment_missing"]


async def test_a_storm_of_forgeries_is_not_kept_and_the_true_word_passes(
    house: House, visitor_url: str
) -> None:
    intent = await house.pay_into(50_00)
    async with httpx.AsyncClient(trust_env=False) as client:
        statuses = []
        for _ in range(60):
            statuses.append((await client.post(visitor_url, json={"kind": "paid"})).status_code)
        true = await client.post(visitor_url, json=_paid(intent))
    assert 429 in statuses and true.text == "success"
    async with house.reading() as work:
        assert len(await checkout.list_heard(work)) <= 30
    assert await house.balance() == 50_00


async def test_a_closed_account_holds_the_money_and_opens_a_case(house: House) -> None:
    async with house.works.begin(SYSTEM) as work:
        prepaid = await customers.open_account(
            work, house.customer_id, payment_kind=customers.PaymentKind.PREPAID
        )
    intent = await house.pay_into(50_00, account_id=prepaid.id)
    async with house.works.begin(SYSTEM) as work:
        await work.db.execute("UPDATE account SET status = 'closed' WHERE id = $1", prepaid.id)
    await house.sim.visit(intent.redirect_url)
    held = await house.until(intent, "held")
    assert held.payment_id is None
    await house.worker.drain()
    async with house.reading() as work:
        found = await cases.list_of_customer(work, house.customer_id)
    assert len(found) == 1
    await house.assert_whole()


async def test_the_provider_takes_a_payment_back(house: House) -> None:
    intent = await house.pay_into(50_00)
    await house.sim.visit(intent.redirect_url)
    await house.until(intent, "paid")
    await house.sim.pull("reverse", order_no=intent.order_no)
    await house.until(intent, "reversed")
    assert await house.balance() == 0
    await house.assert_whole()


async def test_a_killed_provider_is_asked_again_when_it_is_back(house: House) -> None:
    intent = await house.pay_into(50_00)
    await house.sim.pull("behave", order_no=intent.order_no, silent=True)
    await house.sim.visit(intent.redirect_url)
    house.sim.kill()
    await house.later(20)
    assert (await house.get(intent)).state == "sent"
    house.sim.start()
    await house.later(600)
    assert (await house.get(intent)).state == "paid"
    assert await house.balance() == 50_00


def _paid(intent: checkout.Intent, **said: str) -> dict[str, str]:
    whole: dict[str, Any] = {
        "merchant": "yizhan",
        "kind": "paid",
        "order_no": intent.order_no,
        "provider_no": "P1",
        "amount_fen": str(intent.amount),
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        **said,
    }
    return signed(SECRET.encode(), "notice", whole, now=datetime.now(UTC))
