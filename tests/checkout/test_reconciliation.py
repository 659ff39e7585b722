"""The day's settlement file: twelve planted differences, each found, each with a case."""

from datetime import UTC, datetime, timedelta

import pytest

from yizhan.domain import cases, checkout
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works

from .conftest import House
from .test_tokens_refunds import LEAD, ask


async def paid_many(house: House, count: int) -> list[checkout.Intent]:
    intents = [await house.pay_into(1000 + one, key=f"m{one}") for one in range(count)]
    for one in intents:
        await house.sim.visit(one.redirect_url)
    return [await house.until(one, "paid") for one in intents]


async def reconcile(house: House) -> checkout.Settlement:
    async with house.works.begin(SYSTEM) as work:
        done = await checkout.reconcile(work, work.today)
    await house.worker.drain()
    return done


async def differences(house: House) -> dict[str, checkout.Found]:
    async with house.reading() as work:
        found = await checkout.list_differences(work, work.today)
    return {one.kind: one for one in found if one.gone_at is None}


async def test_finds_every_planted_difference_and_opens_a_case_for_each(house: House) -> None:
    pull = house.sim.pull
    async with house.works.pool.acquire() as db:
        await db.execute("DELETE FROM job WHERE kind = 'checkout.ask'")
    # What other tests paid on this provider is nobody's here: drop it from the file of the day.
    today = datetime.now(house.works.zone).date().isoformat()
    for old in (await pull("books"))["orders"]:
        await pull("plant", day=today, kind="drop", order_no=old["order_no"])
    for old in (await pull("books"))["refunds"]:
        await pull("plant", day=today, kind="drop", refund_no=old["refund_no"])
    one = await paid_many(house, 12)
    refunds = []
    for number, intent in enumerate(one[6:10]):
        async with house.works.begin(LEAD) as work:
            refunds.append(await ask(work, intent, 500, f"r{number}"))
    await house.worker.drain()
    await pull("reverse", order_no=one[10].order_no)
    await house.until(one[10], "reversed")
    await pull("reverse", order_no=one[11].order_no)
    await house.until(one[11], "reversed")
    lost = await house.pay_into(2000, key="lost")
    await pull("behave", order_no=lost.order_no, silent=True)
    await house.sim.visit(lost.redirect_url)

    assert set(await _kinds_after(house)) == {"state_differs"}  # the callback that never came
    assert (await house.get(lost)).state == "paid"  # … was asked for at once
    assert await _kinds_after(house) == []

    async def plant(kind: str, **said: object) -> None:
        await pull("plant", day=today, kind=kind, **said)

    await plant("add", order_no="f" * 32, amount_fen=777, provider_no="P")  # missing_here
    await plant("drop", order_no=one[0].order_no)  # missing_there
    await plant("amount", order_no=one[1].order_no, amount_fen=1)  # amount_differs
    await plant("double", order_no=one[2].order_no)  # doubled
    late = await house.pay_into(3000, key="late")
    async with house.works.pool.acquire() as db:  # state_differs: refused here, paid there
        await db.execute("UPDATE checkout_intent SET state = 'refused' WHERE id = $1", late.id)
    await pull("behave", order_no=late.order_no, silent=True)
    await house.sim.visit(late.redirect_url)
    async with house.works.pool.acquire() as db:  # day_differs
        await db.execute(
            "UPDATE checkout_intent SET settle_date = settle_date - 1 WHERE id = $1", one[3].id
        )
    await plant("drop", refund_no=refunds[0].refund_no)  # refund_missing_there
    await plant("amount", refund_no=refunds[1].refund_no, amount_fen=2)  # refund_amount_differs
    await plant("double", refund_no=refunds[2].refund_no)  # refund_doubled
    await plant(  # refund_missing_here
        "add", moved="refund", order_no=one[4].order_no, refund_no="e" * 32, amount_fen=5
    )
    async with house.works.pool.acquire() as db:  # reversal_missing_there, reversal_missing_here
        await db.execute(
            "UPDATE checkout_intent SET reverse_date = settle_date WHERE id = $1", one[5].id
        )
        await db.execute("UPDATE checkout_intent SET state = 'reversed' WHERE id = $1", one[5].id)
        await db.execute(
            "UPDATE checkout_intent SET state = 'paid', reverse_date = NULL WHERE id = $1",
            one[10].id,
        )
    wanted = {
        "missing_here", "missing_there", "amount_differs", "doubled", "state_differs",
        "day_differs", "refund_missing_there", "refund_missing_here", "refund_amount_differs",
        "refund_doubled", "reversal_missing_there", "reversal_state_differs",
    }  # fmt: skip
    assert len(wanted) == 12
    done = await reconcile(house)
    found = await differences(house)
    assert found.keys() == wanted
    assert done.differences == 12
    assert found["amount_differs"].ours_fen == 1001 and found["amount_differs"].theirs_fen == 1
    assert found["missing_here"].theirs_fen == 777
    async with house.reading() as work:
        for kind, each in found.items():
            assert each.case_number, kind
            case = await cases.get(work, each.case_id)
            assert case.class_code == "order.reconciliation"
    # Again: nothing new is told, and no case is opened twice.
    async with house.works.pool.acquire() as db:
        before = await db.fetchval("SELECT count(*) FROM care_case")
    await reconcile(house)
    async with house.works.pool.acquire() as db:
        assert await db.fetchval("SELECT count(*) FROM care_case") == before
    assert (await differences(house)).keys() == wanted - {"state_differs"}  # asked about: paid


async def _kinds_after(house: House) -> list[str]:
    await reconcile(house)
    return sorted(await differences(house))


async def test_a_file_that_was_cut_off_is_kept_and_said(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = checkout.connected()
    whole = await provider.settlement(datetime.now(house.works.zone).date())

    async def cut(day: object) -> str:
        return whole.rsplit("end", 1)[0]

    monkeypatch.setattr(provider, "settlement", cut)
    async with house.works.begin(SYSTEM) as work:
        done = await checkout.reconcile(work, work.today)
    assert done.state == "unreadable" and "cut off" in done.reason
    monkeypatch.undo()
    async with house.works.begin(SYSTEM) as work:
        assert (await checkout.reconcile(work, work.today)).state == "matched"


async def test_the_day_before_is_reconciled_by_itself_after_six(house: House) -> None:
    at_seven = datetime.now(house.works.zone).replace(hour=7, minute=0).astimezone(UTC)
    clocks = {"early": at_seven - timedelta(hours=2), "late": at_seven}
    for name, moment in clocks.items():
        works = Works(
            house.works.pool, clock=lambda now=moment: now, listeners=house.works.listeners
        )
        async with works.begin(SYSTEM) as work:
            await work.later(checkout.DAILY_JOB, {}, key="hourly")
        house.worker.works = works
        await house.worker.run_due()
        async with works.read(SYSTEM) as work:
            days = [one.day for one in await checkout.list_settlements(work)]
            again = await work.db.fetchval("SELECT run_at FROM job WHERE kind = 'checkout.daily'")
        assert days == ([] if name == "early" else [work.today - timedelta(days=1)])
        assert again == moment + timedelta(hours=1)
