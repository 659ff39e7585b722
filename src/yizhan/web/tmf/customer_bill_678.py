"""TMF678 Customer Bill Management v4: bills, their lines as applied rates, bills on demand.

Bills are never changed, so ``state`` follows from what was paid and cannot be patched to anything
else than it is. A bill on demand points at the account's latest bill.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from yizhan.domain import billing, customers
from yizhan.kernel.errors import Invalid, Refused
from yizhan.kernel.ids import new_id
from yizhan.platform.events import Recorded
from yizhan.platform.work import UnitOfWork
from yizhan.web.tmf.hub import Told
from yizhan.web.tmf.query import Filter, uuid_in
from yizhan.web.tmf.resource import (
    Body,
    Hrefs,
    Resource,
    amount,
    moment,
    refuse_unknown,
    routes_of,
    without_empty,
)

API = "customerBillManagement"
STATE_OF = {"open": "sent", "overdue": "sent", "partly_paid": "partiallyPaid", "paid": "settled"}
BILLS_MAX = 500


def _account(row: Mapping[str, Any], hrefs: Hrefs) -> Body:
    return {
        "id": str(row["account_id"]),
        "href": hrefs("accountManagement", "billingAccount", row["account_id"]),
        "name": row["account_number"],
        "@type": "BillingAccountRef",
        "@referredType": "BillingAccount",
    }


def _period(row: Mapping[str, Any], hrefs: Hrefs) -> Body:
    return {
        "startDateTime": hrefs.day(row["period_start"]),
        "endDateTime": hrefs.day(row["period_end"]),
    }


def present_bill(row: Mapping[str, Any], hrefs: Hrefs) -> Body:
    """A bill as TMF678 has it."""
    total, tax, currency = row["total_fen"], row["tax_fen"], row["currency"]
    href = hrefs(API, "customerBill", row["id"])
    body = {
        "id": str(row["id"]),
        "href": href,
        "billNo": row["number"],
        "billDate": moment(row["issued_at"]),
        "lastUpdate": moment(row["issued_at"]),
        "paymentDueDate": hrefs.day(row["due_date"]),
        "category": "normal",
        "runType": "onCycle",
        "state": STATE_OF[row["state"]],
        "billingPeriod": _period(row, hrefs),
        "billingAccount": _account(row, hrefs),
        "amountDue": amount(row["open_fen"], currency),
        "remainingAmount": amount(row["open_fen"], currency),
        "taxIncludedAmount": amount(total, currency),
        "taxExcludedAmount": amount(total - tax, currency),
        "billDocument": [
            {
                "id": str(row["id"]),
                "name": row["number"],
                "mimeType": "application/json",
                "url": f"{hrefs.base}/api/v1/customers/{row['customer_id']}/bills/{row['id']}",
                "@type": "AttachmentRef",
                "@referredType": "Attachment",
            }
        ],
        "relatedParty": [
            {
                "id": str(row["customer_id"]),
                "href": hrefs("customerManagement", "customer", row["customer_id"]),
                "name": row["name"],
                "role": "customer",
                "@type": "RelatedPartyRef",
                "@referredType": "Customer",
            }
        ],
        "@type": "CustomerBill",
    }
    if tax:
        body["taxItem"] = [{"taxCategory": "VAT", "taxAmount": amount(tax, currency)}]
    return body


async def with_standing(
    work: UnitOfWork, rows: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """Rows with what is open of each bill, which billing alone can say."""
    standing: dict[UUID, billing.Bill] = {}
    for customer_id in {row["customer_id"] for row in rows}:
        for bill in await billing.list_bills(work, customer_id, limit=BILLS_MAX):
            standing[bill.id] = bill
    return [
        {
            **dict(row),
            "open_fen": standing[row["id"]].open_fen,
            "state": standing[row["id"]].state,
        }
        for row in rows
    ]


async def update_bill(
    work: UnitOfWork, row: Mapping[str, Any], changed: Body, before: Body
) -> None:
    """Refuse: what a bill is follows from the ledger."""
    refuse_unknown(changed, {"state"})
    raise Refused(
        "The state of a bill follows from its payments: it is {state}.", state=before["state"]
    )


def present_rate(row: Mapping[str, Any], hrefs: Hrefs) -> Body:
    """A line of a bill as an applied rate."""
    kinds = {"recurring": "recurringCharge", "usage": "usageCharge", "tier": "usageCharge"}
    product = row["line_id"]
    return without_empty(
        {
            "id": row["id"],
            "href": hrefs(API, "appliedCustomerBillingRate", row["id"]),
            "name": row["text_en"],
            "description": row["text_zh"],
            "date": moment(row["issued_at"]),
            "type": "credit" if row["amount_fen"] < 0 else kinds.get(row["kind"], row["kind"]),
            "isBilled": True,
            "bill": {
                "id": str(row["bill_id"]),
                "href": hrefs(API, "customerBill", row["bill_id"]),
                "@type": "BillRef",
                "@referredType": "CustomerBill",
            },
            "billingAccount": _account({**row, "account_number": row["bill_number"]}, hrefs)
            | {"name": str(row["account_id"])},
            "periodCoverage": _period(row, hrefs),
            "product": product
            and {
                "id": str(product),
                "href": hrefs("productInventory", "product", product),
                "@type": "ProductRef",
                "@referredType": "Product",
            },
            "characteristic": [
                {"name": name, "value": row[name], "valueType": "string"}
                for name in ("kind", "key", "item")
                if row[name]
            ],
            "taxIncludedAmount": amount(row["amount_fen"], row["currency"]),
            "@type": "AppliedCustomerBillingRate",
        }
    )


def present_on_demand(row: Mapping[str, Any], hrefs: Hrefs) -> Body:
    """A bill that was asked for between two runs."""
    return without_empty(
        {
            "id": str(row["id"]),
            "href": hrefs(API, "customerBillOnDemand", row["id"]),
            "name": row["name"],
            "description": row["description"],
            "lastUpdate": moment(row["updated_at"]),
            "state": row["state"],
            "billingAccount": {
                "id": str(row["account_id"]),
                "href": hrefs("accountManagement", "billingAccount", row["account_id"]),
                "@type": "BillingAccountRef",
                "@referredType": "BillingAccount",
            },
            "customerBill": row["bill_id"]
            and {
                "id": str(row["bill_id"]),
                "href": hrefs(API, "customerBill", row["bill_id"]),
                "@type": "BillRef",
                "@referredType": "CustomerBill",
            },
            "relatedParty": {
                "id": str(row["customer_id"]),
                "href": hrefs("customerManagement", "customer", row["customer_id"]),
                "role": "customer",
                "@type": "RelatedPartyRef",
                "@referredType": "Customer",
            },
            "@type": "CustomerBillOnDemand",
        }
    )


async def create_on_demand(work: UnitOfWork, body: Body) -> object:
    """Point at the account's latest bill; rejected when it has none yet."""
    refuse_unknown(body, {"name", "description", "billingAccount"})
    named = body.get("billingAccount")
    account_id = uuid_in(str(named.get("id", ""))) if isinstance(named, dict) else None
    if account_id is None:
        raise Invalid("“{name}” is required.", field="billingAccount", name="billingAccount")
    account = await customers.get_account(work, account_id)
    bills = await billing.list_bills(work, account.customer_id, account_id=account_id, limit=1)
    key = new_id()
    await work.db.execute(
        "INSERT INTO open_api_bill_on_demand (id, customer_id, account_id, name, description,"
        " state, bill_id, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        key,
        account.customer_id,
        account_id,
        str(body.get("name") or "")[:200],
        str(body.get("description") or "")[:2000],
        "done" if bills else "rejected",
        bills[0].id if bills else None,
        work.now,
    )
    return key


async def bills_seen(work: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """That somebody's bills were read is kept, once for each customer."""
    for customer_id in {row["customer_id"] for row in rows}:
        await customers.record_read(work, customer_id, "tmf678.bill")


BILL = Resource(
    api=API,
    name="customerBill",
    view="open_api_bill",
    order="issued_at DESC, id DESC",
    filters={
        "id": Filter("id {}", "uuid"),
        "href": Filter("id {}", "uuid"),
        "billNo": Filter("number {}"),
        "billDate": Filter("issued_at {}", "moment"),
        "paymentDueDate": Filter("due_date {}", "day"),
        "billingPeriod.startDateTime": Filter("period_start {}", "day"),
        "billingAccount.id": Filter("account_id {}", "uuid"),
        "relatedParty.id": Filter("customer_id {}", "uuid"),
        "taxIncludedAmount.value": Filter("total_fen {}", "fen"),
    },
    present=present_bill,
    reads="bills.read",
    writes="bills.read",
    enrich=with_standing,
    update=update_bill,
    seen=bills_seen,
)

RATE = Resource(
    api=API,
    name="appliedCustomerBillingRate",
    view="open_api_rate",
    order="issued_at DESC, bill_id, position",
    filters={
        "id": Filter("id {}"),
        "bill.id": Filter("bill_id {}", "uuid"),
        "billingAccount.id": Filter("account_id {}", "uuid"),
        "product.id": Filter("line_id {}", "uuid"),
        "date": Filter("issued_at {}", "moment"),
        "taxIncludedAmount.value": Filter("amount_fen {}", "fen"),
    },
    present=present_rate,
    reads="bills.read",
    key_is_uuid=False,
    seen=bills_seen,
)

ON_DEMAND = Resource(
    api=API,
    name="customerBillOnDemand",
    view="open_api_bill_on_demand",
    order="id DESC",
    filters={
        "id": Filter("id {}", "uuid"),
        "state": Filter("state {}"),
        "billingAccount.id": Filter("account_id {}", "uuid"),
        "relatedParty.id": Filter("customer_id {}", "uuid"),
    },
    present=present_on_demand,
    reads="bills.read",
    writes="bills.read",
    create=create_on_demand,
)


def told_of(event: Recorded) -> Told | None:
    """Which TMF678 event an event of ours is."""
    if event.name != "billing.bill_issued":
        return None
    return Told("CustomerBillCreateEvent", BILL, str(event.payload["bill_id"]))


ROUTES = [*routes_of(BILL), *routes_of(RATE), *routes_of(ON_DEMAND)]
