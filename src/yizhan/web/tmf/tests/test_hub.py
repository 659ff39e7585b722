"""Subscriptions and their deliveries, to a listener that really listens."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from yizhan.domain import cases, staff
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.errors import Invalid, Refused
from yizhan.platform.work import Works
from yizhan.web.tmf import callback
from yizhan.web.tmf.hub import deliver, gather
from yizhan.web.tmf.hubs import HUBS
from yizhan.web.tmf.resource import Hrefs
from yizhan.web.tmf.tests.conftest import Town
from yizhan.web.tmf.tests.schemas import event_problems, problems

HREFS = Hrefs("http://desk", ZoneInfo("Asia/Shanghai"))
TICKET_HUB = "/tmf-api/troubleTicket/v4/hub"


class Listener:
    """A server of a few lines that keeps what it is sent."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.answer = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length:")[2].split()[0])
        body = json.loads(await reader.readexactly(length))
        self.heard.append((head.split()[1], body))
        writer.write(self.answer)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    listener.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/crm"
    async with server:
        yield listener


async def tell(works: Works) -> int:
    while await gather(works, HUBS, HREFS):
        pass
    return await deliver(works, private=True)


async def subscribe(crm: httpx.AsyncClient, **sent: str) -> dict[str, Any]:
    answer = await crm.post(TICKET_HUB, json=sent)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    assert answer.headers["location"].endswith(body["id"])
    return body


async def test_what_happens_after_subscribing_is_told_once(
    crm: httpx.AsyncClient, works: Works, town: Town
) -> None:
    async with listening() as listener:
        await subscribe(crm, callback=listener.url)
        async with works.begin(SYSTEM) as work:
            await cases.take(work, town.fault.id)
        await tell(works)
        await tell(works)
    [(path, event)] = listener.heard
    assert path == "/crm/listener/troubleTicketStatusChangeEvent"
    assert event["eventType"] == "TroubleTicketStatusChangeEvent"
    assert event_problems("troubleTicket", event["eventType"], event) == []
    ticket = event["event"]["troubleTicket"]
    assert ticket["id"] == str(town.fault.id) and ticket["status"] == "inProgress"
    assert problems("troubleTicket", ticket) == []


async def test_only_the_wanted_events_are_told(
    crm: httpx.AsyncClient, works: Works, town: Town
) -> None:
    async with listening() as listener:
        await subscribe(crm, callback=listener.url, query="eventType=TroubleTicketResolvedEvent")
        async with works.begin(SYSTEM) as work:
            await cases.take(work, town.fault.id)
            await cases.answer(work, town.fault.id, text="Mended.", outcome=cases.Outcome.SOLVED)
        await tell(works)
    assert [path.rsplit("/", 1)[1] for path, _ in listener.heard] == ["troubleTicketResolvedEvent"]


async def test_a_listener_that_fails_is_told_again_later(
    crm: httpx.AsyncClient, works: Works, town: Town
) -> None:
    real = works.clock
    async with listening() as listener:
        good, listener.answer = listener.answer, b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
        await subscribe(crm, callback=listener.url)
        async with works.begin(SYSTEM) as work:
            await cases.take(work, town.fault.id)
        await tell(works)
        listener.answer = good
        assert await deliver(works, private=True) == 0  # not yet due again
        works.clock = lambda: real() + timedelta(minutes=1)
        assert await deliver(works, private=True) == 1
    assert len(listener.heard) == 2
    assert listener.heard[0][1]["eventId"] == listener.heard[1][1]["eventId"]
    async with works.pool.acquire() as db:
        assert await db.fetchval("SELECT count(*) FROM open_api_delivery") == 0


async def test_a_listener_that_is_gone_is_given_up_in_the_end(
    crm: httpx.AsyncClient, works: Works, town: Town
) -> None:
    async with listening() as listener:
        await subscribe(crm, callback=listener.url)
    async with works.begin(SYSTEM) as work:
        await cases.take(work, town.fault.id)
    real, hours = works.clock, 0
    for _ in range(12):
        works.clock = lambda later=timedelta(hours=hours): real() + later  # type: ignore[misc]
        await tell(works)
        hours += 2
    async with works.pool.acquire() as db:
        row = await db.fetchrow("SELECT * FROM open_api_delivery")
    assert row["failed_at"] is not None and row["attempts"] == 10
    assert row["last_error"]


async def test_one_who_leaves_is_told_no_more(
    crm: httpx.AsyncClient, works: Works, town: Town
) -> None:
    async with listening() as listener:
        body = await subscribe(crm, callback=listener.url)
        assert (await crm.delete(f"{TICKET_HUB}/{body['id']}")).status_code == 204
        assert (await crm.delete(f"{TICKET_HUB}/{body['id']}")).status_code == 404
        async with works.begin(SYSTEM) as work:
            await cases.take(work, town.fault.id)
        await tell(works)
    assert listener.heard == []


async def test_a_client_whose_key_was_taken_back_is_told_no_more(
    crm: httpx.AsyncClient, works: Works, town: Town
) -> None:
    async with listening() as listener:
        await subscribe(crm, callback=listener.url)
        async with works.begin(SYSTEM) as work:
            await staff.disable_client(work, town.client_id)
            await cases.take(work, town.fault.id)
        await tell(works)
    assert listener.heard == []


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"callback": "ftp://example.com"},
        {"callback": "http://user@example.com/x"},
        {"callback": "http://example.com/?a=b"},
        {"callback": "http://127.0.0.1/x", "query": "eventType=NoSuchEvent"},
        {"callback": "http://127.0.0.1/x", "query": "colour=red"},
        {"callback": "http://127.0.0.1/x", "colour": "red"},
    ],
)
async def test_a_subscription_that_cannot_work_is_refused(
    crm: httpx.AsyncClient, sent: dict[str, str]
) -> None:
    assert (await crm.post(TICKET_HUB, json=sent)).status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/x", "http://localhost/x", "http://10.0.0.8/x", "http://169.254.169.254/",
        "http://[::1]/x", "http://[::ffff:127.0.0.1]/x", "http://0.0.0.0/x", "http://2130706433/x",
        "http://[fd00::1]/", "http://[64:ff9b::7f00:1]/",
    ],
)  # fmt: skip
async def test_a_private_address_is_not_called_unless_allowed(address: str) -> None:
    with pytest.raises((Refused, Invalid)):
        await callback.check(address, private=False)
    with pytest.raises((Refused, Invalid)):
        await callback.send(address, {}, private=False)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888"])
def test_a_public_address_is_public(address: str) -> None:
    assert callback.public(address)
