"""The network and the worker as processes of their own, and some lines to do things for."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from conftest import ObedientHouse

from yizhan.domain import customers, provisioning, subscriptions
from yizhan.domain.collections.tests.town import Town
from yizhan.kernel.actor import SYSTEM
from yizhan.platform import vault
from yizhan.platform.invariants import breaches
from yizhan.platform.work import Works
from yizhan.web.conftest import app, hire, visitor  # noqa: F401

SECRET = "a secret of a network and a house"
NUMBERS = tuple(f"1300000000{n}" for n in range(1, 4))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A process that is killed, not asked."""

    process: subprocess.Popen[Any] | None = None

    def run(self, *command: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


class Network(Process):
    """The network's simulator, its strings to pull and its memory to look at."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        state = str(self.folder / "register.jsonl")
        self.run(
            "yizhan_sims.network", "--port", str(self.port), "--state", state,
            NETWORK_SECRET=SECRET,
        )  # fmt: skip
        for _ in range(600):
            with suppress(httpx.HTTPError):
                await self.ask("GET", "/health")
                return
            await asyncio.sleep(0.05)
        raise AssertionError("the network does not come up")

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        async with httpx.AsyncClient(trust_env=False, base_url=self.url) as client:
            return (await client.request(method, path, json=body)).json()

    async def behave(self, mood: str, **more: Any) -> None:
        await self.ask("POST", "/moods", {"mood": mood, **more})

    async def until_held(self, count: int) -> None:
        """Wait until so many requests are done there, and their answers held back."""
        for _ in range(1200):
            if (await self.ask("GET", "/health"))["held"] == count:
                return
            await asyncio.sleep(0.05)
        raise AssertionError("the network was not asked")


class House(Process):
    """Its worker is a process; the test asks and looks."""

    def __init__(self, works: Works, database: str, folder: Path, network: Network) -> None:
        self.works, self.network = works, network
        self.environment = {
            "YIZHAN_DATABASE_URL": database,
            "YIZHAN_DATA_DIR": str(folder),
            "YIZHAN_NETWORK_URL": network.url,
            "YIZHAN_NETWORK_SECRET": SECRET,
        }
        self.lines: list[subscriptions.Line] = []

    async def found(self) -> None:
        vault.unlock(b"a secret of thirty-two bytes, 1!")
        async with self.works.begin(SYSTEM) as work:
            customer = await customers.create_customer(work, name="陈先生")
            account = await customers.open_account(work, customer.id)
            for number in NUMBERS:
                line = await subscriptions.create_line(
                    work, customer_id=customer.id, kind=subscriptions.LineKind.MOBILE,
                    number=number, account_id=account.id, area="022", from_stock=False,
                )  # fmt: skip
                self.lines.append(line)
        for line in self.lines:
            said = {"line_id": str(line.id), "number": line.number}
            await self.network.ask("PUT", f"/lines/{line.id}", said)

    def start(self) -> None:
        self.run("yizhan.cli", "worker", **self.environment)

    async def ask(self, action: str, line: int, key: str) -> UUID:
        async with self.works.begin(SYSTEM) as work:
            asked = await provisioning.request(
                work, line_id=self.lines[line].id, action=action, key=key
            )
        return asked.id

    async def standing(self, asked: list[UUID]) -> list[str]:
        async with self.works.read(SYSTEM) as work:
            return [(await provisioning.get(work, one)).state.value for one in asked]

    async def until(self, asked: list[UUID], *states: str) -> None:
        """Wait for all of them to stand so."""
        for _ in range(1200):
            if set(await self.standing(asked)) <= set(states):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(await self.standing(asked))

    async def let_leases_end(self) -> None:
        """What the dead had taken is free for the next, as it is ten seconds later."""
        async with self.works.pool.acquire() as db:
            await db.execute("UPDATE network_request SET lease_until = now(), due_at = now()")

    async def assert_whole(self, asked: list[UUID]) -> None:
        """Each was done once, in the order asked, told once; nothing waits or failed."""
        for one in asked:
            assert (await self.network.ask("GET", f"/requests/{one}"))["effects"] == 1
        async with self.works.read(SYSTEM) as work:
            for proof in provisioning.INVARIANTS:
                assert await breaches(work.db, proof) == [], proof.name
            assert (
                await work.db.fetchval("SELECT count(*) FROM job WHERE failed_at IS NOT NULL") == 0
            )
            assert await work.db.fetchval(
                "SELECT count(*) FROM event WHERE name = 'provisioning.done'"
            ) == len(asked)


@pytest.fixture
async def house(works: Works, database: str, tmp_path: Path) -> AsyncIterator[House]:
    network = Network(tmp_path)
    await network.start()
    one = House(works, database, tmp_path, network)
    await one.found()
    try:
        yield one
    finally:
        one.kill()
        network.kill()


@pytest.fixture
def town(pool: object, network: ObedientHouse) -> Town:
    """An account, a line, and a clock that stops at everything that is due."""
    return Town(pool, network)
