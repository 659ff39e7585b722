"""A line on a plan with calls and data included, files of usage, and a clock that is moved."""

import json
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import conftest
from conftest import ObedientHouse

import yizhan
from yizhan.domain import (
    billing,
    catalog,
    customers,
    ledger,
    limits,
    orders,
    payments,
    subscriptions,
    usage,
)
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.ids import new_id
from yizhan.platform import vault
from yizhan.platform.invariants import breaches
from yizhan.platform.work import Works

TZ = ZoneInfo("Asia/Shanghai")
CATALOGUES = Path(yizhan.__file__).parent / "demo" / "catalogues" / "2004"
ADD_ONS = ("addon_caller_id", "addon_content_month")
NUMBER = "13300000001"


def at(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=TZ).astimezone(UTC)


class Village:
    """198 yuan a month: 600 minutes and 10 MB included, a minute more 0.25."""

    def __init__(self, pool: object, network: ObedientHouse) -> None:
        self.now = at(1, 5)
        self.network = network
        self.works = Works(pool, clock=lambda: self.now, listeners=conftest.main.listeners())
        vault.unlock(b"a secret of thirty-two bytes, 1!")

    async def settle(self, *, credit_fen: int = 0, tier: str = "none") -> None:
        files = [CATALOGUES / f"{name}.yaml" for name in ("cdma_198", *ADD_ONS)]
        async with self.works.begin(SYSTEM) as work:
            await catalog.publish_all(work, {one.name: one.read_text("utf-8") for one in files})
        async with self.works.begin(SYSTEM, now=at(1, 1, 0)) as work:
            customer = await customers.create_customer(work, name="王芳")
            self.customer_id = customer.id
            await customers.change_customer(work, customer.id, tier=tier)
            self.account = await customers.open_account(
                work, customer.id, payment_kind=customers.PaymentKind.POSTPAID,
                credit_limit_fen=credit_fen,
            )  # fmt: skip
            self.line = await subscriptions.create_line(
                work, customer_id=customer.id, kind=subscriptions.LineKind.MOBILE, number=NUMBER,
                account_id=self.account.id, area="022", from_stock=False,
            )  # fmt: skip
            await subscriptions.start_product(
                work, self.line.id, kind=subscriptions.ProductKind.PLAN, plan_id="cdma_198",
                version=1, start=at(1, 1, 0),
            )  # fmt: skip
        await self.network.teach(self.works)

    @property
    def owner(self) -> Actor:
        return Actor(kind=ActorKind.CUSTOMER, id=self.customer_id, name="王芳", channel="website")

    async def cap(self, kind: str, number: int, at_full: str = "stop") -> None:
        async with self.works.begin(self.owner) as work:
            await limits.set_cap(
                work, self.line.id, limits.CapKind(kind), number, at_full=limits.AtFull(at_full)
            )
        await self.work_off()

    async def lift(self, kind: str) -> None:
        async with self.works.begin(self.owner) as work:
            await limits.lift_cap(work, self.line.id, limits.CapKind(kind))
        await self.work_off()

    async def use(self, *, minutes: int = 0, mb: int = 0, when: datetime | None = None) -> None:
        """Take in a file of what was used until just now, and do all that follows."""
        moment = (when or self.now - timedelta(seconds=1)).astimezone(TZ).isoformat()
        rows = []
        if minutes:
            rows.append({"service": "voice", "quantity": 60 * minutes, "peer": "23456789"})
        if mb:
            rows.append({"service": "data", "quantity": mb * 1024 * 1024})
        text = "\n".join(
            json.dumps({"key": str(new_id()), "number": NUMBER, "at": moment, **row})
            for row in rows
        )
        found = await usage.intake(
            self.works, BytesIO(text.encode()), mapping=usage.built_in_mapping("standard-jsonl"),
            actor=SYSTEM, file=f"{new_id()}.jsonl", home_area="022",
        )  # fmt: skip
        assert found.counts.accepted == len(rows), found
        await self.work_off()

    async def work_off(self) -> None:
        """Do all that is due now."""
        await self.network.obey(self.works)

    async def go(self, moment: datetime) -> None:
        """Go on to *moment*, doing on the way what is due, each at its hour."""
        while True:
            due = await self.works.pool.fetchval(
                "SELECT min(run_at) FROM job WHERE failed_at IS NULL"
            )
            if due is None or due > moment:
                break
            self.now = max(self.now, due)
            await self.work_off()
        self.now = moment

    async def pay(self, fen: int) -> None:
        async with self.works.begin(SYSTEM) as work:
            await payments.take_cash(
                work, account_id=self.account.id, amount=fen, key=str(new_id())
            )
        await self.work_off()

    async def bill(self, month: date) -> None:
        await billing.run(self.works, SYSTEM, month)
        await self.work_off()

    async def said(self, *templates: str) -> list[str]:
        """The messages of *templates* as they went out, oldest first."""
        rows = await self.works.pool.fetch(
            "SELECT text FROM message WHERE template = ANY($1::text[]) ORDER BY created_at, id",
            templates,
        )
        return [row["text"] for row in rows]

    async def stopped_for(self) -> set[str]:
        async with self.works.read(SYSTEM) as work:
            line = await subscriptions.get_line(work, self.line.id)
        return {one.value for one in line.stop_reasons}

    async def no_data(self) -> bool:
        """Whether house and network agree that the line may not load; they must."""
        async with self.works.read(SYSTEM) as work:
            here = "data_barring" in await subscriptions.features_of(work, self.line.id)
        there = "data_barring" in self.network.register.lines[str(self.line.id)].services
        assert here == there
        return here

    async def standing(self) -> limits.LineLimits:
        async with self.works.read(self.owner) as work:
            return await limits.of_line(work, self.line.id)

    async def count(self, event: str) -> int:
        found = await self.works.pool.fetchval("SELECT count(*) FROM event WHERE name = $1", event)
        return int(found)

    async def jobs(self) -> dict[str, UUID]:
        rows = await self.works.pool.fetch("SELECT kind, id FROM job WHERE kind LIKE 'limits.%'")
        return {row["kind"]: row["id"] for row in rows}

    async def assert_whole(self) -> None:
        async with self.works.read(SYSTEM) as work:
            for one in (*ledger.INVARIANTS, *orders.INVARIANTS, *limits.INVARIANTS):
                found = await breaches(work.db, one)
                assert found == [], (one.name, found)
