"""Live news: the relay by calling it, and a real server with a real stream."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest

from yizhan.domain import cases, customers, staff
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.errors import Invalid
from yizhan.platform.work import Works
from yizhan.web import live
from yizhan.web.conftest import Hire, bearer
from yizhan.web.live import RESET, Listener, Relay, cursor_of


async def somebody(works: Works) -> UUID:
    async with works.begin(SYSTEM) as work:
        return (await customers.create_customer(work, name="王明")).id


async def renamed(works: Works, customer_id: UUID, name: str) -> None:
    async with works.begin(SYSTEM) as work:
        await customers.change_customer(work, customer_id, name=name)


def heard(listener: Listener) -> list[dict[str, Any]]:
    """What lies in a listener's buffer, and with which id."""
    found = []
    while not listener.buffer.empty():
        piece = listener.buffer.get_nowait().decode()
        head, _, data = piece.strip().partition("data: ")
        found.append({**json.loads(data), "id": head.removeprefix("id: ").strip()})
    return found


async def test_each_hears_of_his_own_customer_alone(works: Works) -> None:
    one, other = await somebody(works), await somebody(works)
    relay = Relay(works)
    listener = Listener(customer_id=one, prefixes=())
    await relay.join(listener, None)
    await renamed(works, other, "李娜")
    await renamed(works, one, "王小明")
    await relay.relay_once()
    assert [news["customer_id"] for news in heard(listener)] == [str(one)]


async def test_news_carries_no_personal_data(works: Works) -> None:
    one = await somebody(works)
    relay = Relay(works)
    listener = Listener(customer_id=one, prefixes=())
    await relay.join(listener, None)
    await renamed(works, one, "欧阳修")
    await relay.relay_once()
    [news] = heard(listener)
    assert set(news) == {"name", "customer_id", "at", "id"}


async def test_an_act_under_way_holds_back_what_came_after_it(works: Works) -> None:
    one = await somebody(works)
    relay = Relay(works)
    listener = Listener(customer_id=one, prefixes=())
    await relay.join(listener, None)
    async with works.begin(SYSTEM) as slow:
        await slow.db.execute("SELECT pg_current_xact_id()")
        await renamed(works, one, "后来的")
        await relay.relay_once()
        assert heard(listener) == []
    await relay.relay_once()
    assert len(heard(listener)) == 1


async def test_who_comes_back_hears_what_he_missed_and_nothing_twice(works: Works) -> None:
    one = await somebody(works)
    relay = Relay(works)
    first = Listener(customer_id=one, prefixes=())
    await relay.join(first, None)
    await renamed(works, one, "甲")
    await relay.relay_once()
    [news] = heard(first)
    relay.leave(first)
    await renamed(works, one, "乙")
    await renamed(works, one, "丙")
    second = Listener(customer_id=one, prefixes=())
    other = Listener(customer_id=None, prefixes=("customers.",))
    await relay.join(other, None)
    await relay.relay_once()
    missed = await relay.join(second, cursor_of(news["id"]))
    assert len(missed) == 2
    await relay.relay_once()
    assert heard(second) == []


async def test_a_process_that_starts_anew_tells_what_was_missed(works: Works) -> None:
    one = await somebody(works)
    before = Relay(works)
    listener = Listener(customer_id=one, prefixes=())
    await before.join(listener, None)
    await renamed(works, one, "甲")
    await before.relay_once()
    [news] = heard(listener)
    await renamed(works, one, "乙")
    after = Relay(works)
    again = Listener(customer_id=one, prefixes=())
    assert len(await after.join(again, cursor_of(news["id"]))) == 1


async def test_what_happens_while_a_page_is_on_its_way_is_told(
    works: Works, visitor: httpx.AsyncClient, hire: Hire
) -> None:
    one = await somebody(works)
    visitor.cookies.set("yizhan_session", await hire("agent"))
    page = await visitor.get(f"/customers/{one}", headers={"Accept": "text/html"})
    [settled] = re.findall(r'name="settled" content="([^"]+)"', page.text)
    await renamed(works, one, "甲")
    relay = Relay(works)
    late = Listener(customer_id=one, prefixes=())
    assert len(await relay.join(late, cursor_of(settled))) == 1
    part = await visitor.get(f"/customers/{one}", headers={"HX-Request": "true"})
    assert "settled" not in part.text


async def test_who_missed_too_much_is_told_to_load_again(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BACKLOG_MAX", 3)
    monkeypatch.setattr(live, "BATCH", 2)
    one = await somebody(works)
    for n in range(8):
        await renamed(works, one, f"第{n}")
    relay = Relay(works)
    assert await relay.join(Listener(customer_id=one, prefixes=()), (1, one)) == [RESET]


async def test_who_does_not_keep_up_is_told_to_load_again_and_costs_no_memory() -> None:
    listener = Listener(customer_id=None, prefixes=("cases.",))
    for n in range(live.BUFFER * 3):
        listener.tell(b"data: %d\n\n" % n)
    assert listener.buffer.qsize() == 1 and listener.buffer.get_nowait() == RESET


def test_an_id_that_was_never_ours_is_refused() -> None:
    assert cursor_of("") is None
    some = "-01890000000070008000000000000000"
    for text in ("abc", "1-2", f"x{some}", f"-1{some}", f"{2**64}{some}"):
        with pytest.raises(Invalid):
            cursor_of(text)


async def test_who_may_not_see_cases_hears_nothing_of_them(
    visitor: httpx.AsyncClient, hire: Hire
) -> None:
    headers = bearer(await hire("product"))
    assert (await visitor.get("/live/queue", headers=headers)).status_code == 403


# ---------------------------------------------------------------- a real server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(database: str, folder: Any) -> AsyncIterator[str]:
    """The web command on this database; its address."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "yizhan.cli", "web", "--port", str(port), "--processes", "1"),
        env={
            **os.environ,
            "YIZHAN_DATABASE_URL": database,
            "YIZHAN_DATA_DIR": str(folder),
            "YIZHAN_POOL_SIZE": "4",
        },
        stderr=asyncio.subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=address) as client:
            for _ in range(600):
                await asyncio.sleep(0.1)
                try:
                    if (await client.get("/health/ready")).status_code == 200:
                        break
                except httpx.TransportError:
                    assert process.returncode is None
        yield address
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 20)


async def next_news(lines: AsyncIterator[str]) -> tuple[str, dict[str, Any]]:
    """The next event of a stream: its id and data; heartbeats are passed over."""
    event_id = ""
    async with asyncio.timeout(10):
        async for line in lines:
            if line.startswith("id: "):
                event_id = line.removeprefix("id: ")
            elif line.startswith("data: "):
                return event_id, json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream ended")


@pytest.mark.processes
async def test_a_browser_hears_at_once_and_goes_on_where_it_was(
    works: Works, database: str, hire: Hire, tmp_path: Any
) -> None:
    one = await somebody(works)
    token = await hire("agent")
    async with (
        serving(database, tmp_path) as address,
        httpx.AsyncClient(base_url=address, headers=bearer(token), timeout=15) as client,
    ):
        path = f"/live/customers/{one}"
        async with client.stream("GET", path) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert stream.headers["cache-control"] == "no-store"
            lines = stream.aiter_lines()
            await renamed(works, one, "甲")
            last, news = await next_news(lines)
            assert news["name"] == "customers.customer_changed"
        await renamed(works, one, "乙")
        async with works.begin(SYSTEM) as work:
            await cases.open_case(
                work, customer_id=one, class_code="fault.voice", subject="No signal"
            )
        async with client.stream("GET", path, headers={"Last-Event-ID": last}) as stream:
            lines = stream.aiter_lines()
            names = [(await next_news(lines))[1]["name"] for _ in range(2)]
            assert names == ["customers.customer_changed", "cases.opened"]
        async with client.stream("GET", "/live/queue") as stream:
            lines = stream.aiter_lines()
            async with works.begin(SYSTEM) as work:
                await cases.open_case(
                    work, customer_id=one, class_code="fault.data", subject="No data"
                )
            _, news = await next_news(lines)
            assert news["name"].startswith("cases.")
        answer = await client.get(path, headers={"Authorization": "Bearer " + "x" * 40})
        assert answer.status_code in (303, 401)


async def test_a_session_that_ended_ends_its_stream(
    works: Works, hire: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    token = await hire("agent")
    async with works.read(SYSTEM) as work:
        entry = await staff.entry_of_token(work.db, token, now=work.now, channel="desk")
    relay = Relay(works)
    listener = Listener(customer_id=None, prefixes=("cases.",))
    pieces = live.stream(relay, listener, None, entry.token_id)
    assert await anext(pieces) == live.HEARTBEAT
    assert await anext(pieces) == live.HEARTBEAT
    async with works.begin(entry.actor) as work:
        await staff.sign_out(work, entry.token_id)
    rest = [piece async for piece in pieces]
    assert len(rest) <= 1 and relay.listeners == set()
