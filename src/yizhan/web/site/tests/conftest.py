"""Two neighbours, each with everything a customer can have, and their browsers."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from argon2 import PasswordHasher
from litestar import Litestar

from yizhan.domain import (
    billing,
    cases,
    catalog,
    contacts,
    customers,
    orders,
    payments,
    subscriptions,
)
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.platform.work import Works
from yizhan.web import sessions
from yizhan.web.observe import Observed

PASSWORD = "135790"
WANG, LIU = "13002200001", "13002200002"
_CATALOGUE = Path(__file__).parents[3] / "demo" / "catalogues" / "2004"


class Person(msgspec.Struct):
    """A customer and the ids of what is his."""

    customer: UUID
    account: UUID
    line: UUID
    bill: UUID
    case: UUID
    file: UUID
    order: UUID
    payment: UUID
    number: str

    def actor(self) -> Actor:
        """The customer as the one who acts."""
        return sessions.actor_of(self.customer, "王明")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("yizhan.domain.contacts.proof._hasher", quick)
    monkeypatch.setattr("yizhan.web.sessions._hasher", lambda: (quick, quick.hash("nobody")))


@pytest.fixture
async def town(works: Works) -> dict[str, Person]:
    async with works.begin(SYSTEM) as work:
        files = {file.name: file.read_text("utf-8") for file in sorted(_CATALOGUE.glob("*.yaml"))}
        await catalog.publish_all(work, files)
        await subscriptions.add_numbers(
            work, subscriptions.LineKind.MOBILE, [WANG, LIU], area="022"
        )
    return {number: await _settle(works, number) for number in (WANG, LIU)}


async def _settle(works: Works, number: str) -> Person:
    async with works.begin(SYSTEM) as work:
        customer = await customers.create_customer(work, name="王明" if number == WANG else "刘芳")
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
            work, line.id, kind=subscriptions.ProductKind.PLAN, plan_id="zhuoyue", version=1
        )
        await customers.add_document(
            work,
            customer.id,
            kind=customers.DocumentKind.PASSPORT,
            number="E" + number[-8:],
            original_seen=True,
        )
        await contacts.set_service_password(work, customer.id, PASSWORD)
        start = (work.today.replace(day=1)).replace(year=work.today.year - 1)
        header = (customer.id, account.id, account.number, 1, start, 22000, work.now)
        await billing.load_headers(work, [header])
    clerk = Actor(
        kind=ActorKind.STAFF, id=uuid4(), name="周杰", channel="shop", permissions=frozenset({"*"})
    )
    async with works.begin(clerk) as work:
        paid = await payments.take_cash(work, account_id=account.id, amount=5000, key=number)
    me = sessions.actor_of(customer.id, customer.name)
    async with works.begin(me) as work:
        case = await cases.open_case(
            work, customer_id=customer.id, class_code="fault.voice", subject="No signal"
        )
        file = await cases.attach(work, case.id, name="a.txt", content=number.encode())
        change = orders.ChangePlan(plan_id="gsm_std", when=orders.When.NEXT_MONTH)
        seen = await orders.preview(work, line.id, change)
        order = await orders.place(work, line.id, change, confirmed=seen.token, key="first")
    return Person(
        customer=customer.id,
        account=account.id,
        line=line.id,
        bill=billing.bill_id_of(account.id, start),
        case=case.id,
        file=file.id,
        order=order.id,
        payment=paid.id,
        number=number,
    )


Browser = Callable[..., Awaitable["Reader"]]


class Reader:
    """A browser that signs its forms as the pages do."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.token = ""

    async def get(self, path: str) -> httpx.Response:
        answer = await self.client.get(path)
        if found := re.search(r'name="_csrf_token" value="([^"]+)"', answer.text):
            self.token = found[1]
        return answer

    async def post(self, path: str, files: Any = None, **form: Any) -> httpx.Response:
        data = {"_csrf_token": self.token, **form}
        return await self.client.post(path, data=data, files=files)

    async def sign_in(self, number: str, password: str = PASSWORD) -> httpx.Response:
        await self.get("/my/sign-in")
        answer = await self.post("/my/sign-in", number=number, password=password)
        if answer.status_code == 303:
            await self.get("/my/settings")
        return answer


@pytest.fixture
async def browse(app: Litestar) -> AsyncIterator[Browser]:
    """Open a browser; with a number, its owner is signed in."""
    async with AsyncExitStack() as stack:

        async def opened(number: str = "") -> Reader:
            whole: Any = Observed(app)
            transport = httpx.ASGITransport(whole, raise_app_exceptions=True)
            client = httpx.AsyncClient(
                transport=transport,
                base_url="http://desk",
                headers={"Accept-Language": "en", "Origin": "http://desk"},
            )
            reader = Reader(await stack.enter_async_context(client))
            if number:
                assert (await reader.sign_in(number)).status_code == 303
            return reader

        yield opened
