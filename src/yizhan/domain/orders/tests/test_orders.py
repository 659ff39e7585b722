"""Orders on the real database, with plans of the demo catalogue published to it."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest
from conftest import ObedientHouse

from yizhan.domain import (
    contacts,
    customers,
    ledger,
    orders,
    provisioning,
    subscriptions,
)
from yizhan.domain.orders.tests.desk import (
    AGENT,
    CARDS,
    MONTH_END,
    cards,
    line_on,
    order,
    order_again,
    plan_at,
    well,
)
from yizhan.domain.orders.tests.shop import NOW
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import CareError, Conflict, Forbidden
from yizhan.kernel.ids import new_id
from yizhan.platform.invariants import breaches
from yizhan.platform.jobs import Worker
from yizhan.platform.work import Works


async def test_a_change_for_next_month_waits_for_it_and_happens_at_its_first_moment(
    shop: Works, line: subscriptions.Line
) -> None:
    change = orders.ChangePlan(plan_id="zhuoyue", when=orders.When.NEXT_MONTH)
    placed = await order(shop, line, change)
    assert (placed.state, placed.effective_at) == (orders.State.ACKNOWLEDGED, MONTH_END)
    await well(shop)
    assert await Worker(shop, orders.JOBS).run_due() == 0
    late = Works(shop.pool, clock=lambda: MONTH_END + timedelta(minutes=7))
    assert await Worker(late, orders.JOBS).run_due() == 1
    async with late.read(SYSTEM) as work:
        assert (await orders.get(work, placed.id)).state is orders.State.COMPLETED
    assert await plan_at(shop, line, MONTH_END - timedelta(seconds=1)) == "gsm_std"
    assert await plan_at(shop, line, MONTH_END) == "zhuoyue"
    await well(late)


async def test_is_taken_back_until_it_takes_effect(shop: Works, line: subscriptions.Line) -> None:
    change = orders.ChangePlan(plan_id="zhuoyue", when=orders.When.NEXT_MONTH)
    placed = await order(shop, line, change)
    async with shop.begin(SYSTEM) as work:
        gone = await orders.undo(work, placed.id, reason="客户改主意")
        assert gone.state is orders.State.CANCELLED
    late = Works(shop.pool, clock=lambda: MONTH_END + timedelta(hours=1))
    assert await Worker(late, orders.JOBS).run_due() == 0
    assert await plan_at(shop, line, MONTH_END + timedelta(hours=1)) == "gsm_std"
    await well(shop)
    again = await order(shop, line, change, key="k2")
    async with late.begin(SYSTEM) as work:
        with pytest.raises(orders.OrderNotNow):
            await orders.undo(work, again.id, reason="太晚了")


async def test_a_change_now_is_done_when_place_returns_and_charges_the_term_once(
    shop: Works, line: subscriptions.Line
) -> None:
    async with shop.begin(SYSTEM) as work:
        bound = await line_on(work, "gsm_contract", "13000000777", term_until=date(2005, 3, 15))
    change = orders.ChangePlan(plan_id="zhuoyue", when=orders.When.NOW)
    done = await order(shop, bound, change)
    assert (done.state, done.charged_fen) == (orders.State.COMPLETED, 4000)
    assert (await order_again(shop, bound, change)).id == done.id
    async with shop.read(SYSTEM) as work:
        balance = await ledger.balance_of(work, bound.customer_id, bound.account_id)
        assert balance.amount == 4000
    assert await plan_at(shop, bound, NOW) == "zhuoyue"
    await well(shop)


async def test_what_was_confirmed_is_what_is_done(shop: Works, line: subscriptions.Line) -> None:
    change = orders.ChangePlan(plan_id="zhuoyue", when=orders.When.NOW)
    async with shop.begin(SYSTEM) as work:
        seen = await orders.preview(work, line.id, change)
    tomorrow = Works(shop.pool, clock=lambda: NOW + timedelta(days=1))
    async with tomorrow.begin(SYSTEM) as work:
        with pytest.raises(orders.Outdated):
            await orders.place(work, line.id, change, confirmed=seen.token, key="k1")


async def test_what_is_refused_names_every_reason(shop: Works, line: subscriptions.Line) -> None:
    change = orders.ChangePlan(plan_id="campus_a", when=orders.When.NOW)
    async with shop.begin(SYSTEM) as work:
        seen = await orders.preview(work, line.id, change)
        with pytest.raises(orders.NotOrderable) as refused:
            await orders.place(work, line.id, change, confirmed=seen.token, key="k1")
        assert refused.value.facts["codes"] == ["not_known", "other_payment"]


async def test_suspend_resume_loss_and_back(
    shop: Works, line: subscriptions.Line, network: ObedientHouse
) -> None:
    await network.teach(shop)
    steps: Sequence[tuple[orders.Change, str]] = (
        (orders.Suspend(), "stopped"),
        (orders.Resume(), "active"),
        (orders.ReportLoss(), "stopped"),
        (orders.Resume(lost=True), "active"),
    )
    for count, (change, state) in enumerate(steps):
        placed = await order(shop, line, change, key=f"k{count}")
        assert placed.state is orders.State.IN_PROGRESS
        await network.obey(shop)
        async with shop.read(SYSTEM) as work:
            assert (await orders.get(work, placed.id)).state is orders.State.COMPLETED
            assert (await subscriptions.get_line(work, line.id)).state.value == state
        assert network.register.lines[str(line.id)].barred == (state == "stopped")
    assert len(network.register.effects) == 4
    await well(shop)


async def test_an_add_on_comes_and_goes(shop: Works, line: subscriptions.Line) -> None:
    taken = await order(shop, line, orders.TakeAddOn(add_on_id="caller_id"))
    dropped = await order(shop, line, orders.DropAddOn(add_on_id="caller_id"), key="k2")
    assert (taken.state, dropped.state) == (
        orders.State.COMPLETED,
        orders.State.ACKNOWLEDGED,
    )
    late = Works(shop.pool, clock=lambda: MONTH_END + timedelta(days=1))
    await Worker(late, orders.JOBS).drain()
    async with late.read(SYSTEM) as work:
        held = await subscriptions.products_of(work, line.id, at=NOW + timedelta(days=1))
        assert [one.plan_id for one in held] == ["gsm_std", "caller_id"]
        held = await subscriptions.products_of(work, line.id, at=MONTH_END)
        assert [one.plan_id for one in held] == ["gsm_std"]


async def test_the_student_becomes_a_customer_with_a_campus_card(
    shop: Works, line: subscriptions.Line, network: ObedientHouse
) -> None:
    await cards(shop)
    async with shop.begin(AGENT) as work:
        lead = await customers.create_customer(
            work,
            name="王同学",
            birth_date=date(1985, 6, 1),
            status=customers.Status.PROSPECT,
        )
        await customers.set_consent(
            work, lead.id, "advice", granted=True, origin=customers.Origin.ASKED
        )
        for name, value in (("student", "true"), ("home_province", "heilongjiang")):
            await customers.set_attribute(work, lead.id, name, value, origin=customers.Origin.ASKED)
    change = orders.OpenLine(
        plan_id="campus_a",
        number="13000000777",
        area="022",
        family_numbers=("13000000778", "02227000001", "13900000009"),
    )
    async with shop.begin(AGENT) as work:
        seen = await orders.preview_opening(work, lead.id, change)
        assert seen.allowed and seen.hold is not None
        placed = await orders.place_opening(work, lead.id, change, confirmed=seen.token, key="k1")
        assert placed.state is orders.State.HELD
        stock = await subscriptions.find_stock_number(work, "13000000777")
        assert stock is not None and stock.reserved_for == lead.id
        with pytest.raises(CareError):
            await orders.release(work, placed.id)
    async with shop.begin(AGENT) as work:
        await customers.add_document(
            work,
            lead.id,
            kind=customers.DocumentKind.STUDENT_CARD,
            number="200412345",
            original_seen=True,
        )
        waiting = await orders.release(work, placed.id)
        assert (waiting.state, waiting.line_id) == (orders.State.IN_PROGRESS, None)
    await network.obey(shop)
    async with shop.read(SYSTEM) as work:
        done = await orders.get(work, placed.id)
        assert done.state is orders.State.COMPLETED
        assert done.line_id is not None
        card = await provisioning.card_of_line(work, done.line_id)
        assert card is not None and card.iccid == CARDS[0].iccid
        there = network.register.lines[str(done.line_id)]
        assert (there.number, there.iccid) == ("13000000777", card.iccid)
        opened = await subscriptions.find_line_by_number(work, "13000000777", at=NOW)
        assert opened is not None and opened.id == done.line_id
        products = await subscriptions.products_of(work, opened.id, at=NOW)
        assert [one.plan_id for one in products] == ["campus_a"]
        family = await subscriptions.family_numbers(work, opened.id, at=NOW)
        assert [one.number for one in family] == list(change.family_numbers)
        account = await customers.get_account(work, opened.account_id)
        assert account.payment_kind is customers.PaymentKind.PREPAID
        assert (await customers.get(work, lead.id)).status is customers.Status.ACTIVE
    await well(shop)


async def test_an_unverified_caller_sees_no_preview_and_orders_nothing(
    shop: Works, line: subscriptions.Line
) -> None:
    async with shop.begin(AGENT) as work:
        with pytest.raises(contacts.NotVerified):
            await orders.preview(work, line.id, orders.Suspend())
        with pytest.raises(contacts.NotVerified):
            await orders.place(work, line.id, orders.Suspend(), confirmed="", key="k1")
    nobody = Actor(kind=ActorKind.STAFF, id=new_id())
    async with shop.begin(nobody) as work:
        with pytest.raises(Forbidden):
            await orders.preview(work, line.id, orders.Suspend())


async def test_two_orders_of_a_kind_at_the_same_moment_are_one(
    shop: Works, line: subscriptions.Line
) -> None:
    change = orders.ChangePlan(plan_id="zhuoyue", when=orders.When.NEXT_MONTH)

    async def attempt(key: str) -> bool:
        try:
            await order(shop, line, change, key=key)
        except (Conflict, orders.NotOrderable):
            return False
        return True

    assert sorted(await asyncio.gather(attempt("a"), attempt("b"))) == [False, True]


async def test_what_cannot_be_done_any_more_fails_with_its_reason_and_changes_nothing(
    shop: Works, line: subscriptions.Line
) -> None:
    change = orders.DropAddOn(add_on_id="caller_id")
    await order(shop, line, orders.TakeAddOn(add_on_id="caller_id"))
    placed = await order(shop, line, change, key="k2")
    async with shop.begin(SYSTEM, now=NOW + timedelta(days=2)) as work:
        for product in await subscriptions.products_of(work, line.id):
            if product.plan_id == "caller_id":
                await subscriptions.end_product(work, product.id)
    late = Works(shop.pool, clock=lambda: MONTH_END + timedelta(days=1))
    assert await Worker(late, orders.JOBS).drain() == 1
    async with late.read(SYSTEM) as work:
        failed = await orders.get(work, placed.id)
        assert failed.state is orders.State.FAILED
        assert failed.reason is not None and "add-on" in failed.reason.en
    await well(late)


SPOILT = {
    "orders.order_has_its_events": "DELETE FROM event WHERE name = 'orders.completed'",
    "orders.waiting_order_is_woken": "DELETE FROM job WHERE kind = 'orders.effect'",
    "orders.done_when_the_network_says_so": "UPDATE network_request SET state = 'refused'",
    "orders.charge_is_on_the_ledger": "UPDATE care_order SET charged_fen = 1",
}


async def test_every_invariant_fails_when_its_data_is_spoilt(
    shop: Works, line: subscriptions.Line, network: ObedientHouse
) -> None:
    await network.teach(shop)
    await order(shop, line, orders.Suspend())
    await network.obey(shop)
    await order(shop, line, orders.Resume(), key="k2")
    await network.obey(shop)
    change = orders.ChangePlan(plan_id="zhuoyue", when=orders.When.NEXT_MONTH)
    await order(shop, line, change, key="k3")
    assert {one.name for one in orders.INVARIANTS} == set(SPOILT)
    for one in orders.INVARIANTS:
        async with shop.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            assert await breaches(connection, one) == []
            await connection.execute(SPOILT[one.name])
            assert await breaches(connection, one) != [], one.name
            await transaction.rollback()


async def test_a_customer_sees_his_orders_and_nobody_elses(
    shop: Works, line: subscriptions.Line
) -> None:
    placed = await order(shop, line, orders.TakeAddOn(add_on_id="caller_id"))
    rights = frozenset({"orders.read"})
    own = Actor(kind=ActorKind.CUSTOMER, id=line.customer_id, permissions=rights)
    other = Actor(kind=ActorKind.CUSTOMER, id=UUID(int=9), permissions=rights)
    async with shop.read(own) as work:
        mine = await orders.list_of_customer(work, line.customer_id)
        assert [one.number for one in mine] == [placed.number]
        assert await orders.get_by_number(work, placed.number.lower()) == mine[0]
    async with shop.read(other) as work:
        for act in (
            orders.get(work, placed.id),
            orders.list_of_customer(work, line.customer_id),
            orders.list_open(work),
        ):
            with pytest.raises(CareError):
                await act
