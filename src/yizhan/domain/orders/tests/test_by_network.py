"""Orders whose steps the network, or people in its place, carry out."""

from conftest import ObedientHouse

from yizhan.domain import (
    orders,
    provisioning,
    subscriptions,
)
from yizhan.domain.orders.tests.desk import CARDS, LISTENERS, by_hand, cards, order, well
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works


async def test_what_people_do_is_done_when_they_say_so(
    shop: Works, line: subscriptions.Line, network: ObedientHouse
) -> None:
    await by_hand(shop, "line.bar")
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
    await cards(shop)
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
    await cards(shop)
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
