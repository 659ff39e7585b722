"""The stock: SIM cards and numbers taken in, found, spoiled, cooling; a card's codes told."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import contacts, provisioning, subscriptions
from yizhan.domain.provisioning import VALUES
from yizhan.domain.subscriptions import LineKind, NumberState
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.text import Text
from yizhan.web.errors import problem_of
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, words
from yizhan.web.staff.shell import shell
from yizhan.web.staff.terms import LINE_KIND
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
PAGE = 50
FILE_BYTES_MAX = 8 * 1024 * 1024
NUMBERS_AT_ONCE_MAX = 10_000
CARD_TONES = {"free": "good", "reserved": "info", "in_use": "", "retired": "bad"}
NUMBER_TONES = {"free": "good", "reserved": "info", "in_use": "", "cooling": "warn"}
NUMBER_STATE: dict[str, Text] = {
    "free": Text("可用", "Free"),
    "reserved": Text("已预留", "Reserved"),
    "in_use": Text("在用", "In use"),
    "cooling": Text("冷却中", "Cooling"),
}
GRADE: dict[str, Text] = {
    "plain": Text("普通", "plain"),
    "fine": Text("优良", "fine"),
    "gold": Text("靓号", "gold"),
}


@get("/stock", needs="cards.manage")
async def card_stock(
    request: AnyRequest, q: str = "", standing: str = "", batch: str = "", after: str = ""
) -> Response[Any]:
    """Deliveries of SIM cards by state, and the cards found."""
    return await _cards(request, q, standing, batch, after)


@post("/stock", needs="cards.manage", status_code=200)
async def take_in(request: AnyRequest) -> Response[Any]:
    """Put the file of a maker in stock, all of it or nothing."""
    form = await Form.of(request)
    try:
        upload = form.files.get("file")
        if upload is None or not upload.filename:
            raise Invalid("Choose a file.", field="file")
        sent = await upload.read(FILE_BYTES_MAX + 1)
        if len(sent) > FILE_BYTES_MAX:
            raise Invalid("The file is too large; divide it.", field="file")
        try:
            text = sent.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Invalid("The file is not text in UTF-8.", field="file") from None
        async with acting(request) as work:
            taken = await provisioning.take_in(work, text, batch=form.required("batch"))
    except CareError as error:
        faults = error.faults if isinstance(error, provisioning.CardsRefused) else ()
        shown = [(one.row, problem_of(request, one.error).message) for one in faults]
        return await _cards(
            request, "", "", "", "", form=form.wrong(request, error), faults=shown, status=422
        )
    return done(
        request,
        "/stock",
        "{added} cards taken in, {known} were there already.",
        added=taken.added,
        known=taken.known,
    )


@post("/stock/cards/{iccid:str}", needs="cards.manage", status_code=200)
async def spoil(request: AnyRequest, iccid: str) -> Response[Any]:
    """A card of the stock was lost or damaged."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            card = await provisioning.spoil_card(
                work, iccid, what=form.value("what"), note=form.value("note")
            )
    except CareError as error:
        wrong = form.wrong(request, error)
        return await _cards(request, iccid, "", "", "", form=wrong, about=iccid, status=422)
    return done(request, f"/stock?q={card.iccid}", "The card is out of stock.", kind="warn")


@get("/stock/numbers", needs="numbers.manage")
async def number_stock(
    request: AnyRequest, q: str = "", standing: str = "", after: str = ""
) -> Response[Any]:
    """Numbers by kind and state, cooling ones with the day they are free again."""
    return await _numbers(request, q, standing, after)


@post("/stock/numbers", needs="numbers.manage", status_code=200)
async def add_numbers(request: AnyRequest) -> Response[Any]:
    """Put a row of numbers in stock."""
    form = await Form.of(request)
    try:
        first = form.required("first")
        if not (first.isascii() and first.isdigit()):
            raise Invalid("Give the number in digits.", field="first")
        count = form.count("count", least=1, most=NUMBERS_AT_ONCE_MAX)
        kind = form.required("kind")
        if kind not in set(LineKind):
            raise Invalid("Choose one of the list.", field="kind")
        numbers = [f"{int(first) + n:0{len(first)}d}" for n in range(count)]
        async with acting(request) as work:
            added = await subscriptions.add_numbers(
                work,
                LineKind(kind),
                numbers,
                area=form.value("area"),
                grade=form.value("grade", "plain"),
            )
    except CareError as error:
        wrong = form.wrong(request, error, number="first")
        return await _numbers(request, "", "", "", form=wrong, status=422)
    return done(
        request,
        f"/stock/numbers?q={first}",
        "{added} numbers added, {known} were there already.",
        added=added,
        known=count - added,
    )


@get("/customers/{customer_id:uuid}/cards", needs="orders.place")
async def of_customer(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """The cards of a customer's lines, their codes hidden."""
    return await _of_customer(request, customer_id)


@post("/customers/{customer_id:uuid}/cards", needs="orders.place", status_code=200)
async def tell_codes(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """Show PIN and PUK of one card, to be told to its verified owner; the look is kept."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            line = await subscriptions.get_line(work, form.uuid("line"))
            if line.customer_id != customer_id:
                raise Invalid("Choose one of the list.", field="line")
            codes = await provisioning.show_codes(work, line.id)
    except CareError as error:
        return await _of_customer(request, customer_id, form=form.wrong(request, error), status=422)
    return await _of_customer(request, customer_id, shown={line.id: codes})


async def _cards(
    request: AnyRequest,
    q: str,
    standing: str,
    batch: str,
    after: str,
    *,
    form: Form | None = None,
    faults: list[tuple[int, str]] | None = None,
    about: str = "",
    status: int = 200,
) -> Response[Any]:
    state = standing if standing in provisioning.STATES else ""
    async with reading(request) as work:
        batches = await provisioning.list_card_batches(work)
        found = await provisioning.list_cards(
            work,
            state=state,
            batch=batch or None,
            ending=_digits(q),
            after=after,
            limit=PAGE + 1,
        )
        now = work.now
    return page(
        request,
        "staff/stock_cards.html",
        title="SIM cards in stock",
        section="stock",
        status=status,
        asked=q,
        standing=state,
        batch=batch,
        states=[(code, words(request, VALUES["card"][code])) for code in provisioning.STATES],
        batches=batches,
        rows=[
            {
                "one": one,
                "free_again": one.state == "reserved"
                and one.until is not None
                and one.until <= now,
                "words": words(request, VALUES["card"][one.state]),
                "tone": CARD_TONES[one.state],
                "why": _why(request, one.reason),
                "may_spoil": one.state in ("free", "reserved"),
            }
            for one in found[:PAGE]
        ],
        older=found[PAGE - 1].iccid if len(found) > PAGE else None,
        spoiled=[(code, words(request, VALUES["what"][code])) for code in provisioning.SPOILED],
        form=form,
        faults=faults or [],
        about=about,
        tab="cards",
    )


def _why(request: AnyRequest, reason: str) -> str:
    what, _, note = reason.partition(": ")
    text = VALUES["what"].get(what)
    said = words(request, text) if text else what
    return f"{said}: {note}" if note else said


async def _numbers(
    request: AnyRequest,
    q: str,
    standing: str,
    after: str,
    *,
    form: Form | None = None,
    status: int = 200,
) -> Response[Any]:
    state = NumberState(standing) if standing in set(NumberState) else None
    async with reading(request) as work:
        counts = await subscriptions.count_stock(work)
        found = await subscriptions.list_stock(
            work, state=state, part=_digits(q), after=after, limit=PAGE + 1
        )
        now = work.now
    return page(
        request,
        "staff/stock_numbers.html",
        title="Numbers in stock",
        section="stock",
        status=status,
        asked=q,
        standing=state.value if state else "",
        states=[(one.value, words(request, NUMBER_STATE[one.value])) for one in NumberState],
        kinds=[(one.value, words(request, LINE_KIND[one.value])) for one in LineKind],
        grades=[(code, words(request, text)) for code, text in GRADE.items()],
        counts=[
            {
                "words": words(request, LINE_KIND[kind.value]),
                "cells": [counts.get((kind, one), 0) for one in NumberState],
            }
            for kind in LineKind
            if any(counts.get((kind, one)) for one in NumberState)
        ],
        rows=[
            {
                "one": one,
                "kind": words(request, LINE_KIND[one.kind.value]),
                "grade": words(request, GRADE[one.grade]),
                "words": words(request, NUMBER_STATE[one.standing(now).value]),
                "tone": NUMBER_TONES[one.standing(now).value],
            }
            for one in found[:PAGE]
        ],
        older=found[PAGE - 1].number if len(found) > PAGE else None,
        form=form,
        tab="numbers",
    )


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isascii() and sign.isdigit())[:20]


async def _of_customer(
    request: AnyRequest,
    customer_id: UUID,
    *,
    shown: dict[UUID | None, provisioning.Codes] | None = None,
    form: Form | None = None,
    status: int = 200,
) -> Response[Any]:
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="orders")
        found = await provisioning.cards_of_customer(work, customer_id)
        lines = await subscriptions.list_lines(work, customer_id)
        may = visit_of(request).actor.may("orders.place")
        verified = may and await contacts.is_verified(work, customer_id)
    numbers: dict[UUID | None, str | None] = {line.id: line.number for line in lines}
    return page(
        request,
        "staff/customer_cards.html",
        title="SIM cards",
        status=status,
        form=form,
        verified=verified,
        rows=[
            {
                "one": one,
                "number": numbers.get(one.line_id) or "",
                "words": words(request, VALUES["card"][one.state]),
                "tone": CARD_TONES[one.state],
                "why": _why(request, one.reason),
                "codes": (shown or {}).get(one.line_id) if one.state == "in_use" else None,
            }
            for one in found
        ],
        **context,
    )


ROUTES: list[Any] = [
    card_stock,
    take_in,
    spoil,
    number_stock,
    add_numbers,
    of_customer,
    tell_codes,
]
