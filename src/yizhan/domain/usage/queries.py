"""Reading usage. Records come in the order of their event time, whatever order they arrived in.

``of_line`` and ``of_lines`` carry no permission of their own: billing and advice live on them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.rating import Usage
from yizhan.domain.tariff import UsageClass, parse_class
from yizhan.domain.usage import intake_store, store
from yizhan.domain.usage.dialling import Dialling, PrefixRow
from yizhan.domain.usage.model import Intake, KeptAside, Quarantined
from yizhan.domain.usage.permissions import CORRECT, READ
from yizhan.kernel.errors import NotFound
from yizhan.platform.work import UnitOfWork

RECORDS_MAX = 200_000
"""The most records one read gives: a line with more in a month is counted by its switch wrongly."""

_COLUMNS = (
    "u.id, u.line_id, u.started_at, u.quantity, u.amount, u.family_rank, u.sequence, u.peer,"
    " u.partner, u.session, c.code"
)
_FROM = "FROM usage u JOIN usage_class c ON c.id = u.class_id"
_IN_FORCE = "u.kind <> 1 AND u.reversed_at IS NULL"
_KNOWN_AT = "u.kind <> 1 AND u.received_at <= $4 AND (u.reversed_at IS NULL OR u.reversed_at > $4)"
_ORDER = "ORDER BY u.started_at, u.sequence, u.id"


class LateRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record that came, or went (``reversal``), after its period was closed."""

    id: UUID
    at: datetime
    received_at: datetime
    reversal: bool


class FiledRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record with where it came from and what became of it: the evidence of a charge."""

    usage: Usage
    record_key: str
    intake_id: UUID
    received_at: datetime
    late: bool
    kind: str
    """``received``, ``reversal`` or ``replacement``."""
    corrects: UUID | None
    reversed_at: datetime | None


@lru_cache(maxsize=20_000)
def _class(code: str) -> UsageClass:
    return parse_class(code)


def _usage(row: Any) -> Usage:
    kind = _class(row["code"])
    return Usage(
        id=row["id"],
        line_id=row["line_id"],
        at=row["started_at"],
        service=kind.service,
        quantity=row["quantity"],
        direction=kind.direction,
        access=kind.access,
        zone=kind.zone,
        net=kind.net,
        roam=kind.roam,
        place=kind.place,
        family_rank=row["family_rank"],
        peer=row["peer"],
        partner=row["partner"],
        amount=row["amount"],
        session=row["session"],
        sequence=row["sequence"],
    )


async def of_line(
    work: UnitOfWork,
    customer_id: UUID,
    line_id: UUID,
    start: datetime,
    end: datetime,
    *,
    known_at: datetime | None = None,
) -> list[Usage]:
    """A line's usage in ``[start, end)`` by event time, corrections applied.

    *known_at* gives it as it was known at that moment: what had arrived and was not yet reversed.
    """
    if known_at is None:
        rows = await work.db.fetch(
            f"SELECT {_COLUMNS} {_FROM} WHERE u.line_id = $1 AND u.started_at >= $2"
            f" AND u.started_at < $3 AND u.customer_id = $4 AND {_IN_FORCE} {_ORDER}"
            f" LIMIT {RECORDS_MAX}",
            line_id,
            start,
            end,
            customer_id,
        )
    else:
        rows = await work.db.fetch(
            f"SELECT {_COLUMNS} {_FROM} WHERE u.line_id = $1 AND u.started_at >= $2"
            f" AND u.started_at < $3 AND u.customer_id = $5 AND {_KNOWN_AT} {_ORDER}"
            f" LIMIT {RECORDS_MAX}",
            line_id,
            start,
            end,
            known_at,
            customer_id,
        )
    return [_usage(row) for row in rows]


async def of_lines(
    work: UnitOfWork, line_ids: Collection[UUID], start: datetime, end: datetime
) -> dict[UUID, list[Usage]]:
    """The same for several lines at once; lines without usage have an empty list."""
    found: dict[UUID, list[Usage]] = {line_id: [] for line_id in line_ids}
    rows = await work.db.fetch(
        f"SELECT {_COLUMNS} {_FROM} WHERE u.line_id = ANY($1::uuid[]) AND u.started_at >= $2"
        f" AND u.started_at < $3 AND {_IN_FORCE} {_ORDER}",
        list(found),
        start,
        end,
    )
    for row in rows:
        found[row["line_id"]].append(_usage(row))
    return found


async def list_records(
    work: UnitOfWork,
    customer_id: UUID,
    line_id: UUID,
    start: datetime,
    end: datetime,
    *,
    limit: int = 200,
    offset: int = 0,
) -> list[FiledRecord]:
    """A line's records with their origin, reversals and reversed ones included, for people."""
    work.actor.require(READ)
    rows = await work.db.fetch(
        f"SELECT {_COLUMNS}, u.record_key, u.intake_id, u.received_at, u.late, u.kind, u.corrects,"
        f" u.reversed_at {_FROM} WHERE u.line_id = $1 AND u.started_at >= $2 AND u.started_at < $3"
        f" AND u.customer_id = $4 {_ORDER} LIMIT $5 OFFSET $6",
        line_id,
        start,
        end,
        customer_id,
        min(limit, 1000),
        offset,
    )
    return [_filed(row) for row in rows]


async def get_record(work: UnitOfWork, customer_id: UUID, record_id: UUID) -> FiledRecord:
    """One record with its origin. Raises ``NotFound``, ``Forbidden``."""
    work.actor.require(READ)
    row = await work.db.fetchrow(
        f"SELECT {_COLUMNS}, u.record_key, u.intake_id, u.received_at, u.late, u.kind, u.corrects,"
        f" u.reversed_at {_FROM} WHERE u.customer_id = $1 AND u.id = $2",
        customer_id,
        record_id,
    )
    if row is None:
        raise NotFound("There is no such usage record.", record_id=record_id)
    return _filed(row)


def _filed(row: Any) -> FiledRecord:
    return FiledRecord(
        usage=_usage(row),
        record_key=row["record_key"],
        intake_id=row["intake_id"],
        received_at=row["received_at"],
        late=row["late"],
        kind=("received", "reversal", "replacement")[row["kind"]],
        corrects=row["corrects"],
        reversed_at=row["reversed_at"],
    )


async def months_of_line(
    work: UnitOfWork, customer_id: UUID, line_id: UUID
) -> tuple[datetime, datetime] | None:
    """The moments of a line's first and last record, or ``None`` when it has none."""
    row = await work.db.fetchrow(
        "SELECT min(started_at) AS first, max(started_at) AS last FROM usage"
        f" u WHERE line_id = $1 AND customer_id = $2 AND {_IN_FORCE}",
        line_id,
        customer_id,
    )
    return None if row["first"] is None else (row["first"], row["last"])


async def list_late(
    work: UnitOfWork, customer_id: UUID, line_id: UUID, *, limit: int = 10_000
) -> list[LateRecord]:
    """What came or went late and was not settled yet, by event time."""
    rows = await work.db.fetch(
        "SELECT id, started_at, received_at, kind FROM usage WHERE customer_id = $1"
        " AND line_id = $2 AND late AND settled_at IS NULL ORDER BY started_at, id LIMIT $3",
        customer_id,
        line_id,
        limit,
    )
    return [
        LateRecord(
            id=row["id"],
            at=row["started_at"],
            received_at=row["received_at"],
            reversal=row["kind"] == 1,
        )
        for row in rows
    ]


async def late_of_lines(
    work: UnitOfWork, lines: Collection[tuple[UUID, UUID]]
) -> dict[UUID, list[LateRecord]]:
    """The same for many lines, each as (customer, line), that have late records."""
    found: dict[UUID, list[LateRecord]] = {}
    rows = await work.db.fetch(
        "SELECT line_id, id, started_at, received_at, kind FROM usage"
        " WHERE (customer_id, line_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))"
        " AND late AND settled_at IS NULL ORDER BY started_at, id",
        [customer_id for customer_id, _ in lines],
        [line_id for _, line_id in lines],
    )
    for row in rows:
        found.setdefault(row["line_id"], []).append(
            LateRecord(
                id=row["id"],
                at=row["started_at"],
                received_at=row["received_at"],
                reversal=row["kind"] == 1,
            )
        )
    return found


async def lines_with_late(work: UnitOfWork, *, limit: int = 10_000) -> list[tuple[UUID, UUID]]:
    """Customer and line of everybody who has unsettled late records."""
    rows = await work.db.fetch(
        "SELECT DISTINCT customer_id, line_id FROM usage WHERE late AND settled_at IS NULL"
        " ORDER BY customer_id, line_id LIMIT $1",
        limit,
    )
    return [(row["customer_id"], row["line_id"]) for row in rows]


# ---------------------------------------------------------------- intakes, quarantine


async def list_intakes(work: UnitOfWork, *, limit: int = 50) -> list[Intake]:
    """The latest intakes, newest first."""
    work.actor.require(CORRECT)
    return await intake_store.list_intakes(work.db, min(limit, 500))


async def list_quarantined(
    work: UnitOfWork,
    *,
    state: str = "open",
    reason: str | None = None,
    source: str | None = None,
    intake_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 100,
) -> list[Quarantined]:
    """Rows kept aside, oldest first; *after* is the id of the last one seen."""
    work.actor.require(CORRECT)
    return await intake_store.list_quarantined(
        work.db,
        state=state,
        reason=reason,
        source=source,
        intake_id=intake_id,
        after=after,
        limit=min(limit, 1000),
    )


async def get_quarantined(work: UnitOfWork, quarantined_id: UUID) -> Quarantined:
    """One of them. Raises ``NotFound``, ``Forbidden``."""
    work.actor.require(CORRECT)
    found = await intake_store.find_quarantined(work.db, quarantined_id)
    if found is None:
        raise NotFound("There is no such quarantined row.", id=quarantined_id)
    return found


async def count_quarantined(work: UnitOfWork) -> Mapping[str, int]:
    """Open rows by reason, the most frequent first."""
    return await intake_store.count_quarantined(work.db)


async def became_of(work: UnitOfWork, intake_ids: Sequence[UUID]) -> dict[UUID, KeptAside]:
    """What became of the rows kept aside from these files.

    A row that an earlier file had brought already is counted with that one, where it waits.
    """
    work.actor.require(CORRECT)
    return await intake_store.became_of(work.db, intake_ids)


async def list_prefixes(work: UnitOfWork) -> list[PrefixRow]:
    """The operator's own prefixes, which come before the built-in table."""
    work.actor.require(CORRECT)
    return await store.list_prefixes(work.db)


_tables: dict[object, Dialling] = {}


async def destinations(work: UnitOfWork) -> Dialling:
    """The prefix table in force: ``name_of(number, at)`` names a number's city or country."""
    version = await store.prefix_version(work.db)
    key = (version, str(work.zone))
    if key not in _tables:
        if len(_tables) > 8:
            _tables.clear()
        _tables[key] = await store.dialling(work.db, tz=work.zone, own="unicom")
    return _tables[key]
