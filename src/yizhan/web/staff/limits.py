"""The caps of a customer's lines at the desk: what is used of them, set, changed, lifted."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from yizhan.domain import customers, limits, subscriptions
from yizhan.kernel.errors import CareError, Invalid, NotFound
from yizhan.kernel.money import parse_yuan, yuan
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import AnyRequest, done, page, say, words
from yizhan.web.staff.shell import shell
from yizhan.web.work import acting, reading

_SAID = {
    "set": "The cap is set. It counts what was used since the month began.",
    "lift": "Lifted until the month ends. The service comes back at once.",
    "remove": "The cap is no more.",
}


@get("/customers/{customer_id:uuid}/limits", needs_all=("limits.read", "customers.read"))
async def of_customer(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """Every line's caps with what is used now, and the accounts against their credit limits."""
    return await _page(request, customer_id)


@post("/customers/{customer_id:uuid}/limits", needs="limits.set", status_code=200)
async def change(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """Set, lift or remove a cap for the customer."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            line = await subscriptions.get_line(work, form.uuid("line"))
            if line.customer_id != customer_id:
                raise NotFound("There is no such line.")
            said = await act(work, line.id, form)
    except CareError as error:
        return await _page(request, customer_id, form=form.wrong(request, error), status=422)
    return done(request, f"/customers/{customer_id}/limits", said)


async def act(work: UnitOfWork, line_id: UUID, form: Form) -> str:
    """What a form asks for, of a line that may be changed; the sentence that says it was done."""
    if form.value("kind") not in set(limits.CapKind):
        raise Invalid("Choose one of the list.", field="kind")
    kind, what = limits.CapKind(form.value("kind")), form.value("act", "set")
    match what:
        case "set":
            if form.value("at_full") not in set(limits.AtFull):
                raise Invalid("Choose one of the list.", field="at_full")
            if kind is limits.CapKind.SPEND:
                number = parse_yuan(form.required("amount"), field="amount")
            else:
                number = form.count("amount", least=1, most=limits.DATA_MAX_MB)
            at_full = limits.AtFull(form.value("at_full"))
            await limits.set_cap(work, line_id, kind, number, at_full=at_full)
        case "lift":
            await limits.lift_cap(work, line_id, kind)
        case "remove":
            await limits.remove_cap(work, line_id, kind)
        case _:
            raise Invalid("There is no act “{act}”.", field="act", act=what[:40])
    return _SAID[what]


async def view(request: AnyRequest, work: UnitOfWork, line: subscriptions.Line) -> dict[str, Any]:
    """A line's limits in words and bars."""
    found = await limits.of_line(work, line.id)
    by_kind = {one.kind: one for one in found.caps}
    return {
        "line": line,
        "until": found.period_end,
        "caps": [
            _cap(request, kind, by_kind.get(kind), spent=found.spent_fen) for kind in limits.CapKind
        ],
        "stopped": [
            {
                "service": words(request, limits.SERVICE[one.service.value]),
                "why": words(request, limits.WHY[one.why]),
                "since": one.since,
                "lift": one.why != "credit",
            }
            for one in found.stopped
        ],
        "told": [_told(request, one) for one in found.told],
    }


def _cap(
    request: AnyRequest, kind: limits.CapKind, cap: limits.CapNow | None, *, spent: int
) -> dict[str, Any]:
    money = kind is limits.CapKind.SPEND
    shown: dict[str, Any] = {
        "kind": kind.value,
        "label": _label(request, kind),
        "unit": say(request, "yuan a month") if money else say(request, "MB a month"),
        "set": cap is not None,
        "stops": False,
        "now": words(request, limits.amount_words(kind, spent)) if money else "",
    }
    if cap is None:
        return shown
    amount = yuan(cap.amount) if money else str(cap.amount // limits.MB)
    return shown | {
        "amount": amount,
        "used_words": words(request, limits.amount_words(kind, cap.used)),
        "cap_words": words(request, limits.amount_words(kind, cap.amount)),
        "percent": cap.percent,
        "value": min(cap.used, cap.amount),
        "max": cap.amount,
        "tone": "bad" if cap.percent >= 100 else "warn" if cap.percent >= 80 else "",
        "at_full": cap.at_full.value,
        "at_full_words": words(request, limits.AT_FULL[cap.at_full.value]),
        "stops": cap.stops,
        "lifted": cap.lifted,
        "set_at": cap.set_at,
        "set_by": cap.set_by,
    }


def _told(request: AnyRequest, one: limits.Told) -> dict[str, Any]:
    if one.kind is None:
        return {"what": say(request, "Included in the plan"), "percent": one.percent, "at": one.at}
    label = _label(request, one.kind)
    used, cap = (limits.amount_words(one.kind, amount) for amount in (one.used, one.amount))
    return {
        "what": f"{label}: {words(request, used)} / {words(request, cap)}",
        "percent": one.percent,
        "at": one.at,
    }


def _label(request: AnyRequest, kind: limits.CapKind) -> str:
    return words(request, limits.WHY[kind.value]).capitalize()


async def credits(request: AnyRequest, work: UnitOfWork, customer_id: UUID) -> list[dict[str, Any]]:
    """The accounts with a credit limit and how they stand against it."""
    found = []
    for account in await customers.list_accounts(work, customer_id):
        credit = await limits.credit_of(work, account.id)
        if credit is None or account.status != "active":
            continue
        found.append(
            {
                "number": account.number,
                "used_fen": credit.used_fen,
                "credit_fen": credit.credit_fen,
                "percent": credit.percent,
                "value": min(credit.used_fen, credit.credit_fen),
                "max": credit.credit_fen,
                "tone": "bad" if credit.over else "warn" if credit.percent >= 80 else "",
                "looked_at": credit.looked_at,
            }
        )
    return found


def options(request: AnyRequest) -> list[tuple[str, str, str]]:
    """What may happen when a cap is used up, as choices."""
    return [(code, words(request, text), "") for code, text in limits.AT_FULL.items()]


async def _page(
    request: AnyRequest, customer_id: UUID, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="overview")
        lines, accounts = [], []
        if not context["hidden"]:
            lines = [
                await view(request, work, line)
                for line in await subscriptions.list_lines(work, customer_id)
            ]
            accounts = await credits(request, work, customer_id)
    return page(
        request,
        "staff/limits.html",
        title="Caps and credit",
        status=status,
        lines=lines,
        accounts=accounts,
        at_full=options(request),
        form=form,
        **context,
    )


ROUTES: list[Any] = [of_customer, change]
