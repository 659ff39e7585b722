"""What was paid: receipts, reversals, adjustments."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from yizhan.domain import checkout, customers, payments
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork
from yizhan.web.site.page import AnyRequest, mine, page, words
from yizhan.web.work import reading

PAGE = 30
BEGUN_SHOWN = 10
METHODS = {
    "cash": Text("柜台现金", "cash at the desk"),
    "provider": Text("在线支付", "online"),
    "voucher": Text("充值卡", "recharge card"),
}
TONES = {"paid": "good", "refused": "bad", "reversed": "bad", "held": "warn", "expired": "warn"}


@get("/my/payments", customer=True)
async def list_page(request: AnyRequest, before: UUID | None = None) -> Response[Any]:
    """Every receipt, the newest first."""
    async with reading(request) as work:
        found = list(
            await payments.list_of_customer(work, mine(request), limit=PAGE + 1, before=before)
        )
        accounts = {
            one.id: one.number for one in await customers.list_accounts(work, mine(request))
        }
        intents = await checkout.of_payments(work, mine(request), [one.id for one in found])
        backs = await _sent_back(work, mine(request))
        begun = await checkout.list_begun(work, mine(request), limit=BEGUN_SHOWN)
    return page(
        request,
        "site/payments.html",
        title="Payments",
        section="payments",
        receipts=found[:PAGE],
        accounts=accounts,
        intents=intents,
        backs={id_: backs[one.id] for id_, one in intents.items() if one.id in backs},
        begun=[
            {
                "one": one,
                "own": one.customer_id == mine(request),
                "words": words(request, checkout.STATES[one.state.value]),
                "tone": TONES.get(one.state.value, "info"),
            }
            for one in begun
            if before is None
        ],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
    )


@get("/my/payments/{payment_id:uuid}", customer=True)
async def one(request: AnyRequest, payment_id: UUID) -> Response[Any]:
    """A receipt, to read or to print."""
    async with reading(request) as work:
        receipt = await payments.get_receipt(work, mine(request), payment_id)
        account = await customers.get_account(work, receipt.account_id)
        customer = await customers.get(work, mine(request))
        intents = await checkout.of_payments(work, mine(request), [payment_id])
        intent = intents.get(payment_id)
        backs = await _sent_back(work, mine(request)) if intent else {}
    method = METHODS.get(receipt.method)
    return page(
        request,
        "site/receipt.html",
        title="Receipt",
        section="payments",
        receipt=receipt,
        account=account,
        customer=customer,
        method=words(request, method) if method else receipt.method,
        intent=intent,
        back=backs.get(intent.id, 0) if intent else 0,
    )


async def _sent_back(work: UnitOfWork, customer_id: UUID) -> dict[UUID, int]:
    """What went, or is going, back to its source, by payment through the provider."""
    found: dict[UUID, int] = {}
    for one in await checkout.list_refunds(work, customer_id):
        if one.state in ("sent", "done"):
            found[one.intent_id] = found.get(one.intent_id, 0) + one.amount
    return found


ROUTES: list[Any] = [list_page, one]
