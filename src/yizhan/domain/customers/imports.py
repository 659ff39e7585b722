"""Data brought from elsewhere: its runs, the keys things had there, and the rows not accepted.

Whatever is imported, the same row twice does nothing, and a row that cannot be accepted waits
here, sealed, until it is corrected and brought again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.customers import permissions
from yizhan.kernel.ids import new_id
from yizhan.platform import vault
from yizhan.platform.work import UnitOfWork


class Tally(msgspec.Struct, kw_only=True):
    """What became of the rows of a run. ``totals`` are sums by what was summed."""

    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    totals: dict[str, int] = {}

    def add(self, name: str, amount: int = 1) -> None:
        """Add to one of the sums."""
        self.totals[name] = self.totals.get(name, 0) + amount

    @property
    def adds_up(self) -> bool:
        """Every row read went one of three ways."""
        return self.read == self.accepted + self.duplicates + self.rejected


class Reject(msgspec.Struct, frozen=True, kw_only=True):
    """A row not accepted: where it stood, what is wrong with which field, and the row itself.

    ``key`` is the row's own in the operator's system; None when it could not be read.
    """

    line: int
    field: str | None
    reason: str
    reason_zh: str
    raw: str
    id: UUID | None = None
    kind: str = ""
    key: str | None = None


class Known(msgspec.Struct, frozen=True):
    """What an external key stands for here."""

    customer_id: UUID
    ref_id: UUID


async def begin_import(work: UnitOfWork, kind: str, source: str) -> UUID:
    """A run begins; *source* is the name of the file."""
    work.actor.require(permissions.IMPORT)
    run_id = new_id()
    await work.db.execute(
        "INSERT INTO import_run (id, kind, source, started_at) VALUES ($1, $2, $3, $4)",
        run_id,
        kind,
        source,
        work.now,
    )
    return run_id


async def note_import(work: UnitOfWork, run_id: UUID, tally: Tally, *, finished: bool) -> None:
    """Write how far a run is, in the transaction of the rows themselves."""
    await work.db.execute(
        "UPDATE import_run SET rows_read = $2, accepted = $3, duplicates = $4, rejected = $5,"
        " totals = $6, finished_at = CASE WHEN $7::boolean THEN $8::timestamptz END WHERE id = $1",
        run_id,
        tally.read,
        tally.accepted,
        tally.duplicates,
        tally.rejected,
        tally.totals,
        finished,
        work.now,
    )


async def known_keys(work: UnitOfWork, kind: str, keys: Iterable[str]) -> Mapping[str, Known]:
    """Which of these external keys were brought before, and what they became."""
    rows = await work.db.fetch(
        "SELECT key, customer_id, ref_id FROM external_key WHERE kind = $1 AND key = ANY($2)",
        kind,
        list(set(keys)),
    )
    return {row["key"]: Known(row["customer_id"], row["ref_id"]) for row in rows}


async def remember_keys(
    work: UnitOfWork, kind: str, rows: Iterable[tuple[str, UUID, UUID]]
) -> None:
    """Keep ``(key, customer_id, ref_id)`` of what was brought."""
    await work.db.copy_records_to_table(
        "external_key",
        records=[(kind, key, customer_id, ref_id) for key, customer_id, ref_id in rows],
        columns=("kind", "key", "customer_id", "ref_id"),
    )


async def keep_rejects(
    work: UnitOfWork, run_id: UUID, kind: str, rejects: Sequence[Reject]
) -> None:
    """Put rows aside, sealed: a bad row may hold a document's number."""
    safe = vault.current()
    records = []
    for reject in rejects:
        reject_id = new_id()
        sealed = safe.seal(reject.raw, bound_to=reject_id.bytes)
        records.append(
            (
                reject_id, run_id, kind, reject.line, reject.field, reject.reason,
                reject.reason_zh, sealed, work.now, reject.key,
            )
        )  # fmt: skip
    await work.db.copy_records_to_table(
        "import_reject",
        records=records,
        columns=(
            "id", "run_id", "kind", "line", "field", "reason", "reason_zh", "raw", "at",
            "key",
        ),
    )  # fmt: skip


async def list_rejects(
    work: UnitOfWork, kind: str, *, limit: int = 100, after: UUID | None = None
) -> Sequence[Reject]:
    """Rows waiting to be corrected, in the order they came; needs ``documents.read``."""
    work.actor.require(permissions.IMPORT)
    work.actor.require(permissions.READ_DOCUMENTS)
    rows = await work.db.fetch(
        "SELECT id, kind, line, field, reason, reason_zh, raw, key FROM import_reject"
        " WHERE kind = $1"
        " AND replayed_at IS NULL AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3",
        kind,
        after,
        limit,
    )
    safe = vault.current()
    return [
        Reject(**{**dict(row), "raw": safe.unseal(row["raw"], bound_to=row["id"].bytes)})
        for row in rows
    ]


async def settle_rejects(
    work: UnitOfWork, run_id: UUID, kind: str, *, keys: Iterable[str], ids: Iterable[UUID]
) -> None:
    """Mark rows of earlier runs that this run brought again: by their own key, or their id here."""
    await work.db.execute(
        "UPDATE import_reject SET replayed_at = $5 WHERE replayed_at IS NULL AND run_id <> $1"
        " AND kind = $2 AND (key = ANY($3) OR id = ANY($4))",
        run_id,
        kind,
        list(keys),
        list(ids),
        work.now,
    )


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it is remembered."""

    id: UUID
    kind: str
    source: str
    started_at: datetime
    finished_at: datetime | None
    rows_read: int
    accepted: int
    duplicates: int
    rejected: int
    totals: dict[str, Any]


async def list_imports(work: UnitOfWork, *, limit: int = 20) -> Sequence[Run]:
    """The runs, newest first."""
    work.actor.require(permissions.IMPORT)
    rows = await work.db.fetch(
        "SELECT id, kind, source, started_at, finished_at, rows_read, accepted, duplicates,"
        " rejected, totals FROM import_run ORDER BY id DESC LIMIT $1",
        limit,
    )
    return [Run(**dict(row)) for row in rows]
