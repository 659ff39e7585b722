"""The dunning board: accounts by step, what comes next and when; deferring, holding, stopping."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import collections, customers
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.money import yuan
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, say, words
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
_TONES = {"overdue": "warn", "noticed": "warn", "one_way": "bad", "full": "bad", "ended": "info"}
_LAST_MINUTE = time(23, 59)


@get("/dunning", needs="collections.read")
async def board(
    request: AnyRequest, step: str | None = None, account: UUID | None = None, held: bool = False
) -> Response[Any]:
    """Accounts by step, those that wait for a person first; one of them open."""
    return await _board(request, step=step, account=account, held=held)


async def _board(
    request: AnyRequest,
    *,
    step: str | None = None,
    account: UUID | None = None,
    held: bool = False,
    form: Form | None = None,
    status: int = 200,
) -> Response[Any]:
    known = {one.value for one in collections.Step}
    chosen = collections.Step(step) if step in known else None
    async with reading(request) as work:
        counts = await collections.count_steps(work)
        rows = await collections.list_board(work, step=chosen, held=held, limit=200)
        one = await _one(request, work, account) if account else None
    return page(
        request,
        "staff/dunning.html",
        title="Dunning",
        section="dunning",
        status=status,
        form=form or Form(),
        one=one,
        step_now=chosen.value if chosen else "",
        counts=[
            {
                "step": found.step.value,
                "words": words(request, collections.VALUES["step"][found.step.value]),
                "accounts": found.accounts,
                "fen": found.overdue_fen,
            }
            for found in counts
        ],
        rows=[_row(request, found) for found in rows],
    )


def _row(request: AnyRequest, found: collections.BoardRow) -> dict[str, Any]:
    row = found.dunning
    return {
        "row": row,
        "number": found.account.number,
        "name": found.customer_name,
        "step_words": words(request, collections.VALUES["step"][row.step.value]),
        "tone": _TONES.get(row.step.value, ""),
        "act_words": words(request, collections.VALUES["act"][row.next_act]),
    }


async def _one(request: AnyRequest, work: UnitOfWork, account_id: UUID) -> dict[str, Any] | None:
    row = await collections.standing(work, account_id)
    if row is None:
        return None
    found = collections.BoardRow(
        dunning=row,
        account=await customers.get_account(work, account_id),
        customer_name=(await customers.get(work, row.customer_id)).name,
    )
    may = visit_of(request).actor.may
    return {
        **_row(request, found),
        "fees": await collections.late_fees(work, account_id),
        "may_defer": may("collections.defer"),
        "may_work": may("collections.work"),
        "standing_words": standing_words(request, row),
    }


def standing_words(request: AnyRequest, row: collections.Dunning) -> str:
    """Why lines are stopped or will be, and what lifts it; empty when nothing is overdue."""
    facts: dict[str, Any] = {
        "amount": yuan(row.overdue_fen),
        "day": row.first_due,
        "at": f"{row.next_at:%Y-%m-%d}" if row.next_at else "–",
        "act": words(request, collections.VALUES["act"][row.next_act]),
    }
    match row.step.value:
        case "one_way" | "full":
            return say(
                request,
                "Stopped for arrears: {amount} yuan not paid by {day}. Paying them, or a deferral,"
                " brings the lines back at once.",
                **facts,
            )
        case "overdue" | "noticed":
            return say(
                request,
                "{amount} yuan were not paid by {day}. Next: {act}, {at}.",
                **facts,
            )
        case "ended":
            return say(request, "The contract ended for arrears.")
        case _:
            return ""


def credit_words(request: AnyRequest, life: collections.Life) -> str:
    """Why a prepaid line is stopped, until when its credit holds, and what brings it back."""
    if life.empty:
        return say(
            request,
            "The balance is used up: outgoing service is stopped. A recharge of more than {amount}"
            " yuan brings it back at once.",
            amount=yuan(life.overdraw_fen),
        )
    until = f"{life.valid_until:%Y-%m-%d}" if life.valid_until else ""
    match life.state:
        case collections.Credit.ACTIVE:
            return say(request, "Valid until {day}.", day=until) if until else ""
        case collections.Credit.RECHARGE_ONLY:
            return say(
                request,
                "The credit ran out on {day}: only incoming service. A recharge brings it back with"
                " its old balance.",
                day=until,
            )
        case collections.Credit.LOCKED:
            return say(
                request,
                "Locked since no recharge came in time. A recharge at the counter brings it back.",
            )
        case collections.Credit.RECYCLED:
            return say(request, "The credit ran out and the number was given up.")


@post(
    "/dunning/{account_id:uuid}", needs=("collections.defer", "collections.work"), status_code=200
)
async def act(request: AnyRequest, account_id: UUID) -> Response[Any]:
    """Defer, hold, release, stop now."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            said = await _act(work, account_id, form)
    except CareError as error:
        wrong = form.wrong(request, error)
        return await _board(request, account=account_id, form=wrong, status=422)
    return done(request, f"/dunning?account={account_id}", said)


async def _act(work: UnitOfWork, account_id: UUID, form: Form) -> str:
    match form.required("act"):
        case "defer":
            await collections.defer(
                work, account_id, until=_until(work, form), reason=form.required("reason")
            )
            return "Deferred; stopped lines come back at once."
        case "hold":
            await collections.hold(
                work, account_id, until=_until(work, form), reason=form.required("reason")
            )
            return "On hold; stopped lines come back at once."
        case "release":
            await collections.release(work, account_id)
            return "Dunning goes on."
        case "stop":
            await collections.stop_now(work, account_id, reason=form.required("reason"))
            return "The customer is told now and stopped after the notice."
        case _:
            raise Invalid("Choose what to do.", field="act")


def _until(work: UnitOfWork, form: Form) -> datetime:
    try:
        day = date.fromisoformat(form.required("until"))
    except ValueError:
        raise Invalid("This is not a day: write it as 2026-03-31.", field="until") from None
    return datetime.combine(day, _LAST_MINUTE, tzinfo=work.zone)


ROUTES: list[Any] = [board, act]
