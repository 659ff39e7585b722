"""What the tests of the shop share: full shelves, a customer with a line, people."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import yizhan
from yizhan.domain import (
    billing,
    catalog,
    checkout,
    collections,
    customers,
    ledger,
    orders,
    shop,
    subscriptions,
)
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.ids import new_id
from yizhan.kernel.text import Text
from yizhan.platform.invariants import breaches
from yizhan.platform.jobs import Handler, Worker
from yizhan.platform.work import Works

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
PLANS = Path(yizhan.__file__).parent / "demo" / "catalogues" / "2004"
PHONE, CASE, GONE = "phone", "case", "gone"
SHOP = "heping"


def staff(*rights: str) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id=UUID(int=7),
        name="周洁",
        channel="shop",
        permissions=frozenset(rights),
    )


CLERK = staff("shop.read", "shop.work")
KEEPER = staff("shop.read", "shop.stock")


def customer(customer_id: UUID) -> Actor:
    return Actor(
        kind=ActorKind.CUSTOMER,
        id=customer_id,
        name="张三",
        channel="website",
        permissions=frozenset({"orders.place", "orders.read", "payments.read"}),
    )


class Till:
    """A provider that is only ever asked where to pay; the tests speak for it."""

    name = "provider"

    def pay_url(self, payment: checkout.Payment) -> str:
        return f"https://pay.example/{payment.order_no}"


def goods(code: str, price: int, **said: object) -> shop.Goods:
    named = {"sale_from": date(2026, 1, 1), **said}
    return shop.Goods(
        code=code,
        kind="handset",
        name=Text(f"{code} 机", code),
        words=Text("好用", "good"),
        points=(Text("轻", "light"),),
        picture="bar",
        colour="#345",
        price_fen=price,
        **named,  # type: ignore[arg-type]
    )


async def stocked(works: Works, *, phones: int = 3, cases: int = 9) -> None:
    """Two places and two things, one of them sold with a plan; a third is sold no more."""
    async with works.begin(KEEPER) as work:
        for code, kind in (("store", "warehouse"), (SHOP, "shop")):
            place = shop.Place(
                code=code,
                kind=kind,  # type: ignore[arg-type]
                name=Text(f"{code} 店", code),
                address=Text("和平路 1 号", "1 Heping Road"),
            )
            await shop.write_place(work, place)
        contract = {"contract_fen": 600_00, "contract_plan": "gsm_std", "contract_months": 12}
        await shop.write_goods(work, goods(PHONE, 900_00, **contract))
        await shop.write_goods(work, goods(CASE, 30_00))
        await shop.write_goods(work, goods(GONE, 10_00, sale_to=date(2026, 3, 2)))
        for place_code in ("store", SHOP):
            for code, number in ((PHONE, phones), (CASE, cases), (GONE, 5)):
                await shop.count(work, place=place_code, goods=code, on_hand=number, reason="到货")


async def buyer(works: Works, number: str = "13012340001") -> subscriptions.Line:
    """A customer with a post-paid account and a mobile line on a plan."""
    async with works.begin(SYSTEM) as work:
        if not await catalog.list_versions(work, "zhuoyue"):
            files = {one.name: one.read_text("utf-8") for one in sorted(PLANS.glob("*.yaml"))}
            await catalog.publish_all(work, files)
        who = await customers.create_customer(work, name="张三")
        account = await customers.open_account(work, who.id)
        await subscriptions.add_numbers(work, subscriptions.LineKind.MOBILE, [number], area="022")
        line = await subscriptions.create_line(
            work,
            customer_id=who.id,
            account_id=account.id,
            kind=subscriptions.LineKind.MOBILE,
            area="022",
            number=number,
        )
        await subscriptions.start_product(
            work, line.id, kind=subscriptions.ProductKind.PLAN, plan_id="zhuoyue", version=1
        )
        return line


def to_shop(**said: str) -> shop.Delivery:
    return shop.Delivery(by="pickup", receiver="张三", phone="13012340001", place=SHOP, **said)


def by_post() -> shop.Delivery:
    return shop.Delivery(
        by="post", receiver="张三", phone="13012340001", address="天津市和平区某路 2 号"
    )


async def order(
    works: Works, line: subscriptions.Line, *wishes: shop.Wish, seen: int, **said: object
) -> shop.Order:
    named = {"delivery": to_shop(), "means": "online", "key": str(new_id()), **said}
    async with works.begin(customer(line.customer_id)) as work:
        return await shop.place(
            work,
            customer_id=line.customer_id,
            basket=shop.Basket(wishes=wishes),
            seen_fen=seen,
            line_id=line.id,
            **named,  # type: ignore[arg-type]
        )


async def pay(works: Works, one: shop.Order, *, key: str = "p") -> checkout.Intent:
    """He goes to the provider's page; nobody has told us yet."""
    async with works.begin(customer(one.customer_id)) as work:
        return await shop.begin_payment(
            work, one, means="redirect", key=key, return_url="https://we.example/back"
        )


async def tell(works: Works, intent: checkout.Intent, kind: checkout.Kind = "paid") -> str:
    """The provider tells; then the house does what it has to."""
    notice = checkout.Notice(
        provider="provider",
        nonce=str(new_id()),
        kind=kind,
        order_no=intent.order_no,
        amount_fen=intent.amount,
        provider_no="T1",
        at=NOW,
    )
    async with listening(works).begin(checkout.told_by("provider")) as work:
        verdict = await checkout.told(work, notice)
    await worker(works).drain()
    return verdict


def listening(works: Works) -> Works:
    """The same house with the shop's ears."""
    ears = {
        name: [f"shop.{one.__name__}" for one in found] for name, found in shop.REACTIONS.items()
    }
    return Works(works.pool, clock=works.clock, listeners=ears)


def worker(works: Works) -> Worker:
    hands: dict[str, Handler] = dict(shop.JOBS)
    for found in shop.REACTIONS.values():
        hands |= {f"shop.{one.__name__}": one for one in found}
    return Worker(listening(works), hands)


async def look(works: Works, one: shop.Order) -> shop.Order:
    async with works.read(CLERK) as work:
        return await shop.get(work, one.customer_id, one.id)


async def shelf(works: Works, code: str = PHONE, place: str = SHOP) -> tuple[int, int]:
    """What lies there and how much is kept."""
    async with works.read(CLERK) as work:
        return next(
            (one.on_hand, one.reserved)
            for one in await shop.list_stock(work, place=place)
            if one.goods == code
        )


async def assert_whole(works: Works) -> None:
    rooms = (ledger, checkout, orders, collections, billing, shop)
    async with works.read(SYSTEM) as work:
        for room in rooms:
            for one in room.INVARIANTS:  # type: ignore[attr-defined]
                if one.name == "shop.keeping_ends":
                    continue  # it asks the real clock, which is long after this house's
                assert await breaches(work.db, one) == [], one.name
