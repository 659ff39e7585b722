"""Asking the network, and what follows from its answers.

A request of a line is sent when every earlier one of that line is answered. Requests of one
reference stand or fall together: when one fails, those not sent are cancelled and those done are
undone, the last first. Under one id the network does a thing once, so whoever asked and died is
followed by another who asks the same.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from yizhan.domain import subscriptions
from yizhan.domain.provisioning import permissions, store
from yizhan.domain.provisioning.contract import Said, Verdict
from yizhan.domain.provisioning.flow import LEASE, State
from yizhan.domain.provisioning.model import Request, check_action, has_opposite, opposite
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork

KEY_LENGTH_MAX: Final = 200


async def request(
    work: UnitOfWork,
    *,
    line_id: UUID,
    action: str,
    facts: Mapping[str, str] | None = None,
    key: str,
    reference: UUID | None = None,
    customer_id: UUID | None = None,
    number: str | None = None,
) -> Request:
    """Have the network do *action* for a line; the answer comes as an event.

    The same *key* again gives the request it made the first time. *reference* is what it is for (an
    order); without one it stands for itself. A line that is not there yet needs *customer_id* and
    *number*. Raises ``Invalid``, ``NotFound``.
    """
    check_action(action)
    if not 1 <= len(key) <= KEY_LENGTH_MAX:
        raise Invalid("A request to the network needs a key of 1 to 200 characters.", field="key")
    if earlier := await store.find_by_key(work.db, key):
        return earlier
    if customer_id is None or number is None:
        line = await subscriptions.get_line(work, line_id)
        customer_id, number = line.customer_id, line.number or ""
    await store.queue_up(work.db, line_id)
    by_hand = action in await store.services_by_hand(work.db)
    request_id = new_id()
    return await _add(
        work,
        Request(
            customer_id=customer_id,
            id=request_id,
            position=0,
            line_id=line_id,
            reference=reference or request_id,
            number=number,
            action=action,
            facts=dict(facts or {}),
            key=key,
            undoes=None,
            state=State.BY_HAND if by_hand else State.QUEUED,
            attempts=0,
            looks=0,
            asked_at=work.now,
            due_at=work.now,
            accepted_at=None,
            closed_at=None,
            code="",
            reason="",
        ),
    )


async def _add(work: UnitOfWork, asked: Request) -> Request:
    await store.add(work.db, asked)
    await store.add_step(work.db, asked, asked.state.value, at=work.now)
    work.record(asked.requested())
    return asked


async def claim(work: UnitOfWork, *, limit: int = 16) -> list[Request]:
    """Take what is to be sent or looked at now, for as long as a lease; see ``flow.LEASE``.

    Commit before asking the network: who dies between leaves the request as sent.
    """
    taken = await store.claim(
        work.db, now=work.now, lease_until=work.now + LEASE, limit=min(limit, 200)
    )
    for one in taken:
        if one.state is State.SENT:
            await store.add_step(work.db, one, "sent", f"{one.attempts}", at=work.now)
    return taken


async def heard(work: UnitOfWork, request_id: UUID, said: Said) -> Request:
    """The network answered, here or by calling back. The same answer again changes nothing."""
    asked = await store.load(work.db, request_id, lock=True)
    before = asked.state
    events = asked.heard(said, now=work.now)
    await store.save(work.db, asked)
    if before is not asked.state:
        detail = " ".join(part for part in (asked.code, asked.reason) if part)
        await store.add_step(work.db, asked, asked.state.value, detail, at=work.now)
    work.record(*events)
    await _follow(work, asked, before)
    return asked


async def unheard(work: UnitOfWork, request_id: UUID, why: str) -> Request:
    """The network did not answer."""
    asked = await store.load(work.db, request_id, lock=True)
    if not asked.is_open:
        return asked
    before = asked.state
    work.record(*asked.unheard(why, now=work.now))
    await store.save(work.db, asked)
    await store.add_step(work.db, asked, asked.state.value, why, at=work.now)
    await _follow(work, asked, before)
    return asked


async def _follow(work: UnitOfWork, ended: Request, before: State) -> None:
    """What follows from the end of a request for the others of its reference."""
    if ended.state is before:
        return
    if ended.state is State.DONE and ended.undoes is not None:
        undone = await store.load(work.db, ended.undoes, lock=True)
        undone.state = State.UNDONE
        await store.save(work.db, undone)
        await store.add_step(work.db, undone, "undone", at=work.now)
    if ended.failed and ended.undoes is None:
        await _take_back(work, ended.reference, ended.position, because=ended.reason)


async def take_back(work: UnitOfWork, reference: UUID, *, reason: str) -> None:
    """Undo all that was asked for *reference*: it is not wanted any more."""
    asked = await store.list_of_reference(work.db, reference)
    if asked:
        await _take_back(work, reference, 0, because=reason)


async def _take_back(work: UnitOfWork, reference: UUID, position: int, *, because: str) -> None:
    every = await store.list_of_reference(work.db, reference, lock=True)
    undone = {one.undoes for one in every}
    for one in reversed(every):
        if one.undoes is not None:
            continue
        if one.state in (State.QUEUED, State.BY_HAND):
            work.record(*one.cancel(because, now=work.now))
            await store.save(work.db, one)
            await store.add_step(work.db, one, "cancelled", because, at=work.now)
        elif one.state is State.DONE and one.id not in undone and has_opposite(one.facts):
            await _undo(work, one, position)


async def _undo(work: UnitOfWork, done: Request, position: int) -> None:
    """Queue the opposite; it goes before all that was asked of the line after the failure."""
    action, facts = opposite(done.action, done.facts)
    await store.queue_up(work.db, done.line_id)
    by_hand = action in await store.services_by_hand(work.db)
    await _add(
        work,
        Request(
            customer_id=done.customer_id,
            id=new_id(),
            position=position,
            line_id=done.line_id,
            reference=done.reference,
            number=done.number,
            action=action,
            facts=facts,
            key=f"undo:{done.id}",
            undoes=done.id,
            state=State.BY_HAND if by_hand else State.QUEUED,
            attempts=0,
            looks=0,
            asked_at=work.now,
            due_at=work.now,
            accepted_at=None,
            closed_at=None,
            code="",
            reason=because_of(done),
        ),
    )


def because_of(done: Request) -> str:
    """Why something is taken back, for the queue."""
    return f"takes back {done.action}"


async def retry(work: UnitOfWork, request_id: UUID) -> Request:
    """Ask again now, under the same id. Raises ``RequestNotNow`` for one that has ended."""
    work.actor.require(permissions.WORK)
    asked = await store.load(work.db, request_id, lock=True)
    asked.retry(now=work.now)
    await store.save(work.db, asked)
    await store.add_step(work.db, asked, "retry", work.actor.name, at=work.now)
    return asked


async def cancel(work: UnitOfWork, request_id: UUID, *, reason: str) -> Request:
    """Take a request back that was not sent yet; what belongs to it is taken back too."""
    return await _end(work, request_id, reason, give_up=False)


async def give_up(work: UnitOfWork, request_id: UUID, *, reason: str) -> Request:
    """Wait no more for an answer; a case is opened, for nobody knows what the network did."""
    return await _end(work, request_id, reason, give_up=True)


async def _end(work: UnitOfWork, request_id: UUID, reason: str, *, give_up: bool) -> Request:
    work.actor.require(permissions.WORK)
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    asked = await store.load(work.db, request_id, lock=True)
    before = asked.state
    end = asked.give_up if give_up else asked.cancel
    work.record(*end(reason.strip(), now=work.now))
    await store.save(work.db, asked)
    detail = f"{work.actor.name}: {asked.reason}"
    await store.add_step(work.db, asked, asked.state.value, detail, at=work.now)
    await _follow(work, asked, before)
    return asked


async def answer_by_hand(
    work: UnitOfWork, request_id: UUID, *, done: bool, note: str = ""
) -> Request:
    """A person answers for the network: it is done, or it will not be."""
    work.actor.require(permissions.WORK)
    if not done and not note.strip():
        raise Invalid("Say why.", field="reason")
    verdict = Verdict.DONE if done else Verdict.REFUSED
    reason = f"{work.actor.name}: {note.strip()}" if note.strip() else work.actor.name
    return await heard(work, request_id, Said(verdict=verdict, code="by_hand", reason=reason))
