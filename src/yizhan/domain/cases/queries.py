"""Reads of cases: one with everything on it, a customer's, the queue by deadline, the taxonomy."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.cases import permissions, store
from yizhan.domain.cases.clocks import Rule
from yizhan.domain.cases.flow import Act, State, possible
from yizhan.domain.cases.model import REPEAT_WINDOW, Case
from yizhan.domain.cases.terms import CaseClass, HoldReason, Kind, Link, Note
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.checkdigit import luhn
from yizhan.kernel.errors import Invalid, NotFound
from yizhan.kernel.text import Text
from yizhan.platform import events
from yizhan.platform.events import Recorded
from yizhan.platform.work import UnitOfWork

_CLOSED = "('archived', 'cancelled')"


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A case as its page shows it. ``history`` is the case's own events, oldest first."""

    case: Case
    about: CaseClass
    notes: list[Note]
    links: list[Link]
    history: Sequence[Recorded]
    possible: list[Act]


class QueueCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How a queue stands."""

    open: int
    overdue: int
    due_today: int
    unassigned: int


def own_only(work: UnitOfWork, customer_id: UUID) -> None:
    """A customer sees his own; of others he is not even told that they exist."""
    if work.actor.kind is ActorKind.CUSTOMER and work.actor.id != customer_id:
        raise NotFound("There is no such case.")


async def get(work: UnitOfWork, case_id: UUID) -> Case:
    """One case; raises ``NotFound``."""
    work.actor.require(permissions.READ)
    case = await store.load(work.db, case_id)
    own_only(work, case.customer_id)
    return case


async def get_by_number(work: UnitOfWork, number: str) -> Case:
    """The case a person names by its number; a mistyped number is told apart from a wrong one."""
    work.actor.require(permissions.READ)
    digits = "".join(c for c in number if c.isascii() and c.isdigit())
    if len(digits) != 13 or luhn(digits[:-1]) != digits[-1]:
        raise Invalid("“{number}” is not a case number.", field="number", number=number[:40])
    case = await store.find_by_number(work.db, digits)
    if case is None:
        raise NotFound("There is no such case.")
    own_only(work, case.customer_id)
    return case


async def view(work: UnitOfWork, case_id: UUID) -> CaseView:
    """A case with its notes, ties, history and what can be done now."""
    case = await get(work, case_id)
    by_customer = work.actor.kind is ActorKind.CUSTOMER
    about = await store.find_class(work.db, case.class_code)
    return CaseView(
        case=case,
        about=about,
        notes=await store.list_notes(work.db, case, customer_only=by_customer, limit=200),
        links=await store.list_links(work.db, case, limit=100),
        history=await events.list_naming(work.db, case.customer_id, "case_id", case.id),
        possible=possible(case.state),
    )


async def list_of_customer(
    work: UnitOfWork, customer_id: UUID, *, open_only: bool = False, limit: int = 50
) -> list[Case]:
    """A customer's cases, open ones first, then newest first."""
    work.actor.require(permissions.READ)
    own_only(work, customer_id)
    where = "customer_id = $1" + (f" AND state NOT IN {_CLOSED}" if open_only else "")
    return await store.list_where(
        work.db,
        where,
        [customer_id, limit],
        f"ORDER BY (state IN {_CLOSED}), opened_at DESC, id DESC LIMIT $2",
    )


async def list_repeats(work: UnitOfWork, customer_id: UUID, class_code: str) -> list[Case]:
    """Cases of the same customer and class within 30 days, newest first: shown before opening."""
    work.actor.require(permissions.OPEN)
    return await store.list_where(
        work.db,
        "customer_id = $1 AND class_code = $2 AND opened_at > $3 AND state <> 'cancelled'",
        [customer_id, class_code, work.now - REPEAT_WINDOW],
        "ORDER BY opened_at DESC, id DESC LIMIT 20",
    )


async def list_queue(
    work: UnitOfWork,
    *,
    team: str | None = None,
    role: str | None = None,
    person_id: UUID | None = None,
    owner_id: UUID | None = None,
    kind: Kind | None = None,
    states: Sequence[State] | None = None,
    overdue: bool = False,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[Case]:
    """Open cases by nearest deadline; *after* is ``(next_due_at, id)`` of the last one seen.

    Cases without a running clock come last and are not paged into.
    """
    work.actor.require(permissions.READ)
    if work.actor.kind is ActorKind.CUSTOMER:
        raise NotFound("There is no such queue.")
    where, args = _conditions(
        team=team, role=role, person_id=person_id, owner_id=owner_id, kind=kind
    )
    if states is not None:
        args.append([s.value for s in states])
        where += f" AND state = ANY (${len(args)}::text[])"
    if overdue:
        args.append(work.now)
        where += f" AND next_due_at <= ${len(args)}"
    if after is not None:
        args += [after[0], after[1]]
        where += f" AND (next_due_at, id) > (${len(args) - 1}, ${len(args)})"
    args.append(limit)
    return await store.list_where(
        work.db, where, args, f"ORDER BY next_due_at, id LIMIT ${len(args)}"
    )


def _conditions(**equal: Any) -> tuple[str, list[Any]]:
    columns = {
        "team": "assigned_team",
        "role": "assigned_role",
        "person_id": "assigned_id",
        "owner_id": "owner_id",
        "kind": "kind",
    }
    where, args = f"state NOT IN {_CLOSED}", []
    for name, value in equal.items():
        if value is not None:
            args.append(value)
            where += f" AND {columns[name]} = ${len(args)}"
    return where, args


async def count_queue(
    work: UnitOfWork, *, team: str | None = None, person_id: UUID | None = None
) -> QueueCounts:
    """How many are open, overdue, due within 24 hours, in nobody's hand."""
    work.actor.require(permissions.READ)
    where, args = _conditions(team=team, person_id=person_id)
    args.append(work.now)
    now = f"${len(args)}"
    row = await work.db.fetchrow(
        f"SELECT count(*) AS open, count(*) FILTER (WHERE next_due_at <= {now}) AS overdue,"
        f" count(*) FILTER (WHERE next_due_at > {now}"
        f" AND next_due_at <= {now} + interval '24 hours') AS due_today,"
        " count(*) FILTER (WHERE assigned_id IS NULL) AS unassigned"
        f" FROM care_case WHERE {where}",
        *args,
    )
    return QueueCounts(**dict(row))


async def list_linked(work: UnitOfWork, customer_id: UUID, ref_id: UUID) -> list[Case]:
    """The cases tied to a bill, line, order, payment..."""
    work.actor.require(permissions.READ)
    own_only(work, customer_id)
    return await store.list_where(
        work.db,
        "customer_id = $1 AND id IN (SELECT case_id FROM case_link"
        " WHERE customer_id = $1 AND ref_id = $2)",
        [customer_id, ref_id],
        "ORDER BY opened_at DESC LIMIT 50",
    )


async def list_classes(work: UnitOfWork, kind: Kind | None = None) -> list[CaseClass]:
    """The taxonomy in use, branches before leaves."""
    return await store.list_classes(work.db, kind.value if kind else None, limit=500)


async def list_teams(work: UnitOfWork) -> list[tuple[str, Text]]:
    """Teams a case can be sent to: code and name."""
    return await store.list_teams(work.db)


async def list_hold_reasons(work: UnitOfWork) -> list[HoldReason]:
    """Reasons for which a case may wait."""
    return await store.list_hold_reasons(work.db)


async def list_rules(work: UnitOfWork) -> list[Rule]:
    """The clock rules with their sources, dated."""
    return await store.list_rules(work.db, limit=500)


async def team_label(work: UnitOfWork, code: str) -> Text:
    """The name of a team; raises ``Invalid`` for one that does not exist."""
    name = next((text for team, text in await store.list_teams(work.db) if team == code), None)
    if name is None:
        raise Invalid("There is no team “{code}”.", field="team", code=code[:80])
    return name
