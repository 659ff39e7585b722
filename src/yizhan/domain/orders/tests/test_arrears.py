"""Stops for arrears, which the house orders itself."""

import pytest
from conftest import ObedientHouse

from yizhan.domain import (
    orders,
    subscriptions,
)
from yizhan.domain.orders.tests.desk import AGENT
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.errors import Forbidden
from yizhan.platform.work import Works


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
