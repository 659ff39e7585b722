"""What people do with limits: set, change, lift and remove caps. The stops follow in the worker."""

from typing import Any
from uuid import UUID

from yizhan.domain import billing, contacts, customers, subscriptions
from yizhan.domain.limits import events, looking, permissions, stopping, store
from yizhan.domain.limits.model import (
    MB,
    AtFull,
    Cap,
    CapKind,
    NoSuchCap,
    cap_amount,
)
from yizhan.domain.subscriptions import Line, State
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.errors import NotFound, Refused
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork


async def set_cap(
    work: UnitOfWork, line_id: UUID, kind: CapKind, number: int, *, at_full: AtFull
) -> Cap:
    """Let a line cost (*number* in fen) or load (in MB) so much in a bill month, and then tell or
    stop. It counts from the running month on. The same cap again is the one there is; another
    amount is another cap, told anew. Raises ``Invalid``, ``NotFound``, ``Forbidden``."""
    line = await _own(work, line_id)
    if line.base_state in (State.CLOSING, State.CLOSED):
        raise Refused("The line is closed: there is nothing to limit.")
    amount = cap_amount(kind, number)
    before = await _find(work, line_id, kind)
    if before and (before.amount, before.at_full) == (amount, at_full):
        return before
    if before:
        await store.end_cap(work, before)
    cap = Cap(
        customer_id=line.customer_id,
        id=new_id(),
        line_id=line.id,
        kind=kind,
        amount=amount,
        at_full=at_full,
        set_at=work.now,
        set_by=work.actor.name,
    )
    await store.add_cap(work.db, cap)
    said: dict[str, Any] = {
        "customer_id": line.customer_id,
        "line_id": line.id,
        "number": line.number or "",
    }
    if kind is CapKind.SPEND:
        work.record(events.SpendCapSet(**said, cap_fen=amount, at_full=at_full.value))
    else:
        work.record(events.DataCapSet(**said, cap_mb=amount // MB, at_full=at_full.value))
    await _look_soon(work, line)
    return cap


async def remove_cap(work: UnitOfWork, line_id: UUID, kind: CapKind) -> None:
    """Let a line have no such cap any more; what it stopped comes back."""
    line = await _own(work, line_id)
    cap = await _existing(work, line_id, kind)
    await store.end_cap(work, cap)
    work.record(
        events.CapRemoved(
            customer_id=line.customer_id,
            line_id=line.id,
            number=line.number or "",
            kind=kind.value,
        )
    )
    await _look_soon(work, line)


async def lift_cap(work: UnitOfWork, line_id: UUID, kind: CapKind) -> Cap:
    """Let a used-up cap stop nothing until its month ends. Raises ``NothingToLift``."""
    line = await _own(work, line_id)
    cap = await _existing(work, line_id, kind)
    account = await customers.get_account(work, line.account_id)
    start = billing.Cycle.containing(work.today, account.cycle_day).start
    lifted = cap.lift(start)
    await store.mark_cap(work.db, lifted)
    work.record(
        events.CapLifted(
            customer_id=line.customer_id,
            line_id=line.id,
            number=line.number or "",
            kind=kind.value,
        )
    )
    await _look_soon(work, line)
    return lifted


async def _own(work: UnitOfWork, line_id: UUID) -> Line:
    """The line, for its owner, or for who may set a verified caller's caps."""
    line = await subscriptions.get_line(work, line_id)
    if work.actor.kind is ActorKind.CUSTOMER:
        if line.customer_id != work.actor.id:
            raise NotFound("There is no such line.")
        return line
    work.actor.require(permissions.SET)
    await contacts.require_verified(work, line.customer_id)
    return line


async def _find(work: UnitOfWork, line_id: UUID, kind: CapKind) -> Cap | None:
    caps = (await store.caps_of_lines(work.db, [line_id])).get(line_id, [])
    return next((one for one in caps if one.kind is kind), None)


async def _existing(work: UnitOfWork, line_id: UUID, kind: CapKind) -> Cap:
    cap = await _find(work, line_id, kind)
    if cap is None:
        raise NoSuchCap("No such cap is set on this line.")
    return cap


async def _look_soon(work: UnitOfWork, line: Line) -> None:
    """Have the house look at once: a stop and its end are its acts, not the customer's."""
    await work.later(looking.LOOK, {"account_id": line.account_id}, key=str(line.account_id))


async def money_came(work: UnitOfWork, account_id: UUID) -> None:
    """Money came or went back: who was over his limit, or near it, is looked at at once."""
    watch = await store.find_watch(work.db, account_id)
    if watch is not None and watch.over:
        await looking.look(work, account_id)


async def order_answered(work: UnitOfWork, line_id: UUID, *, failed: bool) -> None:
    """The network did or refused something: see that the line is as its limits want it."""
    kept = await store.stops_of_lines(work.db, [line_id], lock=True)
    if not kept:
        return
    if failed:
        tries = 0
        for stop in kept.values():
            again = stop.tried()
            tries = max(tries, again.tries)
            await store.save_stop(work.db, again)
        await stopping.later(work, line_id, tries)
        return
    await align(work, line_id)


async def align(work: UnitOfWork, line_id: UUID) -> None:
    """Order what the limits of a line ask for, as they stood at the last look."""
    line = await subscriptions.get_line(work, line_id)
    watch = await store.find_watch(work.db, line.account_id)
    payer = await customers.get(work, line.payer_customer_id)
    rule = await store.rule(work.db)
    caps = (await store.caps_of_lines(work.db, [line_id])).get(line_id, [])
    await stopping.align(
        work,
        line,
        caps,
        watch,
        exempt=rule.exempts(tier=payer.tier.value, segment=payer.segment.value),
    )
