"""How long personal data is kept, legal holds, and customers who are to be forgotten."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import customers, privacy
from yizhan.kernel.errors import CareError
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, say
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
SHOWN = 100


@get("/privacy", needs="privacy.read")
async def overview(request: AnyRequest, hold: str = "") -> Response[Any]:
    """Terms, holds and requests on one page. *hold*: a customer's number to begin with."""
    return await _page(request, hold=Form.given(customer=hold) if hold else None)


@post("/privacy/run", needs="privacy.manage", status_code=200)
async def let_go(request: AnyRequest) -> Response[Any]:
    """Have the workers let go of what is old now instead of tonight."""
    async with acting(request) as work:
        await privacy.ask_for_all(work)
    return done(request, "/privacy", "What is older than its term is being let go.")


@post("/privacy/terms/{name:str}", needs="privacy.manage", status_code=200)
async def set_term(request: AnyRequest, name: str) -> Response[Any]:
    """Change how long something is kept."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            await privacy.set_term(work, name, form.count("months", least=1, most=1200))
    except CareError as error:
        return await _page(request, term=(name, form.wrong(request, error)), status=422)
    return done(request, "/privacy", "The term is changed; it counts from tonight.")


@post("/privacy/holds", needs="privacy.manage", status_code=200)
async def place(request: AnyRequest) -> Response[Any]:
    """Let nothing of a customer go."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            found = await customers.get_by_number(work, form.required("customer"))
            await privacy.place_hold(
                work,
                found.id,
                authority=form.required("authority"),
                reference=form.required("reference"),
                reason=form.value("reason"),
            )
    except CareError as error:
        return await _page(request, hold=form.wrong(request, error), status=422)
    return done(request, "/privacy", "Nothing of customer {number} is let go.", number=found.number)


@post("/privacy/holds/{hold_id:uuid}/lift", needs="privacy.manage", status_code=200)
async def lift(request: AnyRequest, hold_id: UUID) -> Response[Any]:
    """End a hold."""
    async with acting(request) as work:
        await privacy.lift_hold(work, hold_id)
    return done(request, "/privacy", "The hold is lifted.")


@post("/privacy/erasures", needs="privacy.manage", status_code=200)
async def forget(request: AnyRequest) -> Response[Any]:
    """Have a customer forgotten as soon as the law lets us."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            found = await customers.get_by_number(work, form.required("customer"))
            asked = await privacy.ask_for_erasure(work, found.id)
    except CareError as error:
        return await _page(request, erasure=form.wrong(request, error), status=422)
    return done(
        request,
        "/privacy",
        "Customer {number} is forgotten on {day}; until then it can be taken back.",
        number=found.number,
        day=f"{asked.due_at:%Y-%m-%d}",
    )


@post("/privacy/erasures/{erasure_id:uuid}/take-back", needs="privacy.manage", status_code=200)
async def take_back(request: AnyRequest, erasure_id: UUID) -> Response[Any]:
    """Do not forget the customer after all."""
    async with acting(request) as work:
        await privacy.take_back(work, erasure_id)
    return done(request, "/privacy", "The customer is not forgotten.")


async def _page(
    request: AnyRequest,
    *,
    term: tuple[str, Form] | None = None,
    hold: Form | None = None,
    erasure: Form | None = None,
    status: int = 200,
) -> Response[Any]:
    async with reading(request) as work:
        terms = await privacy.list_terms(work)
        holds = await privacy.list_holds(work, limit=SHOWN)
        erasures = await privacy.list_erasures(work, limit=SHOWN)
        ids = {one.customer_id for one in holds} | {one.customer_id for one in erasures}
        numbers = {one: (await customers.get(work, one)).number for one in ids}
    return page(
        request,
        "staff/privacy.html",
        title="Personal data",
        section="privacy",
        status=status,
        terms=terms,
        holds=holds,
        erasures=[(one, say(request, one.put_off) if one.put_off else "") for one in erasures],
        numbers=numbers,
        term_form=term,
        hold_form=hold,
        erasure_form=erasure,
    )


ROUTES: list[Any] = [overview, let_go, set_term, place, lift, forget, take_back]
