"""The health of the house: what must always hold, the jobs, and who looked at personal data."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import assurance, customers
from yizhan.kernel.errors import CareError
from yizhan.kernel.text import Text
from yizhan.web.staff.page import done, page, part, say, words
from yizhan.web.staff.shell import TABS
from yizhan.web.staff.terms import CHANNEL
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
AUDIT_LIMIT = 100
DOCUMENT_READ = Text("证件号码全文", "A document's number in full")
READER = {"client": Text("接口客户端", "API client"), "customer": Text("客户本人", "customer")}
"""Who looked, when it was nobody of the staff."""


@get("/system", needs="health.read")
async def health(request: AnyRequest) -> Response[Any]:
    """Invariants with their last result, jobs that wait or were set aside."""
    async with reading(request) as work:
        seen = await assurance.health(work)
        waiting = await work.db.fetchval("SELECT version()")
    return page(
        request,
        "staff/system.html",
        title="Health",
        section="health",
        seen=seen,
        database=str(waiting).split(" on ")[0],
    )


@get("/system/part", needs="health.read")
async def health_part(request: AnyRequest) -> Response[Any]:
    """The same without the frame, for news."""
    async with reading(request) as work:
        seen = await assurance.health(work)
    return part(request, "staff/_system.html", seen=seen)


@post("/system/look", needs="health.read", status_code=200)
async def look(request: AnyRequest) -> Response[Any]:
    """Have the workers look at everything now."""
    async with acting(request) as work:
        await assurance.ask_for_all(work)
    return done(request, "/system", "Everything is being looked at; results appear here.")


@post("/system/jobs/{job_id:uuid}/retry", needs="health.read", status_code=200)
async def retry(request: AnyRequest, job_id: UUID) -> Response[Any]:
    """Have a job that was set aside tried again."""
    async with acting(request) as work:
        await assurance.retry_job(work, job_id)
    return done(request, "/system", "The job is tried again.")


@get("/system/checks/{name:str}", needs="health.read")
async def check(request: AnyRequest, name: str) -> Response[Any]:
    """What one check found over time."""
    async with reading(request) as work:
        results = await assurance.history(work, name)
    return page(
        request,
        "staff/check.html",
        title="Check",
        section="health",
        check=assurance.named(name),
        results=results,
    )


@get("/audit", needs="audit.read")
async def audit(request: AnyRequest, customer: str = "") -> Response[Any]:
    """Who looked at a customer's personal data."""
    rows: list[dict[str, Any]] = []
    problem, found = "", None
    if customer.strip():
        try:
            async with reading(request) as work:
                found = await _customer(work, customer.strip())
                reads = await customers.list_reads(work, found.id, limit=AUDIT_LIMIT)
                rows = [_read(request, one) for one in reads]
        except CareError as error:
            problem = say(request, error.message, **error.facts)
    return page(
        request,
        "staff/audit.html",
        title="Read audit",
        section="audit",
        asked=customer,
        customer=found,
        rows=rows,
        problem=problem,
    )


def _read(request: AnyRequest, one: dict[str, Any]) -> dict[str, Any]:
    """One look at a customer's data, its codes in words."""
    tabs = {name: label for name, _, label, _ in TABS}
    what, channel = str(one["what"]), CHANNEL.get(one["channel"])
    document = words(request, DOCUMENT_READ)
    kind = READER.get(one["actor_kind"])
    return {
        **one,
        "what_words": say(request, tabs[what])
        if what in tabs
        else (document if what == "document" else what),
        "channel_words": words(request, channel) if channel else one["channel"],
        "kind_words": words(request, kind) if kind else "",
    }


async def _customer(work: Any, text: str) -> customers.Customer:
    """A customer by his number or id."""
    try:
        return await customers.get(work, UUID(text))
    except ValueError:
        return await customers.get_by_number(work, text)


ROUTES: list[Any] = [health, health_part, look, retry, check, audit]
