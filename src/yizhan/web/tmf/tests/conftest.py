"""A small town for the Open APIs: two customers, their accounts, cases and bills; and a client."""

from datetime import UTC, date, datetime
from uuid import UUID

import httpx
import msgspec
import pytest

from yizhan.domain import billing, cases, customers, staff
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works

SCOPES = (
    "customers.read",
    "customers.write",
    "cases.read",
    "cases.open",
    "cases.work",
    "bills.read",
    "tmf.subscribe",
)


class Town(msgspec.Struct):
    """Who lives in it."""

    wang: customers.Customer
    works_: customers.Customer
    account: customers.Account
    complaint: cases.Case
    fault: cases.Case
    bill_id: UUID
    client_id: UUID
    headers: dict[str, str]


@pytest.fixture
async def town(works: Works) -> Town:
    async with works.begin(SYSTEM) as work:
        wang = await customers.create_customer(work, name="王明")
        works_ = await customers.create_customer(
            work, name="天津钢厂", kind=customers.PartyKind.ORGANISATION
        )
        await customers.add_contact_point(
            work, wang.id, kind=customers.ContactKind.PHONE, value="13020041001", preferred=True
        )
        await customers.set_attribute(
            work, wang.id, "city", "tianjin", origin=customers.Origin.IMPORT
        )
        account = await customers.open_account(work, wang.id)
        complaint = await cases.open_case(
            work,
            customer_id=wang.id,
            class_code="complaint.fees",
            subject="长途费有误",
            description="Long distance to Harbin twice.",
        )
        fault = await cases.open_case(
            work, customer_id=works_.id, class_code="fault.voice", subject="No signal in hall 3"
        )
        await cases.add_note(work, complaint.id, "We look into it.", to_customer=True)
        await cases.add_note(work, complaint.id, "Ask the switch people.")
        issued = datetime(2004, 12, 1, tzinfo=UTC)
        for month, total in ((10, 15600), (11, 22000)):
            header = (wang.id, account.id, account.number, 1, date(2004, month, 1), total, issued)
            await billing.load_headers(work, [header])
        bill_id = billing.bill_id_of(account.id, date(2004, 11, 1))
        await work.db.execute(
            "INSERT INTO bill_line (customer_id, bill_id, position, line_id, kind, key, item,"
            " amount_fen, text_zh, text_en, facts) VALUES"
            " ($1, $2, 1, NULL, 'usage', 'local', 'local', 10800, '本地', 'Local calls', '{}'),"
            " ($1, $2, 2, NULL, 'usage', 'ld', 'ld', 11200, '长途', 'Long distance', '{}')",
            wang.id,
            bill_id,
        )
        client, secret = await staff.create_client(work, name="CRM", scopes=SCOPES)
    token, _, _ = await staff.grant(works, str(client.id), secret)
    return Town(
        wang=wang,
        works_=works_,
        account=account,
        complaint=complaint,
        fault=fault,
        bill_id=bill_id,
        client_id=client.id,
        headers={"Authorization": f"Bearer {token}"},
    )


@pytest.fixture
async def crm(visitor: httpx.AsyncClient, town: Town) -> httpx.AsyncClient:
    """Another system with a token."""
    visitor.headers.update(town.headers)
    return visitor
