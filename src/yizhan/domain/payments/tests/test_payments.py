"""Money at the desk on a real database."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from yizhan.domain import customers, ledger, payments
from yizhan.domain.ledger import Bucket
from yizhan.domain.payments import PaymentTaken
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform import events
from yizhan.platform.invariants import breaches
from yizhan.platform.jobs import Worker
from yizhan.platform.work import Works, payload_of

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def staff(number: int, *rights: str) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id=UUID(int=number),
        name=f"员工{number}",
        channel="shop",
        permissions=frozenset(rights),
    )


CLERK = staff(7, "payments.take", "payments.read", "adjustments.request")
LEAD = staff(8, "payments.reverse", "payments.read", "adjustments.approve", "adjustments.request")


@pytest.fixture
def works(works: Works) -> Works:
    return Works(works.pool, clock=lambda: NOW, listeners={PaymentTaken.name: ("x.react",)})


async def account(works: Works, kind: str = "postpaid") -> customers.Account:
    async with works.begin(SYSTEM) as work:
        customer = await customers.create_customer(work, name="张三")
        return await customers.open_account(
            work, customer.id, payment_kind=customers.PaymentKind(kind)
        )


async def pay(
    works: Works, account_id: UUID, amount: int, key: str, actor: Actor = CLERK
) -> payments.Receipt:
    async with works.single(actor) as work:
        return await payments.take_cash(work, account_id=account_id, amount=amount, key=key)


async def amount_of(works: Works, one: customers.Account, bucket: Bucket) -> int:
    async with works.read(SYSTEM) as work:
        return (await ledger.balance_of(work, one.customer_id, one.id, bucket)).amount


async def assert_whole(works: Works) -> None:
    async with works.read(SYSTEM) as work:
        for one in (*ledger.INVARIANTS, *payments.INVARIANTS):
            assert await breaches(work.db, one) == [], one.name


async def test_takes_cash_and_gives_a_receipt(works: Works) -> None:
    one = await account(works)
    receipt = await pay(works, one.id, 108_00, "a")
    assert receipt.amount == 108_00 and receipt.balance_after == 108_00
    assert receipt.bucket == "receivable" and receipt.customer_id == one.customer_id
    assert receipt.receipt.startswith("20260301-") and receipt.receipt.endswith("-00001")
    assert await amount_of(works, one, Bucket.RECEIVABLE) == -108_00
    async with works.read(CLERK) as work:
        assert await payments.get_receipt(work, one.customer_id, receipt.id) == receipt
        assert list(await payments.list_of_customer(work, one.customer_id)) == [receipt]
    await assert_whole(works)


async def test_many_at_once_are_as_many_one_after_the_other(works: Works) -> None:
    one, other = await account(works), await account(works, "prepaid")
    async with works.begin(CLERK) as work:
        first, second, third = await payments.take_cash_many(
            work, [(one.id, 50_00, "a"), (other.id, 30_00, "b"), (one.id, 20_00, "c")]
        )
    assert (first.balance_after, second.balance_after, third.balance_after) == (50_00, 30_00, 70_00)
    assert (first.bucket, second.bucket) == ("receivable", "prepaid")
    assert [one.receipt[-5:] for one in (first, second, third)] == ["00001", "00002", "00003"]
    async with works.begin(CLERK) as work:
        again, fresh = await payments.take_cash_many(
            work, [(one.id, 50_00, "a"), (one.id, 5_00, "d")]
        )
    assert (again.id, again.repeated, fresh.balance_after) == (first.id, True, 75_00)
    rows = await works.pool.fetch(
        "SELECT e.payload ->> 'payment_id' AS paid, j.kind FROM job j"
        " JOIN event e ON e.id = (j.args ->> 'event_id')::uuid ORDER BY e.payload ->> 'receipt'"
    )
    assert [(row["paid"], row["kind"]) for row in rows] == [
        (str(taken.id), "x.react") for taken in (first, second, third, fresh)
    ], "each told of once, to each who listens"
    await assert_whole(works)


async def test_one_refused_of_many_takes_all_back(works: Works) -> None:
    one = await account(works)
    await pay(works, one.id, 10_00, "known")
    for wrong, why in (
        ((new_id(), 10_00, "b"), NotFound),
        ((one.id, 11_00, "known"), Conflict),
        ((one.id, 0, "c"), Invalid),
    ):
        with pytest.raises(why):
            async with works.begin(CLERK) as work:
                await payments.take_cash_many(work, [(one.id, 50_00, "a"), wrong])
    async with works.begin(CLERK) as work:
        assert await payments.take_cash_many(work, []) == []
    async with works.begin(LEAD) as work:
        with pytest.raises(Forbidden):
            await payments.take_cash_many(work, [(one.id, 50_00, "a")])
    assert await amount_of(works, one, Bucket.RECEIVABLE) == -10_00


async def test_pays_a_prepaid_account_into_its_balance(works: Works) -> None:
    one = await account(works, "prepaid")
    await pay(works, one.id, 50_00, "a")
    receipt = await pay(works, one.id, 30_00, "b")
    assert (receipt.bucket, receipt.balance_after, receipt.number) == ("prepaid", 80_00, 2)
    assert await amount_of(works, one, Bucket.PREPAID) == 80_00
    await assert_whole(works)


async def test_the_same_key_gives_the_same_receipt(works: Works) -> None:
    one = await account(works)
    first = await pay(works, one.id, 108_00, "a")
    again = await pay(works, one.id, 108_00, "a")
    assert again.repeated and not first.repeated
    assert msgspec.structs.replace(again, repeated=False) == first
    assert await amount_of(works, one, Bucket.RECEIVABLE) == -108_00
    await assert_whole(works)


async def test_the_same_key_twenty_times_at_once_posts_once(works: Works) -> None:
    one = await account(works)
    receipts = await asyncio.gather(*(pay(works, one.id, 108_00, "a") for _ in range(20)))
    assert len({receipt.receipt for receipt in receipts}) == 1
    assert sum(not receipt.repeated for receipt in receipts) == 1
    assert await amount_of(works, one, Bucket.RECEIVABLE) == -108_00
    async with works.read(SYSTEM) as work:
        told = await events.list_of_customer(work.db, one.customer_id, prefix="payments.")
        assert len(told) == 1
        assert await work.db.fetchval("SELECT count(*) FROM job WHERE kind = 'x.react'") == 1
    await assert_whole(works)


async def test_another_amount_under_the_same_key_is_a_conflict(works: Works) -> None:
    one = await account(works)
    await pay(works, one.id, 108_00, "a")
    with pytest.raises(payments.KeyReused):
        await pay(works, one.id, 109_00, "a")
    assert issubclass(payments.KeyReused, Conflict)
    assert await amount_of(works, one, Bucket.RECEIVABLE) == -108_00


async def test_many_tills_at_once_number_their_receipts_without_gaps(works: Works) -> None:
    accounts = [await account(works) for _ in range(4)]
    clerks = [staff(n, "payments.take") for n in (11, 12, 13)]

    async def one(n: int) -> None:
        await pay(works, accounts[n % 4].id, 100 + n, f"k{n}", clerks[n % 3])

    await asyncio.gather(*(one(n) for n in range(30)))
    async with works.read(clerks[0]) as work:
        till = await payments.list_of_till(work, UUID(int=11), NOW.date())
    assert [receipt.number for receipt in till] == list(range(1, 11))
    await assert_whole(works)


async def test_writes_the_event_and_the_jobs_as_a_unit_of_work_would(works: Works) -> None:
    one = await account(works)
    contact_id = new_id()
    async with works.single(CLERK, contact_id=contact_id) as work:
        await payments.take_cash(work, account_id=one.id, amount=108_00, key="a")
    async with works.read(SYSTEM) as work:
        (row,) = await work.db.fetch(
            "SELECT * FROM event WHERE customer_id = $1 AND name = $2",
            one.customer_id,
            PaymentTaken.name,
        )
        event = msgspec.convert({**row["payload"], "customer_id": row["customer_id"]}, PaymentTaken)
        (job,) = await work.db.fetch("SELECT * FROM job WHERE kind = 'x.react'")
    assert row["payload"] == payload_of(event)
    async with works.begin(CLERK, contact_id=contact_id) as work:
        work.record(event)
    async with works.read(SYSTEM) as work:
        rows = await work.db.fetch(
            "SELECT * FROM event WHERE customer_id = $1 AND name = $2 ORDER BY id",
            one.customer_id,
            PaymentTaken.name,
        )
        jobs = await work.db.fetch("SELECT * FROM job WHERE kind = 'x.react' ORDER BY id")
    ours, theirs = (
        {key: value for key, value in dict(row).items() if key not in ("id", "txid")}
        for row in rows
    )
    assert ours == theirs
    assert jobs[0]["args"] == {
        "event_id": str(rows[0]["id"]),
        "customer_id": str(one.customer_id),
    }
    unlike = ("id", "args")
    assert {k: v for k, v in dict(jobs[0]).items() if k not in unlike} == {
        k: v for k, v in dict(jobs[1]).items() if k not in unlike
    }
    assert dict(job)["args"].keys() == dict(jobs[1])["args"].keys()


async def test_refuses_an_account_that_is_none(works: Works) -> None:
    with pytest.raises(NotFound):
        await pay(works, new_id(), 100, "a")


@pytest.mark.parametrize("amount", [0, -1, 50_000_01])
async def test_refuses_an_amount_beyond_its_limits(works: Works, amount: int) -> None:
    with pytest.raises(Invalid):
        await pay(works, NIL, amount, "a")


async def test_refuses_whoever_may_not_take_money(works: Works) -> None:
    with pytest.raises(Forbidden):
        await pay(works, NIL, 100, "a", staff(5, "payments.read"))


async def test_takes_an_act_that_fails_back_whole(works: Works) -> None:
    one = await account(works)

    async def fail() -> None:
        async with works.begin(CLERK) as work:
            await payments.take_cash(work, account_id=one.id, amount=100, key="a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await amount_of(works, one, Bucket.RECEIVABLE) == 0
    assert (await pay(works, one.id, 100, "a")).number == 1
    await assert_whole(works)


async def test_reverses_a_payment_of_the_same_day(works: Works) -> None:
    one = await account(works)
    receipt = await pay(works, one.id, 108_00, "a")
    async with works.begin(LEAD) as work:
        back = await payments.reverse(work, one.customer_id, receipt.id, reason="收错金额")
    assert (back.kind, back.number, back.balance_after) == ("reversal", 2, 0)
    assert await amount_of(works, one, Bucket.RECEIVABLE) == 0
    with pytest.raises(payments.AlreadyReversed):
        async with works.begin(LEAD) as work:
            await payments.reverse(work, one.customer_id, receipt.id, reason="再来一次")
    await assert_whole(works)


async def test_does_not_reverse_for_a_clerk_nor_the_day_after(works: Works) -> None:
    one = await account(works)
    receipt = await pay(works, one.id, 108_00, "a")
    with pytest.raises(Forbidden):
        async with works.begin(CLERK) as work:
            await payments.reverse(work, one.customer_id, receipt.id, reason="收错金额")
    with pytest.raises(payments.NotToday):
        async with works.begin(LEAD, now=NOW + timedelta(days=1)) as work:
            await payments.reverse(work, one.customer_id, receipt.id, reason="收错金额")


async def test_nobody_reverses_what_he_took_himself(works: Works) -> None:
    one = await account(works)
    both = staff(9, "payments.take", "payments.reverse", "payments.read")
    receipt = await pay(works, one.id, 108_00, "a", both)
    with pytest.raises(payments.OwnPayment):
        async with works.begin(both) as work:
            await payments.reverse(work, one.customer_id, receipt.id, reason="收错金额")
    assert await amount_of(works, one, Bucket.RECEIVABLE) == -108_00
    async with works.begin(LEAD) as work:
        await payments.reverse(work, one.customer_id, receipt.id, reason="收错金额")
    assert await amount_of(works, one, Bucket.RECEIVABLE) == 0


async def test_does_not_reverse_what_is_spent(works: Works) -> None:
    one = await account(works, "prepaid")
    receipt = await pay(works, one.id, 50_00, "a")
    async with works.begin(SYSTEM) as work:
        await ledger.transfer(
            work,
            ledger.Entry(
                customer_id=one.customer_id,
                debit=ledger.held(one.customer_id, one.id, Bucket.PREPAID),
                credit=ledger.house(Bucket.REVENUE, "usage"),
                amount=1,
                kind="usage",
                key="u",
            ),
        )
    with pytest.raises(payments.AlreadySpent):
        async with works.begin(LEAD) as work:
            await payments.reverse(work, one.customer_id, receipt.id, reason="收错金额")
    await assert_whole(works)


async def test_a_closed_till_takes_nothing(works: Works) -> None:
    one = await account(works)
    await pay(works, one.id, 108_00, "a")
    async with works.begin(CLERK) as work:
        till = await payments.close_till(work, CLERK.id or NIL, work.today)
    assert till.closed_at == NOW and till.last_number == 1
    with pytest.raises(payments.TillIsClosed):
        await pay(works, one.id, 108_00, "b")
    assert (await pay(works, one.id, 108_00, "a")).repeated
    await assert_whole(works)


async def ask(
    works: Works, one: customers.Account, amount: int, direction: str = "credit", key: str = "adj"
) -> payments.Adjustment:
    async with works.begin(CLERK) as work:
        return await payments.request_adjustment(
            work,
            account_id=one.id,
            direction=direction,
            amount=amount,
            reason="service_failure",
            note="三天无信号",
            key=key,
        )


async def test_a_credit_is_posted_when_a_second_person_agrees(works: Works) -> None:
    one = await account(works)
    asked = await ask(works, one, 20_00)
    assert await amount_of(works, one, Bucket.RECEIVABLE) == 0
    async with works.begin(LEAD) as work:
        done = await payments.approve(work, one.customer_id, asked.id)
    assert done.state == "approved" and done.decided_by == LEAD.id
    assert await amount_of(works, one, Bucket.RECEIVABLE) == -20_00
    with pytest.raises(payments.AlreadyDecided):
        async with works.begin(LEAD) as work:
            await payments.approve(work, one.customer_id, asked.id)
    async with works.read(LEAD) as work:
        assert list(await payments.list_waiting(work)) == []
        assert list(await payments.list_adjustments(work, one.customer_id)) == [done]
    await assert_whole(works)


async def test_a_debit_goes_the_other_way(works: Works) -> None:
    one = await account(works)
    asked = await ask(works, one, 20_00, "debit")
    async with works.begin(LEAD) as work:
        await payments.approve(work, one.customer_id, asked.id)
    assert await amount_of(works, one, Bucket.RECEIVABLE) == 20_00


async def test_the_same_request_twice_is_one(works: Works) -> None:
    one = await account(works)
    assert await ask(works, one, 20_00) == await ask(works, one, 20_00)
    with pytest.raises(payments.KeyReused):
        await ask(works, one, 21_00)


async def test_a_refused_adjustment_moves_nothing(works: Works) -> None:
    one = await account(works)
    asked = await ask(works, one, 20_00)
    async with works.begin(LEAD) as work:
        done = await payments.refuse(work, one.customer_id, asked.id, note="已补偿过")
    assert (done.state, done.decision_note) == ("refused", "已补偿过")
    assert await amount_of(works, one, Bucket.RECEIVABLE) == 0


async def test_a_lead_does_not_decide_above_his_amount(works: Works) -> None:
    one = await account(works)
    asked = await ask(works, one, 50_01)
    with pytest.raises(Forbidden):
        async with works.begin(LEAD) as work:
            await payments.approve(work, one.customer_id, asked.id)


async def test_an_adjustment_nobody_decides_on_lapses(works: Works) -> None:
    one = await account(works)
    asked = await ask(works, one, 20_00)
    later = Works(works.pool, clock=lambda: NOW + timedelta(hours=49))
    await Worker(later, payments.JOBS).drain()
    async with works.read(LEAD) as work:
        found = await payments.get_adjustment(work, one.customer_id, asked.id)
    assert found.state == "expired"


async def test_money_that_already_lies_with_us_is_taken_once_and_not_from_a_till(
    works: Works,
) -> None:
    one = await account(works, "prepaid")
    cards = ledger.house(Bucket.VOUCHER, "cards")
    bank = ledger.house(Bucket.BANK, "cards")
    async with works.begin(SYSTEM) as work:
        entry = ledger.Entry(
            customer_id=NIL, debit=bank, credit=cards, amount=50_00, kind="sale", key="sale"
        )
        await ledger.transfer(work, entry)
    for repeated in (False, True):
        async with works.begin(CLERK) as work:
            receipt = await payments.take_from(
                work,
                account_id=one.id,
                amount=50_00,
                key="card",
                method="voucher",
                source=cards,
                till_id=UUID(int=99),
            )
        assert (receipt.method, receipt.repeated) == ("voucher", repeated)
    assert await amount_of(works, one, Bucket.PREPAID) == 50_00
    async with works.read(SYSTEM) as work:
        left = await ledger.house_amount(work, cards, since=NOW, until=NOW + timedelta(days=1))
    assert left == 0
    with pytest.raises(payments.NotCash):
        async with works.begin(LEAD) as work:
            await payments.reverse(work, one.customer_id, receipt.id, reason="误收")
    await assert_whole(works)
