"""The operator's credit limit: a warning, a stop, and back at once when it is paid."""

from datetime import date

from yizhan.domain.limits.tests.village import Village, at


async def test_warned_at_80_stopped_over_and_back_by_paying(village: Village) -> None:
    await village.settle(credit_fen=24_000)
    await village.use(minutes=600)  # 198 of 240
    [warned] = await village.said("credit_warning")
    assert "198.00" in warned and "240.00" in warned
    await village.use(minutes=168)  # exactly 240: not over
    assert await village.stopped_for() == set()
    await village.use(minutes=4)  # 241
    assert await village.stopped_for() == {"overuse"}
    [stopped] = await village.said("credit_exceeded")
    assert "停止呼出" in stopped
    await village.pay(50)
    assert await village.stopped_for() == {"overuse"}  # 240.50
    await village.pay(5_000)
    assert await village.stopped_for() == set()
    assert await village.count("limits.credit_back") == 1
    await village.use(minutes=240)  # 60 more: over again, told again
    assert await village.stopped_for() == {"overuse"}
    assert len(await village.said("credit_exceeded")) == 2
    await village.assert_whole()


async def test_the_first_of_the_month_forgives_nothing(village: Village) -> None:
    await village.settle(credit_fen=24_000)
    await village.use(minutes=800)  # 248
    assert await village.stopped_for() == {"overuse"}
    await village.go(at(2, 1, 9))  # 248 not billed yet, and a fee of 198
    assert await village.stopped_for() == {"overuse"}
    await village.bill(date(2026, 1, 1))
    assert await village.stopped_for() == {"overuse"}  # owed now
    await village.pay(24_800)
    assert await village.stopped_for() == set()
    await village.assert_whole()


async def test_members_are_told_and_not_stopped(village: Village) -> None:
    await village.settle(credit_fen=20_000, tier="gold")
    await village.use(minutes=700)
    assert await village.stopped_for() == set()
    [said] = await village.said("credit_exceeded")
    assert "尽快缴费" in said


async def test_a_cap_and_the_credit_hold_one_bar_between_them(village: Village) -> None:
    await village.settle(credit_fen=24_000)
    await village.cap("spend", 24_000)
    await village.use(minutes=800)
    await village.lift("spend")
    assert await village.stopped_for() == {"overuse"}  # the credit still holds it
    await village.pay(10_000)
    assert await village.stopped_for() == set()
    await village.assert_whole()
