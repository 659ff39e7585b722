"""The ledger on a real database: once per key, never negative, append-only, always in balance."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from yizhan.domain import ledger
from yizhan.domain.ledger import Bucket, Entry, held, house
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.ids import new_id
from yizhan.platform.invariants import breaches
from yizhan.platform.jobs import Worker
from yizhan.platform.work import Works


class Person:
    def __init__(self) -> None:
        self.customer_id, self.account_id = new_id(), new_id()

    def bucket(self, bucket: Bucket) -> ledger.Holder:
        return held(self.customer_id, self.account_id, bucket)

    def paid_in(self, amount: int, key: str, bucket: Bucket = Bucket.PREPAID) -> Entry:
        return Entry(
            customer_id=self.customer_id,
            debit=house(Bucket.CASH, "till/2026-03-01"),
            credit=self.bucket(bucket),
            amount=amount,
            kind="cash",
            key=key,
        )

    def used(self, amount: int, key: str) -> Entry:
        return Entry(
            customer_id=self.customer_id,
            debit=self.bucket(Bucket.PREPAID),
            credit=house(Bucket.REVENUE, "usage"),
            amount=amount,
            kind="usage",
            key=key,
        )


async def balance(works: Works, who: Person, bucket: Bucket = Bucket.PREPAID) -> ledger.Balance:
    async with works.read(SYSTEM) as work:
        return await ledger.balance_of(work, who.customer_id, who.account_id, bucket)


async def assert_whole(works: Works) -> None:
    async with works.read(SYSTEM) as work:
        for one in ledger.INVARIANTS:
            assert await breaches(work.db, one) == [], one.name


async def test_moves_money_between_two_accounts(works: Works) -> None:
    who = Person()
    async with works.begin(SYSTEM) as work:
        await ledger.transfer(work, who.paid_in(5000, "a"), who.used(1200, "b"))
    assert (await balance(works, who)).amount == 3800
    async with works.read(SYSTEM) as work:
        since, until = work.now - timedelta(hours=1), work.now + timedelta(hours=1)
        cash = house(Bucket.CASH, "till/2026-03-01")
        revenue = house(Bucket.REVENUE, "usage")
        assert await ledger.house_amount(work, cash, since=since, until=until) == 5000
        assert await ledger.house_amount(work, revenue, since=since, until=until) == 1200
    await assert_whole(works)


async def test_the_same_key_moves_money_once(works: Works) -> None:
    who = Person()
    for _ in range(3):
        async with works.begin(SYSTEM) as work:
            await ledger.transfer(work, who.paid_in(5000, "a"))
    assert (await balance(works, who)).amount == 5000
    await assert_whole(works)


async def test_the_same_key_twenty_times_at_once_moves_money_once(works: Works) -> None:
    who = Person()

    async def pay() -> UUID:
        async with works.begin(SYSTEM) as work:
            return (await ledger.transfer(work, who.paid_in(5000, "a")))["a"].id

    assert len(set(await asyncio.gather(*(pay() for _ in range(20))))) == 1
    assert (await balance(works, who)).amount == 5000
    await assert_whole(works)


async def test_a_key_used_for_something_else_is_refused(works: Works) -> None:
    who = Person()
    async with works.begin(SYSTEM) as work:
        await ledger.transfer(work, who.paid_in(5000, "a"))
    with pytest.raises(ledger.KeyReused):
        async with works.begin(SYSTEM) as work:
            await ledger.transfer(work, who.paid_in(6000, "a"))
    assert (await balance(works, who)).amount == 5000


async def test_takes_no_more_than_there_is(works: Works) -> None:
    who = Person()
    async with works.begin(SYSTEM) as work:
        await ledger.transfer(work, who.paid_in(1000, "a"))
    with pytest.raises(ledger.Insufficient):
        async with works.begin(SYSTEM) as work:
            await ledger.transfer(work, who.used(1001, "b"))
    assert (await balance(works, who)).amount == 1000
    await assert_whole(works)


async def test_takes_nothing_from_an_account_never_used(works: Works) -> None:
    with pytest.raises(ledger.Insufficient):
        async with works.begin(SYSTEM) as work:
            await ledger.transfer(work, Person().used(1, "b"))


async def test_of_twenty_who_take_at_once_only_those_covered_succeed(works: Works) -> None:
    who = Person()
    async with works.begin(SYSTEM) as work:
        await ledger.transfer(work, who.paid_in(1000, "a"))

    async def use(n: int) -> bool:
        try:
            async with works.begin(SYSTEM) as work:
                await ledger.transfer(work, who.used(300, f"use:{n}"))
        except ledger.Insufficient:
            return False
        return True

    assert sum(await asyncio.gather(*(use(n) for n in range(20)))) == 3
    assert (await balance(works, who)).amount == 100
    await assert_whole(works)


async def test_a_reservation_holds_then_posts_a_part(works: Works) -> None:
    who = Person()
    async with works.begin(SYSTEM) as work:
        await ledger.transfer(work, who.paid_in(1000, "a"))
        expires_at = work.now + timedelta(minutes=5)
        one = await ledger.reserve(work, who.used(700, "call"), expires_at=expires_at)
    held_now = await balance(works, who)
    assert (held_now.amount, held_now.reserved, held_now.available) == (1000, 700, 300)
    with pytest.raises(ledger.Insufficient):
        async with works.begin(SYSTEM) as work:
            await ledger.transfer(work, who.used(301, "other"))
    async with works.begin(SYSTEM) as work:
        posted = await ledger.post(work, who.customer_id, one.id, amount=250)
    assert (posted.state, posted.amount, posted.reserved) == (ledger.State.POSTED, 250, 700)
    after = await balance(works, who)
    assert (after.amount, after.reserved) == (750, 0)
    with pytest.raises(ledger.AlreadySettled):
        async with works.begin(SYSTEM) as work:
            await ledger.void(work, who.customer_id, one.id)
    await assert_whole(works)


async def test_a_reservation_nobody_came_for_is_given_back(works: Works) -> None:
    who = Person()
    async with works.begin(SYSTEM) as work:
        await ledger.transfer(work, who.paid_in(1000, "a"))
        expires_at = work.now + timedelta(minutes=5)
        await ledger.reserve(work, who.used(700, "call"), expires_at=expires_at)
    later = Works(works.pool, clock=lambda: expires_at)
    assert await Worker(later, ledger.JOBS).drain() == 1
    assert (await balance(works, who)).available == 1000
    await assert_whole(works)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_transfer SET amount = 1",
        "UPDATE ledger_transfer SET state = 'voided', reserved = 1",
        "DELETE FROM ledger_transfer",
        "TRUNCATE ledger_transfer",
    ],
)
async def test_what_is_posted_cannot_be_changed(works: Works, statement: str) -> None:
    who = Person()
    async with works.begin(SYSTEM) as work:
        await ledger.transfer(work, who.paid_in(1000, "a"))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        async with works.begin(SYSTEM) as work:
            await work.db.execute(statement)


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (
            "UPDATE ledger_account SET credits_posted = credits_posted + 1"
            " WHERE account_id IS NOT NULL",
            "ledger.balance_is_sum_of_transfers",
        ),
        (
            "UPDATE ledger_account SET credits_posted = credits_posted + 1"
            " WHERE account_id IS NOT NULL",
            "ledger.sums_to_zero",
        ),
        (
            "DELETE FROM ledger_account WHERE account_id IS NULL",
            "ledger.transfer_has_two_accounts",
        ),
    ],
)
async def test_each_broken_rule_is_found(works: Works, damage: str, rule: str) -> None:
    who = Person()
    async with works.begin(SYSTEM) as work:
        await ledger.transfer(work, who.paid_in(1000, "a"))
        await work.db.execute(damage)
    async with works.read(SYSTEM) as work:
        broken = {one.name for one in ledger.INVARIANTS if await breaches(work.db, one)}
    assert rule in broken


async def test_posts_for_many_customers_at_once_and_once(works: Works) -> None:
    people = [Person() for _ in range(50)]
    entries = [one.paid_in(100 + n, "a") for n, one in enumerate(people)]
    for expected in (50, 0):
        async with works.begin(SYSTEM) as work:
            assert await ledger.post_many(work, entries) == expected
    assert (await balance(works, people[7])).amount == 107
    await assert_whole(works)
