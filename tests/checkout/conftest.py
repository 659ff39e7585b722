"""The provider as a process of its own, the house's web floor over HTTP, somebody to pay for."""

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

from yizhan import main
from yizhan.channels.payment_provider import HttpProvider
from yizhan.domain import assurance, checkout, customers, ledger, payments, subscriptions
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.ids import NIL
from yizhan.platform import vault
from yizhan.platform.invariants import breaches
from yizhan.platform.jobs import Worker
from yizhan.platform.work import UnitOfWork, Works
from yizhan.web.app import build_app
from yizhan.web.config import WebConfig
from yizhan.web.conftest import app, hire, visitor  # noqa: F401

SECRET = "a secret of a provider and a house"
NUMBER = "13000000001"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Sim:
    """The provider's process and the strings to pull."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port, self.base = folder, port, f"http://127.0.0.1:{port}"
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "yizhan_sims.provider",
                "--port", str(self.port), "--data", str(self.folder),
            ],
            env={**os.environ, "PROVIDER_SECRET": SECRET},
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("ready")
        for _ in range(200):
            try:
                if httpx.get(f"{self.base}/health", trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
        raise AssertionError("the provider does not come up")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    async def pull(self, what: str, **said: Any) -> Any:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{self.base}/control/{what}", json=said)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def visit(self, url: str, answer: str = "pay") -> str:
        """A payer opens the address and presses a button; the page he sees then."""
        async with httpx.AsyncClient(trust_env=False) as client:
            page = await client.get(url)
            form = re.search(r"action='([^']+)'", page.text)
            assert form, page.text
            done = await client.post(f"{self.base}{form[1]}", data={"answer": answer})
        return done.text


@pytest.fixture(scope="session")
def sim_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sim]:
    sim = Sim(tmp_path_factory.mktemp("provider"), free_port())
    sim.start()
    yield sim
    sim.kill()


class House:
    """The house at work: its web floor over HTTP, its worker stepped by the test."""

    def __init__(self, works: Works, sim: Sim) -> None:
        self.works, self.sim = works, sim
        self.worker = Worker(works, main.handlers(), concurrency=8, together=main.together())
        self.customer_id = self.account_id = self.line_id = NIL
        self.notice_url = ""

    def reading(self) -> Any:
        return self.works.read(SYSTEM)

    async def pay_into(self, amount: int = 50_00, **said: Any) -> checkout.Intent:
        said = {"means": "redirect", "key": f"k{amount}", "account_id": self.account_id} | said
        async with self.works.begin(SYSTEM) as work:
            return await checkout.start(work, amount_fen=amount, **said)

    async def get(self, intent: checkout.Intent) -> checkout.Intent:
        async with self.reading() as work:
            return await checkout.get(work, intent.id)

    async def until(self, intent: checkout.Intent, *states: str) -> checkout.Intent:
        """Wait for callbacks to bring an intent to one of *states*."""
        for _ in range(300):
            found = await self.get(intent)
            if found.state in states:
                return found
            await asyncio.sleep(0.02)
        raise AssertionError(f"still {found.state}, wanted {states}")

    async def balance(self) -> int:
        async with self.reading() as work:
            found = await ledger.balance_of(
                work, self.customer_id, self.account_id, ledger.Bucket.RECEIVABLE
            )
            return found.credits_posted - found.debits_posted

    async def later(self, seconds: float) -> None:
        """Let time pass for the house, and do what becomes due."""
        async with self.works.pool.acquire() as db:
            await db.execute("UPDATE job SET run_at = run_at - make_interval(secs => $1)", seconds)
        await self.worker.drain()

    async def verdicts(self, intent: checkout.Intent) -> list[str]:
        async with self.reading() as work:
            heard = await checkout.list_heard(work, order_no=intent.order_no)
        return sorted(one.verdict for one in heard)

    async def assert_whole(self) -> None:
        log = [one for one in assurance.checks() if one.name.startswith("events.")]
        async with self.reading() as work:
            for one in (*ledger.INVARIANTS, *payments.INVARIANTS, *checkout.INVARIANTS, *log):
                assert await breaches(work.db, one) == [], one.name


async def settle(work: UnitOfWork, house: House) -> None:
    customer = await customers.create_customer(work, name="张三")
    account = await customers.open_account(
        work, customer.id, payment_kind=customers.PaymentKind.POSTPAID
    )
    line = await subscriptions.create_line(
        work, customer_id=customer.id, kind=subscriptions.LineKind.MOBILE, number=NUMBER,
        account_id=account.id, area="022", from_stock=False,
    )  # fmt: skip
    house.customer_id, house.account_id, house.line_id = customer.id, account.id, line.id


_works: list[Works] = []


@cache
def _floor() -> Litestar:
    """The web floor, put together once; each test lends it its own works."""
    return build_app(lambda: _given(_works[0]), WebConfig(private_callbacks=True))


@pytest.fixture
async def house(works: Works, sim_process: Sim) -> AsyncIterator[House]:
    vault.unlock(b"a secret of thirty-two bytes, 1!")
    works = Works(works.pool, listeners=main.listeners())
    port = free_port()
    _works[:] = [works]
    server = Server(_floor(), port=port, interface=Interfaces.ASGI, log_enabled=False)
    serving = asyncio.create_task(server.serve())
    provider = HttpProvider(
        base=sim_process.base,
        merchant="yizhan",
        secret=SECRET,
        notify_url=f"http://127.0.0.1:{port}/provider/notice",
        timeout_seconds=1.0,
    )
    checkout.connect(provider)
    one = House(works, sim_process)
    one.notice_url = f"http://127.0.0.1:{port}/provider/notice"
    async with works.begin(SYSTEM) as work:
        await settle(work, one)
    try:
        yield one
    finally:
        checkout.connect(None)
        await provider.close()
        server.stop()
        await serving


class _given:
    """The works of a test, for a floor that would open its own."""

    def __init__(self, works: Works) -> None:
        self.works = works

    async def __aenter__(self) -> Works:
        return self.works

    async def __aexit__(self, *_: object) -> None:
        return None


@pytest.fixture
def visitor_url(house: House) -> str:
    """Where anybody may claim to be the provider."""
    return house.notice_url
