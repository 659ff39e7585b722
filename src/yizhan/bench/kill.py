"""kill -9 under payment load: nothing acknowledged may be lost, nothing may be there twice.

Clients take payments, each with a key of its own, and send a key again until somebody answers;
customers pay online and order (``kill_customers``). Meanwhile web processes, worker, database,
payment provider and network are killed at random. Afterwards every acknowledged key must be in the
books exactly once with its amount, the books must balance, and nothing may be stuck.
"""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec

from yizhan.bench import desk, house, kill_customers
from yizhan.kernel.ids import new_id

CLIENTS = 8
BETWEEN_SECONDS = 1.5
PAYMENTS_BETWEEN = 5
RECOVER_SECONDS = 30.0
VICTIMS = ("web", "worker", "postgres", "provider", "network")
_MODULES = {"provider": "yizhan_sims.provider", "network": "yizhan_sims.network"}
_GONE = (httpx.TransportError, httpx.HTTPStatusError)


class Acknowledged(msgspec.Struct, frozen=True):
    """A payment somebody was told is taken."""

    key: str
    account: UUID
    amount: int
    receipt: UUID


async def rounds_of_killing(
    rounds: int, *, port: int, told: Callable[[str], None], subscribers: int = 200
) -> dict[str, Any]:
    """Kill *rounds* times and compare what was said with what is in the books."""
    async with house.standing(subscribers=subscribers, port=port) as there:
        await desk.conditions(there.url)
        accounts = [
            row["id"] for row in await desk.some(there.url, "SELECT id FROM account LIMIT $1", 400)
        ]
        stop = asyncio.Event()
        said: list[Acknowledged] = []
        paying = [
            asyncio.create_task(_pay(there, accounts, said, stop, number))
            for number in range(CLIENTS)
        ]
        customers = kill_customers.Customers(there)
        await customers.begin()
        kills: dict[str, int] = dict.fromkeys(VICTIMS, 0)
        order: list[str] = []
        started = time.monotonic()
        for number in range(rounds):
            await _served(said, BETWEEN_SECONDS)
            order = order or random.sample(VICTIMS, len(VICTIMS))
            victim = order.pop()
            kills[victim] += _kill(victim, there)
            if number % 10 == 9:
                told(
                    f"{number + 1} kills; acknowledged: {len(said)} payments at the desk,"
                    f" {len(customers.paid)} online, {len(customers.ordered)} orders"
                )
        await asyncio.sleep(BETWEEN_SECONDS)
        stop.set()
        await asyncio.wait_for(asyncio.gather(*paying), 120)
        await customers.end()
        await _wait_for_database(there.url)
        verdict = await _compare(there.url, said)
        verdict |= await kill_customers.verdict(there, customers)
        return {
            "rounds": rounds,
            "kills": kills,
            "seconds": round(time.monotonic() - started, 1),
            "acknowledged": len(said),
            "paid_online": len(customers.paid),
            "ordered": len(customers.ordered),
            **verdict,
            "broken": sum(verdict.values()),
        }


async def _served(said: list[Acknowledged], least: float) -> None:
    """Wait until the house has taken payments again, so that every kill meets one at work."""
    begun, wanted = time.monotonic(), len(said) + PAYMENTS_BETWEEN
    while time.monotonic() - begun < least or (  # noqa: ASYNC110
        len(said) < wanted and time.monotonic() - begun < RECOVER_SECONDS
    ):
        await asyncio.sleep(0.05)


async def _pay(
    there: desk.House,
    accounts: list[UUID],
    said: list[Acknowledged],
    stop: asyncio.Event,
    number: int,
) -> None:
    chance = random.Random(number)
    headers = {"Authorization": f"Bearer {there.tokens[number]}"}
    base = f"http://{there.host}:{there.port}"
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=10) as client:
        while not stop.is_set():
            key, account, amount = str(new_id()), chance.choice(accounts), chance.randint(1, 9_999)
            receipt = await _until_answered(client, key, account, amount)
            said.append(Acknowledged(key, account, amount, receipt))


async def _until_answered(client: httpx.AsyncClient, key: str, account: UUID, amount: int) -> UUID:
    """The same key again and again, as a till does, until somebody says it is taken."""
    while True:
        with contextlib.suppress(*_GONE):
            answer = await client.post(
                f"/api/v1/accounts/{account}/payments",
                json={"amount_fen": amount},
                headers={"Idempotency-Key": key},
            )
            if answer.status_code in (200, 201):
                return UUID(answer.json()["id"])
            if answer.status_code < 500:
                raise RuntimeError(f"A payment was answered {answer.status_code}: {answer.text}")
        await asyncio.sleep(0.05)


def _kill(victim: str, there: desk.House) -> int:
    found = list(_processes(victim, there))
    for pid in found[:1]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return min(1, len(found))


def _processes(victim: str, there: desk.House) -> Iterable[int]:
    """Processes of the measured house by their command line; the database by its folder."""
    folder = str(Path(there.settings.data_dir).resolve())
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    random.shuffle(pids)
    for pid in pids:
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            if victim == "postgres":
                if "-D" in words and words[words.index("-D") + 1].startswith(folder):
                    yield pid
            elif _MODULES.get(victim, victim) in words and _of_house(pid, folder):
                yield pid


def _of_house(pid: int, folder: str) -> bool:
    environment = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    return f"YIZHAN_DATA_DIR={folder}" in environment.split("\0")


async def _wait_for_database(url: str) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError, asyncpg.PostgresError):
            await (await asyncpg.connect(url)).close()
            return
        await asyncio.sleep(0.1)


async def _compare(url: str, said: list[Acknowledged]) -> dict[str, int]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT key, id, amount FROM ledger_transfer WHERE kind = 'payment'"
        )
        books: dict[str, list[Any]] = {}
        for row in rows:
            books.setdefault(row["key"].removeprefix("payment:"), []).append(row)
        lost = sum(1 for one in said if one.key not in books)
        doubled = sum(1 for found in books.values() if len(found) > 1)
        wrong = sum(
            1
            for one in said
            for row in books.get(one.key, ())
            if row["amount"] != one.amount or row["id"] != one.receipt
        )
        receipts = await connection.fetchval(
            "SELECT count(*) FROM ledger_transfer t WHERE t.kind = 'payment' AND NOT EXISTS"
            " (SELECT 1 FROM payment p WHERE p.customer_id = t.customer_id AND p.id = t.id)"
        )
        events = await connection.fetchval(
            "SELECT count(*) FROM payment p WHERE p.kind = 'payment' AND (SELECT count(*) FROM"
            " event e WHERE e.customer_id = p.customer_id AND e.name = 'payments.payment_taken'"
            " AND e.payload->>'payment_id' = p.id::text) <> 1"
        )
        books_apart = await connection.fetchval(
            "SELECT count(*) FROM ledger_account a WHERE a.account_id IS NOT NULL AND"
            " a.credits_posted - a.debits_posted <> (SELECT coalesce(sum(CASE WHEN"
            " t.credit_account = a.id THEN t.amount ELSE -t.amount END), 0) FROM ledger_transfer t"
            " WHERE t.customer_id = a.customer_id AND t.state = 'posted'"
            " AND (t.credit_account = a.id OR t.debit_account = a.id))"
        )
    finally:
        await connection.close()
    return {
        "lost": lost,
        "doubled": doubled,
        "wrong": wrong,
        "without_receipt": receipts,
        "without_one_event": events,
        "balances_apart": books_apart,
    }
