"""Payment and customer view over HTTP, through the real stack, against pgbench on the same SQL."""

import asyncio
import random
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec

from yizhan.bench import capture, load, pgbench
from yizhan.bench.conditions import check
from yizhan.kernel.ids import new_id
from yizhan.settings import Settings

CLIENTS = 16
SCRIPTS_MAX = 100


class House(msgspec.Struct, frozen=True, kw_only=True):
    """A running house to be measured."""

    settings: Settings
    url: str
    host: str
    port: int
    token: str
    binaries: Path | None = None


class Round(msgspec.Struct, frozen=True):
    """One pair: ours, then the limit, on the same rows."""

    ours: load.Load
    limit: pgbench.Limit

    @property
    def ratio(self) -> float:
        """Ours as a share of the limit."""
        return round(self.ours.per_second / self.limit.per_second, 3)


def summary(rounds: Sequence[Round]) -> dict[str, Any]:
    """Medians over the pairs, and each pair beside them."""
    return {
        "per_second": statistics.median(r.ours.per_second for r in rounds),
        "p50_ms": statistics.median(r.ours.p50_ms for r in rounds),
        "p99_ms": statistics.median(r.ours.p99_ms for r in rounds),
        "failed": sum(r.ours.failed for r in rounds),
        "pgbench_per_second": statistics.median(r.limit.per_second for r in rounds),
        "ratio": round(statistics.median(r.ratio for r in rounds), 3),
        "pairs": [
            {"per_second": r.ours.per_second, "pgbench": r.limit.per_second, "ratio": r.ratio}
            for r in rounds
        ],
    }


async def conditions(url: str) -> dict[str, Any]:
    """The server's durability. Raises ``NotDurable``."""
    connection = await asyncpg.connect(url)
    try:
        return await check(connection)
    finally:
        await connection.close()


async def some(url: str, sql: str, count: int) -> list[Any]:
    """*count* random rows."""
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql, count))
    finally:
        await connection.close()


async def payments(house: House, *, rounds: int, seconds: int) -> dict[str, Any]:
    """Cash payments at saturation: token, right, event, ledger, receipt."""
    rows = await some(
        house.url,
        "SELECT id FROM account WHERE payment_kind = 'postpaid' AND status = 'active'"
        " ORDER BY random() LIMIT $1",
        2000,
    )
    accounts = [row["id"] for row in rows]
    scripts = await _payment_scripts(house, accounts)
    done = []
    for _ in range(rounds):
        ours = await _apart(house, "payment", [str(account) for account in accounts], seconds)
        limit = pgbench.run_many(
            pgbench.binary(house.binaries), house.url, scripts, clients=CLIENTS, seconds=seconds
        )
        done.append(Round(ours, limit))
    return {"clients": CLIENTS, "seconds": seconds, **summary(done)}


async def views(house: House, *, rounds: int, seconds: int) -> dict[str, Any]:
    """The customer on one screen."""
    rows = await some(house.url, "SELECT id FROM customer ORDER BY random() LIMIT $1", 2000)
    customers = [row["id"] for row in rows]
    scripts = await _view_scripts(house, customers[:SCRIPTS_MAX])
    done = []
    for _ in range(rounds):
        ours = await _apart(house, "view", [str(one) for one in customers], seconds)
        limit = pgbench.run_many(
            pgbench.binary(house.binaries), house.url, scripts, clients=CLIENTS, seconds=seconds
        )
        done.append(Round(ours, limit))
    return {"clients": CLIENTS, "seconds": seconds, **summary(done)}


async def searches(house: House, *, seconds: int) -> dict[str, Any]:
    """Search by number and by name, no limit beside it: the size of the base is what varies."""
    numbers = await some(
        house.url, "SELECT number FROM line_number ORDER BY random() LIMIT $1", 1000
    )
    names = await some(house.url, "SELECT name FROM party ORDER BY random() LIMIT $1", 300)
    by_number = await _apart(house, "search", [row["number"] for row in numbers], seconds)
    by_name = await _apart(house, "search", [row["name"] for row in names], seconds)
    return {"number": msgspec.to_builtins(by_number), "name": msgspec.to_builtins(by_name)}


# ---------------------------------------------------------------- the load, in its own process


async def _apart(house: House, what: str, keys: Sequence[str], seconds: int) -> load.Load:
    """Run the load in another process, so that the server does not share our interpreter."""
    task = {
        "what": what,
        "host": house.host,
        "port": house.port,
        "token": house.token,
        "keys": list(keys),
        "seconds": seconds,
        "clients": CLIENTS,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "yizhan.bench.desk"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    out, _ = await process.communicate(msgspec.json.encode(task))
    if process.returncode != 0:
        raise RuntimeError(f"The load ended with {process.returncode}.")
    return msgspec.json.decode(out, type=load.Load)


def _maker(task: dict[str, Any]) -> load.Request:
    host = f"{task['host']}:{task['port']}"
    headers = {"Authorization": f"Bearer {task['token']}", "Content-Type": "application/json"}
    keys = task["keys"]
    chance = random.Random()

    def payment(_: int) -> bytes:
        body = b'{"amount_fen": %d}' % chance.randint(100, 20_000)
        own = {**headers, "Idempotency-Key": str(new_id())}
        path = f"/api/v1/accounts/{chance.choice(keys)}/payments"
        return load.request("POST", path, host=host, headers=own, body=body)

    def view(_: int) -> bytes:
        path = f"/api/v1/customers/{chance.choice(keys)}"
        return load.request("GET", path, host=host, headers=headers)

    def search(_: int) -> bytes:
        path = str(httpx.URL("/api/v1/search", params={"q": chance.choice(keys)}))
        return load.request("GET", path, host=host, headers=headers)

    return {"payment": payment, "view": view, "search": search}[task["what"]]


# ---------------------------------------------------------------- the same SQL


async def _payment_scripts(house: House, accounts: Sequence[UUID]) -> list[str]:
    scripts = []
    async with capture.capturing(house.settings) as ask:
        for account in accounts[:SCRIPTS_MAX]:
            key = str(new_id())
            request = httpx.Request(
                "POST",
                f"http://127.0.0.1/api/v1/accounts/{account}/payments",
                headers={"Authorization": f"Bearer {house.token}", "Idempotency-Key": key},
                json={"amount_fen": 12_345},
            )
            seen = await ask(request)
            if seen.status != 201:
                raise RuntimeError(f"A payment answered {seen.status}.")
            post = next(s for s in seen.statements if "post_payment" in s.sql)
            fresh = [capture.literal(value) for value in post.args[:2]]
            instead = [(text, capture.FRESH_ID) for text in fresh]
            instead.append((capture.quoted(key), f"{capture.FRESH_ID}::text"))
            instead.append((capture.literal(post.args[11]), "clock_timestamp()"))
            instead += [(capture.literal(job), capture.FRESH_ID) for job in (post.args[17] or ())]
            scripts.append(capture.script(seen.statements, instead=instead))
    return scripts


async def _view_scripts(house: House, customers: Sequence[UUID]) -> list[str]:
    scripts = []
    async with capture.capturing(house.settings) as ask:
        for customer in customers:
            request = httpx.Request(
                "GET",
                f"http://127.0.0.1/api/v1/customers/{customer}",
                headers={"Authorization": f"Bearer {house.token}"},
            )
            seen = await ask(request)
            if seen.status != 200:
                raise RuntimeError(f"A customer view answered {seen.status}.")
            audit = next((s for s in seen.statements if "read_audit" in s.sql), None)
            instead = []
            if audit is not None:
                ids = [v for v in audit.args if isinstance(v, UUID) and v != customer]
                instead = [(capture.literal(ids[0]), capture.FRESH_ID)] if ids else []
            scripts.append(capture.script(seen.statements, instead=instead))
    return scripts


def main() -> None:
    """The process that makes the load: a task on standard input, what it came to on output."""
    task = msgspec.json.decode(sys.stdin.buffer.read())
    result = asyncio.run(
        load.run(
            task["host"],
            task["port"],
            _maker(task),
            clients=task["clients"],
            seconds=task["seconds"],
        )
    )
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
