"""Rows of cases, their clocks, notes and links; and the data they are judged by."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.cases.clocks import Clock, Rule, RuleBook
from yizhan.domain.cases.model import Case
from yizhan.domain.cases.terms import CaseClass, HoldReason, Link, Note
from yizhan.kernel.checkdigit import luhn
from yizhan.kernel.errors import Conflict, Invalid, NotFound
from yizhan.kernel.text import Text
from yizhan.platform.db import Connection

_COLUMNS = tuple(name for name in Case.__struct_fields__ if name != "clocks")
_SAVE = (
    f"INSERT INTO care_case ({', '.join(_COLUMNS)}, next_due_at)"
    f" VALUES ({', '.join(f'${n}' for n in range(1, len(_COLUMNS) + 2))})"
    " ON CONFLICT (customer_id, id) DO UPDATE SET "
    + ", ".join(f"{c} = excluded.{c}" for c in (*_COLUMNS, "next_due_at"))
    + " WHERE care_case.version = excluded.version - 1 RETURNING id"
)
_CLOCK_COLUMNS = tuple(name for name in Clock.__struct_fields__ if name != "source")
_ALL_CLOCK_COLUMNS = (
    "customer_id", "case_id", *_CLOCK_COLUMNS, "source_zh", "source_en", "due_at",
)  # fmt: skip
_SAVE_CLOCK = (
    f"INSERT INTO case_clock ({', '.join(_ALL_CLOCK_COLUMNS)})"
    f" VALUES ({', '.join(f'${n}' for n in range(1, len(_ALL_CLOCK_COLUMNS) + 1))})"
    " ON CONFLICT (customer_id, case_id, clock, round) DO UPDATE SET "
    + ", ".join(
        f"{c} = excluded.{c}"
        for c in (
            "paused_seconds", "paused_since", "due_at", "warned_at", "missed_at", "ended_at", "met",
        )
    )
)  # fmt: skip


def _case(row: Any, clocks: Sequence[Any]) -> Case:
    case = msgspec.convert(dict(row), Case)
    case.clocks = [_clock(clock) for clock in clocks]
    return case


def _clock(row: Any) -> Clock:
    return msgspec.convert({**row, "source": Text(row["source_zh"], row["source_en"])}, Clock)


async def load(db: Connection, case_id: UUID, *, lock: bool = False) -> Case:
    """A case with its clocks; raises ``NotFound``. With *lock* nobody else changes it meanwhile."""
    row = await db.fetchrow(
        "SELECT * FROM care_case WHERE id = $1" + (" FOR UPDATE" if lock else ""), case_id
    )
    if row is None:
        raise NotFound("There is no such case.", case_id=case_id)
    return (await _with_clocks(db, [row]))[0]


async def _with_clocks(db: Connection, rows: Sequence[Any]) -> list[Case]:
    if not rows:
        return []
    clocks: dict[UUID, list[Any]] = {row["id"]: [] for row in rows}
    for clock in await db.fetch(
        "SELECT * FROM case_clock WHERE customer_id = ANY ($1) AND case_id = ANY ($2)"
        " ORDER BY started_at, clock, round",
        list({row["customer_id"] for row in rows}),
        list(clocks),
    ):
        clocks[clock["case_id"]].append(clock)
    return [_case(row, clocks[row["id"]]) for row in rows]


async def find_by_number(db: Connection, number: str) -> Case | None:
    """The case a number names, or None."""
    row = await db.fetchrow("SELECT * FROM care_case WHERE number = $1", number)
    return (await _with_clocks(db, [row]))[0] if row else None


async def find_by_key(db: Connection, customer_id: UUID, key: str) -> Case | None:
    """The case an earlier request with this key opened, or None."""
    row = await db.fetchrow(
        "SELECT * FROM care_case WHERE customer_id = $1 AND opened_key = $2", customer_id, key
    )
    return (await _with_clocks(db, [row]))[0] if row else None


async def list_where(db: Connection, where: str, args: Sequence[Any], tail: str) -> list[Case]:
    """Cases by a condition of ours; *where* and *tail* are never taken from outside."""
    rows = await db.fetch(f"SELECT * FROM care_case WHERE {where} {tail}", *args)
    return await _with_clocks(db, rows)


async def save(db: Connection, case: Case) -> None:
    """Write a case and its clocks. Raises ``Conflict`` when somebody else was faster."""
    case.version += 1
    done = await db.fetchval(_SAVE, *(getattr(case, c) for c in _COLUMNS), case.next_due_at)
    if done is None:
        raise Conflict("Somebody else changed this case first. Look at it again.")
    await db.executemany(_SAVE_CLOCK, [_clock_row(case, clock) for clock in case.clocks])


def _clock_row(case: Case, clock: Clock) -> tuple[Any, ...]:
    return (
        case.customer_id,
        case.id,
        *(getattr(clock, c) for c in _CLOCK_COLUMNS),
        clock.source.zh,
        clock.source.en,
        case.due_at(clock),
    )


async def next_number(db: Connection, day: date) -> str:
    """Thirteen digits that can be spoken and keyed: the day, a count, a check digit (Luhn)."""
    count = await db.fetchval("SELECT nextval('case_number_sequence')")
    digits = f"{day:%y%m%d}{count:06d}"
    return digits + luhn(digits)


# -- data ---------------------------------------------------------------------------------------


def _class(row: Any) -> CaseClass:
    return msgspec.convert({**row, "name": Text(row["zh"], row["en"])}, CaseClass)


async def get_class(db: Connection, code: str) -> CaseClass:
    """One class; raises ``Invalid`` for a code that is not in use."""
    row = await db.fetchrow("SELECT * FROM case_class WHERE code = $1 AND in_use", code)
    if row is None:
        raise Invalid("There is no class of case “{code}”.", field="class_code", code=code[:80])
    return _class(row)


async def find_class(db: Connection, code: str) -> CaseClass:
    """The class a case has, though it may be out of use by now."""
    return _class(await db.fetchrow("SELECT * FROM case_class WHERE code = $1", code))


async def list_classes(db: Connection, kind: str | None, *, limit: int) -> list[CaseClass]:
    """The taxonomy, branches before their leaves."""
    rows = await db.fetch(
        "SELECT * FROM case_class WHERE in_use AND ($1::text IS NULL OR kind = $1)"
        " ORDER BY code LIMIT $2",
        kind,
        limit,
    )
    return [_class(row) for row in rows]


async def rule_book(db: Connection, day: date) -> RuleBook:
    """The clock rules in force on *day*."""
    rows = await db.fetch(
        "SELECT * FROM case_rule WHERE valid_from <= $1 AND (valid_to IS NULL OR $1 < valid_to)",
        day,
    )
    rules = [
        msgspec.convert({**row, "source": Text(row["source_zh"], row["source_en"])}, Rule)
        for row in rows
    ]
    return RuleBook(rules, day)


async def list_rules(db: Connection, *, limit: int) -> list[Rule]:
    """Every clock rule, past and coming ones too."""
    rows = await db.fetch(
        "SELECT * FROM case_rule ORDER BY kind, clock, class_code, valid_from LIMIT $1", limit
    )
    return [
        msgspec.convert({**row, "source": Text(row["source_zh"], row["source_en"])}, Rule)
        for row in rows
    ]


async def get_hold_reason(db: Connection, code: str) -> HoldReason:
    """One reason to wait; raises ``Invalid``."""
    row = await db.fetchrow("SELECT * FROM case_hold_reason WHERE code = $1", code)
    if row is None:
        raise Invalid("There is no such reason to wait: “{code}”.", field="reason", code=code[:80])
    return HoldReason(
        code=row["code"], name=Text(row["zh"], row["en"]), cap_seconds=row["cap_seconds"]
    )


async def list_hold_reasons(db: Connection) -> list[HoldReason]:
    """Every reason to wait."""
    rows = await db.fetch("SELECT * FROM case_hold_reason ORDER BY code LIMIT 100")
    return [
        HoldReason(code=r["code"], name=Text(r["zh"], r["en"]), cap_seconds=r["cap_seconds"])
        for r in rows
    ]


async def list_teams(db: Connection) -> list[tuple[str, Text]]:
    """Every team a case can be sent to."""
    rows = await db.fetch("SELECT code, zh, en FROM case_team ORDER BY code LIMIT 200")
    return [(row["code"], Text(row["zh"], row["en"])) for row in rows]


# -- notes and links ----------------------------------------------------------------------------


async def add_note(db: Connection, case: Case, note: Note, *, author_kind: str) -> None:
    """Keep a note."""
    await db.execute(
        "INSERT INTO case_note (customer_id, id, case_id, at, author_id, author_name, author_kind,"
        " visible_to, text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        case.customer_id,
        note.id,
        case.id,
        note.at,
        note.author_id,
        note.author_name,
        author_kind,
        note.visible_to,
        note.text,
    )


async def list_notes(db: Connection, case: Case, *, customer_only: bool, limit: int) -> list[Note]:
    """Notes of a case, oldest first."""
    rows = await db.fetch(
        "SELECT id, at, author_id, author_name, visible_to, text FROM case_note"
        " WHERE customer_id = $1 AND case_id = $2 AND (NOT $3 OR visible_to = 'customer')"
        " ORDER BY id LIMIT $4",
        case.customer_id,
        case.id,
        customer_only,
        limit,
    )
    return [msgspec.convert(dict(row), Note) for row in rows]


async def add_link(db: Connection, case: Case, link: Link, *, at: datetime) -> bool:
    """Tie the case to something; False when it was tied already."""
    done = await db.fetchval(
        "INSERT INTO case_link (customer_id, case_id, kind, ref_id, label, at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING ref_id",
        case.customer_id,
        case.id,
        link.kind,
        link.ref_id,
        link.label,
        at,
    )
    return done is not None


async def list_links(db: Connection, case: Case, *, limit: int) -> list[Link]:
    """What a case is tied to."""
    rows = await db.fetch(
        "SELECT kind, ref_id, label FROM case_link WHERE customer_id = $1 AND case_id = $2"
        " ORDER BY at, ref_id LIMIT $3",
        case.customer_id,
        case.id,
        limit,
    )
    return [msgspec.convert(dict(row), Link) for row in rows]
