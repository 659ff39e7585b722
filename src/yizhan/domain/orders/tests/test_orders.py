"""Orders on the real database, with plans of the demo catalogue published to it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from conftest import ObedientHouse

from yizhan.domain import (
    catalog,
    contacts,
    customers,
    ledger,
    orders,
    provisioning,
    subscriptions,
)
from yizhan.domain.orders.tests.shop import NOW, contract_text, text
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import CareError, Conflict, Forbidden
from yizhan.kernel.ids import new_id
from yizhan.platform import vault
from yizhan.platform.invariants import breaches
from yizhan.platform.jobs import Worker
from yizhan.platform.work import UnitOfWork, Works

AGENT = Actor(
    kind=ActorKind.STAFF,
    id=new_id(),
    name="王番",
    channel="call_centre",
    permissions=frozenset(
        {
            "customers.read",
            "customers.write",
            "customers.search",
            "contacts.write",
            "orders.place",
            "orders.read",
        }
    ),
)
PLANS = ("gsm_std", "zhuoyue", "campus_a", "ruyitong", "addon_caller_id", "addon_content_month")
MONTH_END = datetime(2004, 12, 31, 16, 0, tzinfo=UTC)


@pytest.fixture
def shop(works: Works) -> Works:
    vault.unlock(b"a secret of thirty-two bytes, 1!")
    return Works(works.pool, clock=lambda: NOW, listeners=works.listeners)


@pytest.fixture
async def line(shop: Works) -> subscriptions.Line:
    async with shop.begin(SYSTEM) as work:
        files = {f"{name}.yaml": text(name) for name in PLANS}
        await catalog.publish_all(work, files | {"contract.yaml": contract_text()})
        await subscriptions.add_numbers(
            work,
            subscriptions.LineKind.MOBILE,
            ["13000000001", "13000000777", "13000000778"],
            area="022",
        )
        return await _line_on(work, "gsm_std", "13000000001")


async def _line_on(
    work: UnitOfWork, plan_id: str, number: str, *, term_until: date | None = None
) -> subscriptions.Line:
    customer = await customers.create_customer(work, name="陈先生")
    account = await customers.open_account(work, customer.id)
    line = await subscriptions.create_line(
        work,
        customer_id=customer.id,
        kind=subscriptions.LineKind.MOBILE,
        number=number,
        account_id=account.id,
        area="022",
    )
    await subscriptions.start_product(
        work,
        line.id,
        kind=subscriptions.ProductKind.PLAN,
        plan_id=plan_id,
        version=1,
        start=datetime(2004, 1, 31, 16, 0, tzinfo=UTC),
        term_until=term_until,
    )
    return line


async def order(
    works: Works,
    line: subscriptions.Line,
    change: orders.Change,
    *,
    key: str = "k1",
    actor: Actor = SYSTEM,
) -> orders.Order:
    async with works.begin(actor) as work:
        seen = await orders.preview(work, line.id, change)
        return await orders.place(work, line.id, change, confirmed=seen.token, key=key)


async def plan_at(works: Works, line: subscriptions.Line, at: datetime) -> str:
    async with works.read(SYSTEM) as work:
        return (await subscriptions.products_of(work, line.id, at=at))[0].plan_id


CARDS = [
    provisioning.NewCard(iccid=iccid, imsi=f"46001000000000{n}", pin="1234", puk="12345678")
    for n, iccid in enumerate(("89860100000000000018", "89860100000000000026"), start=1)
]
LISTENERS = {"provisioning.done": ["orders.network_answered"]}


async def _cards(works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        assert await provisioning.add_cards(work, CARDS, batch="test") == len(CARDS)


async def well(works: Works) -> None:
    async with works.read(SYSTEM) as work:
        for one in (*orders.INVARIANTS, *provisioning.INVARIANTS, *ledger.INVARIANTS):
            assert await breaches(work.db, one) == [], one.name


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
        bound = await _line_on(work, "gsm_contract", "13000000777", term_until=date(2005, 3, 15))
    change = orders.ChangePlan(plan_id="zhuoyue", when=orders.When.NOW)
    done = await order(shop, bound, change)
    assert (done.state, done.charged_fen) == (orders.State.COMPLETED, 4000)
    assert (await order_again(shop, bound, change)).id == done.id
    async with shop.read(SYSTEM) as work:
        balance = await ledger.balance_of(work, bound.customer_id, bound.account_id)
        assert balance.amount == 4000
    assert await plan_at(shop, bound, NOW) == "zhuoyue"
    await well(shop)


async def order_again(
    works: Works, line: subscriptions.Line, change: orders.Change
) -> orders.Order:
    async with works.begin(SYSTEM) as work:
        return await orders.place(work, line.id, change, confirmed="whatever", key="k1")


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
    await _cards(shop)
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


async def _by_hand(works: Works, service: str) -> None:
    async with works.begin(SYSTEM) as work:
        await work.db.execute("INSERT INTO network_by_hand (service) VALUES ($1)", service)


async def test_what_people_do_is_done_when_they_say_so(
    shop: Works, line: subscriptions.Line, network: ObedientHouse
) -> None:
    await _by_hand(shop, "line.bar")
    waiting = await order(shop, line, orders.Suspend())
    await network.obey(shop)
    assert network.register.effects == []
    async with shop.begin(SYSTEM) as work:
        assert (await subscriptions.get_line(work, line.id)).state.value == "active"
        (asked,) = await orders.list_network_steps(work, waiting.id)
        assert (asked.action, asked.number) == ("line.bar", "13000000001")
        assert asked.state is provisioning.State.BY_HAND
    for done in (True, False):
        house = Works(shop.pool, clock=shop.clock, listeners=LISTENERS)
        async with house.begin(SYSTEM) as work:
            await provisioning.answer_by_hand(work, asked.id, done=done, note="0451")
        await network.obey(shop)
        async with shop.read(SYSTEM) as work:
            assert (await orders.get(work, waiting.id)).state is orders.State.COMPLETED
            assert (await subscriptions.get_line(work, line.id)).state.value == "stopped"
    await well(shop)


async def test_a_refusal_of_the_network_fails_the_order_and_leaves_the_line(
    shop: Works, line: subscriptions.Line, network: ObedientHouse
) -> None:
    waiting = await order(shop, line, orders.Suspend())
    await network.obey(shop)  # it was never taught this line
    async with shop.begin(SYSTEM) as work:
        failed = await orders.get(work, waiting.id)
        assert failed.state is orders.State.FAILED and failed.charged_fen == 0
        assert failed.reason is not None and "no such line" in failed.reason.en
        assert (await subscriptions.get_line(work, line.id)).state.value == "active"
    await well(shop)


async def test_a_lost_card_is_replaced_and_the_loss_lifted(
    shop: Works, line: subscriptions.Line, network: ObedientHouse
) -> None:
    await _cards(shop)
    async with shop.begin(SYSTEM) as work:
        await provisioning.give_card(work, line.id, CARDS[1].iccid)
    await network.teach(shop)
    await order(shop, line, orders.ReportLoss(), key="k1")
    await network.obey(shop)
    placed = await order(shop, line, orders.ChangeSim(), key="k2")
    await network.obey(shop)
    async with shop.read(SYSTEM) as work:
        assert (await orders.get(work, placed.id)).state is orders.State.COMPLETED
        assert (await subscriptions.get_line(work, line.id)).state.value == "active"
        now, before = await provisioning.cards_of_line(work, line.id)
        assert (now.iccid, now.state) == (CARDS[0].iccid, "in_use")
        assert (before.iccid, before.state, before.reason) == (CARDS[1].iccid, "retired", "lost")
    there = network.register.lines[str(line.id)]
    assert (there.iccid, there.barred) == (CARDS[0].iccid, False)
    await well(shop)


async def test_a_step_that_fails_takes_back_the_step_before(
    shop: Works, line: subscriptions.Line, network: ObedientHouse
) -> None:
    await _cards(shop)
    async with shop.begin(SYSTEM) as work:
        await provisioning.give_card(work, line.id, CARDS[1].iccid)
    await network.teach(shop)
    await order(shop, line, orders.ReportLoss(), key="k1")
    await network.obey(shop)
    network.behave("refuse", action="line.unbar")
    placed = await order(shop, line, orders.ChangeSim(), key="k2")
    await network.obey(shop)
    async with shop.read(SYSTEM) as work:
        assert (await orders.get(work, placed.id)).state is orders.State.FAILED
        asked = await orders.list_network_steps(work, placed.id)
        assert [(one.action, one.state.value) for one in asked] == [
            ("line.change_sim", "undone"),
            ("line.unbar", "refused"),
            ("line.change_sim", "done"),
        ]
        card = await provisioning.card_of_line(work, line.id)
        assert card is not None and card.iccid == CARDS[1].iccid
        assert (await subscriptions.get_line(work, line.id)).state.value == "stopped"
    there = network.register.lines[str(line.id)]
    assert (there.iccid, there.barred) == (CARDS[1].iccid, True)
    await well(shop)


async def test_a_line_gets_another_number_and_is_closed(
    shop: Works, line: subscriptions.Line, network: ObedientHouse
) -> None:
    await network.teach(shop)
    await order(shop, line, orders.ChangeNumber(number="13000000778"), key="k1")
    await network.obey(shop)
    assert network.register.lines[str(line.id)].number == "13000000778"
    async with shop.read(SYSTEM) as work:
        assert (await subscriptions.get_line(work, line.id)).number == "13000000778"
        old = await subscriptions.find_stock_number(work, "13000000001")
        assert old is not None and old.state is subscriptions.NumberState.COOLING
    placed = await order(shop, line, orders.CloseLine(), key="k2")
    await network.obey(shop)
    async with shop.read(SYSTEM) as work:
        assert (await orders.get(work, placed.id)).state is orders.State.COMPLETED
        closed = await subscriptions.get_line(work, line.id)
        assert closed.state is subscriptions.State.CLOSED
    assert network.register.lines == {}
    await well(shop)


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


async def test_a_stop_for_arrears_is_the_house_s_own_and_deepens(
    shop: Works, line: subscriptions.Line, network: ObedientHouse
) -> None:
    await network.teach(shop)
    with pytest.raises(Forbidden):
        async with shop.begin(AGENT) as work:
            await orders.preview(work, line.id, orders.Bar(one_way=True))
    for number, one_way in enumerate((True, False)):
        async with shop.begin(SYSTEM) as work:
            change = orders.Bar(one_way=one_way)
            seen = await orders.preview(work, line.id, change)
            done = await orders.place(
                work, line.id, change, confirmed=seen.token, key=f"stop-{number}"
            )
            (task,) = await orders.list_network_steps(work, done.id)
            assert task.action == ("line.bar_outgoing" if one_way else "line.bar")
        await network.obey(shop)
        async with shop.read(SYSTEM) as work:
            now = await subscriptions.get_line(work, line.id)
            assert now.stop_reasons == {subscriptions.StopReason.ARREARS}
    async with shop.begin(SYSTEM) as work:
        seen = await orders.preview(work, line.id, orders.Unbar())
        await orders.place(work, line.id, orders.Unbar(), confirmed=seen.token, key="again")
    await network.obey(shop)
    async with shop.read(SYSTEM) as work:
        assert (await subscriptions.get_line(work, line.id)).state is subscriptions.State.ACTIVE


async def test_arrears_end_a_line_that_they_stopped(
    shop: Works, line: subscriptions.Line, network: ObedientHouse
) -> None:
    await network.teach(shop)
    async with shop.begin(SYSTEM) as work:
        assert not (await orders.preview(work, line.id, orders.EndForArrears())).allowed
    for key, act in (("stop", orders.Bar()), ("end", orders.EndForArrears())):
        async with shop.begin(SYSTEM) as work:
            seen = await orders.preview(work, line.id, act)
            await orders.place(work, line.id, act, confirmed=seen.token, key=key)
        await network.obey(shop)
    async with shop.read(SYSTEM) as work:
        ended = await subscriptions.get_line(work, line.id)
        assert ended.state is subscriptions.State.CLOSED
