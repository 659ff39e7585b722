"""Commands on cases: each loads one, has it decide, saves it, sets its clock and records."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from yizhan.domain import contacts, customers
from yizhan.domain.cases import permissions, queries, store
from yizhan.domain.cases.clocks import RuleBook
from yizhan.domain.cases.events import (
    CaseEvent,
    CaseLinked,
    CaseNoted,
    CaseOpened,
    CaseReplied,
)
from yizhan.domain.cases.flow import State
from yizhan.domain.cases.model import SUBJECT_MAX, TEXT_MAX, Case
from yizhan.domain.cases.terms import (
    FollowUp,
    Link,
    LinkKind,
    Note,
    Outcome,
    Person,
    Target,
    Urgency,
)
from yizhan.domain.cases.words import VALUES
from yizhan.kernel.actor import Actor, ActorKind
from yizhan.kernel.errors import Invalid, Refused
from yizhan.kernel.ids import new_id
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork

TICK = "cases.tick"


def _person(actor: Actor) -> Person:
    return Person(actor.id if actor.kind is ActorKind.STAFF else None, actor.name)


def _text(value: str, field: str, *, longest: int = TEXT_MAX, required: bool = True) -> str:
    cleaned = value.strip()
    if required and not cleaned:
        raise Invalid("This cannot be empty.", field=field)
    if len(cleaned) > longest:
        raise Invalid(
            "This is {length} characters long; {longest} is the most.",
            field=field,
            length=len(cleaned),
            longest=longest,
        )
    return cleaned


async def _channel(work: UnitOfWork) -> str:
    """The way the customer came: that of the contact, if there is one."""
    if work.contact_id is None:
        return work.actor.channel
    return (await contacts.get(work, work.contact_id)).channel.value


async def open_case(
    work: UnitOfWork,
    *,
    customer_id: UUID,
    class_code: str,
    subject: str,
    description: str = "",
    urgency: Urgency | None = None,
    links: Sequence[Link] = (),
    source: str = "customer",
    key: str | None = None,
) -> Case:
    """Open a case and start its clocks.

    The member of staff who opens it becomes its owner; what a customer or another system opens is
    sent to the team of its class. An earlier case of the same class within 30 days is noted as
    ``repeat_of``. The same *key* again gives the case it opened the first time. *source* is who
    brought it: customer, regulator, monitor...
    """
    work.actor.require(permissions.OPEN)
    queries.own_only(work, customer_id)
    if key and (earlier := await store.find_by_key(work.db, customer_id, key)):
        return earlier
    about = await store.get_class(work.db, class_code)
    book = await store.rule_book(work.db, work.today)
    repeats = await queries.list_repeats(work, customer_id, class_code)
    person = _person(work.actor)
    case = Case(
        customer_id=customer_id,
        id=new_id(),
        number=await store.next_number(work.db, book.day),
        kind=about.kind,
        class_code=about.code,
        subject=_text(subject, "subject", longest=SUBJECT_MAX),
        description=_text(description, "description", required=False),
        urgency=urgency or about.urgency,
        channel=await _channel(work),
        source=source,
        opened_at=work.now,
        opened_key=key,
        owner_id=person.id,
        owner_name=person.name if person.id else "",
        repeat_of=repeats[0].id if repeats else None,
        repeats=len(repeats),
        review=about.review,
        follow_up=about.follow_up,
    )
    case.receive(person, book=book, now=work.now)
    opened = CaseOpened(
        customer_id=customer_id,
        case_id=case.id,
        number=case.number,
        kind=case.kind.value,
        class_code=about.code,
        class_name=about.name,
        subject=case.subject,
        urgency=case.urgency.value,
        due_at=case.next_due_at,
        repeat_of=case.repeat_of,
    )
    happened: list[CaseEvent] = [opened]
    if person.id is None:
        to = Target(team=about.team, label=await queries.team_label(work, about.team))
        happened.append(case.dispatch(to, reason="", book=book, now=work.now))
    await _save(work, case, happened)
    if work.contact_id is not None:
        links = [*links, Link(kind=LinkKind.CONTACT, ref_id=work.contact_id)]
    for link in links:
        await store.add_link(work.db, case, link, at=work.now)
        if link.kind is LinkKind.BILL:  # what is in dispute is not dunned
            work.record(_linked(case, link))
    await customers.put_search_key(
        work,
        customer_id=customer_id,
        kind="case",
        key=case.number,
        label=case.subject,
        ref_id=case.id,
    )
    return case


async def take(work: UnitOfWork, case_id: UUID) -> Case:
    """Take a case in hand."""
    case = await _work_on(work, case_id)
    return await _save(work, case, [case.take(_person(work.actor), now=work.now)])


async def dispatch(
    work: UnitOfWork,
    case_id: UUID,
    *,
    team: str | None = None,
    role: str | None = None,
    person: Person | None = None,
    reason: str = "",
) -> Case:
    """Send a case to a team, a role or a person; to the team of its class when none is named."""
    case = await _work_on(work, case_id)
    if team is None and role is None and person is None:
        team = (await store.get_class(work.db, case.class_code)).team
    label = Text(person.name, person.name) if person else VALUES["role"].get(role or "")
    if team is not None:
        label = await queries.team_label(work, team)
    if label is None:
        raise Invalid("There is no role “{code}”.", field="role", code=(role or "")[:80])
    to = Target(team=team, role=role, person=person, label=label)
    reason = _text(reason, "reason", required=False)
    return await _save(
        work, case, [case.dispatch(to, reason=reason, book=await _book(work), now=work.now)]
    )


async def hold(
    work: UnitOfWork, case_id: UUID, *, reason: str, until: datetime | None = None
) -> Case:
    """Let a case wait, for a reason of the list and no longer than that allows."""
    case = await _work_on(work, case_id)
    why = await store.get_hold_reason(work.db, reason)
    return await _save(work, case, [case.hold(why, until=until, now=work.now)])


async def resume(work: UnitOfWork, case_id: UUID) -> Case:
    """Go on with a case that waited."""
    case = await _work_on(work, case_id)
    return await _save(work, case, [case.resume(now=work.now)])


async def add_note(
    work: UnitOfWork, case_id: UUID, text: str, *, to_customer: bool = False
) -> Note:
    """Write on a case: for ourselves, or to the customer. What a customer writes is to us both."""
    by_customer = work.actor.kind is ActorKind.CUSTOMER
    work.actor.require(permissions.OPEN if by_customer else permissions.WORK)
    case = await store.load(work.db, case_id, lock=True)
    queries.own_only(work, case.customer_id)
    to_customer = to_customer or by_customer
    note = Note(
        id=new_id(),
        at=work.now,
        author_id=work.actor.id,
        author_name=work.actor.name,
        visible_to="customer" if to_customer else "internal",
        text=_text(text, "text"),
    )
    await store.add_note(work.db, case, note, author_kind=work.actor.kind.value)
    event: CaseEvent
    if to_customer:
        if not by_customer:
            case.contacted(now=work.now)
        event = CaseReplied(
            customer_id=case.customer_id,
            case_id=case.id,
            number=case.number,
            note_id=note.id,
            text=note.text[:500],
        )
    else:
        event = CaseNoted(
            customer_id=case.customer_id, case_id=case.id, number=case.number, note_id=note.id
        )
    await _save(work, case, [event])
    return note


async def link(work: UnitOfWork, case_id: UUID, to: Link) -> Case:
    """Tie a case to a contact, line, account, bill, order, payment, usage record, case, person."""
    case = await _work_on(work, case_id)
    if await store.add_link(work.db, case, to, at=work.now):
        work.record(_linked(case, to))
    return case


def _linked(case: Case, to: Link) -> CaseLinked:
    return CaseLinked(
        customer_id=case.customer_id,
        case_id=case.id,
        number=case.number,
        link=to.kind.value,
        ref_id=to.ref_id,
        label=to.label,
    )


async def answer(
    work: UnitOfWork,
    case_id: UUID,
    *,
    text: str,
    outcome: Outcome,
    root_cause: str | None = None,
) -> Case:
    """Answer a case. Complaints go to review first; others are told to the customer at once."""
    case = await _work_on(work, case_id)
    happened = case.give_answer(
        _text(text, "answer"),
        outcome,
        by=_person(work.actor),
        root_cause=_text(root_cause, "root_cause") if root_cause else None,
        book=await _book(work),
        now=work.now,
    )
    return await _save(work, case, happened)


async def approve(work: UnitOfWork, case_id: UUID) -> Case:
    """Let an answer stand. Needs the right to review, and another person than its author."""
    work.actor.require(permissions.REVIEW)
    case = await store.load(work.db, case_id, lock=True)
    by = _person(work.actor)
    return await _save(work, case, case.approve(by=by, book=await _book(work), now=work.now))


async def send_back(work: UnitOfWork, case_id: UUID, *, reason: str) -> Case:
    """Return a case to its owner. An answer under review is returned by who may review."""
    case = await store.load(work.db, case_id, lock=True)
    reviewing = case.state is State.IN_REVIEW
    work.actor.require(permissions.REVIEW if reviewing else permissions.WORK)
    return await _save(work, case, [case.send_back(_text(reason, "reason"), now=work.now)])


async def follow_up(work: UnitOfWork, case_id: UUID, *, result: FollowUp) -> Case:
    """Keep what the customer said when asked whether the answer helped, or says by himself."""
    case = await _open_to_customer(work, case_id)
    if result is FollowUp.UNREACHABLE and work.actor.kind is ActorKind.CUSTOMER:
        raise Invalid("Choose one of the list.", field="result")
    return await _save(work, case, case.ask_back(result, book=await _book(work), now=work.now))


async def close(work: UnitOfWork, case_id: UUID, *, satisfaction: FollowUp | None = None) -> Case:
    """Archive an answered case without a separate follow-up."""
    case = await _work_on(work, case_id)
    if case.answer is None:
        raise Refused("Answer the case before it is closed.")
    return await _save(work, case, [case.close(satisfaction=satisfaction, now=work.now)])


async def reopen(work: UnitOfWork, case_id: UUID, *, reason: str) -> Case:
    """Take an archived case up again; its customer may too."""
    case = await _open_to_customer(work, case_id)
    reason = _text(reason, "reason")
    return await _save(work, case, [case.reopen(reason, book=await _book(work), now=work.now)])


async def escalate(work: UnitOfWork, case_id: UUID, *, reason: str) -> Case:
    """Take a case a level up."""
    case = await _work_on(work, case_id)
    return await _save(work, case, [case.escalate(_text(reason, "reason"), now=work.now)])


async def cancel(work: UnitOfWork, case_id: UUID, *, reason: str) -> Case:
    """Withdraw a case; its customer may too."""
    case = await _open_to_customer(work, case_id)
    return await _save(work, case, [case.cancel(_text(reason, "reason"), now=work.now)])


async def reclassify(work: UnitOfWork, case_id: UUID, *, class_code: str) -> Case:
    """Give a case its right class; clocks are set as if it had been so from the start."""
    case = await _work_on(work, case_id)
    about = await store.get_class(work.db, class_code)
    book = await _book(work)
    return await _save(work, case, [case.reclassify(about, book=book, now=work.now)])


async def urge(work: UnitOfWork, case_id: UUID) -> Case:
    """The customer asks where it stands."""
    case = await _open_to_customer(work, case_id)
    return await _save(work, case, [case.urge()])


async def tick(work: UnitOfWork, case_id: UUID) -> Case:
    """Do what the clock asks of a case by now. Called by its job."""
    case = await store.load(work.db, case_id, lock=True)
    return await _save(work, case, case.tick(now=work.now))


async def _work_on(work: UnitOfWork, case_id: UUID) -> Case:
    work.actor.require(permissions.WORK)
    return await store.load(work.db, case_id, lock=True)


async def _open_to_customer(work: UnitOfWork, case_id: UUID) -> Case:
    by_customer = work.actor.kind is ActorKind.CUSTOMER
    work.actor.require(permissions.OPEN if by_customer else permissions.WORK)
    case = await store.load(work.db, case_id, lock=True)
    queries.own_only(work, case.customer_id)
    return case


async def _book(work: UnitOfWork) -> RuleBook:
    return await store.rule_book(work.db, work.today)


async def _save(work: UnitOfWork, case: Case, happened: Sequence[CaseEvent]) -> Case:
    await store.save(work.db, case)
    work.record(*happened)
    at = case.next_tick_at()
    if at is None:
        await work.cancel_later(TICK, str(case.id))
    else:
        await work.later(TICK, {"case_id": str(case.id)}, run_at=at, key=str(case.id))
    return case
