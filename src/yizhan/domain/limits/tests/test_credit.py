"""The operator's credit limit: a warning, a stop, and back at once when it is paid."""

import asyncio
from datetime import date

import msgspec
import pytest

from yizhan.domain import limits
from yizhan.domain.limits.tests.village import Village, at
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden, Invalid
from yizhan.kernel.ids import new_id


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


async def put_in_force(
    village: Village, actor: Actor = SYSTEM, *, base: int, reason: str = "试行", **changes: object
) -> limits.RuleVersion:
    async with village.works.begin(actor) as work:
        rule = (await limits.list_rules(work))[0].rule
        rule = msgspec.structs.replace(rule, **changes)  # type: ignore[arg-type]
        return await limits.change_rule(work, rule, base=base, reason=reason)


async def test_another_rule_counts_at_once_and_every_version_is_kept(village: Village) -> None:
    await village.settle(credit_fen=24_000, tier="gold")
    await village.use(minutes=700)  # 223 of 240: warned
    await village.use(minutes=100)  # 248: over, but gold
    assert await village.stopped_for() == set()
    await put_in_force(village, base=1, exempt_tiers=("diamond",), reason="收紧金卡")
    await village.work_off()
    assert await village.stopped_for() == {"overuse"}, "looked at without waiting for usage"
    await put_in_force(village, base=2, exempt_tiers=("gold", "diamond"), reason="恢复")
    await village.work_off()
    assert await village.stopped_for() == set()
    async with village.works.read(SYSTEM) as work:
        kept = await limits.list_rules(work)
    assert [(one.version, one.reason) for one in kept] == [
        (3, "恢复"), (2, "收紧金卡"), (1, "The first rule."),
    ]  # fmt: skip
    assert await village.count("limits.credit_rule_changed") == 2
    await village.assert_whole()


async def test_the_rule_is_changed_by_who_may_with_a_reason_and_by_one_at_a_time(
    village: Village,
) -> None:
    for wrong in ({"warn_percent": 0}, {"exempt_tiers": ("tin",)}, {"exempt_segments": ("x",)}):
        with pytest.raises(Invalid):
            await put_in_force(village, base=1, **wrong)
    with pytest.raises(Invalid, match="Say why"):
        await put_in_force(village, base=1, warn_percent=70, reason=" ")
    agent = Actor(
        kind=ActorKind.STAFF, id=new_id(), name="li", permissions=frozenset({"limits.set"})
    )
    with pytest.raises(Forbidden):
        await put_in_force(village, agent, base=1, warn_percent=70)
    assert (await put_in_force(village, base=1)).version == 1, "the same rule is no new one"
    came = await asyncio.gather(
        *(put_in_force(village, base=1, warn_percent=percent) for percent in (60, 70, 90)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, limits.RuleVersion) for one in came) == 1
    assert sum(isinstance(one, limits.RuleChanged) for one in came) == 2
