"""One account over four months, on the real database, each step at its hour."""

from datetime import date

import pytest

from yizhan.domain import billing, collections
from yizhan.domain.collections.tests.town import LEAD, SYSTEM, Town, at

BILL = 10_800  # 卓越联合卡: nothing called, the minimum of 108.00
JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


async def test_an_account_that_pays_late_is_stopped_in_two_steps_and_comes_back(town: Town) -> None:
    await town.settle("zhuoyue")
    await town.until(at(FEB))
    await town.bill(JAN)  # due on 28 February
    await town.until(at(MAR))
    assert await town.owed() == BILL
    await town.bill(FEB)  # due on 31 March
    await town.until(at(date(2026, 3, 31), 9))
    assert await town.stopped_for() == set()
    await town.until(at(date(2026, 4, 1)))
    assert (await town.step(), await town.stopped_for()) == ("one_way", {"arrears"})
    assert town.network.register.lines[str(town.line.id)].barring == "outgoing"
    await town.bill(MAR)
    await town.until(at(date(2026, 4, 10), 12))
    assert await town.step() == "full"
    assert town.network.register.lines[str(town.line.id)].barring == "all"
    # 1 March to 9 April: 40 days of 32.4 fen; 1 to 9 April of the second bill: 291.6.
    assert await town.owed() == 3 * BILL + 1_296 + 291
    async with town.works.read(SYSTEM) as work:
        bills = await billing.list_bills(work, town.line.customer_id)
        late = {
            bill.period_start.month: await collections.late_fee_of(work, bill) for bill in bills
        }
    assert late[3] == []
    assert late[1] == [
        collections.LateFee(
            first_day=date(2026, 3, 1), last_day=date(2026, 4, 9), days=40, permille=3,
            base_fen=BILL, fee_fen=1_296,
        )
    ]  # fmt: skip
    assert [one.fee_fen for one in late[2]] == [291]

    await town.pay(BILL)
    await town.network.obey(town.works)
    assert await town.step() == "full"  # the second bill is overdue as well
    async with town.works.read(SYSTEM) as work:
        bills = await billing.list_bills(work, town.line.customer_id)
    assert [one.open_fen for one in bills] == [BILL, BILL, 0], "late fees stand on no bill"
    assert bills[2].state == "paid"
    await town.pay(BILL)
    await town.network.obey(town.works)
    assert (await town.step(), await town.stopped_for()) == ("billed", set())
    assert not town.network.register.lines[str(town.line.id)].barred
    assert (await town.owed(), (await town.row()).fees_fen) == (BILL + 1_296 + 291, 1_296 + 291)
    await town.until(at(date(2026, 4, 20)))
    await town.pay(BILL + 1_296 + 291)
    await town.until(at(date(2026, 6, 1)))
    assert (await town.step(), await town.owed()) == ("clear", 0)
    assert await town.told() == [
        ("02-25 10:00", "reminded"),
        ("03-01 01:00", "fell_due"),
        ("03-30 10:00", "stop_announced"),
        ("03-31 10:00", "stopped"),
        ("04-07 10:00", "stopped"),
        ("04-10 12:00", "resumed"),
    ]
    assert await town.messages() == [
        "payment_reminder", "stop_notice", "line_stopped_outgoing", "line_stopped", "line_resumed",
    ]  # fmt: skip
    await town.assert_whole()


async def test_an_account_that_never_pays_loses_its_line(town: Town) -> None:
    await town.settle("zhuoyue")
    await town.until(at(FEB))
    await town.bill(JAN)
    await town.until(at(date(2026, 7, 20)))
    assert [what for _, what in await town.told()] == [
        "reminded", "fell_due", "stop_announced", "stopped", "stopped", "end_announced", "ended",
    ]  # fmt: skip
    async with town.works.read(SYSTEM) as work:
        state = await work.db.fetchval("SELECT state FROM line")
    assert state == "closed"
    row = await town.row()
    assert row.next_at is None
    # From 1 March until the day the contract ended, 6 July: 127 days of 32.4 fen.
    assert await town.owed() == BILL + 127 * 10_800 * 3 // 1000
    await town.until(at(date(2026, 9, 1)))
    assert await town.owed() == row.owed_fen
    await town.assert_whole()


async def test_a_promise_brings_the_line_back_and_its_end_needs_a_new_notice(town: Town) -> None:
    await town.settle("zhuoyue")
    await town.until(at(FEB))
    await town.bill(JAN)
    await town.until(at(date(2026, 4, 2)))
    async with town.works.begin(LEAD) as work:
        await collections.defer(
            work, town.account.id, until=at(date(2026, 4, 10), 10), reason="周五发工资"
        )
    await town.network.obey(town.works)
    assert (await town.step(), await town.stopped_for()) == ("overdue", set())
    await town.until(at(date(2026, 4, 10), 11))
    assert (await town.step(), await town.stopped_for()) == ("noticed", set())
    await town.until(at(date(2026, 4, 11), 11))
    assert (await town.step(), await town.stopped_for()) == ("one_way", {"arrears"})
    with pytest.raises(collections.TooLong):
        async with town.works.begin(LEAD) as work:
            await collections.defer(
                work, town.account.id, until=at(date(2026, 6, 10)), reason="再等等"
            )
    await town.assert_whole()
