"""Paying and recharging: for oneself or another, at the provider's page, by a card or wallet bound
before, or with a recharge card. The money is credited when the provider says so, once."""

from typing import Any
from uuid import UUID

import segno
from litestar import Response, get, post
from litestar.datastructures import Cookie

from yizhan.domain import billing, checkout, collections, customers, ledger, subscriptions, vouchers
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.ids import new_id
from yizhan.kernel.money import parse_yuan
from yizhan.kernel.phone import normalise
from yizhan.platform.work import UnitOfWork
from yizhan.web import pages
from yizhan.web.site.page import (
    AnyRequest,
    done,
    mine,
    money,
    own_account,
    own_line,
    page,
    part,
    say,
    words,
)
from yizhan.web.staff.form import Form
from yizhan.web.visit import config_of
from yizhan.web.work import acting, reading

PAYING_COOKIE = "yizhan_paying"
BACK = "back"
"""In the address of a payment: its payer was on the provider's page already."""
BINDING_COOKIE = "yizhan_binding"
COOKIE_SECONDS = 3600
ENOUGH = 286
"""The status that tells the page not to ask again by the clock: nothing more is awaited."""
BILLS_LOOKED_AT = 24
AMOUNTS = ("30", "50", "100", "200")


@get("/my/pay", customer=True)
async def pay_page(
    request: AnyRequest, account: UUID | None = None, amount: str = ""
) -> Response[Any]:
    """How much, for whom, by which means."""
    form = Form.given(account=account, amount=amount[:12] or None, key=new_id())
    return await _page(request, form)


@post("/my/pay", customer=True, status_code=200)
async def pay(request: AnyRequest) -> Response[Any]:
    """Begin a payment; the next page leads to the provider and shows what became of it."""
    form = await Form.of(request)
    try:
        fen = parse_yuan(form.required("amount"), field="amount")
        key = form.required("key")[:100]
        means = form.value("means", "redirect")
        async with acting(request) as work:
            if form.value("whom") == "other":
                number = normalise(form.required("number"))
                line = await subscriptions.find_line_by_number(work, number)
                if line is None:
                    raise Invalid("No line has this number. Check it.", field="number")
                account_id = line.account_id
            else:
                number = None
                account_id = (await own_account(request, work, form.uuid("account"))).id
            if means in ("redirect", "qr"):
                # The telephone that scans is not signed in here: it stays at the provider's.
                back_here = f"{_base(request)}/my/pay/back" if means == "redirect" else ""
                intent = await checkout.start(
                    work,
                    account_id=account_id,
                    amount_fen=fen,
                    means=means,
                    key=key,
                    return_url=back_here,
                    number=number,
                )
            else:
                intent = await checkout.pay_by_token(
                    work,
                    customer_id=mine(request),
                    token_id=_token(form),
                    account_id=account_id,
                    amount_fen=fen,
                    key=key,
                )
    except CareError as error:
        return await _page(request, form.wrong(request, error, amount_fen="amount"), status=422)
    paying = _remember(request, PAYING_COOKIE, intent.id)
    return pages.go(request, f"/my/pay/{intent.id}", cookies=[paying])


@get("/my/pay/back", customer=True)
async def back(request: AnyRequest) -> Response[Any]:
    """Back from the provider's page: to the payment that was under way, and it is asked about."""
    try:
        async with acting(request) as work:
            intent = await checkout.get(work, UUID(request.cookies.get(PAYING_COOKIE, "")))
            await checkout.ask_soon(work, intent)
    except (ValueError, checkout.NoSuchIntent):
        return pages.go(request, "/my/payments")
    return pages.go(request, f"/my/pay/{intent.id}?{BACK}=1")


@get("/my/pay/{intent_id:uuid}", customer=True)
async def one(request: AnyRequest, intent_id: UUID) -> Response[Any]:
    """A payment and how far it is; it changes by itself when the provider tells us."""
    context = await _intent(request, intent_id)
    return page(request, "site/paying.html", title="Payment", section="payments", **context)


@get("/my/pay/{intent_id:uuid}/state", customer=True)
async def state(request: AnyRequest, intent_id: UUID) -> Response[Any]:
    """The part of it that changes."""
    context = await _intent(request, intent_id)
    status = 200 if context["awaited"] else ENOUGH
    return part(request, "site/_paying.html", status=status, **context)


@post("/my/pay/voucher", customer=True, status_code=200)
async def voucher(request: AnyRequest) -> Response[Any]:
    """Use a recharge card, for oneself or another. Wrong secrets count."""
    form = await Form.of(request)
    if not form.has("key"):
        form.values["key"] = [str(new_id())]
    try:
        async with acting(request) as work:
            answer = await vouchers.redeem(
                work,
                secret=form.required("secret"),
                number=form.required("for_number"),
                key=form.value("key")[:100],
            )
        taken = answer.taken()
    except CareError as error:
        wrong = form.wrong(request, error, number="for_number")
        return await _page(request, wrong, status=422)
    return done(request, "/my/payments", "Recharged with {amount}.", amount=money(taken.amount_fen))


@post("/my/pay/bind", customer=True, status_code=200)
async def bind(request: AnyRequest) -> Response[Any]:
    """Ask that a card or wallet may be charged; it is allowed on the provider's page."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            line = await own_line(request, work, None)
            if line is None:
                raise Invalid("There is no line to bind it to.", field="kind")
            asked = await checkout.bind(
                work,
                line_id=line.id,
                kind=form.value("kind"),
                return_url=f"{_base(request)}/my/pay/bound",
            )
    except CareError as error:
        return await _page(request, form.wrong(request, error), status=422)
    return page(
        request,
        "site/pay_bind.html",
        title="Allow it at the provider",
        section="payments",
        address=asked.redirect_url,
        cookies=[_remember(request, BINDING_COOKIE, asked.token.id)],
    )


@get("/my/pay/bound", customer=True)
async def bound(request: AnyRequest) -> Response[Any]:
    """Back from the provider's page: whether the card or wallet may be charged now."""
    token = await _binding(request)
    if token is None:
        return pages.go(request, "/my/pay")
    title = "Cards and wallets"
    return page(request, "site/bound.html", title=title, section="payments", token=token)


@get("/my/pay/bound/state", customer=True)
async def bound_state(request: AnyRequest) -> Response[Any]:
    """The part of it that changes."""
    token = await _binding(request)
    status = 200 if token is not None and token.state == "waiting" else ENOUGH
    return part(request, "site/_bound.html", status=status, token=token)


@post("/my/pay/unbind/{token_id:uuid}", customer=True, status_code=200)
async def unbind(request: AnyRequest, token_id: UUID) -> Response[Any]:
    """A card or wallet is no longer charged."""
    async with acting(request) as work:
        await checkout.unbind(work, mine(request), token_id)
    return done(request, "/my/pay", "It is not charged any more.")


def _token(form: Form) -> UUID:
    try:
        return UUID(form.value("means"))
    except ValueError:
        raise Invalid("Choose one of the list.", field="means") from None


def _remember(request: AnyRequest, name: str, value: UUID) -> Cookie:
    """What was under way when somebody was sent to the provider, for when he comes back."""
    return Cookie(
        key=name,
        value=str(value),
        path="/my",
        httponly=True,
        samesite="lax",
        secure=config_of(request).cookie_secure,
        max_age=COOKIE_SECONDS,
    )


async def _binding(request: AnyRequest) -> checkout.Token | None:
    try:
        token_id = UUID(request.cookies.get(BINDING_COOKIE, ""))
        async with reading(request) as work:
            return await checkout.get_token(work, mine(request), token_id)
    except (ValueError, checkout.NoSuchToken):
        return None


def _base(request: AnyRequest) -> str:
    return config_of(request).public_url or str(request.base_url).rstrip("/")


async def _intent(request: AnyRequest, intent_id: UUID) -> dict[str, Any]:
    refunds: list[dict[str, Any]] = []
    now = None
    async with reading(request) as work:
        intent = await checkout.get(work, intent_id)
        own = intent.customer_id == mine(request)
        if own and not intent.is_open:
            now = await _standing(work, await own_account(request, work, intent.account_id))
            refunds = [
                {"one": one, "words": words(request, checkout.REFUND_STATES[one.state])}
                for one in await checkout.list_refunds(work, mine(request))
                if one.intent_id == intent_id and one.state in ("sent", "done")
            ]
    reason = checkout.REASONS.get(intent.reason)
    code = segno.make(intent.qr_text) if intent.is_open and intent.qr_text else None
    return {
        "intent": intent,
        "state_words": words(request, checkout.STATES[intent.state.value]),
        "reason": words(request, reason) if reason else intent.reason,
        "own": own,
        "back": request.query_params.get(BACK) == "1",
        "now": now,
        "refunds": refunds,
        "awaited": intent.is_open or any(row["one"].state == "sent" for row in refunds),
        "code": code.svg_inline(scale=5, border=4, dark="#000", light="#fff") if code else "",
    }


async def _standing(work: UnitOfWork, account: customers.Account) -> dict[str, Any]:
    """What a prepaid account has; of a post-paid one what is open, less than 0: paid ahead."""
    prepaid = account.payment_kind is customers.PaymentKind.PREPAID
    bucket = ledger.Bucket.PREPAID if prepaid else ledger.Bucket.RECEIVABLE
    has = (await ledger.balance_of(work, account.customer_id, account.id, bucket)).amount
    return {"prepaid": prepaid, "has": has}


def _there(standing: dict[str, Any]) -> int:
    """What lies on an account for what comes, in fen."""
    has: int = standing["has"]
    return max(0, has if standing["prepaid"] else -has)


async def _owed(work: UnitOfWork, account: customers.Account) -> int:
    """What is still to be paid, in fen: of a post-paid account all it owes, late fees too."""
    standing = await _standing(work, account)
    if not standing["prepaid"]:
        return max(0, int(standing["has"]))
    bills = await billing.list_bills(
        work, account.customer_id, account_id=account.id, limit=BILLS_LOOKED_AT
    )
    return sum(one.open_fen for one in bills)


async def _is_locked(work: UnitOfWork, account: customers.Account) -> bool:
    """Whether an account's credit can be revived at a counter only."""
    credit = await collections.credit_of(work, account.id)
    return credit is not None and credit.state is collections.Credit.LOCKED


async def _page(request: AnyRequest, form: Form, *, status: int = 200) -> Response[Any]:
    async with reading(request) as work:
        accounts = [
            one
            for one in await customers.list_accounts(work, mine(request))
            if one.status == "active"
        ]
        line = await own_line(request, work, None)
        tokens = await checkout.list_tokens(work, mine(request))
        wanted = form.value("account")
        chosen = next((one for one in accounts if str(one.id) == wanted), None)
        account = chosen or (accounts[0] if accounts else None)
        owed = await _owed(work, account) if account else 0
        stands = await _standing(work, account) if account and not owed else None
        locked = [one.number for one in accounts if await _is_locked(work, one)]
    means = [(str(one.id), one.label or one.kind, "") for one in tokens]
    if checkout.is_connected():
        at_provider = say(request, "Card or wallet, at the provider's page")
        scanned = say(request, "A code, scanned with a telephone")
        means = [("redirect", at_provider, ""), *means, ("qr", scanned, "")]
    return page(
        request,
        "site/pay.html",
        title="Pay or recharge",
        section="payments",
        status=status,
        form=form,
        accounts=[(one.id, one.number) for one in accounts],
        locked=locked,
        number=(line.number or "") if line else "",
        tokens=tokens,
        means=means,
        amounts=AMOUNTS,
        owed=owed,
        there=_there(stands) if stands else 0,
        connected=checkout.is_connected(),
    )


ROUTES: list[Any] = [
    pay_page,
    pay,
    back,
    one,
    state,
    voucher,
    bind,
    bound,
    bound_state,
    unbind,
]
