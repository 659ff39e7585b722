"""Bill runs: start one, watch it, and see which accounts wait and why."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan import i18n
from yizhan.domain import billing, customers
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.period import add_months
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, part
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]


@get("/bill-runs", needs="billing.run")
async def overview(request: AnyRequest) -> Response[Any]:
    """The latest runs and what failed."""
    return await _overview(request)


@get("/bill-runs/part", needs="billing.run")
async def latest(request: AnyRequest) -> Response[Any]:
    """The runs without the frame: asked for again while one is under way."""
    async with reading(request) as work:
        runs = await billing.list_runs(work, limit=20)
        far = await _how_far(work, runs)
    return part(request, "staff/_runs.html", runs=runs, far=far)


async def _how_far(
    work: UnitOfWork, runs: Sequence[billing.RunReport]
) -> Mapping[UUID, billing.Coverage]:
    """How far those under way have come."""
    under_way = [run for run in runs if run.finished_at is None]
    return {run.id: await billing.how_far(work, run.month) for run in under_way}


@post("/bill-runs", needs="billing.run", status_code=200)
async def start(request: AnyRequest) -> Response[Any]:
    """Have the worker make the bills of a month."""
    form = await Form.of(request)
    try:
        month = _month(form.required("month"))
        async with acting(request) as work:
            if month >= work.today.replace(day=1):
                raise Invalid("This month is not over yet.", field="month")
            await billing.start_run(work, month)
    except CareError as error:
        return await _overview(request, form=form.wrong(request, error), status=422)
    return done(request, "/bill-runs", "The bills are being made; the progress is shown here.")


@get("/bill-runs/{run_id:uuid}", needs="billing.run")
async def one(request: AnyRequest, run_id: UUID) -> Response[Any]:
    """One run with the accounts it left out and why."""
    language = visit_of(request).language
    async with reading(request) as work:
        run = await billing.get_run(work, run_id)
        far = await _how_far(work, [run])
        failures = [
            {
                "one": failed,
                "account": await customers.find_account(work, failed.account_id),
                "words": i18n.translate(language, failed.reason, **failed.facts),
            }
            for failed in await billing.list_failures(work, month=run.month, limit=200)
        ]
    return page(
        request,
        "staff/run.html",
        title="Bill run",
        section="runs",
        run=run,
        failures=failures,
        far=far,
    )


async def _overview(
    request: AnyRequest, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        runs = await billing.list_runs(work, limit=20)
        failures = await billing.list_failures(work, limit=10)
        first = work.today.replace(day=1)
        far = await _how_far(work, runs)
    return page(
        request,
        "staff/runs.html",
        title="Bill runs",
        section="runs",
        status=status,
        runs=runs,
        far=far,
        waiting=len(failures),
        months=[(f"{one:%Y-%m}", f"{one:%Y-%m}") for one in _before(first)],
        form=form,
    )


def _before(first: date) -> list[date]:
    return [add_months(first, -back) for back in range(1, 13)]


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Invalid("Give a month, like 2026-03.", field="month") from None


ROUTES: list[Any] = [overview, latest, start, one]
