"""Invoices over what one paid: asked for, listed, kept as PDF; and how one's bills come."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from yizhan.domain import customers, invoices, papers
from yizhan.kernel.errors import CareError
from yizhan.kernel.ids import new_id
from yizhan.kernel.money import parse_yuan
from yizhan.web.paper import download, letterhead
from yizhan.web.site.page import AnyRequest, done, mine, page, words
from yizhan.web.staff import bill_way
from yizhan.web.staff.form import Form
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

PAGE = 30
WAYS = ("none", "sms", "email", "email_pdf")


@get("/my/invoices", customer=True)
async def list_page(request: AnyRequest, before: UUID | None = None) -> Response[Any]:
    """Every invoice, the red ones too, the newest first."""
    async with reading(request) as work:
        found = list(
            await invoices.list_of_customer(work, mine(request), limit=PAGE + 1, before=before)
        )
    return page(
        request,
        "site/invoices.html",
        title="Invoices",
        section="payments",
        rows=[row(request, one) for one in found[:PAGE]],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
    )


@get("/my/invoices/new", customer=True)
async def new(
    request: AnyRequest, bill: UUID | None = None, payment: UUID | None = None
) -> Response[Any]:
    """Whom an invoice is to be made out to, over a bill or a payment."""
    subject, about = ("bill", bill) if bill else ("payment", payment)
    form = Form.given(key=new_id(), subject=subject, about=about)
    return await _new(request, form)


@post("/my/invoices/new", customer=True, status_code=200)
async def ask(request: AnyRequest) -> Response[Any]:
    """Have it issued, once for the form's key."""
    form = await Form.of(request)
    try:
        wish = wish_of(form, mine(request))
        async with acting(request) as work:
            one = await invoices.issue(work, wish, key=form.required("key")[:100])
    except CareError as error:
        return await _new(request, form.wrong(request, error), status=422)
    return done(request, "/my/invoices", "Invoice {number} was issued.", number=one.printed)


@get("/my/invoices/{invoice_id:uuid}/pdf", customer=True)
async def as_pdf(request: AnyRequest, invoice_id: UUID) -> Response[Any]:
    """One invoice as PDF."""
    async with reading(request) as work:
        sheet = await papers.invoice(
            work,
            mine(request),
            invoice_id,
            language=visit_of(request).language,
            head=letterhead(request),
        )
    return await download(sheet)


@get("/my/e-bill", customer=True)
async def e_bill(request: AnyRequest) -> Response[Any]:
    """How one's bills come, account by account."""
    async with reading(request) as work:
        accounts = [(one, _way(one)) for one in await customers.list_accounts(work, mine(request))]
        reach = await customers.reach(work, mine(request))
    return page(
        request,
        "site/e_bill.html",
        title="How bills come",
        section="bills",
        accounts=accounts,
        email=reach.emails[0] if reach and reach.emails else "",
    )


@post("/my/e-bill", customer=True, status_code=200)
async def choose_way(request: AnyRequest) -> Response[Any]:
    """Choose how the bills of an account come."""
    form = await Form.of(request)
    way = form.value("way") if form.value("way") in WAYS else "none"
    async with acting(request) as work:
        await bill_way.choose(work, mine(request), form.uuid("account"), way)
    return done(request, "/my/e-bill", "That is how your bills will come from now on.")


def row(request: AnyRequest, one: invoices.Invoice) -> dict[str, Any]:
    """An invoice in a list."""
    return {
        "one": one,
        "subject_words": words(request, invoices.SUBJECT[one.subject.value]),
        "title_words": words(request, invoices.TITLE[one.title_kind]),
    }


def wish_of(form: Form, customer_id: UUID) -> invoices.Wish:
    """What the form wants. Raises ``Invalid``."""
    subject = "bill" if form.value("subject") == "bill" else "payment"
    amount = parse_yuan(form.value("amount")) if form.has("amount") else None
    return invoices.Wish(
        customer_id=customer_id,
        subject=invoices.Subject(subject),
        subject_id=form.uuid("about"),
        title_kind=form.value("title_kind"),
        title=form.value("title"),
        taxpayer=form.value("taxpayer"),
        amount_fen=amount,
    )


def _way(account: customers.Account) -> str:
    way = bill_way.way_of(account)
    return way if way in WAYS else "none"


async def _new(request: AnyRequest, form: Form, *, status: int = 200) -> Response[Any]:
    subject = invoices.Subject("bill" if form.value("subject") == "bill" else "payment")
    refused, about, room, title = "", None, None, None
    async with reading(request) as work:
        me = await customers.get(work, mine(request))
        try:
            about = await invoices.thing(work, me.id, subject, form.uuid("about"))
            room = await invoices.room(work, about)
            title = await invoices.last_title(work, me.id)
        except (invoices.NotPaid, invoices.NoInvoice) as error:
            refused = Form().wrong(request, error).errors.popitem()[1]
    return page(
        request,
        "site/invoice_new.html",
        title="Ask for an invoice",
        section="payments",
        status=status,
        form=form,
        about=about,
        left=room.left if room else 0,
        refused=refused,
        subject_words=words(request, invoices.SUBJECT[subject.value]),
        last=title or invoices.Title(kind="personal", name=me.name),
        kinds=[(kind, words(request, text)) for kind, text in invoices.TITLE.items()],
    )


ROUTES: list[Any] = [list_page, new, ask, as_pdf, e_bill, choose_way]
