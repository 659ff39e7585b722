"""Payment and customer view over HTTP, through the real stack, against pgbench on the same SQL."""

import asyncio
import random
import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec

from yizhan.bench import capture, load, pgbench
from yizhan.bench.conditions import check
from yizhan.kernel.ids import new_id
from yizhan.settings import Settings

CLIENTS = 16
CAPTURED = 640
"""Keys whose statements are captured for the limit: forty to each client."""


class House(msgspec.Struct, frozen=True, kw_only=True):
    """A running house to be measured."""

    settings: Settings
    url: str
    host: str
    port: int
    tokens: tuple[str, ...]
    """One for each client: a till belongs to one person."""
    every_right: str = ""
    """The token of an API client that may do everything."""
    password: str = ""
    """Of each till."""
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
    """Cash payments at saturation, a till to each client: token, right, event, ledger, receipt."""
    rows = await some(
        house.url,
        "SELECT id FROM account WHERE payment_kind = 'postpaid' AND status = 'active'"
        " ORDER BY random() LIMIT $1",
        2000,
    )
    keys = [str(row["id"]) for row in rows]
    script = await _captured(house, keys[:CAPTURED], _payment_request, _fresh_payment)
    return await _pairs(house, "payment", keys, script, rounds, seconds)


async def views(house: House, *, rounds: int, seconds: int) -> dict[str, Any]:
    """The customer on one screen."""
    rows = await some(house.url, "SELECT id FROM customer ORDER BY random() LIMIT $1", 2000)
    keys = [str(row["id"]) for row in rows]
    script = await _captured(house, keys[:CAPTURED], _view_request, _fresh_view)
    return await _pairs(house, "view", keys, script, rounds, seconds)


async def _pairs(
    house: House,
    what: str,
    keys: Sequence[str],
    script: capture.Script,
    rounds: int,
    seconds: int,
) -> dict[str, Any]:
    await capture.keep(house.url, script)
    program = pgbench.binary(house.binaries)
    done = []
    for _ in range(rounds):
        ours = await _apart(house, what, keys, seconds)
        limit = await asyncio.to_thread(
            pgbench.run, program, house.url, script.text, clients=CLIENTS, seconds=seconds
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
        "tokens": house.tokens,
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
    headers = [
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        for token in task["tokens"]
    ]
    keys = task["keys"]
    chance = random.Random()

    def payment(client: int) -> bytes:
        body = b'{"amount_fen": %d}' % chance.randint(100, 20_000)
        own = {**headers[client], "Idempotency-Key": str(new_id())}
        path = f"/api/v1/accounts/{chance.choice(keys)}/payments"
        return load.request("POST", path, host=host, headers=own, body=body)

    def view(client: int) -> bytes:
        path = f"/api/v1/customers/{chance.choice(keys)}"
        return load.request("GET", path, host=host, headers=headers[client])

    def search(client: int) -> bytes:
        path = str(httpx.URL("/api/v1/search", params={"q": chance.choice(keys)}))
        return load.request("GET", path, host=host, headers=headers[client])

    return {"payment": payment, "view": view, "search": search}[task["what"]]


# ---------------------------------------------------------------- the same SQL


def _payment_request(account: str, token: str) -> httpx.Request:
    return httpx.Request(
        "POST",
        f"http://127.0.0.1/api/v1/accounts/{account}/payments",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(new_id())},
        json={"amount_fen": 12_345},
    )


def _view_request(customer: str, token: str) -> httpx.Request:
    return httpx.Request(
        "GET",
        f"http://127.0.0.1/api/v1/customers/{customer}",
        headers={"Authorization": f"Bearer {token}"},
    )


def _fresh_payment(statement: capture.Statement, number: int) -> str | None:
    """New ids, a new key and the moment; everything else as captured."""
    if "post_payment" not in statement.sql:
        return None
    if number in (1, 2):
        return capture.FRESH_ID
    if number == 18 and statement.args[17]:
        return f"ARRAY[{', '.join(capture.FRESH_ID for _ in statement.args[17])}]"
    return {10: f"({capture.FRESH_ID})::text", 12: "clock_timestamp()"}.get(number)


def _fresh_view(statement: capture.Statement, number: int) -> str | None:
    """A new id for the row that says who looked."""
    columns = re.search(r"INSERT INTO read_audit \(([^)]*)\)", statement.sql)
    if columns is None:
        return None
    names = [name.strip() for name in columns[1].split(",")]
    return capture.FRESH_ID if names.index("id") + 1 == number else None


async def _captured(
    house: House,
    keys: Sequence[str],
    request: Callable[[str, str], httpx.Request],
    fresh: capture.Fresh,
) -> capture.Script:
    seen = []
    async with capture.capturing(house.settings) as ask:
        for place, key in enumerate(keys):
            answer = await ask(request(key, house.tokens[place % CLIENTS]))
            if answer.status not in (200, 201):
                raise RuntimeError(f"A request answered {answer.status}.")
            seen.append(answer.statements)
    return capture.template(seen, fresh=fresh, lanes=CLIENTS)


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
