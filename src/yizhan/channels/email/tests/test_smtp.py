"""Letters handed in to a real mail server: taken, refused, slow, dropped, and a killed worker."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from yizhan.channels.email import Letters, MailServer
from yizhan.channels.email.tests.peer import PASSWORD, USER, Peer, certificate, logged_in, serving
from yizhan.channels.outbox import Shown, carry_due
from yizhan.domain import customers, messages
from yizhan.domain.customers import ContactKind, Customer
from yizhan.domain.messages import Medium, Message, State
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.text import Text
from yizhan.platform.work import Works

NOON = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def peer() -> Peer:
    return Peer()


@pytest.fixture
def port(peer: Peer) -> Iterator[int]:
    with serving(peer) as port:
        yield port


@pytest.fixture
async def wang(works: Works) -> Customer:
    async with works.begin(SYSTEM, now=NOON - timedelta(days=30)) as work:
        one = await customers.create_customer(work, name="王小明")
        await customers.add_contact_point(
            work, one.id, kind=ContactKind.EMAIL, value="wang@example.com"
        )
    return one


def letters(port: int, **more: object) -> Letters:
    server = MailServer(
        host="127.0.0.1",
        port=port,
        security="none",
        sender="care@yizhan.example",
        sender_name=Text("一站通信", "Yizhan Telecom"),
        timeout_seconds=2,
    )
    return Letters(msgspec.structs.replace(server, **more))


def at(works: Works, now: datetime) -> Works:
    return Works(works.pool, clock=lambda: now)


async def write(works: Works, to: Customer) -> Message:
    async with at(works, NOON).begin(SYSTEM) as work:
        return await messages.send(
            work,
            customer_id=to.id,
            template="refund_done",
            facts={"amount_fen": 3000, "number": "R1"},
        )


async def carry(works: Works, wire: Letters, now: datetime = NOON) -> int:
    return await carry_due(at(works, now), {Medium.EMAIL: wire})


async def kept(works: Works, message: Message) -> Message:
    async with works.read(SYSTEM) as work:
        return await messages.get(work, message.customer_id, message.id)


async def test_a_letter_arrives_readable_under_a_message_id_of_its_own(
    works: Works, wang: Customer, peer: Peer, port: int
) -> None:
    sent = await write(works, wang)
    assert await carry(works, letters(port)) == 1
    [letter] = peer.letters
    assert letter["From"] == "一站通信 <care@yizhan.example>"
    assert letter["To"] == "wang@example.com"
    assert letter["Subject"] == "已退款 30.00 元"
    assert letter.get_content().strip() == "已向您退款 30.00 元，单号 R1。"
    assert letter["Message-ID"] == f"<{sent.id}@yizhan.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    one = await kept(works, sent)
    assert (one.state, one.wire_id) == (State.SENT, letter["Message-ID"])
    assert one.detail.startswith("250 ") and "taken" in one.detail
    assert await carry(works, letters(port), NOON + timedelta(hours=9)) == 0


async def test_starttls_and_login_and_no_letter_to_whom_we_do_not_trust(
    works: Works, wang: Customer, peer: Peer, tmp_path: Path
) -> None:
    context, public = certificate(tmp_path)
    sent = await write(works, wang)
    with serving(
        peer, tls_context=context, require_starttls=True, auth_required=True,
        authenticator=logged_in,
    ) as port:  # fmt: skip
        trusting = {"security": "starttls", "ca_file": str(public), "user": USER}
        for wire in (
            letters(port, security="starttls", user=USER, password=PASSWORD),
            letters(port, **trusting, password="wrong"),
        ):
            now = (await kept(works, sent)).send_at
            await carry(works, wire, now)
            one = await kept(works, sent)
            assert (one.state, peer.letters) == (State.QUEUED, [])
        assert "535" in one.detail
        await carry(works, letters(port, **trusting, password=PASSWORD), one.send_at)
    assert (await kept(works, sent)).state is State.SENT
    assert len(peer.letters) == 1


async def test_a_letter_is_not_handed_in_open_where_starttls_is_wanted(
    works: Works, wang: Customer, peer: Peer, port: int
) -> None:
    sent = await write(works, wang)
    await carry(works, letters(port, security="starttls"))
    assert (await kept(works, sent)).state is State.QUEUED
    assert peer.letters == []


@pytest.mark.parametrize("place", ["rcpt_answer", "data_answer"])
async def test_a_four_hundred_is_tried_again_later(
    works: Works, wang: Customer, peer: Peer, port: int, place: str
) -> None:
    sent = await write(works, wang)
    setattr(peer, place, "451 4.3.0 greylisted")
    await carry(works, letters(port))
    one = await kept(works, sent)
    assert (one.state, one.send_at) == (State.QUEUED, NOON + timedelta(minutes=1))
    assert "451" in one.detail
    setattr(peer, place, "250 OK")
    assert await carry(works, letters(port), NOON + timedelta(seconds=59)) == 0
    assert await carry(works, letters(port), NOON + timedelta(minutes=1)) == 1
    assert (await kept(works, sent)).state is State.SENT


@pytest.mark.parametrize("place", ["rcpt_answer", "data_answer"])
async def test_a_five_hundred_is_final_and_its_words_are_kept(
    works: Works, wang: Customer, peer: Peer, port: int, place: str
) -> None:
    sent = await write(works, wang)
    setattr(peer, place, "550 5.1.1 no such user here")
    await carry(works, letters(port))
    one = await kept(works, sent)
    assert (one.state, one.reason) == (State.FAILED, messages.Reason.REFUSED)
    async with works.read(SYSTEM) as work:
        [reply] = await messages.list_replies(work, wang.id, sent.id)
    assert "no such user here" in reply.text
    assert await carry(works, letters(port), NOON + timedelta(days=1)) == 0


async def test_a_slow_server_holds_nobody_up_for_long(
    works: Works, wang: Customer, peer: Peer, port: int
) -> None:
    sent = await write(works, wang)
    peer.data_delay = 5
    started = asyncio.get_running_loop().time()
    await carry(works, letters(port, timeout_seconds=0.5))
    assert asyncio.get_running_loop().time() - started < 4
    assert (await kept(works, sent)).state is State.QUEUED


async def test_a_dropped_connection_and_a_dead_server_are_tried_again(
    works: Works, wang: Customer, peer: Peer, port: int
) -> None:
    sent = await write(works, wang)
    peer.hang_up = True
    await carry(works, letters(port))
    one = await kept(works, sent)
    assert one.state is State.QUEUED
    await carry(works, letters(1), one.send_at)  # nobody listens there
    one = await kept(works, sent)
    assert (one.state, one.attempts) == (State.QUEUED, 2)
    peer.hang_up = False
    await carry(works, letters(port), one.send_at)
    assert (await kept(works, sent)).state is State.SENT
    assert len({letter["Message-ID"] for letter in peer.letters}) == 1


async def test_an_address_that_is_none_is_refused_without_a_server(
    works: Works, wang: Customer
) -> None:
    async with at(works, NOON).begin(SYSTEM) as work:
        sent = await messages.send(
            work, customer_id=wang.id, template="refund_done", channel="email",
            facts={"amount_fen": 1, "number": "1"}, address="a@b@\r\nRCPT TO: <x@y>",
        )  # fmt: skip
    await carry(works, letters(1))
    assert (await kept(works, sent)).state is State.FAILED


async def test_without_a_wire_a_message_is_sent_to_the_outbox_and_not_called_delivered(
    works: Works, wang: Customer
) -> None:
    sent = await write(works, wang)
    assert await carry_due(at(works, NOON), {Medium.SMS: Shown()}) == 0
    assert await carry_due(at(works, NOON), {Medium.EMAIL: Shown()}) == 1
    one = await kept(works, sent)
    assert (one.state, one.delivered_at) == (State.SENT, None)


_KILLED = """
import asyncio, sys
from datetime import datetime
from yizhan.channels.email.tests.test_smtp import letters, carry
from yizhan.platform import db
from yizhan.platform.work import Works

async def main():
    async with await db.open_pool(sys.argv[1], max_size=2) as pool:
        await carry(Works(pool), letters(int(sys.argv[2]), timeout_seconds=30))

asyncio.run(main())
"""


async def somebody_waits(works: Works) -> None:
    """Until another session of this database stands before a lock."""
    for _ in range(3000):
        if await works.pool.fetchval(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database()"
        ):
            return
        await asyncio.sleep(0.02)
    raise TimeoutError("nobody waits")


@pytest.mark.processes
@pytest.mark.parametrize("moment", ["before the answer", "after the answer"])
async def test_a_killed_worker_leaves_the_letter_to_the_next_under_the_same_message_id(
    database: str, works: Works, wang: Customer, peer: Peer, port: int, moment: str
) -> None:
    sent = await write(works, wang)
    inside, peer.held = threading.Event(), threading.Event()
    peer.in_data = inside.set
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _KILLED, database, str(port),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    try:
        assert await asyncio.to_thread(inside.wait, 60)
        async with works.pool.acquire() as blocker, blocker.transaction():
            if moment == "after the answer":  # it is taken, and writing that down has to wait
                await blocker.execute("SELECT 1 FROM message FOR UPDATE")
                peer.held.set()
                await somebody_waits(works)
            worker.send_signal(signal.SIGKILL)
            await worker.wait()
    finally:
        peer.held.set()
    assert (await kept(works, sent)).state is State.QUEUED
    assert await carry(works, letters(port), NOON + timedelta(seconds=60)) == 0
    assert await carry(works, letters(port), NOON + timedelta(minutes=3)) == 1
    assert (await kept(works, sent)).state is State.SENT
    assert await carry(works, letters(port), NOON + timedelta(hours=9)) == 0
    assert len(peer.letters) == 2
    assert len({letter["Message-ID"] for letter in peer.letters}) == 1
