"""Paying and recharging: for oneself or another, at the provider's page, by a card or wallet bound
before, or with a recharge card. The money is credited when the provider says so, once."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import Cookie

from yizhan.domain import checkout, customers, subscriptions, vouchers
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.ids import new_id
from yizhan.kernel.money import parse_yuan
from yizhan.kernel.phone import normalise
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
            if means == "redirect":
                intent = await checkout.start(
                    work,
                    account_id=account_id,
                    amount_fen=fen,
                    means="redirect",
                    key=key,
                    return_url=f"{_base(request)}/my/pay/back",
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
    paying = Cookie(
        key=PAYING_COOKIE,
        value=str(intent.id),
        path="/my",
        httponly=True,
        samesite="lax",
        secure=config_of(request).cookie_secure,
        max_age=3600,
    )
    return pages.go(request, f"/my/pay/{intent.id}", cookies=[paying])


@get("/my/pay/back", customer=True)
async def back(request: AnyRequest) -> Response[Any]:
    """Back from the provider's page: to the payment that was under way."""
    try:
        return pages.go(request, f"/my/pay/{UUID(request.cookies.get(PAYING_COOKIE, ''))}")
    except ValueError:
        return pages.go(request, "/my/payments")


@get("/my/pay/{intent_id:uuid}", customer=True)
async def one(request: AnyRequest, intent_id: UUID) -> Response[Any]:
    """A payment and how far it is; it changes by itself when the provider tells us."""
    context = await _intent(request, intent_id)
    return page(request, "site/paying.html", title="Payment", section="payments", **context)


@get("/my/pay/{intent_id:uuid}/state", customer=True)
async def state(request: AnyRequest, intent_id: UUID) -> Response[Any]:
    """The part of it that changes."""
    return part(request, "site/_paying.html", **await _intent(request, intent_id))


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
                return_url=f"{_base(request)}/my/pay",
            )
    except CareError as error:
        return await _page(request, form.wrong(request, error), status=422)
    return page(
        request,
        "site/pay_bind.html",
        title="Allow it at the provider",
        section="payments",
        address=asked.redirect_url,
    )


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


def _base(request: AnyRequest) -> str:
    return config_of(request).public_url or str(request.base_url).rstrip("/")


async def _intent(request: AnyRequest, intent_id: UUID) -> dict[str, Any]:
    async with reading(request) as work:
        intent = await checkout.get(work, intent_id)
    return {
        "intent": intent,
        "state_words": words(request, checkout.STATES[intent.state.value]),
        "own": intent.customer_id == mine(request),
    }


async def _page(request: AnyRequest, form: Form, *, status: int = 200) -> Response[Any]:
    async with reading(request) as work:
        accounts = [
            one
            for one in await customers.list_accounts(work, mine(request))
            if one.status == "active"
        ]
        line = await own_line(request, work, None)
        tokens = [
            one for one in await checkout.list_tokens(work, mine(request)) if one.state == "bound"
        ]
    means = [(str(one.id), one.label or one.kind, "") for one in tokens]
    if checkout.is_connected():
        means.insert(0, ("redirect", say(request, "Card or wallet, at the provider's page"), ""))
    return page(
        request,
        "site/pay.html",
        title="Pay or recharge",
        section="payments",
        status=status,
        form=form,
        accounts=[(one.id, one.number) for one in accounts],
        number=(line.number or "") if line else "",
        tokens=tokens,
        means=means,
        amounts=AMOUNTS,
        connected=checkout.is_connected(),
    )


ROUTES: list[Any] = [pay_page, pay, back, one, state, voucher, bind, unbind]
