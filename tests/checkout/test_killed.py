"""The web process is killed between a callback and its commit: the payment is posted, and once."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import httpx
import pytest

from yizhan.channels.payment_provider import HttpProvider
from yizhan.domain import checkout, ledger

from .conftest import SECRET, House, Sim, free_port


class Web:
    """A real web server of the house, to be killed."""

    def __init__(self, database: str, folder: Path, sim: Sim) -> None:
        self.port = free_port()
        self.environment = {
            **os.environ,
            "YIZHAN_DATABASE_URL": database,
            "YIZHAN_DATA_DIR": str(folder),
            "YIZHAN_PROVIDER_URL": sim.base,
            "YIZHAN_PROVIDER_SECRET": SECRET,
        }
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: ASYNC220
            [
                sys.executable, "-m", "yizhan.cli", "web",
                "--port", str(self.port), "--processes", "1",
            ],
            env=self.environment,
            start_new_session=True,
        )  # fmt: skip
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(600):
                try:
                    answer = await client.get(f"http://127.0.0.1:{self.port}/health/ready")
                    if answer.status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.1)
        raise AssertionError("the web server does not come up")

    def kill(self) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


@pytest.fixture
async def web(house: House, database: str, tmp_path: Path) -> AsyncIterator[Web]:
    """A web server of its own process, to which the provider tells."""
    one = Web(database, tmp_path, house.sim)
    provider = HttpProvider(
        base=house.sim.base,
        merchant="yizhan",
        secret=SECRET,
        notify_url=f"http://127.0.0.1:{one.port}/provider/notice",
    )
    try:
        await one.start()
        checkout.connect(provider)
        yield one
    finally:
        one.kill()
        await provider.close()


@pytest.mark.processes
async def test_a_web_process_killed_before_the_commit_loses_and_doubles_nothing(
    house: House, web: Web, database: str
) -> None:
    first = await house.pay_into(10_00, key="first")
    await house.sim.visit(first.redirect_url)
    await house.until(first, "paid")

    second = await house.pay_into(50_00, key="second")
    await house.sim.pull("behave", order_no=second.order_no, copies=3)
    blocker = await asyncpg.connect(database)
    held = blocker.transaction()
    await held.start()
    account = ledger.held(house.customer_id, house.account_id, ledger.Bucket.RECEIVABLE)
    await blocker.execute("SELECT 1 FROM ledger_account WHERE id = $1 FOR UPDATE", account.id)
    await house.sim.visit(second.redirect_url)
    for _ in range(1500):  # the callback has written all but the balance, and waits
        await blocker.execute("SELECT pg_stat_clear_snapshot()")
        if await blocker.fetchval(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND query LIKE '%post_payment%' AND datname = current_database()"
        ):
            break
        await asyncio.sleep(0.02)
    else:
        raise AssertionError("no callback arrived")
    web.kill()
    await held.rollback()
    await blocker.close()
    await asyncio.sleep(0.3)
    assert (await house.get(second)).state == "sent"
    assert await house.balance() == 10_00

    await web.start()
    for _ in range(600):
        if (await house.get(second)).state == "paid":
            break
        await asyncio.sleep(0.05)
    assert (await house.get(second)).state == "paid"
    assert await house.balance() == 60_00
    await house.assert_whole()
