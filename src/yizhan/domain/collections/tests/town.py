"""An account on the demo's plans, and a clock that stops at everything that is due."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import conftest
from conftest import ObedientHouse

import yizhan
from yizhan.domain import (
    billing,
    catalog,
    collections,
    customers,
    ledger,
    orders,
    payments,
    subscriptions,
    usage,
)
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform import vault
from yizhan.platform.invariants import breaches
from yizhan.platform.work import Works

TZ = ZoneInfo("Asia/Shanghai")
CATALOGUES = Path(yizhan.__file__).parent / "demo" / "catalogues" / "2004"
ADD_ONS = ("addon_caller_id", "addon_content_month")
LEAD = Actor(
    kind=ActorKind.STAFF,
    id=new_id(),
    name="李莉",
    channel="shop",
    permissions=frozenset(
        [
            "collections.read",
            "collections.defer",
            "collections.work",
            "customers.read",
            "contacts.waive",
        ]
    ),
)


def at(day: date, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=TZ).astimezone(UTC)


class Town:
    """Moves its own clock: from one thing due to the next."""

    def __init__(self, pool: object, network: ObedientHouse) -> None:
        self.now = at(date(2026, 1, 1))
        self.network = network
        self.works = Works(pool, clock=lambda: self.now, listeners=conftest.main.listeners())
        vault.unlock(b"a secret of thirty-two bytes, 1!")

    async def settle(self, plan: str, *, prepaid: bool = False) -> None:
        """A customer with one line on *plan* since the first of January."""
        files = [CATALOGUES / f"{name}.yaml" for name in (plan, *ADD_ONS)]
        texts = {file.name: file.read_text(encoding="utf-8") for file in files}
        async with self.works.begin(SYSTEM) as work:
            await catalog.publish_all(work, texts)
        async with self.works.begin(SYSTEM, now=at(date(2025, 12, 31), 0)) as work:
            customer = await customers.create_customer(work, name="张三")
            kind = customers.PaymentKind.PREPAID if prepaid else customers.PaymentKind.POSTPAID
            self.account = await customers.open_account(work, customer.id, payment_kind=kind)
            self.line = await subscriptions.create_line(
                work, customer_id=customer.id, kind=subscriptions.LineKind.MOBILE,
                number="13000000001", account_id=self.account.id, area="022", from_stock=False,
            )  # fmt: skip
            await subscriptions.start_product(
                work, self.line.id, kind=subscriptions.ProductKind.PLAN, plan_id=plan, version=1,
                start=at(date(2026, 1, 1), 0),
            )  # fmt: skip
        await self.network.teach(self.works)

    async def until(self, moment: datetime) -> None:
        """Go to *moment*, doing on the way all that is due, each at its hour."""
        while True:
            async with self.works.pool.acquire() as db:
                due = await db.fetchval("SELECT min(run_at) FROM job WHERE failed_at IS NULL")
                waiting = await db.fetchval(
                    "SELECT min(due_at) FROM network_request WHERE closed_at IS NULL"
                    " AND state <> 'by_hand'"
                )
            found = min((one for one in (due, waiting) if one is not None), default=None)
            if found is None or found > moment:
                break
            self.now = max(self.now, found)
            await self.network.obey(self.works)
        self.now = moment

    async def bill(self, month: date) -> billing.Outcome:
        return await billing.run(self.works, SYSTEM, month)

    async def pay(self, fen: int, *, method: str = "cash") -> None:
        """At the counter; by another *method* the money lies with us already."""
        async with self.works.begin(SYSTEM) as work:
            if method == "cash":
                await payments.take_cash(
                    work, account_id=self.account.id, amount=fen, key=str(new_id())
                )
                return
            source = ledger.house(ledger.Bucket.SUSPENSE, method)
            await ledger.transfer(
                work,
                ledger.Entry(
                    customer_id=NIL, debit=ledger.house(ledger.Bucket.OPENING), credit=source,
                    amount=fen, kind="opening", key=str(new_id()),
                ),
            )  # fmt: skip
            await payments.take_from(
                work, account_id=self.account.id, amount=fen, key=str(new_id()), method=method,
                source=source, till_id=new_id(),
            )  # fmt: skip

    async def call(self, day: date, minutes: int) -> None:
        """One local call on *day* at noon, taken in now."""
        record = usage.Record(
            key=str(new_id()), number="13000000001", at=at(day, 12).timestamp(), service="voice",
            quantity=60 * minutes, peer="23456789",
        )  # fmt: skip
        async with self.works.begin(SYSTEM) as work:
            outcome = await usage.put_records(work, "town", [record], home_area="022")
            assert not outcome.refused, outcome.refused

    async def row(self) -> collections.Dunning:
        async with self.works.read(SYSTEM) as work:
            found = await collections.standing(work, self.account.id)
        assert found is not None
        return found

    async def step(self) -> str:
        return (await self.row()).step.value

    async def owed(self) -> int:
        async with self.works.read(SYSTEM) as work:
            return (await ledger.balance_of(work, self.account.customer_id, self.account.id)).amount

    async def stopped_for(self) -> set[str]:
        async with self.works.read(SYSTEM) as work:
            line = await subscriptions.get_line(work, self.line.id)
        return {one.value for one in line.stop_reasons}

    async def told(self) -> list[tuple[str, str]]:
        """Events of collections by local day, oldest first."""
        async with self.works.pool.acquire() as db:
            rows = await db.fetch(
                "SELECT at, name FROM event WHERE name LIKE 'collections.%'"
                " AND name <> 'collections.late_fee_charged' ORDER BY at, id"
            )
        return [
            (f"{row['at'].astimezone(TZ):%m-%d %H:%M}", row["name"].split(".")[1]) for row in rows
        ]

    async def messages(self) -> list[str]:
        async with self.works.pool.acquire() as db:
            rows = await db.fetch("SELECT template FROM message ORDER BY created_at, id")
        return [row["template"] for row in rows]

    async def assert_whole(self) -> None:
        async with self.works.read(SYSTEM) as work:
            for one in (
                *ledger.INVARIANTS, *billing.INVARIANTS, *orders.INVARIANTS,
                *payments.INVARIANTS, *collections.INVARIANTS,
            ):  # fmt: skip
                found = await breaches(work.db, one)
                assert found == [], (one.name, found)


def days(start: date, count: int) -> list[date]:
    return [start + timedelta(days=n) for n in range(count)]
