"""Money at the desk: take cash, print the receipt, take it back, ask for an adjustment, approve."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import customers, ledger, payments
from yizhan.kernel.errors import CareError
from yizhan.kernel.ids import new_id
from yizhan.kernel.money import parse_yuan
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, money, page, say, words
from yizhan.web.staff.shell import shell
from yizhan.web.staff.terms import PAYMENT_KIND
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading, works_of

AnyRequest = Request[Any, Any, Any]
LIMIT = 50
LATEST = 3
DECIDES = tuple(right for _, right in payments.LEVELS)
"""The rights that decide on an adjustment of some size."""


@get("/customers/{customer_id:uuid}/payments", needs="payments.read")
async def list_page(
    request: AnyRequest, customer_id: UUID, before: UUID | None = None
) -> Response[Any]:
    """What was paid, and what was adjusted."""
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="payments")
        receipts = await payments.list_of_customer(
            work, customer_id, limit=LIMIT + 1, before=before
        )
        adjustments = await payments.list_adjustments(work, customer_id)
    return page(
        request,
        "staff/payments.html",
        title="Payments",
        receipts=receipts[:LIMIT],
        older=receipts[LIMIT - 1].id if len(receipts) > LIMIT else None,
        adjustments=[_adjustment(request, one) for one in adjustments],
        **context,
    )


@get("/customers/{customer_id:uuid}/payments/new", needs="payments.take")
async def new(request: AnyRequest, customer_id: UUID, account: UUID | None = None) -> Response[Any]:
    """The form: account, amount, what was handed over, and the change to give back."""
    return await _new(request, customer_id, Form.given(key=new_id(), account=account))


@post("/customers/{customer_id:uuid}/payments/new", needs="payments.take", status_code=200)
async def take(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """Take cash, once for the form's key, and show the receipt."""
    form = await Form.of(request)
    try:
        amount = parse_yuan(form.required("amount"))
        account_id, key = form.uuid("account"), form.required("key")
        visit = visit_of(request)
        async with works_of(request).single(visit.actor, contact_id=visit.contact_id) as work:
            receipt = await payments.take_cash(work, account_id=account_id, amount=amount, key=key)
    except payments.KeyReused:
        form.values["key"] = [str(new_id())]
        form.errors["amount"] = say(
            request,
            "Another amount was already taken with this form: look at the payments first."
            " If this is one more payment, send it again.",
        )
        return await _new(request, customer_id, form, status=422)
    except CareError as error:
        return await _new(request, customer_id, form.wrong(request, error), status=422)
    address = f"/customers/{receipt.customer_id}/payments/{receipt.id}"
    tendered = form.value("tendered")
    if tendered:
        address += f"?tendered={tendered[:20]}"
    return done(request, address, "{amount} taken.", amount=money(receipt.amount))


@get("/customers/{customer_id:uuid}/payments/{payment_id:uuid}", needs="payments.read")
async def receipt_page(
    request: AnyRequest, customer_id: UUID, payment_id: UUID, tendered: str = ""
) -> Response[Any]:
    """A receipt, ready to print."""
    return await _receipt(request, customer_id, payment_id, tendered=tendered)


@post(
    "/customers/{customer_id:uuid}/payments/{payment_id:uuid}/reverse",
    needs="payments.reverse",
    status_code=200,
)
async def reverse(request: AnyRequest, customer_id: UUID, payment_id: UUID) -> Response[Any]:
    """Take a payment of today back."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            receipt = await payments.reverse(
                work, customer_id, payment_id, reason=form.value("reason")
            )
    except CareError as error:
        wrong = form.wrong(request, error)
        return await _receipt(request, customer_id, payment_id, form=wrong, status=422)
    address = f"/customers/{customer_id}/payments/{receipt.id}"
    return done(request, address, "The payment was taken back.", kind="warn")


@get("/customers/{customer_id:uuid}/adjustments/new", needs="adjustments.request")
async def adjustment_form(
    request: AnyRequest, customer_id: UUID, bill: UUID | None = None
) -> Response[Any]:
    """The form of a credit or debit note."""
    return await _adjust(request, customer_id, Form.given(key=new_id(), bill=bill))


@post("/customers/{customer_id:uuid}/adjustments/new", needs="adjustments.request", status_code=200)
async def request_adjustment(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """Ask for an adjustment; another person decides."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            await payments.request_adjustment(
                work,
                account_id=form.uuid("account"),
                direction=form.value("direction"),
                amount=parse_yuan(form.required("amount")),
                reason=form.value("reason"),
                note=form.value("note"),
                key=form.required("key"),
                bill_id=form.optional_uuid("bill"),
            )
    except CareError as error:
        return await _adjust(request, customer_id, form.wrong(request, error), status=422)
    return done(
        request,
        f"/customers/{customer_id}/payments",
        "The adjustment waits for a second person.",
    )


@get("/approvals", needs=DECIDES)
async def approvals(request: AnyRequest) -> Response[Any]:
    """Adjustments that wait for a second person, the most urgent first."""
    return await _approvals(request)


@post(
    "/approvals/{customer_id:uuid}/{adjustment_id:uuid}",
    needs=DECIDES,
    status_code=200,
)
async def decide(request: AnyRequest, customer_id: UUID, adjustment_id: UUID) -> Response[Any]:
    """Say yes or no."""
    form = await Form.of(request)
    note = form.value("note")
    try:
        async with acting(request) as work:
            if form.value("decision") == "approve":
                await payments.approve(work, customer_id, adjustment_id, note=note)
            else:
                await payments.refuse(work, customer_id, adjustment_id, note=note)
    except CareError as error:
        wrong = form.wrong(request, error)
        return await _approvals(request, form=wrong, about=adjustment_id, status=422)
    said = "Approved and posted." if form.value("decision") == "approve" else "Refused."
    return done(request, "/approvals", said)


async def _new(
    request: AnyRequest, customer_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="payments")
        accounts = await _accounts(request, work, customer_id)
        latest = (
            await payments.list_of_customer(work, customer_id, limit=LATEST)
            if work.actor.may("payments.read")
            else []
        )
        today = [one for one in latest if one.kind == "payment" and one.day == work.today]
    return page(
        request,
        "staff/payment_new.html",
        title="Take a payment",
        status=status,
        form=form,
        accounts=accounts,
        today=today,
        **context,
    )


async def _accounts(
    request: AnyRequest, work: UnitOfWork, customer_id: UUID
) -> list[dict[str, Any]]:
    """The open accounts with what is owed or left on each."""
    found = []
    for account in await customers.list_accounts(work, customer_id):
        if account.status != "active":
            continue
        prepaid = account.payment_kind is customers.PaymentKind.PREPAID
        bucket = ledger.Bucket.PREPAID if prepaid else ledger.Bucket.RECEIVABLE
        balance = await ledger.balance_of(work, customer_id, account.id, bucket)
        standing = balance.credits_posted - balance.debits_posted
        found.append(
            {
                "id": account.id,
                "number": account.number,
                "kind_words": words(request, PAYMENT_KIND[account.payment_kind.value]),
                "owed": max(0, -standing),
                "left": max(0, standing),
            }
        )
    return found


async def _receipt(
    request: AnyRequest,
    customer_id: UUID,
    payment_id: UUID,
    *,
    tendered: str = "",
    form: Form | None = None,
    status: int = 200,
) -> Response[Any]:
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="payments")
        receipt = await payments.get_receipt(work, customer_id, payment_id)
        account = await customers.get_account(work, receipt.account_id)
    try:
        handed = parse_yuan(tendered) if tendered else None
    except CareError:
        handed = None
    reversible = (
        receipt.kind == "payment"
        and receipt.method == "cash"
        and receipt.reversed_by is None
        and receipt.day == work.today
    )
    return page(
        request,
        "staff/receipt.html",
        title="Receipt",
        status=status,
        receipt=receipt,
        account=account,
        tendered=handed if handed is not None and handed >= receipt.amount else None,
        reversible=reversible,
        own=receipt.till_id == visit_of(request).actor.id,
        form=form,
        **context,
    )


async def _adjust(
    request: AnyRequest, customer_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="payments")
        accounts = await _accounts(request, work, customer_id)
    return page(
        request,
        "staff/adjustment_new.html",
        title="Ask for an adjustment",
        status=status,
        form=form,
        accounts=accounts,
        reasons=[(code, words(request, text)) for code, text in payments.REASONS.items()],
        levels=[limit for limit, _ in payments.LEVELS],
        **context,
    )


async def _approvals(
    request: AnyRequest,
    *,
    form: Form | None = None,
    about: UUID | None = None,
    status: int = 200,
) -> Response[Any]:
    actor = visit_of(request).actor
    async with reading(request) as work:
        waiting = await payments.list_waiting(work, limit=100)
        names = {
            one.customer_id: (await customers.get(work, one.customer_id)).name for one in waiting
        }
    return page(
        request,
        "staff/approvals.html",
        title="Approvals",
        section="approvals",
        status=status,
        rows=[
            {
                **_adjustment(request, one),
                "who": names[one.customer_id],
                "own": one.requested_by == actor.id,
                "mine": any(
                    actor.may(right) for limit, right in payments.LEVELS if one.amount <= limit
                ),
            }
            for one in waiting
        ],
        large=payments.LEVELS[1][0],
        form=form,
        about=about,
    )


def _adjustment(request: AnyRequest, one: payments.Adjustment) -> dict[str, Any]:
    return {
        "one": one,
        "signed": one.amount if one.direction == "credit" else -one.amount,
        "reason_words": words(request, payments.REASONS[one.reason])
        if one.reason in payments.REASONS
        else one.reason,
    }


ROUTES: list[Any] = [
    list_page,
    new,
    take,
    receipt_page,
    reverse,
    adjustment_form,
    request_adjustment,
    approvals,
    decide,
]
