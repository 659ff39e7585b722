"""Recharge cards on a real database, from the generator to the customer's balance."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from yizhan.domain import ledger, vouchers
from yizhan.domain.ledger import Bucket
from yizhan.domain.vouchers import making, service
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden, Invalid, NotFound
from yizhan.kernel.ids import NIL
from yizhan.platform import events, vault
from yizhan.platform.invariants import breaches
from yizhan.platform.jobs import Worker
from yizhan.platform.work import Works

from .house import (
    AGENT,
    END,
    FINANCE,
    MANAGER,
    NOW,
    all_at_once,
    assert_whole,
    balance,
    batch,
    line,
    redeem,
    staff,
)

NUMBER, OTHER = "13012340001", "13012340002"


@pytest.fixture(autouse=True)
def _open_vault() -> None:
    vault.unlock(b"a secret of thirty-two bytes, 1!")


@pytest.fixture
def works(works: Works) -> Iterator[Works]:
    return Works(works.pool, clock=lambda: NOW)  # type: ignore[return-value]


def at(works: Works, after: timedelta) -> Works:
    return Works(works.pool, clock=lambda: NOW + after)


async def moved(works: Works, holder: ledger.Holder) -> int:
    async with works.read(SYSTEM) as work:
        return await ledger.house_amount(
            work, holder, since=NOW - timedelta(days=1), until=NOW + timedelta(days=999)
        )


async def test_a_card_is_put_on_the_account_of_a_number(works: Works) -> None:
    account = await line(works, NUMBER)
    made, secrets = await batch(works)
    serial, secret = next(iter(secrets.items()))
    spaced = f"{secret[:4]} {secret[4:8]}-{secret[8:]}"
    taken = (await redeem(works, spaced, "130 1234 0001")).taken()
    assert (taken.amount_fen, taken.serial, taken.number) == (50_00, str(serial), "130****0001")
    assert await balance(works, account) == 50_00
    async with works.read(AGENT) as work:
        card = await vouchers.get_voucher(work, serial)
        tries = await vouchers.list_tries(work, serial)
    assert (card.state, card.payment_id, card.customer_id) == (
        "redeemed",
        taken.payment_id,
        account.customer_id,
    )
    assert [one.outcome for one in tries] == ["redeemed"]
    owed = ledger.house(Bucket.VOUCHER, str(made.id))
    assert await moved(works, owed) == 19 * 50_00
    await assert_whole(works)


async def test_a_card_lowers_what_a_postpaid_account_owes(works: Works) -> None:
    account = await line(works, NUMBER, "postpaid")
    _, secrets = await batch(works, 1)
    (await redeem(works, *secrets.values(), NUMBER)).taken()
    assert await balance(works, account) == 50_00
    await assert_whole(works)


async def test_the_same_key_again_takes_nothing_and_says_the_same(works: Works) -> None:
    account = await line(works, NUMBER)
    _, secrets = await batch(works)
    first, second = list(secrets.values())[:2]
    one = (await redeem(works, first, NUMBER, key="k")).taken()
    again = (await redeem(works, first, NUMBER, key="k")).taken()
    assert again.repeated and not one.repeated and again.receipt == one.receipt
    with pytest.raises(vouchers.KeyReused):
        await redeem(works, second, NUMBER, key="k")
    with pytest.raises(vouchers.AlreadyUsed):
        (await redeem(works, first, NUMBER, key="other")).taken()
    assert await balance(works, account) == 50_00
    await assert_whole(works)


async def test_sixteen_at_once_are_one_payment(works: Works) -> None:
    accounts = [await line(works, f"1301234{n:04d}") for n in range(4)]
    _, secrets = await batch(works, 1)
    (secret,) = secrets.values()
    answers = await all_at_once(
        *(
            redeem(
                works,
                secret,
                f"1301234{n % 4:04d}",
                key=f"k{n}",
                actor=staff(20 + n, *AGENT.permissions),
            )
            for n in range(16)
        )
    )
    assert all(isinstance(one, vouchers.Answer) for one in answers), answers
    taken = [one for one in answers if isinstance(one, vouchers.Answer) and one.redemption]
    assert len(taken) == 1
    assert sum([await balance(works, one) for one in accounts]) == 50_00
    async with works.read(SYSTEM) as work:
        assert await work.db.fetchval("SELECT count(*) FROM payment") == 1
        assert await work.db.fetchval("SELECT count(*) FROM voucher_try") == 16
    await assert_whole(works)


async def test_three_wrong_secrets_end_the_tries_for_a_day(works: Works) -> None:
    account = await line(works, NUMBER)
    _, secrets = await batch(works)
    (right, *_) = secrets.values()
    wrong = "9" * 19
    lefts = []
    for n in range(3):
        answer = await redeem(works, wrong, NUMBER, actor=staff(30 + n, *AGENT.permissions))
        assert isinstance(answer.refusal, vouchers.WrongSecret)
        lefts.append(answer.refusal.facts["left"])
    assert lefts == [2, 1, 0]
    shut = await redeem(works, right, NUMBER)
    assert isinstance(shut.refusal, vouchers.Locked)
    assert shut.refusal.facts["seconds"] == 24 * 3600
    almost = at(works, timedelta(hours=23, minutes=59))
    assert isinstance((await redeem(almost, right, NUMBER)).refusal, vouchers.Locked)
    assert await balance(works, account) == 0
    later = at(works, timedelta(hours=24))
    (await redeem(later, right, NUMBER)).taken()
    assert await balance(works, account) == 50_00
    async with works.read(AGENT) as work:
        kept = await vouchers.list_tries_of_customer(work, account.customer_id)
        log = await events.list_of_customer(work.db, account.customer_id, limit=50)
    assert [one.outcome for one in kept] == ["redeemed", *["locked"] * 2, *["unknown"] * 3]
    said = repr([one.payload for one in log])
    assert wrong not in said and right not in said
    assert "vouchers.locked" in {one.name for one in log}


async def test_wrong_secrets_at_the_same_moment_are_counted_one_by_one(works: Works) -> None:
    await line(works, NUMBER)
    answers = await all_at_once(
        *(
            redeem(works, f"{n:019d}", NUMBER, actor=staff(40 + n, *AGENT.permissions))
            for n in range(8)
        )
    )
    found = [type(one.refusal) for one in answers if isinstance(one, vouchers.Answer)]
    assert found.count(vouchers.WrongSecret) == 3
    assert found.count(vouchers.Locked) == 5


async def test_one_caller_is_locked_whatever_number_he_tries_for(works: Works) -> None:
    for number in (NUMBER, OTHER):
        await line(works, number)
    _, secrets = await batch(works)
    (right, *_) = secrets.values()
    machine = Actor(
        kind=ActorKind.CLIENT,
        id=UUID(int=5),
        name="ivr",
        channel="call_centre",
        permissions=frozenset({"vouchers.redeem"}),
    )
    for number in (NUMBER, OTHER, NUMBER):
        await redeem(works, "9" * 19, number, actor=machine, caller="13900000000")
    shut = await redeem(works, right, OTHER, actor=machine, caller="13900000000")
    assert isinstance(shut.refusal, vouchers.Locked)
    (await redeem(works, right, OTHER, actor=machine, caller="13911111111")).taken()


async def test_a_right_secret_wipes_the_slate_and_a_lead_can(works: Works) -> None:
    await line(works, NUMBER)
    _, secrets = await batch(works)
    first, second, *_ = secrets.values()
    for _ in range(2):
        await redeem(works, "9" * 19, NUMBER)
    (await redeem(works, first, NUMBER)).taken()
    for _ in range(3):
        await redeem(works, "9" * 19, NUMBER)
    with pytest.raises(Forbidden):
        async with works.begin(AGENT) as work:
            await vouchers.unlock(work, number=NUMBER)
    async with works.begin(MANAGER) as work:
        assert await vouchers.unlock(work, number=NUMBER)
    async with works.begin(MANAGER) as work:
        assert not await vouchers.unlock(work, number=NUMBER)
    (await redeem(works, second, NUMBER)).taken()


async def test_what_is_no_secret_or_no_number_is_not_tried(works: Works) -> None:
    await line(works, NUMBER)
    for text in ("123", "12345678901234567890", "1234 5678 9012 3456 abc"):
        with pytest.raises(Invalid) as wrong:
            await redeem(works, text, NUMBER)
        assert text not in str(wrong.value)
    with pytest.raises(NotFound):
        await redeem(works, "9" * 19, "13099999999")
    with pytest.raises(Forbidden):
        await redeem(works, "9" * 19, NUMBER, actor=staff(50))
    async with works.read(SYSTEM) as work:
        assert await work.db.fetchval("SELECT count(*) FROM voucher_try") == 0


async def test_a_customer_recharges_himself_and_another(works: Works) -> None:
    mine, hers = await line(works, NUMBER), await line(works, OTHER)
    _, secrets = await batch(works)
    first, second, *_ = secrets.values()
    self_ = Actor(kind=ActorKind.CUSTOMER, id=mine.customer_id, name="张三", channel="website")
    (await redeem(works, first, NUMBER, actor=self_)).taken()
    (await redeem(works, second, OTHER, actor=self_)).taken()
    assert (await balance(works, mine), await balance(works, hers)) == (50_00, 50_00)


async def test_a_card_not_in_force_voided_or_expired_is_refused(works: Works) -> None:
    await line(works, NUMBER)
    made, secrets = await batch(works, 3, active=False)
    a, b, c = secrets
    assert isinstance((await redeem(works, secrets[a], NUMBER)).refusal, vouchers.NotActive)
    async with works.begin(FINANCE) as work:
        await vouchers.activate(work, made.id, seller="甲", key="s", first=a, last=b)
        await vouchers.void(work, made.id, reason="破损", key="v", first=b, last=b)
    assert isinstance((await redeem(works, secrets[b], NUMBER)).refusal, vouchers.Voided)
    assert isinstance((await redeem(works, secrets[c], NUMBER)).refusal, vouchers.NotActive)
    later = at(works, timedelta(days=365))
    assert later.clock().astimezone(works.zone).date() == END
    assert isinstance((await redeem(later, secrets[a], NUMBER)).refusal, vouchers.Expired)
    await Worker(later, vouchers.JOBS).drain()
    async with works.read(AGENT) as work:
        standing = await vouchers.standing(work, await vouchers.get_batch(work, made.id))
        acts = await vouchers.list_acts(work, made.id)
    assert standing.cards == {"expired": 2, "voided": 1}
    assert acts[0].kind == "expire" and acts[0].moved_fen == 50_00
    assert await moved(works, ledger.house(Bucket.REVENUE, "expired_vouchers")) == 50_00
    assert await moved(works, ledger.house(Bucket.BANK, "vouchers")) == 50_00
    async with later.begin(SYSTEM) as work:
        await service.expire(work, made.id)
    await assert_whole(works)


async def test_a_batch_is_made_in_parts_and_handed_out_once(works: Works) -> None:
    async with works.begin(FINANCE) as work:
        made = await vouchers.order_batch(
            work, value_fen=100_00, size=23, expires_on=END, note="x", key="b"
        )
    with pytest.raises(vouchers.NotReady):
        async with works.begin(FINANCE) as work:
            await vouchers.print_batch(work, made.id)
    for progress in (10, 20, 23, 23):
        async with works.begin(SYSTEM) as work:
            assert (await making.make_some(work, made.id, most=10)).made == progress
    with pytest.raises(vouchers.NotReady):
        async with works.begin(FINANCE) as work:
            await vouchers.activate(work, made.id, seller="甲", key="early")
    async with works.begin(FINANCE) as work:
        text = await vouchers.print_batch(work, made.id)
    header, *rows = text.splitlines()
    assert header == "serial,secret,value_yuan,expires_on" and len(rows) == 23
    assert rows[0].startswith(f"{made.number}0000001,") and rows[0].endswith(",100.00,2027-03-01")
    with pytest.raises(vouchers.AlreadyPrinted):
        async with works.begin(FINANCE) as work:
            await vouchers.print_batch(work, made.id)
    secrets = [row.split(",")[1] for row in rows]
    async with works.read(SYSTEM) as work:
        assert await work.db.fetchval("SELECT count(*) FROM voucher_print") == 0
        kept = await work.db.fetchval(
            "SELECT string_agg(v::text, ' ') FROM voucher v WHERE batch_id = $1", made.id
        )
    assert not any(secret in kept for secret in secrets)
    assert len(set(secrets)) == 23


async def test_ordering_and_selling_twice_with_one_key_is_once(works: Works) -> None:
    async with works.begin(FINANCE) as work:
        first, second = [
            await vouchers.order_batch(
                work, value_fen=30_00, size=5, expires_on=END, note="x", key="b"
            )
            for _ in range(2)
        ]
        assert first == second
        with pytest.raises(vouchers.KeyReused):
            await vouchers.order_batch(
                work, value_fen=30_00, size=6, expires_on=END, note="x", key="b"
            )
    await Worker(works, vouchers.JOBS).drain()
    async with works.begin(FINANCE) as work:
        await vouchers.print_batch(work, first.id)
        acts = [await vouchers.activate(work, first.id, seller="甲", key="s") for _ in range(2)]
        assert acts[0] == acts[1] and acts[0].moved_fen == 150_00
        with pytest.raises(vouchers.NothingThere):
            await vouchers.activate(work, first.id, seller="甲", key="t")
    assert await moved(works, ledger.house(Bucket.BANK, "vouchers")) == 150_00
    await assert_whole(works)


async def test_a_large_void_waits_for_a_second_person(works: Works) -> None:
    await line(works, NUMBER)
    made, secrets = await batch(works, 21)
    secret = next(iter(secrets.values()))
    async with works.begin(FINANCE) as work:
        act = await vouchers.void(work, made.id, reason="丢失", key="v")
    assert (act.state, act.cards, act.value_fen) == ("waits", 21, 1050_00)
    with pytest.raises(vouchers.OwnRequest):
        async with works.begin(FINANCE) as work:
            await vouchers.decide(work, act.id, approve=True)
    (await redeem(works, secret, NUMBER)).taken()
    async with works.begin(MANAGER) as work:
        assert [one.id for one in await vouchers.list_waiting(work)] == [act.id]
        done = await vouchers.decide(work, act.id, approve=True)
    assert (done.state, done.cards, done.moved_fen) == ("done", 20, 1000_00)
    with pytest.raises(vouchers.AlreadyDecided):
        async with works.begin(MANAGER) as work:
            await vouchers.decide(work, act.id, approve=False, note="迟")
    assert await moved(works, ledger.house(Bucket.BANK, "vouchers")) == 50_00
    await assert_whole(works)


async def test_a_refused_void_leaves_the_cards_in_force(works: Works) -> None:
    await line(works, NUMBER)
    made, secrets = await batch(works, 21)
    async with works.begin(FINANCE) as work:
        act = await vouchers.void(work, made.id, reason="丢失", key="v")
    async with works.begin(MANAGER) as work:
        assert (
            await vouchers.decide(work, act.id, approve=False, note="已找回")
        ).state == "refused"
    (await redeem(works, next(iter(secrets.values())), NUMBER)).taken()
    await assert_whole(works)


async def test_a_void_and_a_redemption_at_once_leave_the_books_whole(works: Works) -> None:
    account = await line(works, NUMBER)
    made, secrets = await batch(works, 8)

    async def voided() -> vouchers.Act:
        async with works.begin(FINANCE) as work:
            return await vouchers.void(work, made.id, reason="撤回", key="v")

    answers = await all_at_once(
        *(
            redeem(works, secret, NUMBER, actor=staff(60 + n, *AGENT.permissions))
            for n, secret in enumerate(secrets.values())
        ),
        voided(),
    )
    taken = sum(isinstance(one, vouchers.Answer) and one.redemption is not None for one in answers)
    act = answers[-1]
    assert isinstance(act, vouchers.Act), act
    assert await balance(works, account) == taken * 50_00
    assert act.moved_fen == (8 - taken) * 50_00
    await assert_whole(works)


SPOIL = {
    "vouchers.liability_is_cards_in_force": "UPDATE voucher SET state = 'voided' WHERE serial ="
    " (SELECT max(serial) FROM voucher)",
    "vouchers.used_card_is_one_payment": "UPDATE voucher SET value_fen = value_fen + 1"
    " WHERE state = 'redeemed'",
    "vouchers.handed_out_is_gone": "INSERT INTO voucher_print SELECT id, 0, '\\x00'"
    " FROM voucher_batch",
    "vouchers.large_void_was_decided_by_another": "INSERT INTO voucher_act SELECT"
    " gen_random_uuid(), batch_id, 'void', first_serial, last_serial, 'done', 1, 100001, 0, 'x',"
    " 'spoilt', at, by_id, by_name FROM voucher_act LIMIT 1",
}


async def test_every_invariant_notices_what_it_is_for(works: Works) -> None:
    await line(works, NUMBER)
    _, secrets = await batch(works, 2)
    (await redeem(works, next(iter(secrets.values())), NUMBER)).taken()
    await assert_whole(works)
    assert {one.name for one in vouchers.INVARIANTS} == SPOIL.keys()
    for one in vouchers.INVARIANTS:
        async with works.pool.acquire() as db:
            transaction = db.transaction()
            await transaction.start()
            await db.execute(SPOIL[one.name])
            assert await breaches(db, one), one.name
            await transaction.rollback()


async def test_batches_are_told_to_the_house(works: Works) -> None:
    made, _ = await batch(works, 2)
    async with works.read(SYSTEM) as work:
        log = await events.list_of_customer(work.db, NIL, limit=50)
    told = {one.name for one in log}
    assert told >= {
        "vouchers.batch_ordered",
        "vouchers.batch_made",
        "vouchers.batch_printed",
        "vouchers.activated",
    }
    assert made.number >= 10_000_001
