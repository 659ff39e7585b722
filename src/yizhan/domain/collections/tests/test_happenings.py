"""What comes between: a killed worker, a complaint, a slow or refusing network."""

from datetime import date
from importlib import import_module
from uuid import UUID

import pytest

from yizhan.domain import billing, collections, orders, provisioning
from yizhan.domain.collections import service, steps
from yizhan.domain.collections.tests.town import LEAD, SYSTEM, Town, at
from yizhan.kernel.actor import Actor
from yizhan.kernel.errors import Forbidden

cases = import_module("yizhan.domain.cases")
"""A room above: it tells, and this room listens."""
BILL = 10_800
JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)


class Killed(BaseException):
    """The process is gone between two statements."""


async def _overdue(town: Town, until: date = date(2026, 4, 1)) -> None:
    await town.settle("zhuoyue")
    await town.until(at(FEB))
    await town.bill(JAN)
    await town.until(at(until))


@pytest.mark.parametrize("place", ["tell", "order", "save"])
async def test_a_worker_killed_in_a_step_leaves_nothing_and_the_next_does_it_once(
    town: Town, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    await _overdue(town, date(2026, 3, 31))  # ten o'clock: the one-way stop
    town.now = at(date(2026, 3, 31), 10, 1)
    target, name = {
        "tell": (steps, "tell"), "order": (steps.stopping, "stop"), "save": (service.store, "save"),
    }[place]  # fmt: skip
    real = getattr(target, name)

    async def dies(*args: object, **more: object) -> object:
        await real(*args, **more)
        raise Killed

    monkeypatch.setattr(target, name, dies)
    with pytest.raises(Killed):
        await _do_the_job(town)
    monkeypatch.undo()
    assert (await town.step(), await town.stopped_for()) == ("noticed", set())
    await town.network.obey(town.works)
    assert (await town.step(), await town.stopped_for()) == ("one_way", {"arrears"})
    async with town.works.pool.acquire() as db:
        assert await db.fetchval("SELECT count(*) FROM care_order WHERE kind = 'bar'") == 1
    assert (await town.messages()).count("line_stopped_outgoing") == 1
    await town.assert_whole()


async def _do_the_job(town: Town) -> None:
    async with town.works.begin(SYSTEM) as work:
        await work.db.execute("DELETE FROM job WHERE kind = $1", service.TICK)
        await service.tick(work, town.account.id)


async def test_any_number_of_looks_changes_nothing(town: Town) -> None:
    await _overdue(town)
    before, owed, told = await town.row(), await town.owed(), await town.told()
    for _ in range(3):
        async with town.works.begin(SYSTEM) as work:
            await service.tick(work, town.account.id)
    assert (await town.row(), await town.owed(), await town.told()) == (before, owed, told)


async def test_a_complaint_about_the_bill_brings_the_line_back_until_it_is_closed(
    town: Town,
) -> None:
    await _overdue(town)
    owed = await town.owed()
    bill_id = billing.bill_id_of(town.account.id, JAN)
    async with town.works.begin(SYSTEM) as work:
        leaf = next(
            one.code
            for one in await cases.list_classes(work, cases.Kind.COMPLAINT)
            if one.parent is not None
        )
        case = await cases.open_case(
            work, customer_id=town.account.customer_id, class_code=leaf, subject="长途费不对",
            links=[cases.Link(kind=cases.LinkKind.BILL, ref_id=bill_id)],
        )  # fmt: skip
    await town.network.obey(town.works)
    assert (await town.row()).disputed_fen == BILL
    assert await town.stopped_for() == set()
    await town.until(at(date(2026, 4, 6)))
    assert await town.owed() == owed  # no late fee meanwhile
    async with town.works.begin(SYSTEM) as work:
        await cases.cancel(work, case.id, reason="客户撤回")
    await town.network.obey(town.works)
    assert ((await town.row()).disputed_fen, await town.step()) == (0, "noticed")
    await town.until(at(date(2026, 4, 7), 7))
    assert await town.stopped_for() == set()  # told again, 24 hours before
    await town.until(at(date(2026, 4, 7), 9))
    assert await town.stopped_for() == {"arrears"}


async def test_a_stop_that_is_done_after_the_money_came_is_lifted(town: Town) -> None:
    await _overdue(town, date(2026, 3, 31))
    async with town.works.pool.acquire() as db:
        await db.execute("INSERT INTO network_by_hand VALUES ('line.bar_outgoing')")
    await town.until(at(date(2026, 3, 31), 11))
    assert (await town.step(), await town.stopped_for()) == ("one_way", set())
    await town.pay(2 * BILL)
    await town.network.obey(town.works)
    assert await town.step() == "clear"
    await _answer_by_hand(town, done=True)
    assert await town.stopped_for() == set()
    await town.assert_whole()


async def test_a_line_is_said_to_be_back_when_the_network_has_it_back(town: Town) -> None:
    await _overdue(town, date(2026, 3, 31))
    await town.until(at(date(2026, 4, 1)))
    assert await town.stopped_for() == {"arrears"}
    async with town.works.pool.acquire() as db:
        await db.execute("INSERT INTO network_by_hand VALUES ('line.unbar')")
    await town.pay(2 * BILL + 10_000)
    await town.network.obey(town.works)
    assert await town.step() != "one_way", "the order is out"
    assert await town.stopped_for() == {"arrears"}
    assert "line_resumed" not in await town.messages()
    await _answer_by_hand(town, done=False)
    assert "line_resumed" not in await town.messages(), "it was refused"
    await town.until(at(date(2026, 4, 1), 14))
    await _answer_by_hand(town, done=True)
    assert await town.stopped_for() == set()
    await town.network.obey(town.works)
    assert (await town.messages()).count("line_resumed") == 1
    async with town.works.pool.acquire() as db:
        order = await db.fetchrow(
            "SELECT id, line_id FROM care_order WHERE state = 'completed' AND kind = 'unbar'"
        )
    async with town.works.begin(SYSTEM) as work:
        await service.line_is_back(work, order["line_id"], order["id"])
    assert (await town.messages()).count("line_resumed") == 1, "told twice, said once"
    await town.assert_whole()


async def test_a_line_that_is_reported_lost_is_not_said_to_be_back(town: Town) -> None:
    await _overdue(town, date(2026, 3, 31))
    await town.until(at(date(2026, 4, 1)))
    async with town.works.begin(SYSTEM) as work:
        seen = await orders.preview(work, town.line.id, orders.ReportLoss())
        await orders.place(
            work, town.line.id, orders.ReportLoss(), confirmed=seen.token, key="lost"
        )
    await town.pay(2 * BILL + 10_000)
    await town.network.obey(town.works)
    await town.until(at(date(2026, 4, 1), 14))
    assert await town.stopped_for() == {"lost"}, "paid while the loss was under way"
    assert town.network.register.lines[str(town.line.id)].barring == "all"
    assert "line_resumed" not in await town.messages()


async def _answer_by_hand(town: Town, *, done: bool) -> None:
    async with town.works.pool.acquire() as db:
        request: UUID = await db.fetchval(
            "SELECT id FROM network_request WHERE closed_at IS NULL ORDER BY position DESC LIMIT 1"
        )
    async with town.works.begin(SYSTEM) as work:
        await provisioning.answer_by_hand(work, request, done=done, note="机房")
    await town.network.obey(town.works)


async def test_a_refused_stop_is_tried_again(town: Town) -> None:
    await _overdue(town, date(2026, 3, 31))
    async with town.works.pool.acquire() as db:
        await db.execute("INSERT INTO network_by_hand VALUES ('line.bar_outgoing')")
    await town.until(at(date(2026, 3, 31), 11))
    await _answer_by_hand(town, done=False)
    assert (await town.row()).tries == 1
    async with town.works.pool.acquire() as db:
        await db.execute("DELETE FROM network_by_hand")
    await town.until(at(date(2026, 3, 31), 12))
    assert await town.stopped_for() == {"arrears"}


async def test_who_may_only_defer_cannot_hold(town: Town) -> None:
    await _overdue(town)
    agent = Actor(
        kind=LEAD.kind, id=LEAD.id, name="王番", channel="call_centre",
        permissions=LEAD.permissions - {"collections.work"},
    )  # fmt: skip
    async with town.works.begin(agent) as work:
        with pytest.raises(Forbidden):
            await collections.hold(work, town.account.id, until=at(date(2026, 5, 1)), reason="试试")
        with pytest.raises(Forbidden):
            await collections.stop_now(work, town.account.id, reason="试试")
