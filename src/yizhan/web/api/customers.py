"""API: finding customers, the customer on one screen, accounts, what is known of him."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from yizhan.domain import cases, contacts, customers, ledger, subscriptions, timeline
from yizhan.platform.work import UnitOfWork
from yizhan.web.api.route import (
    AnyRequest,
    Limit,
    Page,
    api_get,
    api_patch,
    api_post,
    page_of,
)
from yizhan.web.work import acting, reading, stating

TAG = "Customers"
Gender = Literal["f", "m", "x"]
Language = Literal["zh", "en"]


class AccountView(msgspec.Struct):
    """An account and what stands on it. ``owed_fen`` below zero is paid ahead."""

    account: customers.Account
    owed_fen: int
    prepaid_fen: int


class LineView(msgspec.Struct):
    """A line and what it has now."""

    line: subscriptions.Line
    products: Sequence[subscriptions.Product]


class CustomerView(msgspec.Struct):
    """The customer on one screen. ``verified``: whether the caller is known to be him."""

    customer: customers.Customer
    verified: bool
    accounts: Sequence[AccountView]
    lines: Sequence[LineView]
    open_cases: Sequence[cases.Case]


class NewCustomer(msgspec.Struct):
    """Somebody who becomes a customer."""

    name: Annotated[str, Meta(examples=["王明"])]
    kind: customers.PartyKind = customers.PartyKind.PERSON
    gender: Gender | None = None
    birth_date: date | None = None
    segment: customers.Segment = customers.Segment.PERSONAL
    language: Language = "zh"


class CustomerChange(msgspec.Struct):
    """What is to be different; what is left out stays. The tier is set in the club."""

    name: str | UnsetType = UNSET
    gender: Gender | UnsetType | None = UNSET
    birth_date: date | UnsetType | None = UNSET
    segment: customers.Segment | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    status: customers.Status | UnsetType = UNSET


class NewAccount(msgspec.Struct):
    """A billing account to be opened."""

    payment_kind: customers.PaymentKind = customers.PaymentKind.POSTPAID
    cycle_day: Annotated[int, Meta(ge=1, le=28)] = 1
    bill_medium: customers.BillMedium = customers.BillMedium.NONE
    credit_limit_fen: int = 0
    name: str = ""


@api_get("/search", needs="customers.search", tag=TAG)
async def search(
    request: AnyRequest,
    q: Annotated[
        str,
        QueryParameter(
            min_length=1,
            max_length=80,
            description="A number, name, document, account or case, or its beginning.",
        ),
    ],
    limit: Limit = 20,
) -> Page[customers.Hit]:
    """Find customers. Exact hits come first; names are masked."""
    async with reading(request) as work:
        return Page(await customers.search(work, q, limit=limit))


@api_get("/customers", needs="customers.read", tag=TAG)
async def list_customers(
    request: AnyRequest, limit: Limit = 50, after: FromQuery[UUID | None] = None
) -> Page[customers.Customer]:
    """Customers in the order they were made."""
    async with reading(request) as work:
        found = await customers.list_customers(work, limit=limit + 1, after=after)
    return page_of(found, limit, lambda customer: customer.id)


@api_get("/customers/{customer_id:uuid}", needs="customers.read", tag=TAG)
async def view_customer(request: AnyRequest, customer_id: FromPath[UUID]) -> CustomerView:
    """The customer on one screen. That it was looked at is kept.

    While the caller of a contact is unverified, accounts and lines stay empty.
    """
    async with stating(request) as work:
        customer = await customers.get(work, customer_id)
        verified = await contacts.is_verified(work, customer_id)
        await customers.record_read(work, customer_id, "api.customer")
        accounts = await _accounts(work, customer_id) if verified else []
        lines = await _lines(work, customer_id) if verified else []
        open_cases: Sequence[cases.Case] = ()
        if work.actor.may("cases.read"):
            open_cases = await cases.list_of_customer(work, customer_id, open_only=True)
    return CustomerView(customer, verified, accounts, lines, open_cases)


async def _accounts(work: UnitOfWork, customer_id: UUID) -> list[AccountView]:
    found = await customers.list_accounts(work, customer_id)
    balances = await ledger.balances_of_many(work, [(customer_id, one.id) for one in found])
    nothing = ledger.Balance(bucket=ledger.Bucket.PREPAID)
    return [
        AccountView(
            one,
            balances.get((one.id, ledger.Bucket.RECEIVABLE), nothing).amount,
            balances.get((one.id, ledger.Bucket.PREPAID), nothing).available,
        )
        for one in found
    ]


async def _lines(work: UnitOfWork, customer_id: UUID) -> list[LineView]:
    found = await subscriptions.list_lines(work, customer_id)
    moment = work.now + timedelta(microseconds=1)
    products = await subscriptions.products_of_lines(
        work, [one.id for one in found], work.now, moment
    )
    return [LineView(one, products[one.id]) for one in found]


@api_post("/customers", needs="customers.write", tag=TAG)
async def create_customer(request: AnyRequest, data: JSONBody[NewCustomer]) -> customers.Customer:
    """Make somebody a customer."""
    async with acting(request) as work:
        return await customers.create_customer(
            work,
            name=data.name,
            kind=data.kind,
            gender=data.gender,
            birth_date=data.birth_date,
            segment=data.segment,
            language=data.language,
        )


@api_patch("/customers/{customer_id:uuid}", needs="customers.write", tag=TAG)
async def change_customer(
    request: AnyRequest, customer_id: FromPath[UUID], data: JSONBody[CustomerChange]
) -> customers.Customer:
    """Change what is said, leave the rest."""
    said = {
        name: value for name, value in msgspec.structs.asdict(data).items() if value is not UNSET
    }
    async with acting(request) as work:
        return await customers.change_customer(work, customer_id, **said)


@api_get("/customers/{customer_id:uuid}/accounts", needs="bills.read", tag=TAG)
async def list_accounts(request: AnyRequest, customer_id: FromPath[UUID]) -> Page[AccountView]:
    """A customer's accounts with what stands on them."""
    async with reading(request) as work:
        await customers.get(work, customer_id)
        await contacts.require_verified(work, customer_id)
        return Page(await _accounts(work, customer_id))


@api_post("/customers/{customer_id:uuid}/accounts", needs="customers.write", tag=TAG)
async def open_account(
    request: AnyRequest, customer_id: FromPath[UUID], data: JSONBody[NewAccount]
) -> customers.Account:
    """Open a billing account."""
    async with acting(request) as work:
        return await customers.open_account(
            work,
            customer_id,
            payment_kind=data.payment_kind,
            cycle_day=data.cycle_day,
            bill_medium=data.bill_medium,
            credit_limit_fen=data.credit_limit_fen,
            name=data.name,
        )


@api_get("/customers/{customer_id:uuid}/timeline", needs="customers.read", tag=TAG)
async def list_timeline(
    request: AnyRequest,
    customer_id: FromPath[UUID],
    limit: Limit = 50,
    before: FromQuery[UUID | None] = None,
    room: FromQuery[str | None] = None,
) -> timeline.Page:
    """What happened to a customer, the newest first, grouped by contact, in words."""
    async with stating(request) as work:
        await customers.record_read(work, customer_id, "api.timeline")
        return await timeline.of_customer(work, customer_id, limit=limit, before=before, room=room)


ROUTES = [
    search,
    list_customers,
    view_customer,
    create_customer,
    change_customer,
    list_accounts,
    open_account,
    list_timeline,
]
