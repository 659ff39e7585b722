"""Beginning a contact, verifying the caller, and finishing with a note."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, post

from yizhan.domain import contacts, staff
from yizhan.kernel.errors import CareError, Refused
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff import contact_view
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, say
from yizhan.web.staff.terms import METHOD
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, works_of

AnyRequest = Request[Any, Any, Any]
EVIDENCE = {
    "service_password": "password",
    "document": "number",
    "one_time_code": "code",
    "call_back": "contact_point_id",
}


@post("/customers/{customer_id:uuid}/contact", needs="contacts.write", status_code=200)
async def begin(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """Begin a contact; everything done from now on in this session is done in it."""
    form = await Form.of(request)
    entry = visit_of(request).entry
    assert entry is not None
    async with acting(request) as work:
        under_way = await contact_view.current(work)
        if under_way is not None and under_way.customer_id != customer_id:
            raise Refused("You are in another contact. Finish that one first.")
        if under_way is None:
            contact = await contacts.begin(
                work,
                customer_id=customer_id,
                channel=form.value("channel", "call_centre"),
                purpose=form.value("purpose"),
            )
            await staff.set_current_contact(work, entry.token_id, contact.id)
    return done(request, f"/customers/{customer_id}")


@post("/customers/{customer_id:uuid}/contact/code", needs="contacts.write", status_code=200)
async def send_code(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """Send a one-time code to a number of the customer's own."""
    form = await Form.of(request)
    address = f"/customers/{customer_id}"
    try:
        async with acting(request) as work:
            contact = await _here(work, customer_id)
            masked = await contacts.send_code(work, contact.id, number=form.required("number"))
    except CareError as error:
        return _refused(request, form, error, address)
    return done(
        request,
        f"{address}?verify=one_time_code",
        "A code was sent to {number}. Ask the caller to read it to you.",
        number=masked,
        kind="info",
    )


@post("/customers/{customer_id:uuid}/contact/verify", needs="contacts.write", status_code=200)
async def verify(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """Check what the caller gave; a wrong answer is counted too."""
    form = await Form.of(request)
    method = form.value("method")
    address = f"/customers/{customer_id}"
    try:
        if method not in EVIDENCE:
            raise Refused("Choose one of the list.")
        evidence = {EVIDENCE[method]: form.required("evidence")}
        weighed = await contacts.weigh(
            works_of(request), method=method, evidence=evidence, customer_id=customer_id
        )
        async with acting(request) as work:
            contact = await _here(work, customer_id)
            tried = await contacts.verify(
                work, contact.id, method=method, evidence=evidence, weighed=weighed
            )
    except CareError as error:
        return _refused(request, form, error, f"{address}?verify={method[:20]}")
    spoken = METHOD[method][visit_of(request).language]
    if tried.ok:
        return done(request, address, "The caller is verified: {method}.", method=spoken)
    if tried.locked_until is not None:
        sentence = "That was not right. {method} is locked for a day; use another method."
    else:
        sentence = "That was not right. {left} tries are left with this method."
    return done(
        request,
        f"{address}?verify={method}",
        sentence,
        kind="bad",
        method=spoken,
        left=tried.tries_left,
    )


@post("/customers/{customer_id:uuid}/contact/finish", needs="contacts.write", status_code=200)
async def finish(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """End the contact with how it went and a note."""
    form = await Form.of(request)
    entry = visit_of(request).entry
    assert entry is not None
    address = f"/customers/{customer_id}"
    try:
        async with acting(request) as work:
            contact = await _here(work, customer_id)
            await contacts.finish(
                work,
                contact.id,
                disposition=form.value("disposition"),
                note=form.value("note"),
            )
            await staff.set_current_contact(work, entry.token_id, None)
    except CareError as error:
        return _refused(request, form, error, address)
    return done(request, address, "The contact is finished.")


async def _here(work: UnitOfWork, customer_id: UUID) -> contacts.Contact:
    contact = await contact_view.current(work)
    if contact is None or contact.customer_id != customer_id:
        raise Refused("No contact with this customer is under way. Begin one first.")
    return contact


def _refused(request: AnyRequest, form: Form, error: CareError, address: str) -> Response[Any]:
    """Back to the customer with what was refused: nothing secret is shown again."""
    form.wrong(request, error)
    told = next(iter(form.errors.values()), say(request, "That did not work"))
    return done(request, address, "{told}", kind="bad", told=told)


ROUTES: list[Any] = [begin, send_code, verify, finish]
