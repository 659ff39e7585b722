"""The customer on one screen, what is known about him, and his timeline."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import cases, customers
from yizhan.kernel.errors import CareError, Invalid
from yizhan.web.staff import bill_way, case_view, club, customer_view, story
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, words
from yizhan.web.staff.shell import shell
from yizhan.web.staff.terms import (
    ATTRIBUTE,
    CONTACT_KIND,
    DOCUMENT,
    LANGUAGE,
    PURPOSE,
    TIER,
)
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

_YES_NO = {"yes": "true", "是": "true", "no": "false", "否": "false"}
AnyRequest = Request[Any, Any, Any]


@get("/customers/{customer_id:uuid}", needs="customers.read")
async def overview(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """Who, lines, money, cases, advice, timeline: before the first word is spoken."""
    actor = visit_of(request).actor
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="overview")
        hidden = context["hidden"]
        context["who"] |= await customer_view.facts(request, work, customer_id)
        months: customer_view.Months = {}
        lines = await customer_view.lines(request, work, customer_id, months, hidden=hidden)
        accounts = (
            []
            if hidden or not actor.may("bills.read")
            else await customer_view.accounts(request, work, customer_id, months)
        )
        open_cases = (
            await cases.list_of_customer(work, customer_id, open_only=True, limit=6)
            if actor.may("cases.read")
            else []
        )
        standing = None
        if actor.may("club.read") and not hidden:
            known = await customers.get(work, customer_id)
            standing = await club.of_customer(request, work, known)
        newest = [] if hidden else await story.latest(request, work, customer_id)
    return page(
        request,
        "staff/customer.html",
        title="Overview",
        lines=lines,
        timeline=newest,
        club=standing,
        accounts=accounts,
        cases=[case_view.row(request, case) for case in open_cases],
        live_url=f"/live/customers/{customer_id}",
        **context,
    )


@get("/customers/{customer_id:uuid}/edit", needs="customers.write")
async def edit(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """What may be added or changed about a customer."""
    return await _edit(request, customer_id)


@post("/customers/{customer_id:uuid}/edit/{what:str}", needs="customers.write", status_code=200)
async def change(request: AnyRequest, customer_id: UUID, what: str) -> Response[Any]:
    """Add or change one thing."""
    form = await Form.of(request)
    command = _CHANGES.get(what)
    if command is None:
        raise Invalid("There is no act “{act}”.", field="what", act=what[:40])
    try:
        async with acting(request) as work:
            await command(work, customer_id, form)
    except CareError as error:
        return await _edit(
            request, customer_id, form=form.wrong(request, error), what=what, status=422
        )
    return done(request, f"/customers/{customer_id}/edit", "Saved.")


async def _attribute(work: Any, customer_id: UUID, form: Form) -> None:
    name = form.value("name")
    if name == "other":
        name = form.required("other_name")
    if form.has("agreed"):
        await customers.set_consent(work, customer_id, "advice", granted=True, origin="call")
    value = form.required("value")
    value = _YES_NO.get(value.lower(), value)
    await customers.set_attribute(work, customer_id, name, value, origin=customers.Origin.ASKED)


async def _consent(work: Any, customer_id: UUID, form: Form) -> None:
    granted = form.value("granted") == "yes"
    await customers.set_consent(
        work, customer_id, form.required("purpose"), granted=granted, origin="call"
    )


async def _contact_point(work: Any, customer_id: UUID, form: Form) -> None:
    kind = form.value("kind")
    if kind not in set(customers.ContactKind):
        raise Invalid("Choose one of the list.", field="kind")
    await customers.add_contact_point(
        work,
        customer_id,
        kind=customers.ContactKind(kind),
        value=form.required("value"),
        preferred=form.has("preferred"),
    )


async def _end_contact_point(work: Any, customer_id: UUID, form: Form) -> None:
    await customers.end_contact_point(work, customer_id, form.uuid("point"))


async def _record(work: Any, customer_id: UUID, form: Form) -> None:
    await customers.change_customer(
        work,
        customer_id,
        name=form.required("name"),
        language=form.value("language"),
        tier=form.value("tier"),
    )


async def _document(work: Any, customer_id: UUID, form: Form) -> None:
    kind = form.value("kind")
    if kind not in set(customers.DocumentKind):
        raise Invalid("Choose one of the list.", field="kind")
    await customers.add_document(
        work,
        customer_id,
        kind=customers.DocumentKind(kind),
        number=form.required("number"),
        original_seen=form.has("original_seen"),
    )


async def _bill_way(work: Any, customer_id: UUID, form: Form) -> None:
    await bill_way.choose(work, customer_id, form.uuid("account"), form.value("way"))


_CHANGES = {
    "attribute": _attribute,
    "consent": _consent,
    "contact_point": _contact_point,
    "end_contact_point": _end_contact_point,
    "record": _record,
    "document": _document,
    "bill_way": _bill_way,
}


@post(
    "/customers/{customer_id:uuid}/documents/{document_id:uuid}",
    needs="documents.read",
    status_code=200,
)
async def reveal(request: AnyRequest, customer_id: UUID, document_id: UUID) -> Response[Any]:
    """A document's number in full, for a reason that is kept."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            number = await customers.reveal_document(
                work, customer_id, document_id, reason=form.value("reason")
            )
    except CareError as error:
        wrong = form.wrong(request, error)
        return await _edit(request, customer_id, form=wrong, what="reveal", status=422)
    return await _edit(request, customer_id, revealed={document_id: number})


def _bills_of(request: AnyRequest, account: customers.Account) -> str:
    return f"{account.number} · {words(request, bill_way.WAYS[bill_way.way_of(account)])}"


async def _edit(
    request: AnyRequest,
    customer_id: UUID,
    *,
    form: Form | None = None,
    what: str = "",
    revealed: dict[UUID, str] | None = None,
    status: int = 200,
) -> Response[Any]:
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="overview")
        context["who"] |= await customer_view.facts(request, work, customer_id)
        customer = await customers.get(work, customer_id)
        points = await customers.list_contact_points(work, customer_id)
        documents = await customers.list_documents(work, customer_id)
        accounts = [] if context["hidden"] else await customers.list_accounts(work, customer_id)
        reach = await customers.reach(work, customer_id)
    return page(
        request,
        "staff/customer_edit.html",
        title="Add or change",
        status=status,
        form=form,
        what=what,
        customer=customer,
        points=[
            {"point": point, "words": words(request, CONTACT_KIND[point.kind.value])}
            for point in points
        ],
        documents=[
            {"document": one, "words": words(request, DOCUMENT[one.kind.value])}
            for one in documents
        ],
        revealed=revealed or {},
        accounts=[]
        if context["hidden"]
        else [(one.id, _bills_of(request, one)) for one in accounts],
        has_email=bool(reach and reach.emails),
        ways=_options(request, bill_way.WAYS),
        kinds=_options(request, CONTACT_KIND),
        document_kinds=_options(request, DOCUMENT),
        languages=_options(request, LANGUAGE),
        tiers=_options(request, TIER),
        attributes=_options(request, ATTRIBUTE),
        consent_purposes=_options(request, PURPOSE),
        **context,
    )


def _options(request: AnyRequest, table: dict[str, Any]) -> list[tuple[str, str]]:
    return [(code, words(request, text)) for code, text in table.items()]


ROUTES: list[Any] = [overview, edit, change, reveal]
