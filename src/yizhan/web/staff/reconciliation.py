"""Reconciliation with the payment provider: the days, their differences, refunds that wait."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import checkout, customers
from yizhan.kernel.errors import CareError, Invalid
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, words
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
HEARD = 20


@get("/reconciliation", needs="checkout.reconcile")
async def overview(request: AnyRequest) -> Response[Any]:
    """The days that were reconciled, and what came in the provider's name and was not believed."""
    return await _overview(request)


@post("/reconciliation", needs="checkout.reconcile", status_code=200)
async def run(request: AnyRequest) -> Response[Any]:
    """Fetch a day's file and compare it, again as often as wanted."""
    form = await Form.of(request)
    try:
        day = _day(form.required("day"))
        async with acting(request) as work:
            settled = await checkout.reconcile(work, day)
    except CareError as error:
        return await _overview(request, form=form.wrong(request, error), status=422)
    return done(
        request,
        f"/reconciliation/{day.isoformat()}",
        "{day}: {rows} rows compared, {count} differences.",
        kind="warn" if settled.differences or settled.state != "matched" else "good",
        day=day.isoformat(),
        rows=settled.rows,
        count=settled.differences,
    )


@get("/reconciliation/{day:date}", needs="checkout.reconcile")
async def one_day(request: AnyRequest, day: date) -> Response[Any]:
    """The differences of a day, each with its case."""
    async with reading(request) as work:
        settled = await checkout.get_settlement(work, day)
        found = await checkout.list_differences(work, day)
    return page(
        request,
        "staff/reconciliation_day.html",
        title="Reconciliation",
        section="reconciliation",
        settled=settled,
        found=[
            {
                "one": each,
                "words": words(request, checkout.DIFFERENCES[each.kind]),
                "ours": _state(request, each.ours_state),
            }
            for each in found
        ],
    )


@get("/refunds", needs="checkout.approve")
async def refunds(request: AnyRequest) -> Response[Any]:
    """Refunds to source that wait for a second person."""
    return await _refunds(request)


@post("/refunds/{customer_id:uuid}/{refund_id:uuid}", needs="checkout.approve", status_code=200)
async def decide(request: AnyRequest, customer_id: UUID, refund_id: UUID) -> Response[Any]:
    """Agree or decline."""
    form = await Form.of(request)
    agreed = form.value("decision") == "approve"
    try:
        async with acting(request) as work:
            if agreed:
                await checkout.approve(work, customer_id, refund_id)
            else:
                await checkout.decline(work, customer_id, refund_id, note=form.value("note"))
    except CareError as error:
        wrong = form.wrong(request, error)
        return await _refunds(request, form=wrong, about=refund_id, status=422)
    return done(request, "/refunds", "The refund is on its way." if agreed else "Refused.")


async def _overview(
    request: AnyRequest, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        days = await checkout.list_settlements(work)
        heard = await checkout.list_heard(work, limit=HEARD)
        today = work.today
    return page(
        request,
        "staff/reconciliation.html",
        title="Reconciliation",
        section="reconciliation",
        status=status,
        days=days,
        heard=heard,
        today=today.isoformat(),
        connected=checkout.is_connected(),
        form=form,
    )


async def _refunds(
    request: AnyRequest,
    *,
    form: Form | None = None,
    about: UUID | None = None,
    status: int = 200,
) -> Response[Any]:
    me = visit_of(request).actor.id
    async with reading(request) as work:
        waiting = await checkout.list_refunds_waiting(work)
        names = {
            one.customer_id: (await customers.get(work, one.customer_id)).name for one in waiting
        }
    return page(
        request,
        "staff/refunds.html",
        title="Refunds to source",
        section="refunds",
        status=status,
        rows=[
            {"one": one, "who": names[one.customer_id], "own": one.requested_by == me}
            for one in waiting
        ],
        form=form,
        about=about,
    )


def _state(request: AnyRequest, code: str) -> str:
    known = checkout.STATES.get(code) or checkout.REFUND_STATES.get(code)
    return words(request, known) if known else code


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("Give a day, like 2026-03-01.", field="day") from None


ROUTES: list[Any] = [overview, run, one_day, refunds, decide]
