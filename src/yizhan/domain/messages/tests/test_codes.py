"""One-time codes: once, in time, for their purpose, and not by the hundred."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from yizhan.domain import messages
from yizhan.domain.customers import Customer
from yizhan.domain.messages.tests.conftest import NIGHT, NOON
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works

NUMBER = "13012340001"


async def ask(works: Works, now: datetime = NOON, **more: Any) -> str:
    """Send a code and read it in the outbox."""
    given = {"number": NUMBER, "purpose": "sign_in", **more}
    async with works.begin(SYSTEM, now=now) as work:
        assert (
            await messages.send_code(work, **given)
            == given["number"][:3] + "****" + given["number"][-4:]
        )
        [newest, *_] = await messages.list_outbox(work)
    assert newest.text is not None and newest.address == given["number"]
    found = re.search(r"\d{6}", newest.text)
    assert found is not None
    return found[0]


async def check(works: Works, code: str, now: datetime = NOON, **more: Any) -> bool:
    given = {"number": NUMBER, "purpose": "sign_in", **more}
    async with works.begin(SYSTEM, now=now) as work:
        return await messages.check_code(work, code=code, **given)


async def test_a_code_is_right_once(works: Works, wang: Customer) -> None:
    code = await ask(works, customer_id=wang.id, now=NIGHT)
    assert await check(works, f" {code} ", customer_id=wang.id, now=NIGHT)
    with pytest.raises(messages.NoCode):
        await check(works, code, customer_id=wang.id, now=NIGHT)


async def test_a_code_is_for_one_purpose_one_customer_and_one_number(
    works: Works, wang: Customer
) -> None:
    code = await ask(works, customer_id=wang.id)
    for other in ({"purpose": "pay"}, {"number": "13012340002"}, {"customer_id": None}):
        with pytest.raises(messages.NoCode):
            await check(works, code, **{"customer_id": wang.id, **other})
    assert await check(works, code, customer_id=wang.id)


async def test_three_wrong_tries_void_a_code_and_five_minutes_too(works: Works) -> None:
    code = await ask(works)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert [await check(works, wrong) for _ in range(3)] == [False] * 3
    with pytest.raises(messages.NoCode):
        await check(works, code)
    code = await ask(works)
    with pytest.raises(messages.NoCode):
        await check(works, code, now=NOON + timedelta(minutes=5))
    assert await check(works, code, now=NOON + timedelta(minutes=4, seconds=59))


async def test_a_new_code_voids_the_one_before_but_not_a_neighbours(works: Works) -> None:
    first = await ask(works)
    neighbours = await ask(works, number="13012340002")
    second = await ask(works)
    assert await check(works, neighbours, number="13012340002")
    assert not await check(works, first) or first == second
    assert await check(works, second)


async def test_a_number_gets_five_an_hour(works: Works) -> None:
    for n in range(5):
        await ask(works, purpose=f"contact/{n}")
    with pytest.raises(messages.TooManyCodes, match="hour"):
        await ask(works)
    await ask(works, now=NOON + timedelta(minutes=61))


async def test_an_address_gets_twenty_an_hour_over_all_numbers(works: Works) -> None:
    for n in range(20):
        await ask(works, number=f"130123400{n:02d}", asked_from="198.51.100.7")
    with pytest.raises(messages.TooManyCodes, match="from here"):
        await ask(works, number="13012349999", asked_from="198.51.100.7")
    await ask(works, number="13012349999", asked_from="198.51.100.8")


async def test_the_code_stands_in_the_outbox_alone_and_not_for_long(
    works: Works, wang: Customer
) -> None:
    code = await ask(works, customer_id=wang.id)
    async with works.read(SYSTEM) as work:
        events = await work.db.fetch("SELECT payload::text FROM event WHERE name LIKE 'mess%'")
        rows = await work.db.fetch("SELECT message_code::text AS row FROM message_code")
        jobs = await work.db.fetch("SELECT args::text AS args FROM job")
    assert events and jobs
    assert all(f'"{code}"' not in row["payload"] for row in events)
    assert all(f",{code}," not in row["row"] for row in rows)
    later = NOON + timedelta(minutes=5)
    async with works.begin(SYSTEM, now=later) as work:
        await messages.JOBS["messages.forget"](work, {})
        assert await work.db.fetchval("SELECT text FROM message") is None
