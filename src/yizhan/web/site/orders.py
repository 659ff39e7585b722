"""Ordering for oneself: choose, see what it would do, confirm, take back while there is time."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post

from yizhan.domain import catalog, contacts, orders, subscriptions
from yizhan.kernel.errors import CareError, Invalid, NotFound
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork
from yizhan.web.site import overview
from yizhan.web.site.page import AnyRequest, done, mine, own_line, page, part, words
from yizhan.web.staff import order_view
from yizhan.web.staff.form import Form
from yizhan.web.staff.terms import FEATURE
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading, works_of

LIMIT = 50
KEPT = ("line", "kind", "plan", "add_on", "add_ons", "when", "family", "feature", "on", "lost")


@get("/my/lines", customer=True)
async def lines_page(request: AnyRequest, line: UUID | None = None) -> Response[Any]:
    """What can be done with a line: stop, resume, loss, family numbers, add-ons, functions."""
    return await _lines(request, line)


@get("/my/orders", customer=True)
async def list_page(request: AnyRequest) -> Response[Any]:
    """One's orders, open ones first."""
    async with reading(request) as work:
        found = await orders.list_of_customer(work, mine(request), limit=LIMIT)
    rows = [order_view.row(request, one) for one in found]
    return page(request, "site/orders.html", title="Orders", section="lines", rows=rows)


@get("/my/orders/{order_id:uuid}", customer=True)
async def one(request: AnyRequest, order_id: UUID) -> Response[Any]:
    """An order as it was confirmed, how far it is, and the way back while there is one."""
    return await _order(request, order_id)


@get("/my/orders/{order_id:uuid}/part", customer=True)
async def one_now(request: AnyRequest, order_id: UUID) -> Response[Any]:
    """The part of it that changes while one looks."""
    return part(request, "site/_order.html", **await _seen(request, order_id))


@post("/my/orders/preview", customer=True, status_code=200)
async def preview(request: AnyRequest) -> Response[Any]:
    """What the change would do. Nothing is ordered."""
    return await _preview(request, await Form.of(request))


@post("/my/orders", customer=True, status_code=200)
async def place(request: AnyRequest) -> Response[Any]:
    """Order what was confirmed."""
    form = await Form.of(request)
    try:
        change = _change(form)
        if _proof_needed(form):
            await _prove(request, form)
        async with acting(request) as work:
            line = await _line(request, work, form)
            order = await orders.place(
                work,
                line.id,
                change,
                confirmed=form.value("token"),
                key=form.required("key")[:100],
            )
    except CareError as error:
        return await _preview(request, form.wrong(request, error), status=422)
    address = f"/my/orders/{order.id}"
    undo = f"{address}/undo" if order.is_undoable else ""
    sentence = "Order {number}: {summary}"
    return done(request, address, sentence, undo=undo, number=order.number, summary=order.summary)


@post("/my/orders/{order_id:uuid}/undo", customer=True, status_code=200)
async def undo(request: AnyRequest, order_id: UUID) -> Response[Any]:
    """Take an order back before it takes effect."""
    form = Form()
    try:
        async with acting(request) as work:
            order = await orders.get(work, order_id)
            await orders.undo(work, order.id, reason=words(request, order_view.CHANGED_MIND))
    except CareError as error:
        return await _order(request, order_id, form=form.wrong(request, error), status=422)
    return done(request, f"/my/orders/{order_id}", "The order was taken back.", kind="warn")


def _proof_needed(form: Form) -> bool:
    kind = form.value("kind")
    return kind == "loss" or (kind == "resume" and form.has("lost"))


async def _prove(request: AnyRequest, form: Form) -> None:
    """Prove once more who one is; wrong tries count and lock as at any other desk.

    Raises ``Invalid``, ``contacts.Locked``.
    """
    said = form.required("proof")
    method = "document" if form.value("proof_by") == "document" else "service_password"
    evidence = {"number" if method == "document" else "password": said}
    contact_id = visit_of(request).contact_id
    assert contact_id is not None, "a session is a contact"
    weighed = await contacts.weigh(
        works_of(request), method=method, evidence=evidence, customer_id=mine(request)
    )
    async with acting(request) as work:
        seen = await contacts.verify(
            work, contact_id, method=method, evidence=evidence, weighed=weighed
        )
    if not seen.ok:
        raise Invalid(
            "That does not fit what we have on record. Tries left: {tries}.",
            field="proof",
            tries=seen.tries_left,
        )


async def _line(request: AnyRequest, work: UnitOfWork, form: Form) -> subscriptions.Line:
    line = await own_line(request, work, form.uuid("line"))
    assert line is not None, "a named line is found or refused"
    return line


def _change(form: Form) -> orders.Change:
    """What the form asks for."""
    kind = form.value("kind")
    given: dict[str, Any] = {"kind": kind}
    match kind:
        case "change_plan":
            given |= {"plan_id": form.required("plan"), "add_ons": form.all("add_ons")}
            if form.has("when"):
                given["when"] = form.value("when")
        case "add_on" | "drop_add_on":
            given["add_on_id"] = form.required("add_on")
            if form.has("when"):
                given["when"] = form.value("when")
        case "family_numbers":
            given["numbers"] = form.all("family")
        case "feature":
            given |= {"feature": form.required("feature"), "on": form.value("on") == "yes"}
        case "resume":
            given["lost"] = form.has("lost")
        case "suspend" | "loss":
            pass
        case _:
            raise Invalid("Choose one of the list.", field="kind")
    return orders.parse(given)


async def _preview(request: AnyRequest, form: Form, *, status: int = 200) -> Response[Any]:
    try:
        async with reading(request) as work:
            line = await _line(request, work, form)
            seen = await orders.preview(work, line.id, _change(form))
    except CareError as error:
        wrong = form.wrong(request, error, plan_id="plan", add_on_id="add_on", numbers="family")
        line_id = None
        if form.has("line"):
            line_id = form.uuid("line")
        return await _lines(request, line_id, form=wrong, status=422)
    kept = [(name, value) for name in KEPT for value in form.all(name)]
    return page(
        request,
        "site/order_preview.html",
        title="Look at it once more",
        section="lines",
        status=status,
        form=form,
        line=line,
        seen=order_view.preview(request, seen),
        kept=kept,
        back=f"/my/lines?{urlencode({'line': str(line.id)})}",
        key=form.value("key") or new_id(),
        proof=_proof_needed(form),
    )


async def _lines(
    request: AnyRequest,
    line_id: UUID | None,
    *,
    form: Form | None = None,
    status: int = 200,
) -> Response[Any]:
    context: dict[str, Any] = {}
    async with reading(request) as work:
        chosen = await own_line(request, work, line_id)
        lines = await subscriptions.list_lines(work, mine(request))
        if chosen is not None:
            context = await _can(request, work, chosen)
    return page(
        request,
        "site/lines.html",
        title="Services",
        section="lines",
        status=status,
        form=form,
        lines=[(one.id, one.number or "–") for one in lines],
        chosen=chosen,
        **context,
    )


async def _can(request: AnyRequest, work: UnitOfWork, line: subscriptions.Line) -> dict[str, Any]:
    """What a line has and what can be changed about it."""
    language = visit_of(request).language
    held, plan_words, room = [], "", 0
    for product in await subscriptions.products_of(work, line.id):
        if product.kind is subscriptions.ProductKind.PLAN:
            plan = await catalog.get_plan(work, product.plan_id, product.version)
            plan_words = plan.name[language]
            room = plan.family.numbers if plan.family else 0
        else:
            name = await overview.name_of(request, work, product)
            held.append((product.plan_id, name, product.valid_to))
    add_ons = await catalog.list_add_ons_on_sale(work, kind=line.kind.value)
    features = await subscriptions.features_of(work, line.id)
    family = [one.number for one in await subscriptions.family_numbers(work, line.id)]
    has = {one for one, _, _ in held}
    reasons = {one.value for one in line.stop_reasons}
    return {
        "plan_words": plan_words,
        "state_words": overview.state_words(request, line),
        "reasons": reasons,
        "active": line.state is subscriptions.State.ACTIVE,
        "held": held,
        "add_ons": [
            (one.id, one.name[language], one.summary[language])
            for one in add_ons
            if one.id not in has or one.repeatable
        ],
        "family": family,
        "family_room": max(room, len(family)),
        "features": [
            (code, words(request, text), code in features) for code, text in FEATURE.items()
        ],
    }


async def _order(
    request: AnyRequest, order_id: UUID, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    return page(
        request,
        "site/order.html",
        title="Order",
        section="lines",
        status=status,
        form=form,
        **await _seen(request, order_id),
    )


async def _seen(request: AnyRequest, order_id: UUID) -> dict[str, Any]:
    async with reading(request) as work:
        order = await orders.get(work, order_id)
        if order.customer_id != mine(request):
            raise NotFound("There is no such order.")
        line = None
        if order.line_id is not None:
            line = await subscriptions.get_line(work, order.line_id)
    return {
        "order": order_view.row(request, order),
        "seen": order_view.kept_preview(request, order),
        "line": line,
    }


ROUTES: list[Any] = [lines_page, list_page, one, one_now, preview, place, undo]
