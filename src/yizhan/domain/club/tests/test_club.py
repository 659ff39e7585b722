"""The club on a real database: bills in, tiers and points out, and the books whole."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import msgspec
import pytest

from yizhan.domain import club, contacts, customers, ledger, payments
from yizhan.domain.club import back
from yizhan.domain.club import run as running
from yizhan.domain.club.reactions import payment_reversed
from yizhan.domain.ledger import Bucket, Entry
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden, Invalid
from yizhan.kernel.ids import new_id
from yizhan.platform import events
from yizhan.platform.invariants import breaches
from yizhan.platform.jobs import Worker
from yizhan.platform.work import Works

NOW = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
CLERK = Actor(
    kind=ActorKind.STAFF,
    id=UUID(int=7),
    name="王丽",
    channel="shop",
    permissions=frozenset({"club.read", "club.redeem", "contacts.waive"}),
)


def at(works: Works, now: datetime) -> Works:
    return Works(works.pool, clock=lambda: now)


@pytest.fixture
def works(works: Works) -> Works:
    return at(works, NOW)


async def somebody(
    works: Works, months: Sequence[int], *, fen: int = 220_00, since: date = date(2020, 1, 1)
) -> customers.Account:
    """A customer with bills of these months of 2026, all unpaid."""
    async with works.begin(SYSTEM) as work:
        one = await customers.create_customer(work, name="张三")
        account = await customers.open_account(work, one.id)
        await work.db.execute("UPDATE customer SET since = $2 WHERE id = $1", one.id, since)
        for month in months:
            await bill(work, account, month, fen)
    return account


async def bill(work: object, account: customers.Account, month: int, fen: int) -> None:
    start, ident = date(2026, month, 1), new_id()
    db = work.db  # type: ignore[attr-defined]
    await db.execute(
        "INSERT INTO bill (customer_id, account_id, period_start, period_end, id, number,"
        " total_fen, tax_fen, settled_fen, issued_at, due_date, origin)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $4, 'run')",
        account.customer_id,
        account.id,
        start,
        date(2026, month + 1, 1),
        ident,
        str(ident),
        fen,
        NOW,
    )
    entry = Entry(
        customer_id=account.customer_id,
        debit=ledger.held(account.customer_id, account.id, Bucket.RECEIVABLE),
        credit=ledger.house(Bucket.REVENUE, "usage"),
        amount=fen,
        kind="bill",
        key=f"bill:{ident}",
    )
    await ledger.transfer(work, entry)  # type: ignore[arg-type]


async def pay(works: Works, account: customers.Account, fen: int) -> None:
    async with works.begin(SYSTEM) as work:
        entry = Entry(
            customer_id=account.customer_id,
            debit=ledger.house(Bucket.BANK),
            credit=ledger.held(account.customer_id, account.id, Bucket.RECEIVABLE),
            amount=fen,
            kind="transfer_in",
            key=str(new_id()),
        )
        await ledger.transfer(work, entry)


async def look(works: Works, account: customers.Account) -> tuple[club.Member, int, bool]:
    async with works.begin(SYSTEM) as work:
        return await club.evaluate(work, account.customer_id)


async def points(works: Works, account: customers.Account) -> int:
    async with works.read(SYSTEM) as work:
        return (await club.points_of(work, account.customer_id)).total


async def assert_whole(works: Works) -> None:
    async with works.read(SYSTEM) as work:
        for one in (*ledger.INVARIANTS, *club.INVARIANTS):
            assert await breaches(work.db, one) == [], one.name


async def test_six_months_of_220_are_silver(works: Works) -> None:
    account = await somebody(works, range(1, 7))
    member, given, changed = await look(works, account)
    assert (member.tier, member.origin, member.mean_fen) == ("silver", "rule", 220_00)
    assert (member.valid_until, given, changed) == (date(2027, 7, 1), 0, True)
    async with works.read(SYSTEM) as work:
        customer = await customers.get(work, account.customer_id)
        log = await events.list_of_customer(work.db, account.customer_id, limit=50)
    assert customer.tier is customers.Tier.SILVER
    (told,) = [one.payload for one in log if one.name == "club.tier_changed"]
    assert (told["before"], told["after"], told["origin"]) == ("none", "silver", "rule")
    assert (await look(works, account))[2] is False
    await assert_whole(works)


async def test_a_newcomer_is_in_no_tier_yet(works: Works) -> None:
    account = await somebody(works, range(3, 7), fen=900_00, since=date(2026, 3, 1))
    assert (await look(works, account))[0].tier == "none"


async def test_a_tier_stays_for_its_term_and_falls_after(works: Works) -> None:
    account = await somebody(works, range(1, 7), fen=500_00)
    assert (await look(works, account))[0].tier == "diamond"
    almost = datetime(2027, 6, 30, 4, tzinfo=UTC)
    assert (await look(at(works, almost), account))[0].tier == "diamond"
    over = datetime(2027, 7, 1, 4, tzinfo=UTC)
    member, _, changed = await look(at(works, over), account)
    assert (member.tier, member.valid_until, changed) == ("none", None, True)
    await assert_whole(works)


async def test_a_tier_brought_along_stays_for_a_term(works: Works) -> None:
    account = await somebody(works, [])
    async with works.begin(SYSTEM) as work:
        await customers.change_customer(work, account.customer_id, tier="gold")
    member, _, changed = await look(works, account)
    assert (member.tier, member.origin, changed) == ("gold", "import", False)
    await assert_whole(works)


async def test_by_hand_a_tier_stays_until_the_day_given(works: Works) -> None:
    account = await somebody(works, [])
    until = date(2026, 10, 1)
    async with works.begin(SYSTEM) as work:
        await club.set_tier(work, account.customer_id, "gold", until=until, reason="重要客户")
    member, _, _ = await look(works, account)
    assert (member.tier, member.origin, member.reason) == ("gold", "hand", "重要客户")
    member, _, _ = await look(at(works, datetime(2026, 10, 1, 4, tzinfo=UTC)), account)
    assert (member.tier, member.origin, member.reason) == ("none", "rule", "")
    with pytest.raises(Invalid):
        async with works.begin(SYSTEM) as work:
            await club.set_tier(
                work, account.customer_id, "gold", until=date(2026, 7, 15), reason="x"
            )
    with pytest.raises(Forbidden):
        async with works.begin(CLERK) as work:
            await club.set_tier(work, account.customer_id, "gold", until=until, reason="x")
    await assert_whole(works)


async def test_only_paid_bills_give_points_and_each_once(works: Works) -> None:
    account = await somebody(works, [4, 5, 6], fen=100_00)
    assert (await look(works, account))[1] == 0
    await pay(works, account, 250_00)
    # The two oldest are paid; six years with us: 20 % more.
    assert (await look(works, account))[1] == 240
    assert (await look(works, account))[1] == 0
    await pay(works, account, 50_00)
    assert (await look(works, account))[1] == 120
    assert await points(works, account) == 360
    await assert_whole(works)


async def spent(works: Works, account: customers.Account, key: str, actor: Actor = CLERK) -> object:
    async with works.begin(actor) as work:
        return await club.redeem(
            work, account.customer_id, reward="credit_10", account_id=account.id, key=key
        )


async def test_points_become_credit_once_for_a_key(works: Works) -> None:
    account = await somebody(works, [5, 6], fen=1000_00)
    await pay(works, account, 2000_00)
    assert (await look(works, account))[1] == 2400
    for _ in range(2):
        await spent(works, account, "k")
    assert await points(works, account) == 1400
    async with works.read(SYSTEM) as work:
        owed = await ledger.balance_of(work, account.customer_id, account.id)
        had = await club.list_rewards(work, account.customer_id)
    assert owed.amount == -10_00 and len(had) == 1
    mine = Actor(kind=ActorKind.CUSTOMER, id=account.customer_id, name="张三", channel="website")
    await spent(works, account, "k2", mine)
    with pytest.raises(club.NotEnoughPoints):
        await spent(works, account, "k3")
    hers = Actor(kind=ActorKind.CUSTOMER, id=new_id(), name="李四", channel="website")
    with pytest.raises(Forbidden):
        await spent(works, account, "k4", hers)
    assert await points(works, account) == 400
    await assert_whole(works)


async def reversed_payment(works: Works, account: customers.Account, fen: int) -> None:
    """Pay *fen* in cash, be looked at, and have it taken back; the club hears of it."""
    listening = Works(
        works.pool,
        clock=works.clock,
        listeners={"payments.payment_reversed": ["club.payment_reversed"]},
    )
    async with listening.begin(SYSTEM) as work:
        paid = await payments.take_cash(work, account_id=account.id, amount=fen, key=str(new_id()))
    await look(works, account)
    async with listening.begin(SYSTEM) as work:
        await payments.reverse(work, account.customer_id, paid.id, reason="wrong account")
    await Worker(listening, {"club.payment_reversed": payment_reversed}).drain()


async def took_back(works: Works) -> list[tuple[int, int, int]]:
    async with works.read(SYSTEM) as work:
        rows = await work.db.fetch(
            "SELECT payload FROM event WHERE name = 'club.points_taken_back' ORDER BY id"
        )
    told = [row["payload"] for row in rows]
    return [(one["points"], one["bills"], one["owed_points"]) for one in told]


async def test_points_go_back_with_the_payment_and_come_again_when_it_is_paid(
    works: Works,
) -> None:
    account = await somebody(works, [4, 5, 6], fen=100_00)
    await pay(works, account, 100_00)
    await look(works, account)
    await reversed_payment(works, account, 200_00)
    assert await points(works, account) == 120, "the bill that stays paid keeps its points"
    assert await took_back(works) == [(240, 2, 0)]
    async with works.begin(SYSTEM) as work:
        again = await back.payment_reversed(work, account.customer_id, account.id, new_id())
    assert again == 0, "told twice, taken back once"
    assert (await look(works, account))[1] == 0
    await assert_whole(works)
    await pay(works, account, 200_00)
    assert (await look(works, account))[1] == 240
    assert await points(works, account) == 360
    await assert_whole(works)


async def test_points_spent_meanwhile_are_owed_and_paid_by_the_next(works: Works) -> None:
    account = await somebody(works, [5], fen=1000_00)
    await pay(works, account, 10_00)
    async with works.begin(SYSTEM) as work:
        paid = await payments.take_cash(work, account_id=account.id, amount=990_00, key="1")
    await look(works, account)
    await spent(works, account, "k")
    assert await points(works, account) == 200
    async with works.begin(SYSTEM) as work:
        await payments.reverse(work, account.customer_id, paid.id, reason="wrong account")
        await back.payment_reversed(work, account.customer_id, account.id, paid.id)
    assert await points(works, account) == 0
    assert await took_back(works) == [(1200, 1, 1000)]
    await assert_whole(works)
    await pay(works, account, 980_00)  # ten yuan are the reward, which stays
    assert (await look(works, account))[1] == 1200
    assert await points(works, account) == 200, "a thousand paid what was owed"
    await assert_whole(works)


async def test_many_told_at_once_take_back_once(works: Works) -> None:
    account = await somebody(works, [5], fen=100_00)
    await pay(works, account, 100_00)
    await look(works, account)
    async with works.begin(SYSTEM) as work:
        entry = Entry(
            customer_id=account.customer_id,
            debit=ledger.held(account.customer_id, account.id, Bucket.RECEIVABLE),
            credit=ledger.house(Bucket.BANK),
            amount=100_00,
            kind="reversal",
            key="back",
        )
        await ledger.transfer(work, entry)

    async def told() -> int:
        async with works.begin(SYSTEM) as work:
            return await back.payment_reversed(work, account.customer_id, account.id, new_id())

    assert sorted(await asyncio.gather(*(told() for _ in range(4)))) == [0, 0, 0, 120]
    assert await points(works, account) == 0
    await assert_whole(works)


async def test_an_unverified_caller_spends_no_points(works: Works) -> None:
    account = await somebody(works, [6], fen=1000_00)
    await pay(works, account, 1000_00)
    await look(works, account)
    agent = msgspec.structs.replace(CLERK, permissions=frozenset({"club.redeem"}))
    with pytest.raises(contacts.NotVerified):
        await spent(works, account, "k", agent)


async def test_many_at_once_spend_no_more_than_there_is(works: Works) -> None:
    account = await somebody(works, [6], fen=2000_00)
    await pay(works, account, 2000_00)
    await look(works, account)
    answers = await asyncio.gather(
        *(spent(works, account, f"k{n}") for n in range(6)), return_exceptions=True
    )
    assert sum(isinstance(one, club.NotEnoughPoints) for one in answers) == 4
    assert await points(works, account) == 400
    await assert_whole(works)


async def test_points_end_with_their_third_year(works: Works) -> None:
    account = await somebody(works, [6], fen=1000_00)
    await pay(works, account, 1000_00)
    await look(works, account)
    last = at(works, datetime(2028, 12, 31, 4, tzinfo=UTC))
    assert await points(last, account) == 1200
    over = at(works, datetime(2028, 12, 31, 17, tzinfo=UTC))  # Midnight has passed in Shanghai.
    assert await points(over, account) == 0
    with pytest.raises(club.NotEnoughPoints):
        await spent(over, account, "late")
    for _ in range(2):
        await look(over, account)
    async with works.read(SYSTEM) as work:
        left = await ledger.balances_by_name(
            work, account.customer_id, account.customer_id, Bucket.POINTS
        )
    assert {name: one.amount for name, one in left.items()} == {"2029-01-01": 0}
    await assert_whole(works)


async def fallen(works: Works, run_id: UUID) -> None:
    async with works.begin(SYSTEM) as work:
        await running.go_on(work, run_id, None, most=2)
        raise ZeroDivisionError


async def test_a_run_looks_at_everybody_and_goes_on_after_a_fall(works: Works) -> None:
    accounts = [await somebody(works, range(1, 7), fen=160_00 * n) for n in range(1, 6)]
    async with works.begin(SYSTEM) as work:
        run = await club.start_run(work)
    with pytest.raises(club.RunUnderWay):
        async with works.begin(SYSTEM) as work:
            await club.start_run(work)
    with pytest.raises(ZeroDivisionError):
        await fallen(works, run.id)
    async with works.begin(SYSTEM) as work:
        await running.go_on(work, run.id, None, most=2)
    await Worker(works, club.JOBS).drain()
    async with works.read(SYSTEM) as work:
        (done,) = await club.list_runs(work)
        tiers = await club.count_tiers(work)
        silver = await club.list_members(work, "silver")
    assert (done.looked_at, done.changed, done.finished_at) == (5, 5, NOW)
    assert tiers == {"silver": 1, "gold": 1, "diamond": 3}
    assert [one.customer_id for one in silver] == [accounts[0].customer_id]
    await assert_whole(works)


async def test_the_clock_winds_itself_and_runs_on_the_first(works: Works) -> None:
    await somebody(works, range(1, 7))
    async with works.begin(SYSTEM) as work:
        await running.monthly(work, due=False)
        assert await club.list_runs(work) == []
        due = await work.db.fetchval("SELECT run_at FROM job WHERE kind = 'club.monthly'")
    assert due == datetime(2026, 7, 31, 21, 0, tzinfo=UTC)  # Five in the morning in Shanghai.
    later = at(works, due)
    await Worker(later, club.JOBS).drain()
    async with later.read(SYSTEM) as work:
        (done,) = await club.list_runs(work)
        again = await work.db.fetchval("SELECT run_at FROM job WHERE kind = 'club.monthly'")
    assert done.finished_at == due and done.month == date(2026, 8, 1)
    assert again == datetime(2026, 8, 31, 21, 0, tzinfo=UTC)


async def test_another_rule_counts_from_the_next_look(works: Works) -> None:
    account = await somebody(works, range(1, 7))
    await look(works, account)
    async with works.begin(SYSTEM) as work:
        rule = (await club.rule(work)).rule
        tiers = tuple(
            msgspec.structs.replace(one, from_fen=one.from_fen // 2) for one in rule.tiers
        )
        changed = await club.publish(work, msgspec.structs.replace(rule, tiers=tiers), note="降低")
    assert changed.version == 2
    member, _, _ = await look(works, account)
    assert (member.tier, member.rule_version) == ("gold", 2)
    with pytest.raises(Invalid):
        async with works.begin(SYSTEM) as work:
            await club.publish(work, msgspec.structs.replace(rule, tiers=()), note="x")


async def test_a_customer_has_an_account_manager(works: Works) -> None:
    account = await somebody(works, [])
    async with works.begin(SYSTEM) as work:
        await work.db.execute(
            "INSERT INTO staff_user (id, login, name, roles, password_hash, password_changed_at,"
            " created_at) VALUES ($1, 'Wang', '王经理', '{}', '', now(), now())",
            new_id(),
        )
        member = await club.set_manager(work, account.customer_id, "wang")
        assert member.manager_name == "王经理"
        with pytest.raises(Invalid):
            await club.set_manager(work, account.customer_id, "nobody")
        assert (await club.set_manager(work, account.customer_id, None)).manager_id is None


SPOIL = {
    "club.tier_is_the_customers": "UPDATE club_member SET tier = 'diamond'",
    "club.points_earned_are_booked": "UPDATE club_earned SET points = points + 1",
    "club.points_taken_back_are_booked": "INSERT INTO club_owed VALUES (gen_random_uuid(), 5, 1)",
    "club.rewards_are_booked": "UPDATE club_reward SET points = points + 1",
}


async def test_every_invariant_notices_what_it_is_for(works: Works) -> None:
    account = await somebody(works, [6], fen=1000_00)
    await pay(works, account, 1000_00)
    await look(works, account)
    await spent(works, account, "k")
    await assert_whole(works)
    assert {one.name for one in club.INVARIANTS} == SPOIL.keys()
    for one in club.INVARIANTS:
        async with works.pool.acquire() as db:
            transaction = db.transaction()
            await transaction.start()
            await db.execute(SPOIL[one.name])
            assert await breaches(db, one), one.name
            await transaction.rollback()
