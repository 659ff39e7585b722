"""A bill in words, down to its records, and against the one before."""

from datetime import timedelta

from yizhan.domain import billing
from yizhan.domain.billing.explain import plans_of, usage_of
from yizhan.domain.billing.monthly import LineInput, rate
from yizhan.domain.billing.tests.town import FEBRUARY, HARBIN, JANUARY, Person, Town
from yizhan.kernel.actor import SYSTEM


async def neighbour(town: Town) -> Person:
    await town.publish(
        "2004/zhuoyue.yaml", "2004/addon_caller_id.yaml", "2004/addon_content_month.yaml"
    )
    who = await town.person("zhuoyue")
    await town.use(who, JANUARY, 138, every=timedelta(hours=4))
    await town.use(who, JANUARY, 30, peer=HARBIN, every=timedelta(hours=20))
    await town.bill(JANUARY)
    return who


async def test_says_what_the_minimum_added(town: Town) -> None:
    bill = await town.bill_of(await neighbour(town), JANUARY)
    async with town.works.read(SYSTEM) as work:
        english = await billing.explain(work, bill, "en")
        chinese = await billing.explain(work, bill, "zh")
    (part,) = english.parts
    assert part.steps[-1].words == "minimum 108.00; your calls came to 71.40; 36.60 was added"
    assert (
        chinese.parts[0].steps[-1].words
        == "最低消费 108.00 元；您的费用合计 71.40 元；补足 36.60 元"
    )
    assert part.steps[0].words == "Local calls: 168 records, 168 min in all, 50.40"
    assert sum(step.amount for step in part.steps) == bill.total_fen == 108_00
    assert english.closing == ("total 108.00",)


async def test_goes_down_to_the_records_and_their_arithmetic(town: Town) -> None:
    who = await neighbour(town)
    bill = await town.bill_of(who, JANUARY)
    async with town.works.read(SYSTEM) as work:
        found = await billing.records(work, bill, who.line.id, "en", item="long", limit=500)
        chinese = await billing.records(work, bill, who.line.id, "zh", item="long", limit=1)
        whole = await billing.records(work, bill, who.line.id, "en", limit=500)
    assert len(found) == 30
    first = found[0]
    assert (first.amount, first.quantity, first.place) == ("1.00", "1 min", "Harbin")
    assert (first.share, first.arithmetic) == ("0.70", ("10 x 6 s at 0.07 = 0.70",))
    assert chinese[0].arithmetic == ("10×6 秒，每 6 秒 0.07 元 = 0.70 元",)
    same = next(one for one in whole if one.usage_id == first.usage_id)
    assert same.share == same.amount == "1.00"
    assert same.arithmetic == ("1 x 1 min at 0.30 = 0.30", "10 x 6 s at 0.07 = 0.70")
    assert first.rule_words and first.usage is not None


async def test_says_what_changed_and_why(town: Town) -> None:
    who = await neighbour(town)
    await town.use(who, FEBRUARY, 138, every=timedelta(hours=4))
    await town.use(who, FEBRUARY, 91, peer=HARBIN, every=timedelta(hours=7))
    await town.bill(FEBRUARY)
    bill = await town.bill_of(who, FEBRUARY)
    async with town.works.read(SYSTEM) as work:
        previous = await billing.find_previous(work, bill)
        assert previous is not None
        compared = await billing.compare(work, bill, previous, "en")
        chinese = await billing.compare(work, bill, previous, "zh")
    assert compared.difference == bill.total_fen - 108_00
    assert sum(change.difference for change in compared.changes) == compared.difference
    assert compared.changes[0].words == "Long distance +42.70: 61 more minutes to Harbin"
    assert chinese.changes[0].words == "长途通话费 +42.70 元：到哈尔滨多打 61 分钟"


async def test_every_bill_can_be_computed_again_from_what_is_kept(town: Town) -> None:
    who = await neighbour(town)
    town.now += timedelta(minutes=1)
    await town.use(who, JANUARY + timedelta(days=3), 5)  # Late: the old bill does not know them.
    bill = await town.bill_of(who, JANUARY)
    async with town.works.read(SYSTEM) as work:
        (evidence,) = await billing.get_evidence(work, bill.customer_id, bill.id)
        plans = await plans_of(work, evidence)
        usages = await usage_of(work, bill, evidence)
        stretches = tuple(part.stretch for part in evidence.summary.parts)
        (result,) = rate(
            [
                LineInput(
                    customer_id=bill.customer_id,
                    line_id=who.line.id,
                    stretches=stretches,
                    usages=usages,
                    carry=evidence.summary.parts[0].carry_in,
                )
            ],
            billing.Cycle(bill.period_start, bill.period_end).moments(work.zone),
            lambda stretch: plans[stretches.index(stretch)],
            work.zone,
        )
    assert result.total == bill.total_fen == evidence.total
    charges = {one.usage_id: one.amount for _, month in result.parts for one in month.charges}
    assert charges == {one.usage: one.amount for one in evidence.charges}
