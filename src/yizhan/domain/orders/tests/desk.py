"""What tests of orders do: place one, look at the plan of a day, check that all is well."""

from datetime import UTC, date, datetime

from yizhan.domain import (
    customers,
    ledger,
    orders,
    provisioning,
    subscriptions,
)
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.ids import new_id
from yizhan.platform.invariants import breaches
from yizhan.platform.work import UnitOfWork, Works

AGENT = Actor(
    kind=ActorKind.STAFF,
    id=new_id(),
    name="王番",
    channel="call_centre",
    permissions=frozenset(
        {
            "customers.read",
            "customers.write",
            "customers.search",
            "contacts.write",
            "orders.place",
            "orders.read",
        }
    ),
)
PLANS = ("gsm_std", "zhuoyue", "campus_a", "ruyitong", "addon_caller_id", "addon_content_month")
MONTH_END = datetime(2004, 12, 31, 16, 0, tzinfo=UTC)


async def line_on(
    work: UnitOfWork, plan_id: str, number: str, *, term_until: date | None = None
) -> subscriptions.Line:
    customer = await customers.create_customer(work, name="陈先生")
    account = await customers.open_account(work, customer.id)
    line = await subscriptions.create_line(
        work,
        customer_id=customer.id,
        kind=subscriptions.LineKind.MOBILE,
        number=number,
        account_id=account.id,
        area="022",
    )
    await subscriptions.start_product(
        work,
        line.id,
        kind=subscriptions.ProductKind.PLAN,
        plan_id=plan_id,
        version=1,
        start=datetime(2004, 1, 31, 16, 0, tzinfo=UTC),
        term_until=term_until,
    )
    return line


async def order(
    works: Works,
    line: subscriptions.Line,
    change: orders.Change,
    *,
    key: str = "k1",
    actor: Actor = SYSTEM,
) -> orders.Order:
    async with works.begin(actor) as work:
        seen = await orders.preview(work, line.id, change)
        return await orders.place(work, line.id, change, confirmed=seen.token, key=key)


async def plan_at(works: Works, line: subscriptions.Line, at: datetime) -> str:
    async with works.read(SYSTEM) as work:
        return (await subscriptions.products_of(work, line.id, at=at))[0].plan_id


CARDS = [
    provisioning.NewCard(iccid=iccid, imsi=f"46001000000000{n}", pin="1234", puk="12345678")
    for n, iccid in enumerate(("89860100000000000018", "89860100000000000026"), start=1)
]
LISTENERS = {"provisioning.done": ["orders.network_answered"]}


async def cards(works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        assert await provisioning.add_cards(work, CARDS, batch="test") == len(CARDS)


async def well(works: Works) -> None:
    async with works.read(SYSTEM) as work:
        for one in (*orders.INVARIANTS, *provisioning.INVARIANTS, *ledger.INVARIANTS):
            assert await breaches(work.db, one) == [], one.name


async def order_again(
    works: Works, line: subscriptions.Line, change: orders.Change
) -> orders.Order:
    async with works.begin(SYSTEM) as work:
        return await orders.place(work, line.id, change, confirmed="whatever", key="k1")


async def by_hand(works: Works, service: str) -> None:
    async with works.begin(SYSTEM) as work:
        await work.db.execute("INSERT INTO network_by_hand (service) VALUES ($1)", service)
