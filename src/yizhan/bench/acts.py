"""What customers do in numbers: online payments, orders, sign-ins, each through every step of it.

The load runs in a process of its own. It plays the payment provider too: its callbacks are signed
with the secret both share, so what is measured is the house alone. Wherever tries are counted by
address, clients come from addresses of their own, as customers do.
"""

import asyncio
import json
import random
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import msgspec

from yizhan import main as composed
from yizhan.bench import desk, load
from yizhan.bench.desk import CLIENTS, House
from yizhan.channels.payment_provider import signed
from yizhan.domain import contacts
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.ids import new_id

FEATURES = (
    "caller_display",
    "call_forwarding",
    "call_waiting",
    "long_distance",
    "international",
    "roaming",
    "international_roaming",
    "partner_content",
)
KINDS = ("cash", "online", "order", "site", "staff")
CUSTOMERS = 2 * CLIENTS
SERVICE_PASSWORD = "135790"  # noqa: S105  a made-up customer's
FROM_ONE_ADDRESS = 40
"""Sign-ins before a client comes from another address; the site takes 60 in a quarter hour."""
SETTLE_SECONDS = 600.0
WORD_EVERY = 20_000
"""Acts between two words on how far it is."""
_ACCOUNTS = (
    "SELECT id FROM account WHERE payment_kind = 'postpaid' AND status = 'active'"
    " ORDER BY random() LIMIT $1"
)
_LINES = "SELECT id FROM line WHERE state = 'active' AND kind = 'mobile' ORDER BY id LIMIT $1"
_NUMBERS = (
    "SELECT n.customer_id, n.number FROM line_number n JOIN line l ON l.customer_id ="
    " n.customer_id AND l.id = n.line_id WHERE l.state = 'active' AND l.kind = 'mobile'"
    " AND n.valid_to IS NULL ORDER BY n.number LIMIT $1"
)
POSTED = "SELECT count(*) FROM checkout_intent WHERE state = 'paid' AND payment_id IS NOT NULL"
PLACED = "SELECT count(*) FROM care_order"
_WAITING = "SELECT count(*) FROM care_order WHERE state = 'in_progress'"


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What the process of the load is to do."""

    mix: dict[str, int]
    host: str
    port: int
    token: str
    seconds: float = 0.0
    total: int = 0
    merchant: str = ""
    secret: str = ""
    accounts: tuple[UUID, ...] = ()
    lines: tuple[UUID, ...] = ()
    numbers: tuple[str, ...] = ()
    password: str = ""


# ---------------------------------------------------------------- the measures


async def callbacks(there: House, *, seconds: int) -> dict[str, Any]:
    """Payments from their beginning to the provider's callback being posted."""
    before = await counted(there, POSTED)
    acted = await apart(await task(there, {"online": 1}, seconds=seconds))
    posted = await counted(there, POSTED) - before
    return {**said(acted), "posted": posted, "lost_or_doubled": abs(posted - acted.done)}


async def orders(there: House, *, seconds: int) -> dict[str, Any]:
    """Orders previewed and placed, and how long the network took to do what was left."""
    before = await counted(there, PLACED)
    acted = await apart(await task(there, {"order": 1}, seconds=seconds))
    placed = await counted(there, PLACED) - before
    after, waiting = await settled(there)
    return {
        **said(acted),
        "placed": placed,
        "lost_or_doubled": abs(placed - acted.done),
        "network_done_after_seconds": after,
        "stuck": waiting,
    }


async def signins(there: House, *, seconds: int) -> dict[str, Any]:
    """Customers on their site and staff at the desk, each with the real hash of a password."""
    site = await apart(await task(there, {"site": 1}, seconds=seconds))
    staff = await apart(await task(there, {"staff": 1}, seconds=seconds))
    return {"site": said(site), "staff": said(staff)}


def said(acted: load.Acted) -> dict[str, Any]:
    """The figures of a run."""
    whole = msgspec.to_builtins(acted.whole)
    steps = {
        step: {name: getattr(one, name) for name in ("p50_ms", "p99_ms")}
        for step, one in acted.steps.items()
    }
    return {"clients": CLIENTS, **whole, "steps": steps}


async def task(
    there: House, mix: dict[str, int], *, seconds: int = 0, total: int = 0, rows: int = 4000
) -> Task:
    """A task with all it needs of the house: accounts, lines, people who may sign in."""
    accounts = [row["id"] for row in await desk.some(there.url, _ACCOUNTS, rows)]
    lines = [row["id"] for row in await desk.some(there.url, _LINES, rows * 4)]
    numbers = await _customers(there) if "site" in mix else ()
    return Task(
        mix=mix,
        host=there.host,
        port=there.port,
        token=there.every_right,
        seconds=seconds,
        total=total,
        merchant=there.settings.provider_merchant,
        secret=there.settings.provider_key(),
        accounts=tuple(accounts),
        lines=tuple(lines),
        numbers=tuple(numbers),
        password=there.password,
    )


async def _customers(there: House) -> list[str]:
    """Numbers whose owners have a service password now."""
    rows = await desk.some(there.url, _NUMBERS, CUSTOMERS)
    async with composed.open_works(there.settings, connections=2) as works:
        for row in rows:
            async with works.begin(SYSTEM) as work:
                await contacts.set_service_password(work, row["customer_id"], SERVICE_PASSWORD)
    return [row["number"] for row in rows]


async def counted(there: House, sql: str) -> int:
    """A number from the house's books."""
    connection = await asyncpg.connect(there.url)
    try:
        return int(await connection.fetchval(sql))
    finally:
        await connection.close()


async def settled(there: House, *, patience: float = SETTLE_SECONDS) -> tuple[float, int]:
    """Wait until the network has done every order: seconds it took, orders still waiting."""
    clock = asyncio.get_running_loop().time
    begun = clock()
    while (waiting := await counted(there, _WAITING)) and (  # noqa: ASYNC110
        clock() - begun < patience
    ):
        await asyncio.sleep(0.5)
    return round(clock() - begun, 1), waiting


async def apart(what: Task) -> load.Acted:
    """Run a task in another process, so that the server does not share our interpreter."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "yizhan.bench.acts"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    out, _ = await process.communicate(msgspec.json.encode(what))
    if process.returncode != 0:
        raise RuntimeError(f"The load ended with {process.returncode}.")
    return msgspec.json.decode(out, type=load.Acted)


# ---------------------------------------------------------------- the load, in its own process


class Players:
    """What one client does after the other."""

    def __init__(self, what: Task) -> None:
        self.what, self.chance = what, random.Random()
        self.host = f"{what.host}:{what.port}"
        self.turns = [0] * CLIENTS
        self.ordered = [0] * CLIENTS
        self.done: Counter[str] = Counter()
        self.kinds = [kind for kind, share in what.mix.items() for _ in range(share)]

    async def act(self, wire: load.Wire, client: int) -> str:
        """One act of the mix."""
        self.turns[client] += 1
        kind = self.chance.choice(self.kinds)
        status = str(await getattr(self, f"_{kind}")(wire, client))
        self.done[kind] += status.startswith(("2", "3"))
        if (acts := sum(self.turns)) % WORD_EVERY == 0:
            print(f"… {acts} acts", file=sys.stderr, flush=True)
        return status

    async def _cash(self, wire: load.Wire, client: int) -> str:
        path = f"/api/v1/accounts/{self.chance.choice(self.what.accounts)}/payments"
        body = {"amount_fen": self.chance.randint(100, 20_000)}
        return (await wire.ask("cash", self._post(path, body, key=str(new_id())))).status

    async def _online(self, wire: load.Wire, client: int) -> str:
        amount = self.chance.randint(100, 20_000)
        account = self.chance.choice(self.what.accounts)
        body = {"account_id": str(account), "amount_fen": amount, "means": "redirect"}
        begun = await wire.ask(
            "begin", self._post("/api/v1/checkout/payments", body, key=str(new_id()))
        )
        if begun.status != "201":
            return begun.status
        order_no = json.loads(begun.body)["order_no"]
        now = datetime.now(UTC)
        notice = {
            "merchant": self.what.merchant,
            "kind": "paid",
            "order_no": order_no,
            "provider_no": f"B{order_no}",
            "amount_fen": str(amount),
            "at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        }
        whole = signed(self.what.secret.encode(), "notice", notice, now=now)
        told = await wire.ask("callback", self._post("/provider/notice", whole))
        return told.status if told.body == b"success" else f"{told.status} refused"

    async def _order(self, wire: load.Wire, client: int) -> str:
        """A function of a line on, line after line, each function in turn; then all of them off."""
        own = self.what.lines[client::CLIENTS]
        step, place = divmod(self.ordered[client], len(own))
        self.ordered[client] += 1
        change = {
            "kind": "feature",
            "feature": FEATURES[step % len(FEATURES)],
            "on": (step // len(FEATURES)) % 2 == 0,
        }
        path = f"/api/v1/lines/{own[place]}"
        seen = await wire.ask("preview", self._post(f"{path}/order-previews", {"change": change}))
        if seen.status != "200":
            return seen.status
        body = {"change": change, "confirmed": json.loads(seen.body)["token"]}
        key = str(new_id())
        return (await wire.ask("place", self._post(f"{path}/orders", body, key=key))).status

    async def _site(self, wire: load.Wire, client: int) -> str:
        number = self.what.numbers[(self.turns[client] * CLIENTS + client) % CUSTOMERS]
        form = {"number": number, "password": SERVICE_PASSWORD}
        return await self._sign_in(wire, client, "/my/sign-in", form)

    async def _staff(self, wire: load.Wire, client: int) -> str:
        form = {"login": f"till.{client:02d}", "password": self.what.password}
        return await self._sign_in(wire, client, "/sign-in", form)

    async def _sign_in(self, wire: load.Wire, client: int, path: str, form: dict[str, str]) -> str:
        if self.turns[client] % FROM_ONE_ADDRESS == 1:
            block, place = divmod(self.chance.randrange(1 << 16), 256)
            await wire.open(f"127.{10 + client}.{block}.{max(1, min(place, 254))}")
        page = await wire.ask("page", load.request("GET", path, host=self.host, headers={}))
        found = re.search(rb'name="_csrf_token" value="([^"]+)"', page.body)
        assert found is not None, "the sign-in page has a form"
        body = urlencode({**form, "_csrf_token": found[1].decode()}).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": page.headers["set-cookie"].partition(";")[0],
        }
        data = load.request("POST", path, host=self.host, headers=headers, body=body)
        answer = await wire.ask("sign in", data)
        return answer.status if answer.status == "303" else f"not {answer.status}"

    def _post(self, path: str, body: dict[str, Any], *, key: str = "") -> bytes:
        headers = {
            "Authorization": f"Bearer {self.what.token}",
            "Content-Type": "application/json",
        }
        if key:
            headers["Idempotency-Key"] = key
        data = json.dumps(body).encode()
        return load.request("POST", path, host=self.host, headers=headers, body=data)


def main() -> None:
    """The process that makes the load: a task on standard input, what it came to on output."""
    what = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    players = Players(what)
    acted = asyncio.run(
        load.acts(
            what.host,
            what.port,
            players.act,
            clients=CLIENTS,
            seconds=what.seconds,
            total=what.total,
        )
    )
    acted = msgspec.structs.replace(acted, kinds=dict(players.done))
    sys.stdout.buffer.write(msgspec.json.encode(acted))


if __name__ == "__main__":
    main()
