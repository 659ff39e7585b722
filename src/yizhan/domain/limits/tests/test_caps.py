"""A customer's own caps: told in time and once, stopped, lifted, back with the new month."""

import json
from datetime import timedelta
from io import BytesIO

import pytest
from conftest import ObedientHouse

from yizhan.domain import limits, usage
from yizhan.domain.limits.tests.village import NUMBER, Village, at
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden, NotFound
from yizhan.kernel.ids import new_id


async def test_data_is_told_at_50_80_100_and_stopped_until_the_month_ends(village: Village) -> None:
    await village.settle()
    await village.cap("data", 8)
    for mb in (3, 1, 2, 1):
        await village.use(mb=mb)
    told = await village.said("cap_notice")
    assert len(told) == 2 and "50%" in told[0] and "87%" in told[1]
    assert not await village.no_data()
    await village.use(mb=1)
    [full] = await village.said("cap_reached")
    assert "8 MB" in full and "停止上网" in full
    assert await village.no_data() and await village.stopped_for() == set()
    await village.use(mb=1)  # what was still under way
    assert len(await village.said("cap_notice", "cap_reached")) == 3
    await village.assert_whole()
    await village.go(at(1, 31, 23))
    assert await village.no_data()
    await village.go(at(2, 1, 1))
    assert not await village.no_data()
    assert len(await village.said("cap_lifted")) == 1
    await village.use(mb=4)
    assert len(await village.said("cap_notice")) == 3  # another month, told anew
    await village.assert_whole()


async def test_spending_is_the_bills_own_figure_and_stops_what_goes_out(village: Village) -> None:
    await village.settle()
    await village.cap("spend", 25_000)
    [first] = await village.said("cap_notice")  # 198 of 250 are the monthly fee: 79 %
    assert "79%" in first
    await village.use(minutes=600)  # included
    assert len(await village.said("cap_notice")) == 1
    await village.use(minutes=208)  # 52 yuan: exactly 250
    assert (await village.standing()).spent_fen == 25_000
    assert len(await village.said("cap_reached")) == 1
    assert await village.stopped_for() == {"overuse"}
    barring = village.network.register.lines[str(village.line.id)].barring
    assert barring == "outgoing"  # still to be called
    await village.lift("spend")
    assert await village.stopped_for() == set()
    await village.use(minutes=10)
    assert await village.stopped_for() == set()  # lifted for the month
    assert len(await village.said("cap_reached")) == 1
    await village.assert_whole()


async def test_only_told_stops_nothing_and_a_higher_cap_brings_back(village: Village) -> None:
    await village.settle()
    await village.cap("data", 2, "tell")
    await village.use(mb=3)
    assert not await village.no_data()
    [said] = await village.said("cap_reached", "cap_notice")  # the steps below were passed over
    assert "不停服务" in said
    await village.cap("data", 2, "stop")
    assert await village.no_data()
    await village.cap("data", 20, "stop")
    assert not await village.no_data()
    async with village.works.begin(village.owner) as work:
        await limits.remove_cap(work, village.line.id, limits.CapKind.DATA)
    assert (await village.standing()).caps == []


async def test_allowances_of_the_plan_are_told_at_80_and_100(village: Village) -> None:
    await village.settle()
    await village.use(mb=7, minutes=479)
    assert await village.said("allowance_notice") == []
    await village.use(mb=1, minutes=1)
    assert len(await village.said("allowance_notice")) == 2
    await village.use(mb=3)
    [said] = await village.said("allowance_used_up")
    assert "10 MB" in said
    await village.use(mb=1)
    assert len(await village.said("allowance_used_up", "allowance_notice")) == 3


async def test_a_file_read_twice_and_looks_at_the_same_time_tell_once(village: Village) -> None:
    await village.settle()
    await village.cap("data", 10, "tell")
    await village.use(mb=6)
    for _ in range(3):
        async with village.works.begin(SYSTEM) as work:
            await work.later("limits.look", {"account_id": village.account.id}, key=str(new_id()))
    await village.work_off()
    assert len(await village.said("cap_notice")) == 1
    assert await village.count("limits.data_cap_told") == 1


async def test_a_network_that_refuses_is_asked_again(
    village: Village, network: ObedientHouse
) -> None:
    await village.settle()
    await village.cap("data", 1)
    network.behave("refuse", times=1)
    await village.use(mb=1)
    assert not await village.no_data()
    assert "limits.align" in await village.jobs()
    await village.go(at(1, 5, 13))
    assert await village.no_data()
    await village.assert_whole()


async def test_usage_out_of_quarantine_counts_at_once(village: Village) -> None:
    await village.settle()
    await village.cap("data", 10)
    await village.use(mb=6)
    assert len(await village.said("cap_notice")) == 1
    when = village.now - timedelta(seconds=1)
    row = {"key": "late", "number": "13399999999", "at": when.isoformat()}
    text = json.dumps(row | {"service": "data", "quantity": 6 * 1024 * 1024})
    await usage.intake(
        village.works, BytesIO(text.encode()), mapping=usage.built_in_mapping("standard-jsonl"),
        actor=SYSTEM, file="lost.jsonl", home_area="022",
    )  # fmt: skip
    await village.work_off()
    assert not await village.no_data()
    async with village.works.begin(SYSTEM) as work:
        (kept,) = await usage.list_quarantined(work)
        await usage.correct(work, kept.id, cells={"number": NUMBER})
    async with village.works.begin(SYSTEM) as work:
        assert (await usage.replay(work, kept.id)).result == "accepted"
    await village.work_off()
    assert await village.no_data(), "no file came after it"
    assert len(await village.said("cap_notice", "cap_reached")) == 2
    await village.assert_whole()


async def test_only_his_own_and_only_with_the_right(village: Village) -> None:
    await village.settle()
    stranger = Actor(kind=ActorKind.CUSTOMER, id=new_id(), name="别人", channel="website")
    nobody = Actor(kind=ActorKind.STAFF, id=new_id(), name="无权", channel="shop")
    spend = limits.CapKind.SPEND
    for actor, refusal in ((stranger, NotFound), (nobody, Forbidden)):
        async with village.works.begin(actor) as work:
            with pytest.raises(refusal):
                await limits.set_cap(
                    work, village.line.id, spend, 5_000, at_full=limits.AtFull.TELL
                )
            with pytest.raises(refusal):
                await limits.of_line(work, village.line.id)
    with pytest.raises(limits.NoSuchCap):
        await village.lift("spend")
