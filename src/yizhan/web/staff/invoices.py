"""Invoices at the desk: issued over a paid bill or a payment, taken back by a red one, printed."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import contacts, customers, invoices, papers
from yizhan.kernel.errors import CareError
from yizhan.kernel.ids import new_id
from yizhan.kernel.money import parse_yuan
from yizhan.web.paper import download, letterhead
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, words
from yizhan.web.staff.shell import shell
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
PAGE = 50


@get("/customers/{customer_id:uuid}/invoices", needs="invoices.read")
async def list_page(
    request: AnyRequest, customer_id: UUID, before: UUID | None = None
) -> Response[Any]:
    """Every invoice, the red ones too, the newest first."""
    return await _list(request, customer_id, before=before)


@get("/customers/{customer_id:uuid}/invoices/new", needs="invoices.issue")
async def new(
    request: AnyRequest, customer_id: UUID, bill: UUID | None = None, payment: UUID | None = None
) -> Response[Any]:
    """Whom an invoice is to be made out to, over a bill or a payment."""
    subject, about = ("bill", bill) if bill else ("payment", payment)
    form = Form.given(key=new_id(), subject=subject, about=about)
    return await _new(request, customer_id, form)


@post("/customers/{customer_id:uuid}/invoices/new", needs="invoices.issue", status_code=200)
async def issue(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """Issue it, once for the form's key."""
    form = await Form.of(request)
    try:
        wish = invoices.Wish(
            customer_id=customer_id,
            subject=_subject(form),
            subject_id=form.uuid("about"),
            title_kind=form.value("title_kind"),
            title=form.value("title"),
            taxpayer=form.value("taxpayer"),
            amount_fen=parse_yuan(form.value("amount")) if form.has("amount") else None,
        )
        async with acting(request) as work:
            one = await invoices.issue(work, wish, key=form.required("key")[:100])
    except CareError as error:
        return await _new(request, customer_id, form.wrong(request, error), status=422)
    address = f"/customers/{customer_id}/invoices"
    return done(request, address, "Invoice {number} was issued.", number=one.printed)


@get("/customers/{customer_id:uuid}/invoices/{invoice_id:uuid}/pdf", needs="invoices.read")
async def as_pdf(request: AnyRequest, customer_id: UUID, invoice_id: UUID) -> Response[Any]:
    """One invoice as PDF."""
    async with acting(request) as work:
        await contacts.require_verified(work, customer_id)
        await customers.record_read(work, customer_id, "invoices")
        sheet = await papers.invoice(
            work,
            customer_id,
            invoice_id,
            language=visit_of(request).language,
            head=letterhead(request),
        )
    return await download(sheet)


@post(
    "/customers/{customer_id:uuid}/invoices/{invoice_id:uuid}/void",
    needs="invoices.void",
    status_code=200,
)
async def void(request: AnyRequest, customer_id: UUID, invoice_id: UUID) -> Response[Any]:
    """Take it back by a red one."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            red = await invoices.void(work, customer_id, invoice_id, reason=form.value("reason"))
    except CareError as error:
        return await _list(request, customer_id, form=form.wrong(request, error), status=422)
    address = f"/customers/{customer_id}/invoices"
    said = "Red invoice {number} takes it back."
    return done(request, address, said, kind="warn", number=red.printed)


def _subject(form: Form) -> invoices.Subject:
    return invoices.Subject("bill" if form.value("subject") == "bill" else "payment")


async def _list(
    request: AnyRequest,
    customer_id: UUID,
    *,
    before: UUID | None = None,
    form: Form | None = None,
    status: int = 200,
) -> Response[Any]:
    found: list[invoices.Invoice] = []
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="payments")
        if not context["hidden"]:
            found = list(
                await invoices.list_of_customer(work, customer_id, limit=PAGE + 1, before=before)
            )
    return page(
        request,
        "staff/invoices.html",
        title="Invoices",
        status=status,
        form=form,
        rows=[
            {
                "one": one,
                "subject_words": words(request, invoices.SUBJECT[one.subject.value]),
                "title_words": words(request, invoices.TITLE[one.title_kind]),
            }
            for one in found[:PAGE]
        ],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        **context,
    )


async def _new(
    request: AnyRequest, customer_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    parts: dict[str, Any] = {"about": None, "left": 0, "refused": ""}
    subject = _subject(form)
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="payments")
        if not context["hidden"]:
            last = None
            try:
                parts["about"] = await invoices.thing(
                    work, customer_id, subject, form.uuid("about")
                )
                parts["left"] = (await invoices.room(work, parts["about"])).left
                if work.actor.may("invoices.read"):
                    last = await invoices.last_title(work, customer_id)
            except (invoices.NotPaid, invoices.NoInvoice) as error:
                parts["refused"] = Form().wrong(request, error).errors.popitem()[1]
            me = await customers.get(work, customer_id)
            parts["last"] = last or invoices.Title(kind="personal", name=me.name)
    return page(
        request,
        "staff/invoice_new.html",
        title="Issue an invoice",
        status=status,
        form=form,
        subject_words=words(request, invoices.SUBJECT[subject.value]),
        kinds=[(kind, words(request, text)) for kind, text in invoices.TITLE.items()],
        **parts,
        **context,
    )


ROUTES: list[Any] = [list_page, new, issue, as_pdf, void]
