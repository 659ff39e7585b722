"""Points taken by their owner, plans beside each other, and nothing of it for somebody else."""

import re

import pytest

from yizhan.domain import club, ledger, timeline
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works
from yizhan.web.site.plans import _picked
from yizhan.web.site.tests.conftest import LIU, WANG, Browser, Person

KEY = re.compile(r'name="key" value="([^"]+)"')


async def give_points(works: Works, person: Person, points: int) -> None:
    """As a paid bill would."""
    async with works.begin(SYSTEM) as work:
        ends = (await club.rule(work)).rule.expires_on(work.today)
        await ledger.transfer(
            work,
            ledger.Entry(
                customer_id=person.customer,
                debit=ledger.house(ledger.Bucket.REWARD, "club"),
                credit=ledger.Holder(
                    customer_id=person.customer,
                    account_id=person.customer,
                    bucket=ledger.Bucket.POINTS,
                    name=ends.isoformat(),
                ),
                amount=points,
                kind="points_earned",
                key=f"test:{person.customer}",
            ),
        )


async def test_points_become_credit_once(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader, me = await browse(WANG), town[WANG]
    await give_points(works, me, 1200)
    seen = await reader.get("/my/points")
    assert "1,200" in seen.text
    form = {"account": str(me.account), "reward": "credit_10", "key": KEY.findall(seen.text)[0]}
    for _ in range(2):
        assert (await reader.post("/my/points/rewards", **form)).status_code == 303
    async with works.read(SYSTEM) as work:
        assert (await club.points_of(work, me.customer)).total == 200
        entries = (await timeline.of_customer(work, me.customer)).entries
    taken = [one for one in entries if one.name == "club.reward_taken"]
    assert len(taken) == 1 and taken[0].channel == "website"
    seen = await reader.get("/my/points")
    assert "−1,000" in seen.text and "800 more are needed" in seen.text


async def test_too_few_points_are_told_and_nothing_is_taken(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader, me = await browse(WANG), town[WANG]
    form = {"account": str(me.account), "reward": "credit_10", "key": "few"}
    answer = await reader.post("/my/points/rewards", **form)
    assert answer.status_code == 422
    assert "there are 0" in answer.text
    answer = await reader.post("/my/points/rewards", **form | {"reward": "yacht"})
    assert answer.status_code == 422
    async with works.read(SYSTEM) as work:
        assert not await club.list_rewards(work, me.customer)


async def test_no_credit_on_the_account_of_another(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse(WANG)
    await give_points(works, town[WANG], 1200)
    form = {"account": str(town[LIU].account), "reward": "credit_10", "key": "theft"}
    answer = await reader.post("/my/points/rewards", **form)
    assert answer.status_code in (404, 422)
    async with works.read(SYSTEM) as work:
        assert (await club.points_of(work, town[WANG].customer)).total == 1200


async def test_the_plan_held_stands_beside_two_others(
    town: dict[str, Person], browse: Browser
) -> None:
    reader = await browse(WANG)
    page = await reader.get("/my/plans/compare?plan=gsm_std")
    heads = re.findall(r'<th scope="col">(.*?)</th>', page.text, re.S)
    assert len(heads) == 3
    assert "now" in heads[0] and "GSM" in heads[1]
    await reader.post("/my/look", elder="on", next="/my")
    large = await reader.get("/my/plans/compare")
    assert len(re.findall(r'<th scope="col">', large.text)) == 2


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ([], ["own", "a", "b"]),
        (["c"], ["own", "c", "a"]),
        (["c", "c", "own", "none"], ["own", "c", "a"]),
        (["b", "c", "a"], ["own", "b", "c"]),
    ],
)
def test_what_is_asked_for_comes_before_what_is_cheapest(
    wanted: list[str], found: list[str]
) -> None:
    plans = [{"id": one, "held": one == "own"} for one in ("own", "a", "b", "c")]
    assert [one["id"] for one in _picked(plans, wanted, 3)] == found
