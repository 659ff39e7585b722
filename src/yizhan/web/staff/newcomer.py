"""A new customer: what he tells us becomes a lead, and the lead an order for a line."""

from typing import Any

from litestar import Request, Response, get, post

from yizhan.domain import customers
from yizhan.kernel.errors import CareError, Invalid
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff import advice_view
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, say, words
from yizhan.web.staff.terms import DOCUMENT
from yizhan.web.visit import visit_of
from yizhan.web.work import acting

AnyRequest = Request[Any, Any, Any]


@get("/new-customer", needs="orders.place")
async def new(
    request: AnyRequest, plan: str = "", student: str = "", home: str = ""
) -> Response[Any]:
    """The form of a lead; what was told before is filled in."""
    return _page(request, Form.given(plan=plan, student=student, home=home))


@post("/new-customer", needs="orders.place", status_code=200)
async def create(request: AnyRequest) -> Response[Any]:
    """Keep the lead and go on to his line."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            customer = await _create(work, form)
    except CareError as error:
        return _page(request, form.wrong(request, error), status=422)
    plan = form.value("plan")
    query = f"?kind=open_line&plan={plan}" if plan.replace("_", "").isalnum() else "?kind=open_line"
    return done(
        request,
        f"/customers/{customer.id}/orders/new{query}",
        "{name} is kept as {number}. Now choose plan and number.",
        name=customer.name,
        number=customer.number,
    )


async def _create(work: UnitOfWork, form: Form) -> customers.Customer:
    customer = await customers.create_customer(
        work,
        name=form.required("name"),
        language=form.value("language", "zh"),
        status=customers.Status.PROSPECT,
    )
    if form.has("phone"):
        await customers.add_contact_point(
            work,
            customer.id,
            kind=customers.ContactKind.PHONE,
            value=form.value("phone"),
            preferred=True,
        )
    if form.has("document"):
        kind = form.value("document_kind")
        if kind not in set(customers.DocumentKind):
            raise Invalid("Choose one of the list.", field="document_kind")
        await customers.add_document(
            work,
            customer.id,
            kind=customers.DocumentKind(kind),
            number=form.value("document"),
            original_seen=form.has("original_seen"),
        )
    home, _, _ = form.value("home").partition("|")
    known = {
        "student": {"yes": "true", "no": "false"}.get(form.value("student"), ""),
        "home_province": home,
    }
    told = {name: value for name, value in known.items() if value}
    if told and form.has("agreed"):
        await customers.set_consent(work, customer.id, "advice", granted=True, origin="call")
    for name, value in told.items():
        await customers.set_attribute(work, customer.id, name, value, origin=customers.Origin.ASKED)
    return customer


def _page(request: AnyRequest, form: Form, *, status: int = 200) -> Response[Any]:
    language = visit_of(request).language
    return page(
        request,
        "staff/newcomer.html",
        title="New customer",
        section="new-line",
        status=status,
        form=form,
        documents=[(code, words(request, text)) for code, text in DOCUMENT.items()],
        homes=[("", say(request, "not said"))]
        + [
            (f"{zone}|{area.lstrip('0')}", name[language])
            for zone, area, name in advice_view.homes()
        ],
    )


ROUTES: list[Any] = [new, create]
