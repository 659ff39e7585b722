"""What the tests of cards share: people with rights, a prepaid line, a batch in force."""

import asyncio
from datetime import UTC, date, datetime
from uuid import UUID

from yizhan.domain import customers, ledger, payments, subscriptions, vouchers
from yizhan.domain.ledger import Bucket
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.ids import new_id
from yizhan.platform.invariants import breaches
from yizhan.platform.jobs import Worker
from yizhan.platform.work import Works

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
END = date(2027, 3, 1)


def staff(number: int, *rights: str) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id=UUID(int=number),
        name=f"员工{number}",
        channel="shop",
        permissions=frozenset(rights),
    )


AGENT = staff(7, "vouchers.redeem", "vouchers.read")
FINANCE = staff(
    8,
    "vouchers.make",
    "vouchers.print",
    "vouchers.activate",
    "vouchers.void",
    "vouchers.approve",
    "vouchers.read",
)
MANAGER = staff(9, "vouchers.approve", "vouchers.unlock", "vouchers.read")


async def line(works: Works, number: str, kind: str = "prepaid") -> customers.Account:
    """A mobile line of *number* and the account it is paid from."""
    async with works.begin(SYSTEM) as work:
        customer = await customers.create_customer(work, name="张三")
        account = await customers.open_account(
            work, customer.id, payment_kind=customers.PaymentKind(kind)
        )
        await subscriptions.add_numbers(work, subscriptions.LineKind.MOBILE, [number], area="022")
        await subscriptions.create_line(
            work,
            customer_id=customer.id,
            account_id=account.id,
            kind=subscriptions.LineKind.MOBILE,
            area="022",
            number=number,
        )
        return account


async def batch(
    works: Works, size: int = 20, value: int = 50_00, *, active: bool = True
) -> tuple[vouchers.Batch, dict[int, str]]:
    """A batch and its secrets by serial number."""
    async with works.begin(FINANCE) as work:
        made = await vouchers.order_batch(
            work, value_fen=value, size=size, expires_on=END, note="春季", key=str(new_id())
        )
    await Worker(works, vouchers.JOBS).drain()
    async with works.begin(FINANCE) as work:
        text = await vouchers.print_batch(work, made.id)
        if active:
            await vouchers.activate(work, made.id, seller="代办点甲", key=str(new_id()))
    rows = [row.split(",") for row in text.splitlines()[1:]]
    return made, {int(row[0]): row[1] for row in rows}


async def redeem(
    works: Works,
    secret: str,
    number: str,
    *,
    key: str = "",
    actor: Actor = AGENT,
    caller: str | None = None,
) -> vouchers.Answer:
    async with works.begin(actor) as work:
        return await vouchers.redeem(
            work, secret=secret, number=number, key=key or str(new_id()), caller=caller
        )


async def balance(works: Works, account: customers.Account) -> int:
    bucket = (
        Bucket.PREPAID
        if account.payment_kind is customers.PaymentKind.PREPAID
        else Bucket.RECEIVABLE
    )
    async with works.read(SYSTEM) as work:
        found = await ledger.balance_of(work, account.customer_id, account.id, bucket)
    return found.credits_posted - found.debits_posted


async def assert_whole(works: Works) -> None:
    async with works.read(SYSTEM) as work:
        for one in (*ledger.INVARIANTS, *payments.INVARIANTS, *vouchers.INVARIANTS):
            assert await breaches(work.db, one) == [], one.name


async def all_at_once(*acts: object) -> list[object]:
    return list(await asyncio.gather(*acts, return_exceptions=True))  # type: ignore[call-overload]
