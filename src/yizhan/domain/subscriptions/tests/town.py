"""A customer with an account and some numbers, for the tests of this room."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from yizhan.domain import customers, subscriptions
from yizhan.domain.subscriptions import Line, LineKind
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.clock import utc_now
from yizhan.platform.work import Works

NUMBERS = [f"1300000000{n}" for n in range(8)]


class Owner(msgspec.Struct, frozen=True):
    """Whose lines they are."""

    customer_id: UUID
    account_id: UUID


async def owner(works: Works, name: str, *, document: str | None = None) -> Owner:
    """A customer with one account; the numbers are in stock."""
    async with works.begin(SYSTEM, now=utc_now() - timedelta(days=400)) as work:
        one = await customers.create_customer(work, name=name)
        account = await customers.open_account(work, one.id)
        if document:
            await customers.add_document(
                work,
                one.id,
                kind=customers.DocumentKind.PASSPORT,
                number=document,
                original_seen=True,
            )
        await subscriptions.add_numbers(work, LineKind.MOBILE, NUMBERS, area="022")
    return Owner(one.id, account.id)


async def open_line(works: Works, of: Owner, number: str, *, now: datetime | None = None) -> Line:
    """A mobile line with a plan."""
    async with works.begin(SYSTEM, now=now) as work:
        line = await subscriptions.create_line(
            work,
            customer_id=of.customer_id,
            kind=LineKind.MOBILE,
            number=number,
            account_id=of.account_id,
            area="022",
        )
        await subscriptions.start_product(
            work, line.id, kind=subscriptions.ProductKind.PLAN, plan_id="zhuoyue", version=1
        )
    return line
