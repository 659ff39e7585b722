"""A town with the demo's plans, a few customers and calls that can be counted by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

import yizhan
from yizhan.domain import billing, catalog, customers, ledger, subscriptions, usage
from yizhan.domain.ledger import Bucket
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.ids import new_id
from yizhan.platform import vault
from yizhan.platform.invariants import breaches
from yizhan.platform.work import Works

TZ = ZoneInfo("Asia/Shanghai")
CATALOGUES = Path(yizhan.__file__).parent / "demo" / "catalogues"
HARBIN = "045186200170"
LOCAL = "23456789"
JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (1, 2, 3, 4))


class Person(msgspec.Struct, frozen=True, kw_only=True):
    account: customers.Account
    line: subscriptions.Line
    number: str


class Town:
    """Moves its own clock: bills of a month are made on the first of the next."""

    def __init__(self, pool: object) -> None:
        self.now = datetime(2025, 12, 1, 4, tzinfo=UTC)
        self.works = Works(pool, clock=lambda: self.now)
        self._keys = 0
        vault.unlock(b"a secret of thirty-two bytes, 1!")

    async def publish(self, *files: str) -> None:
        texts = {name: (CATALOGUES / name).read_text(encoding="utf-8") for name in files}
        async with self.works.begin(SYSTEM) as work:
            await catalog.publish_all(work, texts)

    async def person(
        self,
        plan: str,
        *,
        prepaid: bool = False,
        with_account: customers.Account | None = None,
        cycle_day: int = 1,
        since: datetime | None = None,
    ) -> Person:
        self._keys += 1
        number = f"130{self._keys:08d}"
        account = with_account
        async with self.works.begin(SYSTEM, now=datetime(2025, 11, 30, 16, tzinfo=UTC)) as work:
            if account is None:
                customer = await customers.create_customer(work, name="张三")
                kind = "prepaid" if prepaid else "postpaid"
                account = await customers.open_account(
                    work,
                    customer.id,
                    payment_kind=customers.PaymentKind(kind),
                    cycle_day=cycle_day,
                )
            line = await subscriptions.create_line(
                work,
                customer_id=account.customer_id,
                kind=subscriptions.LineKind.MOBILE,
                number=number,
                account_id=account.id,
                area="022",
                from_stock=False,
            )
            if plan:
                await subscriptions.start_product(
                    work,
                    line.id,
                    kind=subscriptions.ProductKind.PLAN,
                    plan_id=plan,
                    version=1,
                    start=since,
                )
        return Person(account=account, line=line, number=number)

    async def use(
        self,
        who: Person,
        day: date,
        count: int,
        *,
        peer: str = LOCAL,
        seconds: int = 60,
        service: str = "voice",
        every: timedelta = timedelta(hours=1),
        key: str = "",
    ) -> list[str]:
        """*count* records from 08:00 of *day* on; their keys."""
        begin = datetime(day.year, day.month, day.day, 8, tzinfo=TZ)
        records = []
        for n in range(count):
            self._keys += 1
            records.append(
                usage.Record(
                    key=key or f"k{self._keys}",
                    number=who.number,
                    at=(begin + n * every).timestamp(),
                    service=service,
                    quantity=seconds,
                    peer=peer if service != "data" else "",
                )
            )
        await self.file(records)
        return [one.key for one in records]

    async def file(self, records: Sequence[usage.Record]) -> None:
        async with self.works.begin(SYSTEM) as work:
            outcome = await usage.put_records(work, "town", records, home_area="022")
            assert not outcome.refused, outcome.refused

    def after(self, month: date) -> None:
        """Go to the morning after *month*."""
        first = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        self.now = datetime(first.year, first.month, 1, 8, tzinfo=TZ).astimezone(UTC)

    async def bill(self, month: date, **more: object) -> billing.Outcome:
        self.after(month)
        return await billing.run(self.works, SYSTEM, month, **more)  # type: ignore[arg-type]

    async def bill_of(self, who: Person, month: date) -> billing.Bill:
        cycle = billing.Cycle.of_month(month, who.account.cycle_day)
        async with self.works.read(SYSTEM) as work:
            return await billing.get_bill(
                work, who.account.customer_id, billing.bill_id_of(who.account.id, cycle.start)
            )

    async def owed(self, who: Person) -> int:
        return (await self.balance(who, Bucket.RECEIVABLE)).amount

    async def balance(self, who: Person, bucket: Bucket) -> ledger.Balance:
        async with self.works.read(SYSTEM) as work:
            return await ledger.balance_of(work, who.account.customer_id, who.account.id, bucket)

    async def pay(self, who: Person, amount: int, bucket: Bucket = Bucket.RECEIVABLE) -> None:
        async with self.works.begin(SYSTEM) as work:
            await ledger.transfer(
                work,
                ledger.Entry(
                    customer_id=who.account.customer_id,
                    debit=ledger.house(Bucket.CASH, "till"),
                    credit=ledger.held(who.account.customer_id, who.account.id, bucket),
                    amount=amount,
                    kind="payment",
                    key=str(new_id()),
                ),
            )

    async def assert_whole(self) -> None:
        async with self.works.read(SYSTEM) as work:
            for one in (*ledger.INVARIANTS, *billing.INVARIANTS):
                assert await breaches(work.db, one) == [], one.name


def amounts(bill: billing.Bill) -> dict[tuple[str, str], int]:
    """The lines that cost something, by kind and key."""
    found: dict[tuple[str, str], int] = {}
    for line in bill.lines:
        if line.amount:
            found[line.kind, line.key] = found.get((line.kind, line.key), 0) + line.amount
    return found
