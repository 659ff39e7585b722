"""What can be done with lines. Each command checks the right, decides, writes and records."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from yizhan.domain import customers
from yizhan.domain.subscriptions import events, flow, model, permissions, queries, store
from yizhan.domain.subscriptions.flow import State, StopReason
from yizhan.domain.subscriptions.products import lock_open, stop_product
from yizhan.kernel.errors import Invalid, NotFound, Refused
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork


async def create_line(
    work: UnitOfWork,
    *,
    customer_id: UUID,
    kind: model.LineKind,
    number: str,
    account_id: UUID,
    area: str = "",
    user_party_id: UUID | None = None,
    state: State = State.ACTIVE,
    from_stock: bool = True,
    line_id: UUID | None = None,
) -> model.Line:
    """A new line of *customer_id*, paid by *account_id* (which may be another customer's).

    The number comes out of stock; with ``from_stock=False`` one that is not there (ported in,
    an internet login) is added. Raises `NumberTaken`, `TooManyLines`, `NotFound`, `Forbidden`.
    """
    work.actor.require(permissions.PLACE)
    if state not in (State.TESTING, State.ACTIVE):
        raise Invalid("A new line begins in testing or active.", field="state")
    owner = await customers.lock(work, customer_id)
    account = await customers.get_account(work, account_id)
    if account.status != "active":
        raise Refused("The account {number} is closed.", number=account.number)
    if user_party_id is not None:
        await _check_user(work, customer_id, user_party_id)
    if kind is model.LineKind.MOBILE and owner.kind is customers.PartyKind.PERSON:
        await check_line_count(work, customer_id)
    cleaned = model.clean_number(kind, number)
    line = model.Line(
        customer_id=customer_id,
        id=line_id or new_id(),
        kind=kind,
        number=cleaned,
        account_id=account_id,
        payer_customer_id=account.customer_id,
        user_party_id=user_party_id,
        area=area,
        base_state=state,
        stop_reasons=frozenset(),
        state=state,
        state_since=work.now,
        opened_at=work.now,
        closed_at=None,
    )
    await store.add_line(work, line)
    await _assign(work, line, cleaned, from_stock=from_stock)
    work.record(
        events.LineOpened(
            customer_id=customer_id,
            line_id=line.id,
            kind=kind.value,
            number=cleaned,
            account_id=account_id,
        )
    )
    return line


async def check_line_count(work: UnitOfWork, customer_id: UUID) -> None:
    """Refuse a person's sixth mobile line, by identity document. Raises `TooManyLines`."""
    held = await queries.mobile_lines_of_person(work, customer_id)
    if held >= model.LINES_PER_PERSON_MAX:
        raise model.TooManyLines(
            "This person has {held} mobile lines already; {most} is the most one person may own.",
            held=held,
            most=model.LINES_PER_PERSON_MAX,
        )


async def _assign(
    work: UnitOfWork, line: model.Line, number: str, *, from_stock: bool = True
) -> None:
    stock = await store.lock_stock(work, number)
    if stock is None:
        if from_stock:
            raise NotFound(
                "{number} is not in the stock of numbers. Choose one that is, or have it added.",
                field="number",
                number=number,
            )
        added = await store.put_stock(
            work, [number], kind=line.kind, area=line.area, state=model.NumberState.IN_USE
        )
        if not added:
            raise model.NumberTaken("{number} is in use. Choose another one.", number=number)
    else:
        if stock.kind is not line.kind:
            raise Invalid(
                "{number} is a number for {kind} lines.",
                field="number",
                number=number,
                kind=stock.kind.value,
            )
        model.check_assignable(stock, line.customer_id, now=work.now)
        await store.set_stock(work, number, model.NumberState.IN_USE)
    await store.give_number(work, line, number)
    await customers.put_search_key(
        work,
        customer_id=line.customer_id,
        kind="number",
        key=number,
        label=number,
        ref_id=line.id,
    )


async def _release(work: UnitOfWork, line: model.Line) -> None:
    if line.number is None:
        return
    await store.take_number(work, line)
    until = work.now + model.COOLING
    await store.set_stock(work, line.number, model.NumberState.COOLING, until=until)
    await _recycle_later(work, until)
    await customers.drop_search_key(
        work, customer_id=line.customer_id, kind="number", ref_id=line.id
    )


async def change_number(work: UnitOfWork, line_id: UUID, number: str) -> model.Line:
    """Give a line another number from stock; the old one cools down."""
    work.actor.require(permissions.PLACE)
    line = await lock_open(work, line_id)
    cleaned = model.clean_number(line.kind, number)
    if cleaned == line.number:
        raise Refused("The line has this number already.")
    await _release(work, line)
    await _assign(work, line, cleaned, from_stock=line.kind is not model.LineKind.INTERNET)
    work.record(
        events.NumberChanged(
            customer_id=line.customer_id,
            line_id=line.id,
            old_number=line.number or "",
            new_number=cleaned,
        )
    )
    return await queries.get_line(work, line_id)


async def change_state(
    work: UnitOfWork, line_id: UUID, to: State, *, reason: StopReason | None = None
) -> model.Line:
    """Move a line's life on, as `flow.move` allows and to whom it allows it.

    To ``STOPPED`` lays *reason* over it; to ``ACTIVE`` while stopped lifts *reason*. Closing frees
    everything the line had; its number cools for 90 days. Raises `LineRefused`, `Forbidden`.
    """
    line = await store.lock(work, line_id)
    work.actor.require(flow.permission_for(line.life, to, reason))
    life = flow.move(line.life, to, reason)
    await store.write_life(work, line, life)
    work.record(
        events.LineStateChanged(
            customer_id=line.customer_id,
            line_id=line.id,
            number=line.number or "",
            from_state=line.state.value,
            to_state=life.state.value,
            reason=reason.value if reason else "",
            reasons=sorted(life.reasons),
        )
    )
    if life.base is State.CLOSED:
        await _wind_up(work, line)
    return await queries.get_line(work, line_id)


async def _wind_up(work: UnitOfWork, line: model.Line) -> None:
    for product in await store.products_ending_after(work, line, work.now):
        await stop_product(work, line, product, work.now)
    await store.end_family_numbers(work, line, work.now)
    await store.end_features(work, line)
    await _release(work, line)
    work.record(
        events.LineClosed(customer_id=line.customer_id, line_id=line.id, number=line.number or "")
    )


async def set_user(work: UnitOfWork, line_id: UUID, party_id: UUID | None) -> None:
    """Say who uses a line: a party of its owner, or None for the owner himself."""
    work.actor.require(permissions.PLACE)
    line = await lock_open(work, line_id)
    if party_id is not None:
        await _check_user(work, line.customer_id, party_id)
    await store.set_user(work, line, party_id)
    work.record(
        events.UserChanged(customer_id=line.customer_id, line_id=line.id, party_id=party_id)
    )


async def set_payer(work: UnitOfWork, line_id: UUID, account_id: UUID) -> None:
    """Let another account, also another customer's, pay for a line from now on."""
    work.actor.require(permissions.PLACE)
    line = await lock_open(work, line_id)
    account = await customers.get_account(work, account_id)
    if account.status != "active":
        raise Refused("The account {number} is closed.", number=account.number)
    await store.set_payer(work, line, account_id, account.customer_id)
    work.record(
        events.PayerChanged(
            customer_id=line.customer_id,
            line_id=line.id,
            old_account_id=line.account_id,
            account_id=account_id,
        )
    )


async def add_numbers(
    work: UnitOfWork,
    kind: model.LineKind,
    numbers: Sequence[str],
    *,
    area: str = "",
    grade: str = "plain",
) -> int:
    """Put numbers in stock; those already there are left alone. How many were added."""
    work.actor.require(permissions.STOCK)
    if grade not in ("plain", "fine", "gold"):
        raise Invalid("A number's grade is plain, fine or gold.", field="grade")
    cleaned = [model.clean_number(kind, number) for number in numbers]
    return await store.put_stock(work, cleaned, kind=kind, area=area, grade=grade)


async def reserve_number(
    work: UnitOfWork, number: str, *, customer_id: UUID, until: datetime | None = None
) -> model.StockNumber:
    """Hold a free number for a customer, for a day by default. Raises `NumberTaken`."""
    work.actor.require(permissions.PLACE)
    stock = await store.lock_stock(work, number)
    if stock is None:
        raise NotFound("{number} is not in the stock of numbers.", field="number", number=number)
    model.check_assignable(stock, customer_id, now=work.now)
    end = until or work.now + timedelta(days=1)
    if not work.now < end <= work.now + model.RESERVATION_MAX:
        raise Invalid("A number is reserved for at most 30 days.", field="until")
    await store.set_stock(
        work, number, model.NumberState.RESERVED, until=end, reserved_for=customer_id
    )
    await _recycle_later(work, end)
    work.record(events.NumberReserved(customer_id=customer_id, number=number, until=end))
    found = await queries.find_stock_number(work, number)
    assert found is not None
    return found


async def _recycle_later(work: UnitOfWork, until: datetime) -> None:
    hour = f"{until:%Y-%m-%dT%H}"
    await work.later("subscriptions.recycle", {}, run_at=until, key=hour)


async def recycle_numbers(work: UnitOfWork, *, limit: int = 10_000) -> int:
    """Free the numbers whose cooling or reservation is over; how many."""
    work.actor.require(permissions.STOCK)
    return await store.recycle(work, limit=limit)


async def _check_user(work: UnitOfWork, customer_id: UUID, party_id: UUID) -> None:
    try:
        await customers.get_party(work, customer_id, party_id)
    except NotFound:
        raise Invalid(
            "The user of a line must first be recorded as a party of its owner.",
            field="user_party_id",
        ) from None
