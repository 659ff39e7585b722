"""Orders: choose a change, look at what it would do, confirm it, take it back in time."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import catalog, customers, orders, provisioning, subscriptions
from yizhan.kernel.errors import CareError, Invalid, NotFound
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff import network, order_view
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, part, words
from yizhan.web.staff.shell import shell
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
LIMIT = 60
NUMBERS = 18


@get("/customers/{customer_id:uuid}/orders", needs="orders.read")
async def list_page(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """A customer's orders, open ones first."""
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="orders")
        found = await orders.list_of_customer(work, customer_id, limit=LIMIT)
    rows = [order_view.row(request, one) for one in found]
    return page(request, "staff/orders.html", title="Orders", rows=rows, **context)


@get("/customers/{customer_id:uuid}/orders/{order_id:uuid}", needs="orders.read")
async def one(request: AnyRequest, customer_id: UUID, order_id: UUID) -> Response[Any]:
    """An order as it was confirmed, and the way back while there is one."""
    return await _order(request, customer_id, order_id)


@get("/customers/{customer_id:uuid}/orders/{order_id:uuid}/part", needs="orders.read")
async def one_part(request: AnyRequest, customer_id: UUID, order_id: UUID) -> Response[Any]:
    """How it stands, and what the network does for it: asked for while it is under way."""
    async with reading(request) as work:
        order = await orders.get(work, order_id)
        if order.customer_id != customer_id:
            raise NotFound("There is no such order.")
        steps = await _network(request, work, order_id)
    return part(
        request,
        "staff/_order_part.html",
        order=order_view.row(request, order),
        network=steps,
        who={"id": customer_id},
    )


async def _network(request: AnyRequest, work: UnitOfWork, order_id: UUID) -> list[dict[str, Any]]:
    asked = await orders.list_network_steps(work, order_id)
    steps = await provisioning.steps_of(work, asked)
    return [network.row(request, one, steps[one.id]) for one in asked]


@get("/customers/{customer_id:uuid}/orders/new", needs="orders.place")
async def new(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """The form: which line, which change."""
    form = Form({name: list(values) for name, values in request.query_params.dict().items()})
    return await _new(request, customer_id, form)


@get("/customers/{customer_id:uuid}/orders/numbers", needs="orders.place")
async def numbers(
    request: AnyRequest, customer_id: UUID, plan: str = "", ending: str = ""
) -> Response[Any]:
    """Free numbers to choose from, by their last digits."""
    async with reading(request) as work:
        found = await _free_numbers(work, plan, ending)
    return part(request, "staff/_numbers.html", numbers=found, chosen="")


@post("/customers/{customer_id:uuid}/orders/preview", needs="orders.place", status_code=200)
async def preview(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """What the change would do, to be read to the customer. Nothing is ordered."""
    form = await Form.of(request)
    try:
        async with reading(request) as work:
            seen = await _look(work, customer_id, form)
            context = await shell(request, work, customer_id, tab="orders")
    except CareError as error:
        return await _new(request, customer_id, _beside(request, form, error), status=422)
    kept = [(name, value) for name in order_view.KEPT for value in form.all(name)]
    return page(
        request,
        "staff/order_preview.html",
        title="Confirm the order",
        form=form,
        seen=order_view.preview(request, seen),
        kept=kept,
        back=f"/customers/{customer_id}/orders/new?{urlencode(kept)}",
        key=form.value("key") or new_id(),
        **context,
    )


@post("/customers/{customer_id:uuid}/orders/place", needs="orders.place", status_code=200)
async def place(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """Order what was confirmed."""
    form = await Form.of(request)
    try:
        change = _change(form)
        async with acting(request) as work:
            if isinstance(change, orders.OpenLine):
                order = await orders.place_opening(
                    work,
                    customer_id,
                    change,
                    confirmed=form.value("token"),
                    key=form.required("key"),
                )
            else:
                line = await _own_line(work, customer_id, form)
                order = await orders.place(
                    work,
                    line.id,
                    change,
                    confirmed=form.value("token"),
                    key=form.required("key"),
                )
    except CareError as error:
        return await _new(request, customer_id, _beside(request, form, error), status=422)
    address = f"/customers/{customer_id}/orders/{order.id}"
    undo = f"{address}/undo" if order.is_undoable else ""
    sentence = "Order {number}: {summary}"
    return done(request, address, sentence, undo=undo, number=order.number, summary=order.summary)


@post(
    "/customers/{customer_id:uuid}/orders/{order_id:uuid}/undo",
    needs="orders.place",
    status_code=200,
)
async def undo(request: AnyRequest, customer_id: UUID, order_id: UUID) -> Response[Any]:
    """Take an order back before it takes effect."""
    form = await Form.of(request)
    reason = form.value("reason") or words(request, order_view.CHANGED_MIND)
    try:
        async with acting(request) as work:
            await orders.undo(work, order_id, reason=reason)
    except CareError as error:
        wrong = form.wrong(request, error)
        return await _order(request, customer_id, order_id, form=wrong, status=422)
    address = f"/customers/{customer_id}/orders/{order_id}"
    return done(request, address, "The order was taken back.", kind="warn")


@post(
    "/customers/{customer_id:uuid}/orders/{order_id:uuid}/release",
    needs="orders.place",
    status_code=200,
)
async def release(request: AnyRequest, customer_id: UUID, order_id: UUID) -> Response[Any]:
    """What the order waited for is there."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            await orders.release(work, order_id)
    except CareError as error:
        wrong = form.wrong(request, error)
        return await _order(request, customer_id, order_id, form=wrong, status=422)
    return done(request, f"/customers/{customer_id}/orders/{order_id}", "The order goes on.")


def _beside(request: AnyRequest, form: Form, error: CareError) -> Form:
    """The refusal beside the field of this form that it is about."""
    return form.wrong(request, error, plan_id="plan", add_on_id="add_on", numbers="family_numbers")


async def _own_line(work: UnitOfWork, customer_id: UUID, form: Form) -> subscriptions.Line:
    line = await subscriptions.get_line(work, form.uuid("line"))
    if line.customer_id != customer_id:
        raise NotFound("There is no such line.")
    return line


async def _look(work: UnitOfWork, customer_id: UUID, form: Form) -> orders.Preview:
    change = _change(form)
    if isinstance(change, orders.OpenLine):
        return await orders.preview_opening(work, customer_id, change)
    line = await _own_line(work, customer_id, form)
    return await orders.preview(work, line.id, change)


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
            given["numbers"] = _family(form)
        case "feature":
            given |= {"feature": form.required("feature"), "on": form.value("on") == "yes"}
        case "resume":
            given["lost"] = form.has("lost")
        case "open_line":
            given |= {
                "plan_id": form.required("plan"),
                "number": form.value("login") or form.required("number"),
                "add_ons": form.all("add_ons"),
                "family_numbers": _family(form),
                "area": form.value("area"),
                "iccid": form.value("iccid") or None,
                "account_id": form.value("account") or None,
            }
        case "change_number":
            given["number"] = form.required("number")
        case "change_sim":
            given["iccid"] = form.value("iccid") or None
        case "suspend" | "loss" | "close_line":
            pass
        case _:
            raise Invalid("Choose one of the list.", field="kind")
    return orders.parse(given)


def _family(form: Form) -> list[str]:
    text = form.value("family_numbers").replace("，", ",").replace("\n", ",").replace(" ", ",")
    return [one for one in text.split(",") if one]


async def _free_numbers(
    work: UnitOfWork, plan_id: str, ending: str
) -> list[subscriptions.StockNumber]:
    kind = subscriptions.LineKind.MOBILE
    if plan_id:
        plan = await catalog.get_plan(work, plan_id)
        kind = subscriptions.LineKind(plan.kind.value)
    if kind is subscriptions.LineKind.INTERNET:
        return []
    digits = "".join(one for one in ending if one.isdigit())[:8]
    return list(await subscriptions.list_free_numbers(work, kind, ending=digits, limit=NUMBERS))


async def _new(
    request: AnyRequest, customer_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="orders")
        lines = [] if context["hidden"] else await subscriptions.list_lines(work, customer_id)
        chosen = next((one for one in lines if str(one.id) == form.value("line")), None)
        chosen = chosen or (lines[0] if lines else None)
        customer = await customers.get(work, customer_id)
        prospect = customer.status is customers.Status.PROSPECT
        kind = form.value("kind") or ("open_line" if chosen is None else "change_plan")
        context |= await order_view.choices(request, work, chosen, kind)
        free = await _free_numbers(work, form.value("plan"), form.value("ending"))
        accounts = await customers.list_accounts(work, customer_id)
    return page(
        request,
        "staff/order_new.html",
        title="Order",
        status=status,
        form=form,
        lines=lines,
        chosen=chosen,
        kind=kind,
        free=free,
        accounts=[one for one in accounts if one.status == "active"],
        prospect=prospect,
        **context,
    )


async def _order(
    request: AnyRequest,
    customer_id: UUID,
    order_id: UUID,
    *,
    form: Form | None = None,
    status: int = 200,
) -> Response[Any]:
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="orders")
        order = await orders.get(work, order_id)
        if order.customer_id != customer_id:
            raise NotFound("There is no such order.")
        steps = await _network(request, work, order_id)
    return page(
        request,
        "staff/order.html",
        title="Order",
        status=status,
        order=order_view.row(request, order),
        network=steps,
        seen=order_view.kept_preview(request, order),
        form=form,
        **context,
    )


ROUTES: list[Any] = [list_page, one, one_part, new, numbers, preview, place, undo, release]
