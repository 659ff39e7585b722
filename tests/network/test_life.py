"""The whole life of two lines, hour by hour, with the network as a server that is held.

What the network does late is done by the test's hand, never by a timer: each state is certain.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
from litestar import Litestar

from yizhan.domain import provisioning
from yizhan.domain.collections.tests.town import SYSTEM, Town, at
from yizhan.platform.invariants import breaches
from yizhan.web.conftest import Hire, bearer

BILL = 10_800
JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)


class Desk:
    """A lead before the network's queue, in a browser without pictures; the clock is the town's."""

    def __init__(self, town: Town, browser: httpx.AsyncClient, token: str) -> None:
        self.town, self.browser = town, browser
        self.me = bearer(token, **{"Accept-Language": "zh"})

    async def sees(self, standing: str = "") -> str:
        return (await self.browser.get(f"/network?standing={standing}", headers=self.me)).text

    async def does(self, request_id: UUID, what: str, reason: str = "") -> None:
        sent = await self.browser.post(
            f"/network/{request_id}", data={"what": what, "reason": reason}, headers=self.me
        )
        assert sent.status_code in (200, 303), sent.text


async def requests(town: Town, action: str) -> list[provisioning.Request]:
    """What the network was asked of this kind, oldest first."""
    async with town.works.read(SYSTEM) as work:
        rows = await work.db.fetch(
            "SELECT id FROM network_request WHERE action = $1 ORDER BY position", action
        )
        return [await provisioning.get(work, row["id"]) for row in rows]


async def barring(town: Town) -> str:
    line = town.network.register.lines.get(str(town.line.id))
    return "gone" if line is None else line.barring


async def well(town: Town) -> None:
    await town.assert_whole()
    async with town.works.read(SYSTEM) as work:
        for one in provisioning.INVARIANTS:
            assert await breaches(work.db, one) == [], one.name


async def test_a_line_is_reminded_stopped_paid_and_resumed_by_a_network_that_will_not(
    town: Town,
    app: Litestar,
    visitor: httpx.AsyncClient,
    hire: Hire,
) -> None:
    app.state.works = town.works
    desk = Desk(town, visitor, await hire("lead"))
    network = town.network
    await town.settle("zhuoyue")
    await town.until(at(FEB))
    await town.bill(JAN)  # 108.00, due on 28 February
    await town.until(at(date(2026, 4, 10), 12))
    assert (await town.step(), await barring(town)) == ("full", "all")
    assert await town.told() == [
        ("02-25 10:00", "reminded"),
        ("03-01 01:00", "fell_due"),
        ("03-30 10:00", "stop_announced"),  # 24 hours before
        ("03-31 10:00", "stopped"),
        ("04-07 10:00", "stopped"),
    ]
    assert await town.owed() == BILL + 1_296  # 40 days of 0.3 % of 108.00

    # Late: taken, and the answer does not come. The line stays stopped until it is done.
    network.behave("late", action="line.unbar", seconds=86_400.0)
    paid_at = town.now
    await town.pay(BILL + 1_296)
    await network.obey(town.works)
    (late,) = await requests(town, "line.unbar")
    assert late.asked_at - paid_at <= timedelta(seconds=1), "the order is out at once"
    assert (late.state.value, await barring(town)) == ("accepted", "all")
    assert await town.stopped_for() == {"arrears"}
    assert "网络已接收" in await desk.sees()

    # Then it refuses. The order fails and is made again after five minutes.
    network.register.moods.clear()
    network.register.refuse(network.register.requests[str(late.id)])
    network.behave("silent", action="line.unbar")
    refused_from = town.now
    await town.until(town.now + timedelta(minutes=2))
    assert "拒绝" in await desk.sees("refused")
    assert await town.stopped_for() == {"arrears"}
    await town.until(refused_from + timedelta(minutes=6))
    _, silent = await requests(town, "line.unbar")
    assert silent.asked_at - refused_from >= timedelta(minutes=5)

    # Then it is silent: asked again after 1, 2, 4 ... seconds, seen in the queue, asked by hand.
    assert silent.state.value == "unanswered" and silent.attempts >= 5
    seen = await desk.sees()
    assert "未应答，待重试" in seen and "网络超时未应答" in seen and "立即重发" in seen
    network.register.moods.clear()
    await desk.does(silent.id, "retry")
    await network.obey(town.works)
    assert [one.state.value for one in await requests(town, "line.unbar")] == ["refused", "done"]
    assert (await barring(town), await town.stopped_for()) == ("", set())
    assert (await town.step(), await town.owed()) == ("clear", 0)
    effects = [one for _, one in network.register.effects]
    assert effects.count(str(silent.id)) == 1 and str(late.id) not in effects
    steps = await _steps(town, silent.id)
    assert steps[0] == "queued" and steps[-1] == "done" and "retry" in steps
    assert (await town.messages())[-1] == "line_resumed"
    await well(town)


async def _steps(town: Town, request_id: UUID) -> list[str]:
    async with town.works.read(SYSTEM) as work:
        one = await provisioning.get(work, request_id)
        return [step.what for step in (await provisioning.steps_of(work, [one]))[request_id]]


async def test_a_network_that_never_answers_is_given_up_and_a_person_says_it_is_done(
    town: Town,
    app: Litestar,
    visitor: httpx.AsyncClient,
    hire: Hire,
) -> None:
    app.state.works = town.works
    desk = Desk(town, visitor, await hire("lead"))
    network = town.network
    await town.settle("zhuoyue")
    await town.until(at(FEB))
    await town.bill(JAN)
    await town.until(at(date(2026, 4, 1)))
    assert await barring(town) == "outgoing"
    network.behave("silent", action="line.unbar")
    await town.pay(BILL + await _fees(town))
    began = town.now
    await town.until(began + timedelta(minutes=8))
    first, second = await requests(town, "line.unbar")
    assert (first.state.value, first.attempts) == ("given_up", provisioning.ATTEMPTS_MAX)
    assert "已放弃" in await desk.sees("given_up")
    async with town.works.read(SYSTEM) as work:
        case = await work.db.fetchval("SELECT subject FROM care_case WHERE source = 'monitor'")
    assert case is not None and "Unbar 13000000001" in case

    # The operator unbars it at the switch, and says so for the request that is open now.
    network.register.lines[str(town.line.id)].barring = ""
    await desk.does(second.id, "done", "机房已复机")
    await network.obey(town.works)
    assert await town.stopped_for() == set()
    assert "机房已复机" in await desk.sees("done")
    await well(town)


async def _fees(town: Town) -> int:
    return (await town.row()).fees_fen


async def test_a_prepaid_line_to_zero_back_and_to_its_end(town: Town) -> None:
    await town.settle("ruyitong", prepaid=True)
    seen: list[tuple[Any, ...]] = []

    async def look(what: str) -> None:
        async with town.works.read(SYSTEM) as work:
            life = await work.db.fetchrow(
                "SELECT state, valid_until, overdraw_fen FROM prepaid_life WHERE account_id = $1",
                town.account.id,
            )
            held = await work.db.fetchval(
                "SELECT coalesce(sum(credits_posted - debits_posted), 0)::bigint"
                " FROM ledger_account WHERE account_id = $1 AND bucket = 'prepaid'",
                town.account.id,
            )
        seen.append((what, life["state"], held, life["overdraw_fen"], await barring(town)))

    async def charge() -> None:
        from yizhan.domain.collections import prepaid

        async with town.works.begin(SYSTEM) as work:
            await prepaid.charge(work, town.account.id)
        await town.network.obey(town.works)

    await town.pay(3_000)
    await town.until(at(date(2026, 1, 2)))
    await look("recharged 30.00")
    await town.call(date(2026, 1, 1), 40)  # 40 x 0.54
    await charge()
    await look("called 40 minutes")
    await town.call(date(2026, 1, 1), 30)  # 16.20, of which 8.40 are there
    await charge()
    await look("called 30 more: zero")
    await town.pay(2_000)
    await town.network.obey(town.works)
    await look("recharged 20.00")
    await town.until(at(date(2026, 6, 30)))
    await look("credit has run out")
    await town.pay(3_000)
    await town.network.obey(town.works)
    await look("recharged in the window")
    await town.until(at(date(2026, 10, 15)))
    await look("credit has run out again")
    await town.until(at(date(2027, 1, 10)))
    await look("the window has closed")
    await town.until(at(date(2027, 3, 1)))
    await look("the end")
    assert seen == [
        ("recharged 30.00", "active", 3_000, 0, ""),
        ("called 40 minutes", "active", 840, 0, ""),
        ("called 30 more: zero", "active", 0, 780, "outgoing"),
        ("recharged 20.00", "active", 1_220, 0, ""),
        ("credit has run out", "recharge_only", 1_220, 0, "outgoing"),
        ("recharged in the window", "active", 4_220, 0, ""),
        ("credit has run out again", "recharge_only", 4_220, 0, "outgoing"),
        ("the window has closed", "locked", 4_220, 0, "all"),
        ("the end", "recycled", 4_220, 0, "gone"),
    ]
    assert [what for _, what in await town.told()] == [
        "credit_extended", "low_balance", "balance_used_up", "credit_extended", "resumed",
        "credit_moved", "credit_extended", "credit_moved", "credit_moved", "credit_moved",
        "credit_moved",
    ]  # fmt: skip
    assert "low_balance" in await town.messages()
    await well(town)
