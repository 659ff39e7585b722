"""Customers under kill -9: they pay online and order while provider and network are killed too.

A payer begins with a key of his own, sends it again until somebody answers, and then pays at the
provider, again until its page says so. Afterwards the provider's own books and the network's own
register say what must be here: what was paid there, once; what was ordered, done there, once.
"""

import asyncio
import contextlib
import json
import random
import sqlite3
from collections import Counter, deque
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec

from yizhan.bench.acts import FEATURES
from yizhan.bench.desk import House
from yizhan.kernel.ids import new_id

PAYERS = 4
BUYERS = 4
SETTLE_SECONDS = 300.0
_PAUSE = 0.05
_OPEN = (
    "SELECT (SELECT count(*) FROM care_order WHERE state IN ('acknowledged', 'in_progress'))"
    " + (SELECT count(*) FROM network_request"
    " WHERE state IN ('queued', 'sent', 'accepted', 'unanswered'))"
)
_INTENTS = (
    "SELECT i.order_no, i.state, count(p.id) AS posted, coalesce(sum(p.amount), 0)::bigint AS fen"
    " FROM checkout_intent i LEFT JOIN payment p ON p.customer_id = i.customer_id"
    " AND p.method = 'provider' AND p.id = i.payment_id GROUP BY i.order_no, i.state"
)
_NOBODYS = (
    "SELECT count(*) FROM payment p WHERE p.method = 'provider' AND NOT EXISTS (SELECT FROM"
    " checkout_intent i WHERE i.customer_id = p.customer_id AND i.payment_id = p.id)"
)


class Ordered(msgspec.Struct, frozen=True):
    """An order somebody was told is placed."""

    id: UUID
    line_id: UUID
    feature: str


class Customers:
    """Those who pay and order until told to stop, and what they were told."""

    def __init__(self, there: House) -> None:
        self.there = there
        self.stop = asyncio.Event()
        self.paid: dict[str, int] = {}
        """Order number -> fen, of what the provider's page said is paid."""
        self.ordered: list[Ordered] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """Let them in."""
        connection = await asyncpg.connect(self.there.url)
        try:
            accounts = [r["id"] for r in await connection.fetch("SELECT id FROM account LIMIT 400")]
            lines = [
                r["id"]
                for r in await connection.fetch(
                    "SELECT id FROM line WHERE state = 'active' AND kind = 'mobile' ORDER BY id"
                )
            ]
        finally:
            await connection.close()
        self.tasks = [asyncio.create_task(self._pay(accounts, n)) for n in range(PAYERS)] + [
            asyncio.create_task(self._order(lines[n::BUYERS])) for n in range(BUYERS)
        ]

    async def end(self) -> None:
        """Let them finish what they are at."""
        self.stop.set()
        await asyncio.wait_for(asyncio.gather(*self.tasks), 180)

    async def _pay(self, accounts: list[UUID], number: int) -> None:
        chance = random.Random(number)
        async with self._client() as client:
            while not self.stop.is_set():
                amount = chance.randint(1, 9_999)
                body = {
                    "account_id": str(chance.choice(accounts)),
                    "amount_fen": amount,
                    "means": "redirect",
                }
                path = "/api/v1/checkout/payments"
                begun = (await _until_answered(client, path, body, key=str(new_id()))).json()
                url = httpx.URL(begun["redirect_url"])
                await _until_served(client, url)
                decided = url.copy_with(path=f"/pay/{begun['order_no']}", query=None)
                await _until_served(client, decided, answer="pay")
                self.paid[begun["order_no"]] = amount

    async def _order(self, lines: list[UUID]) -> None:
        left = deque((line, feature) for feature in FEATURES for line in lines)
        async with self._client() as client:
            while left and not self.stop.is_set():
                line, feature = left.popleft()
                change = {"kind": "feature", "feature": feature, "on": True}
                path = f"/api/v1/lines/{line}/order"
                seen = await _until_answered(client, f"{path}-previews", {"change": change})
                body = {"change": change, "confirmed": seen.json()["token"]}
                placed = await _until_answered(client, f"{path}s", body, key=str(new_id()))
                if placed.status_code == 409:  # the network still has an order of this line
                    left.append((line, feature))
                    await asyncio.sleep(_PAUSE)
                    continue
                self.ordered.append(Ordered(UUID(placed.json()["id"]), line, feature))

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"http://{self.there.host}:{self.there.port}",
            headers={"Authorization": f"Bearer {self.there.every_right}"},
            timeout=10,
            trust_env=False,
        )


async def _until_answered(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], *, key: str = ""
) -> httpx.Response:
    """The same request, under the same key, until somebody answers it."""
    while True:
        with contextlib.suppress(httpx.TransportError):
            headers = {"Idempotency-Key": key} if key else {}
            answer = await client.post(path, json=body, headers=headers)
            if answer.status_code < 300 or answer.status_code == 409:
                return answer
            if answer.status_code < 500:
                raise RuntimeError(f"{path} was answered {answer.status_code}: {answer.text}")
        await asyncio.sleep(_PAUSE)


async def _until_served(client: httpx.AsyncClient, url: httpx.URL, **form: str) -> None:
    """A page of the provider, asked for or sent again until it is there."""
    while True:
        with contextlib.suppress(httpx.TransportError):
            answer = await (client.post(url, data=form) if form else client.get(url))
            if answer.status_code < 400:
                return
            if answer.status_code < 500:
                raise RuntimeError(f"The provider answered {answer.status_code}: {answer.text}")
        await asyncio.sleep(_PAUSE)


# ---------------------------------------------------------------- afterwards


async def verdict(there: House, said: Customers) -> dict[str, int]:
    """What was lost, doubled, stuck, when everything has had time to come to rest."""
    folder = Path(there.settings.data_dir)
    connection = await asyncpg.connect(there.url)
    try:
        await _rest(connection, folder)
        return {
            **await _payments(connection, folder, said.paid),
            **await _orders(connection, folder, said.ordered),
        }
    finally:
        await connection.close()


async def _rest(connection: Any, folder: Path) -> None:
    clock = asyncio.get_running_loop().time
    begun = clock()
    while clock() - begun < SETTLE_SECONDS:
        rows = {row["order_no"]: row["state"] for row in await connection.fetch(_INTENTS)}
        waiting = [one for one in _paid_there(folder) if rows.get(one) == "sent"]
        if not waiting and not await connection.fetchval(_OPEN):
            return
        await asyncio.sleep(0.5)


async def _payments(connection: Any, folder: Path, told: dict[str, int]) -> dict[str, int]:
    there = _paid_there(folder)
    here = {row["order_no"]: row for row in await connection.fetch(_INTENTS)}
    posted = {number for number, row in here.items() if row["posted"]}
    return {
        "online_lost": sum(1 for number in {*there, *told} if number not in posted),
        "online_never_paid": len(posted - set(there)),
        "online_doubled": sum(1 for row in here.values() if row["posted"] > 1)
        + await connection.fetchval(_NOBODYS),
        "online_wrong": sum(1 for one in posted & set(there) if here[one]["fen"] != there[one]),
        "online_stuck": sum(1 for one in there if one in here and here[one]["state"] != "paid"),
    }


def _paid_there(folder: Path) -> dict[str, int]:
    """What the provider has in its own books as paid: order number -> fen."""
    with contextlib.closing(sqlite3.connect(folder / "provider" / "provider.sqlite")) as books:
        rows = books.execute("SELECT order_no, amount_fen FROM orders WHERE state = 'paid'")
        return dict(rows.fetchall())


async def _orders(connection: Any, folder: Path, told: list[Ordered]) -> dict[str, int]:
    rows = await connection.fetch(
        "SELECT id, line_id, state, change ->> 'feature' AS feature FROM care_order"
        " WHERE kind = 'feature'"
    )
    state = {row["id"]: row["state"] for row in rows}
    times = Counter((row["line_id"], row["feature"]) for row in rows)
    services, effects = _register(folder)
    done = [one for one in told if state.get(one.id) == "completed"]
    return {
        "orders_lost": sum(1 for one in told if one.id not in state),
        "orders_doubled": sum(1 for many in times.values() if many > 1),
        "orders_stuck": sum(1 for one in state.values() if one in ("acknowledged", "in_progress")),
        "orders_failed": sum(1 for one in state.values() if one == "failed"),
        "not_in_the_network": sum(
            1 for one in done if one.feature not in services.get(str(one.line_id), ())
        ),
        "twice_in_the_network": sum(1 for many in effects.values() if many > 1),
    }


def _register(folder: Path) -> tuple[dict[str, list[str]], Counter[str]]:
    """The network's own register: services of each line, effects of each request."""
    services: dict[str, list[str]] = {}
    effects: Counter[str] = Counter()
    for text in (folder / "network.jsonl").read_text("utf-8").splitlines():
        with contextlib.suppress(ValueError):
            said = json.loads(text)
            if line := said.get("line"):
                services[line["line_id"]] = line.get("services", [])
            if (request := said.get("request")) and request["state"] == "done":
                effects[request["id"]] += 1
    return services, effects
