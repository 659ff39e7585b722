"""The journal of intakes and what waits in quarantine, on their tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.usage.mapping import Mapping
from yizhan.domain.usage.model import Broken, Counts, Intake, Quarantined
from yizhan.kernel.ids import new_id
from yizhan.platform.db import Connection

LOCK = 7071
LOCK_SLOTS = 4
"""Intakes that may write at the same time. Closing a period waits for all of them."""


class Refused(msgspec.Struct, kw_only=True):
    """A row on its way into the quarantine."""

    row_number: int
    offset: int
    raw: bytes
    reason: str
    field: str
    facts: dict[str, Any]
    customer_id: UUID | None = None


# ---------------------------------------------------------------- journal


async def keep_mapping(db: Connection, mapping: Mapping, now: datetime) -> None:
    """Keep a mapping as it is now, once."""
    await db.execute(
        "INSERT INTO usage_mapping (hash, name, body, first_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING",
        mapping.hash,
        mapping.mapping,
        mapping.body,
        now,
    )


async def mapping_body(db: Connection, hash: str) -> str:
    """The text of a mapping that was used."""
    return str(await db.fetchval("SELECT body FROM usage_mapping WHERE hash = $1", hash))


_INTAKE = (
    "id, source, file, size_bytes, mapping_hash, state, started_at, updated_at, finished_at,"
    " offset_bytes, rows_read, accepted, duplicates, quarantined, late, corrected"
)
_COUNTS = ("rows_read", "accepted", "duplicates", "quarantined", "late", "corrected")


def _intake(row: Any) -> Intake:
    values = dict(row)
    return Intake(counts=Counts(**{name: values.pop(name) for name in _COUNTS}), **values)


async def find_intake(
    db: Connection, source: str, fingerprint: str, mapping_hash: str
) -> Intake | None:
    """The latest intake of this file under this mapping."""
    row = await db.fetchrow(
        f"SELECT {_INTAKE} FROM usage_intake"
        " WHERE source = $1 AND fingerprint = $2 AND mapping_hash = $3 ORDER BY id DESC LIMIT 1",
        source,
        fingerprint,
        mapping_hash,
    )
    return None if row is None else _intake(row)


async def get_intake(db: Connection, intake_id: UUID) -> Intake | None:
    """One journal entry."""
    row = await db.fetchrow(f"SELECT {_INTAKE} FROM usage_intake WHERE id = $1", intake_id)
    return None if row is None else _intake(row)


async def list_intakes(db: Connection, limit: int) -> list[Intake]:
    """The latest intakes, newest first."""
    rows = await db.fetch(
        f"SELECT {_INTAKE} FROM usage_intake ORDER BY started_at DESC LIMIT $1", limit
    )
    return [_intake(row) for row in rows]


async def open_intake(
    db: Connection,
    *,
    source: str,
    file: str,
    fingerprint: str | None,
    size_bytes: int | None,
    mapping_hash: str,
    given: dict[str, str],
    now: datetime,
) -> Intake:
    """Begin the journal of a file."""
    row = await db.fetchrow(
        "INSERT INTO usage_intake (id, source, file, fingerprint, size_bytes, mapping_hash, given,"
        " state, started_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'running', $8, $8)"
        f" RETURNING {_INTAKE}",
        new_id(),
        source,
        file,
        fingerprint,
        size_bytes,
        mapping_hash,
        given,
        now,
    )
    return _intake(row)


async def move_intake(
    db: Connection, intake: Intake, offset: int, counts: Counts, now: datetime
) -> bool:
    """Move the journal from where *intake* stood to *offset*. False: somebody else has moved it."""
    status = await db.execute(
        "UPDATE usage_intake SET offset_bytes = $3, rows_read = rows_read + $4,"
        " accepted = accepted + $5, duplicates = duplicates + $6, quarantined = quarantined + $7,"
        " late = late + $8, corrected = corrected + $9, updated_at = $10, state = 'running'"
        " WHERE id = $1 AND offset_bytes = $2",
        intake.id,
        intake.offset_bytes,
        offset,
        *(getattr(counts, name) for name in _COUNTS),
        now,
    )
    return bool(status == "UPDATE 1")


async def end_intake(db: Connection, intake_id: UUID, state: str, now: datetime) -> None:
    """Close the journal of a file."""
    await db.execute(
        "UPDATE usage_intake SET state = $2::text, updated_at = $3,"
        " finished_at = CASE WHEN $2::text = 'finished' THEN $3::timestamptz END WHERE id = $1",
        intake_id,
        state,
        now,
    )


# ---------------------------------------------------------------- quarantine


async def quarantine(
    db: Connection,
    refused: Sequence[Refused],
    *,
    source: str,
    intake_id: UUID,
    mapping_hash: str,
    given: dict[str, str],
    header: list[str] | None,
    now: datetime,
) -> None:
    """Keep rows that could not be taken in; the same row of the same source is counted."""
    await db.executemany(
        "INSERT INTO usage_quarantine (id, customer_id, source, raw_hash, intake_id, row_number,"
        " offset_bytes, mapping_hash, given, header, reason, field, facts, raw, received_at)"
        " VALUES ($1, $2, $3, encode(sha256($4), 'hex'), $5, $6, $7, $8, $9, $10, $11, $12, $13,"
        " $4, $14)"
        " ON CONFLICT (source, raw_hash) DO UPDATE SET times = usage_quarantine.times + 1",
        [
            (
                new_id(),
                row.customer_id,
                source,
                row.raw,
                intake_id,
                row.row_number,
                row.offset,
                mapping_hash,
                given,
                header,
                row.reason,
                row.field,
                {name: _plain(value) for name, value in row.facts.items()},
                now,
            )
            for row in refused
        ],
    )


def _plain(value: object) -> object:
    """A fact that JSON in a database can hold: no control characters, no half characters."""
    if isinstance(value, str):
        return value if value.isprintable() else ascii(value)[1:-1]
    return value if isinstance(value, int) else str(value)


_QUARANTINED = (
    "id, customer_id, source, intake_id, row_number, mapping_hash, given, header, reason, field,"
    " facts, raw, edited, state, times, received_at, decided_at, decided_by, note,"
    " (SELECT file FROM usage_intake AS i WHERE i.id = intake_id) AS file"
)


def _quarantined(row: Any) -> Quarantined:
    return Quarantined(**dict(row))


async def lock_quarantined(db: Connection, id: UUID) -> Quarantined | None:
    """One row, held until the act ends."""
    row = await db.fetchrow(
        f"SELECT {_QUARANTINED} FROM usage_quarantine WHERE id = $1 FOR UPDATE", id
    )
    return None if row is None else _quarantined(row)


async def find_quarantined(db: Connection, id: UUID) -> Quarantined | None:
    """One row."""
    row = await db.fetchrow(f"SELECT {_QUARANTINED} FROM usage_quarantine WHERE id = $1", id)
    return None if row is None else _quarantined(row)


async def list_quarantined(
    db: Connection,
    *,
    state: str,
    reason: str | None,
    source: str | None,
    intake_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[Quarantined]:
    """Rows kept aside, oldest first."""
    rows = await db.fetch(
        f"SELECT {_QUARANTINED} FROM usage_quarantine WHERE state = $1"
        " AND ($2::text IS NULL OR reason = $2) AND ($3::text IS NULL OR source = $3)"
        " AND ($4::uuid IS NULL OR intake_id = $4) AND ($5::uuid IS NULL OR id > $5)"
        " ORDER BY id LIMIT $6",
        state,
        reason,
        source,
        intake_id,
        after,
        limit,
    )
    return [_quarantined(row) for row in rows]


async def count_quarantined(db: Connection) -> dict[str, int]:
    """Open rows by reason."""
    rows = await db.fetch(
        "SELECT reason, count(*) AS n FROM usage_quarantine WHERE state = 'open' GROUP BY reason"
        " ORDER BY n DESC, reason"
    )
    return {row["reason"]: row["n"] for row in rows}


async def update_quarantined(
    db: Connection,
    id: UUID,
    *,
    state: str = "open",
    edited: str | None = None,
    broken: Broken | None = None,
    by: str = "",
    note: str = "",
    now: datetime | None = None,
) -> None:
    """Note what became of a row; ``None`` leaves a column as it is."""
    await db.execute(
        "UPDATE usage_quarantine SET state = $2, edited = coalesce($3, edited),"
        " reason = coalesce($4, reason), field = coalesce($5, field), facts = coalesce($6, facts),"
        " decided_by = $7, note = $8, decided_at = $9 WHERE id = $1",
        id,
        state,
        edited,
        broken and broken.reason,
        broken and broken.field,
        broken and {name: _plain(value) for name, value in broken.facts.items()},
        by,
        note,
        now,
    )
