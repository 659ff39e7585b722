"""Recharge cards at the desk: batches, what is done with them, one looked up, one used."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import customers, subscriptions, vouchers
from yizhan.kernel import phone
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.ids import NIL, new_id
from yizhan.kernel.money import parse_yuan
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, money, page, part, words
from yizhan.web.staff.shell import shell
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
LIMIT = 50
TONES = {"made": "info", "active": "good", "redeemed": "", "voided": "bad", "expired": "warn"}
UNSAID = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


@get("/vouchers", needs="vouchers.read")
async def overview(request: AnyRequest, serial: str = "") -> Response[Any]:
    """Batches and how far they are, what waits for a second person, and a card looked up."""
    return await _overview(request, serial=serial)


@get("/vouchers/part", needs="vouchers.read")
async def progress(request: AnyRequest) -> Response[Any]:
    """The batches without the frame: asked for again while one is being made."""
    async with reading(request) as work:
        batches = await vouchers.list_batches(work, limit=LIMIT)
    return part(request, "staff/_voucher_batches.html", batches=batches)


@post("/vouchers", needs="vouchers.make", status_code=200)
async def order(request: AnyRequest) -> Response[Any]:
    """Have a batch made."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            batch = await vouchers.order_batch(
                work,
                value_fen=parse_yuan(form.required("value"), field="value"),
                size=form.count("size", least=1, most=vouchers.BATCH_SIZE_MAX),
                expires_on=_day(form.required("expires_on")),
                note=form.value("note"),
                key=form.required("key"),
            )
    except CareError as error:
        return await _overview(request, form=form.wrong(request, error), status=422)
    return done(
        request, f"/vouchers/batches/{batch.id}", "The cards are being made; see how far they are."
    )


@get("/vouchers/batches/{batch_id:uuid}", needs="vouchers.read")
async def one(request: AnyRequest, batch_id: UUID) -> Response[Any]:
    """One batch: its cards by state, what was done with it, what can be done now."""
    return await _one(request, batch_id)


@post("/vouchers/batches/{batch_id:uuid}/print", needs="vouchers.print", status_code=200)
async def hand_out(request: AnyRequest, batch_id: UUID) -> Response[Any]:
    """The secrets as a file, for the only time."""
    form = await Form.of(request)
    try:
        if not form.has("sure"):
            raise Invalid("Say that you are ready to keep the file.", field="sure")
        async with acting(request) as work:
            text = await vouchers.print_batch(work, batch_id)
            batch = await vouchers.get_batch(work, batch_id)
    except CareError as error:
        return await _one(request, batch_id, form=form.wrong(request, error), act="print")
    name = f'attachment; filename="cards-{batch.number}.csv"'
    return Response(
        text.encode(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": name, **UNSAID},
    )


@post("/vouchers/batches/{batch_id:uuid}/activate", needs="vouchers.activate", status_code=200)
async def activate(request: AnyRequest, batch_id: UUID) -> Response[Any]:
    """Put the batch, or a range of it, into force."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            act = await vouchers.activate(
                work,
                batch_id,
                seller=form.value("seller"),
                key=form.required("key"),
                first=_serial(form, "first"),
                last=_serial(form, "last"),
            )
    except CareError as error:
        return await _one(request, batch_id, form=form.wrong(request, error), act="activate")
    return done(
        request,
        f"/vouchers/batches/{batch_id}",
        "{count} cards are in force: {amount}.",
        count=act.cards,
        amount=money(act.value_fen),
    )


@post("/vouchers/batches/{batch_id:uuid}/void", needs="vouchers.void", status_code=200)
async def void(request: AnyRequest, batch_id: UUID) -> Response[Any]:
    """Put the batch, or a range of it, out of force; much value waits for a second person."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            act = await vouchers.void(
                work,
                batch_id,
                reason=form.value("reason"),
                key=form.required("key"),
                first=_serial(form, "first"),
                last=_serial(form, "last"),
            )
    except CareError as error:
        return await _one(request, batch_id, form=form.wrong(request, error), act="void")
    if act.state == "waits":
        return done(
            request, f"/vouchers/batches/{batch_id}", "This waits for a second person.", kind="info"
        )
    return done(
        request,
        f"/vouchers/batches/{batch_id}",
        "{count} cards are out of force.",
        kind="warn",
        count=act.cards,
    )


@post("/vouchers/acts/{act_id:uuid}", needs="vouchers.approve", status_code=200)
async def decide(request: AnyRequest, act_id: UUID) -> Response[Any]:
    """Say yes or no to cards that are to be put out of force."""
    form = await Form.of(request)
    approve = form.value("decision") == "approve"
    try:
        async with acting(request) as work:
            await vouchers.decide(work, act_id, approve=approve, note=form.value("note"))
    except CareError as error:
        wrong = form.wrong(request, error)
        return await _overview(request, form=wrong, about=act_id, status=422)
    said = "The cards are out of force." if approve else "Refused."
    return done(request, "/vouchers", said)


@post("/vouchers/unlock", needs="vouchers.unlock", status_code=200)
async def unlock(request: AnyRequest) -> Response[Any]:
    """Let a number try again."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            was = await vouchers.unlock(work, number=form.required("number"))
    except CareError as error:
        # A number that is not ours is a slip of the pen here, not a page that is missing.
        form.errors["number"] = form.wrong(request, _as_invalid(error)).errors.popitem()[1]
        return await _overview(request, form=form, status=422)
    said = "The number can be recharged by card again." if was else "Nothing was locked."
    return done(request, "/vouchers", said)


@get("/customers/{customer_id:uuid}/payments/voucher", needs="vouchers.redeem")
async def card_form(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """The form: the 19 digits, and the number that gets the money."""
    return await _card(request, customer_id, Form.given(key=new_id()))


@post("/customers/{customer_id:uuid}/payments/voucher", needs="vouchers.redeem", status_code=200)
async def use_card(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """Put a card on a number; the try is kept whatever becomes of it."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            answer = await vouchers.redeem(
                work,
                secret=form.required("secret"),
                number=form.value("other_number") or form.required("number"),
                key=form.required("key"),
            )
        taken = answer.taken()
    except CareError as error:
        wrong = form.wrong(request, _as_invalid(error), number="other_number")
        form.values["key"] = [str(new_id())]
        return await _card(request, customer_id, wrong, status=422)
    home = f"/customers/{customer_id}/payments"
    return done(
        request,
        f"{home}/{taken.payment_id}" if taken.customer_id == customer_id else home,
        "{amount} put on {number}.",
        amount=money(taken.amount_fen),
        number=taken.number,
    )


async def _overview(
    request: AnyRequest,
    *,
    serial: str = "",
    form: Form | None = None,
    about: UUID | None = None,
    status: int = 200,
) -> Response[Any]:
    actor = visit_of(request).actor
    asked = Form.given(serial=serial) if serial else Form()
    card = None
    async with reading(request) as work:
        batches = await vouchers.list_batches(work, limit=LIMIT)
        waiting = await vouchers.list_waiting(work, limit=LIMIT)
        if serial:
            try:
                card = await _looked_up(request, work, vouchers.clean_serial(serial))
            except CareError as error:
                asked.wrong(request, _as_invalid(error))
                status = 422
    return page(
        request,
        "staff/vouchers.html",
        title="Recharge cards",
        section="vouchers",
        status=status,
        batches=batches,
        waiting=[{"one": one, "own": one.by_id == actor.id} for one in waiting],
        card=card,
        asked=asked,
        form=form,
        about=about,
        key=form.value("key") if form and form.has("key") else new_id(),
    )


async def _looked_up(request: AnyRequest, work: Any, serial: int) -> dict[str, Any]:
    card = await vouchers.get_voucher(work, serial)
    tries = await vouchers.list_tries(work, serial)
    may = visit_of(request).actor.may("customers.read")
    who = await customers.get(work, card.customer_id) if may and card.customer_id != NIL else None
    return {
        "one": card,
        "who": who,
        "number": phone.mask(card.number or ""),
        "state_words": words(request, vouchers.STATES[card.state]),
        "tone": TONES[card.state],
        "tries": [
            {"one": each, "words": words(request, vouchers.OUTCOMES[each.outcome])}
            for each in tries
        ],
    }


async def _one(
    request: AnyRequest, batch_id: UUID, *, form: Form | None = None, act: str = ""
) -> Response[Any]:
    async with reading(request) as work:
        batch = await vouchers.get_batch(work, batch_id)
        standing = await vouchers.standing(work, batch)
        acts = await vouchers.list_acts(work, batch_id, limit=LIMIT)
        over = work.today >= batch.expires_on
    return page(
        request,
        "staff/voucher_batch.html",
        title="Batch of cards",
        section="vouchers",
        status=422 if form else 200,
        batch=batch,
        over=over,
        states=[
            {
                "words": words(request, text),
                "tone": TONES[state],
                "cards": standing.cards.get(state, 0),
                "value_fen": standing.value_fen.get(state, 0),
            }
            for state, text in vouchers.STATES.items()
        ],
        acts=acts,
        form=form,
        act=act,
        key=new_id(),
        alone=vouchers.VOID_ALONE_FEN,
    )


async def _card(
    request: AnyRequest, customer_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="payments")
        lines = await subscriptions.list_lines(work, customer_id)
    numbers = [(line.number, line.number) for line in lines if line.number]
    return page(
        request,
        "staff/voucher_use.html",
        title="Recharge by card",
        status=status,
        form=form,
        numbers=numbers,
        **context,
    )


def _as_invalid(error: CareError) -> CareError:
    """A refusal to show beside the field that caused it: what was looked for is no page."""
    if isinstance(error, vouchers.NoSuchVoucher):
        return _beside(error, "serial")
    if type(error).code == "not_found":
        return _beside(error, "number")
    return error


def _beside(error: CareError, field: str) -> Invalid:
    return Invalid(error.message, field=field, **error.facts)


def _serial(form: Form, name: str) -> int | None:
    return vouchers.clean_serial(form.value(name), field=name) if form.has(name) else None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("Give a day, like 2027-03-01.", field="expires_on") from None


ROUTES: list[Any] = [
    overview,
    progress,
    order,
    one,
    hand_out,
    activate,
    void,
    decide,
    unlock,
    card_form,
    use_card,
]
