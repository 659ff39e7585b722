"""The lines here held against the network's: every night, and whenever somebody asks.

The network's lines come in pages, by id; a page is compared with all lines of ours in its range, so
that a line either side does not know is found too. A line with a request under way is left out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.provisioning import events, permissions
from yizhan.domain.provisioning.contract import NetworkLine
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.work import UnitOfWork

NIGHTLY = "provisioning.audit"
_LEASE = timedelta(minutes=10)
_HOUR = 3
_LAST = UUID(int=2**128 - 1)

OURS = """
SELECT l.customer_id, l.id, coalesce(n.number, '') AS number,
       l.state IN ('stopped', 'kept', 'closing') AS barred, coalesce(c.iccid, '') AS iccid,
       ARRAY(SELECT f.feature FROM line_feature f
              WHERE f.line_id = l.id AND f.valid_to IS NULL ORDER BY f.feature) AS services
  FROM line l
  LEFT JOIN line_number n ON n.line_id = l.id AND n.valid_to IS NULL
  LEFT JOIN sim_card c ON c.line_id = l.id AND c.state = 'in_use'
 WHERE l.closed_at IS NULL AND l.id > $1 AND l.id <= $2
"""
_COMPARE = f"""
WITH ours AS ({OURS}),
theirs AS (
    SELECT * FROM unnest($3::uuid[], $4::text[], $5::bool[], $6::text[], $7::text[])
        AS t (id, number, barred, iccid, services)),
pairs AS (
    SELECT coalesce(o.id, t.id) AS id, o.customer_id, coalesce(o.number, t.number) AS number,
           o.id IS NOT NULL AS here, t.id IS NOT NULL AS there,
           o.number AS our_number, t.number AS their_number, o.barred AS our_barred,
           t.barred AS their_barred, o.iccid AS our_iccid, t.iccid AS their_iccid,
           array_to_string(o.services, ' ') AS our_services, t.services AS their_services
      FROM ours o FULL JOIN theirs t ON t.id = o.id
     WHERE NOT EXISTS (SELECT FROM network_request r
                        WHERE r.line_id = coalesce(o.id, t.id) AND r.closed_at IS NULL)),
found AS (
    SELECT p.id, p.customer_id, p.number, d.field, d.here, d.there
      FROM pairs p CROSS JOIN LATERAL (VALUES
           ('line', CASE WHEN p.here THEN 'there' ELSE 'unknown' END,
                    CASE WHEN p.there THEN 'there' ELSE 'unknown' END),
           ('number', p.our_number, p.their_number),
           ('barred', p.our_barred::text, p.their_barred::text),
           ('iccid', nullif(p.our_iccid, ''), nullif(p.their_iccid, '')),
           ('services', p.our_services, p.their_services)) AS d (field, here, there)
     WHERE CASE WHEN p.here AND p.there
                THEN d.field <> 'line' AND d.here <> d.there
                ELSE d.field = 'line' END),
kept AS (
    INSERT INTO network_difference (audit_id, line_id, customer_id, number, field, here, there)
    SELECT $8, id, customer_id, number, field, here, there FROM found
    ON CONFLICT DO NOTHING RETURNING 1)
SELECT (SELECT count(*) FROM ours) AS compared, (SELECT count(*) FROM kept) AS differences
"""


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison. ``state``: asked, done, failed."""

    id: UUID
    state: str
    asked_at: datetime
    asked_by: str
    closed_at: datetime | None
    compared: int
    differences: int
    detail: str


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Where here and there do not agree. ``field``: line, number, barred, iccid, services."""

    line_id: UUID
    customer_id: UUID | None
    number: str
    field: str
    here: str
    there: str


_AUDIT = "id, state, asked_at, asked_by, closed_at, compared, differences, detail"


async def ask_audit(work: UnitOfWork) -> UUID:
    """Have everything compared soon; one that waits already is enough."""
    work.actor.require(permissions.WORK)
    waiting = await work.db.fetchval("SELECT id FROM network_audit WHERE state = 'asked' LIMIT 1")
    if waiting is not None:
        return UUID(str(waiting))
    audit_id = new_id()
    await work.db.execute(
        "INSERT INTO network_audit (id, state, asked_at, asked_by) VALUES ($1, 'asked', $2, $3)",
        audit_id,
        work.now,
        work.actor.name,
    )
    return audit_id


async def nightly(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """The clock: compare tonight, and wind itself for the next night."""
    await ask_audit(work)
    await work.later(NIGHTLY, {}, run_at=next_night(work), key="nightly")


def next_night(work: UnitOfWork) -> datetime:
    """Three in the morning of the operator's zone, the next one."""
    local = work.now.astimezone(work.zone)
    night = local.replace(hour=_HOUR, minute=0, second=0, microsecond=0)
    return night if night > local else night + timedelta(days=1)


async def take_audit(work: UnitOfWork) -> UUID | None:
    """An audit that waits to be done, held for ten minutes; None when there is none."""
    found = await work.db.fetchval(
        "UPDATE network_audit SET lease_until = $2, compared = 0, differences = 0 WHERE id ="
        " (SELECT id FROM network_audit WHERE state = 'asked'"
        "   AND (lease_until IS NULL OR lease_until <= $1)"
        "  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id",
        work.now,
        work.now + _LEASE,
    )
    if found is not None:
        await work.db.execute("DELETE FROM network_difference WHERE audit_id = $1", found)
    return found  # type: ignore[no-any-return]


async def compare(
    work: UnitOfWork,
    audit_id: UUID,
    *,
    after: UUID | None,
    upto: UUID | None,
    lines: Sequence[NetworkLine],
) -> int:
    """Compare one page, all ids in ``(after, upto]``; how many differences it has."""
    row = await work.db.fetchrow(
        _COMPARE,
        after or NIL,
        upto or _LAST,
        [one.line_id for one in lines],
        [one.number for one in lines],
        [one.barred for one in lines],
        [one.iccid for one in lines],
        [" ".join(sorted(one.services)) for one in lines],
        audit_id,
    )
    await work.db.execute(
        "UPDATE network_audit SET compared = compared + $2, differences = differences + $3"
        " WHERE id = $1",
        audit_id,
        row["compared"],
        row["differences"],
    )
    return int(row["differences"])


async def close_audit(work: UnitOfWork, audit_id: UUID, *, trouble: str = "") -> None:
    """All pages are compared, or the network did not answer: *trouble*."""
    row = await work.db.fetchrow(
        "UPDATE network_audit SET state = $2, closed_at = $3, detail = $4 WHERE id = $1"
        " RETURNING compared, differences",
        audit_id,
        "failed" if trouble else "done",
        work.now,
        trouble[:500],
    )
    work.record(
        events.NetworkCompared(
            customer_id=NIL, compared=row["compared"], differences=row["differences"]
        )
    )


async def list_audits(work: UnitOfWork, *, limit: int = 10) -> Sequence[Audit]:
    """The last comparisons, newest first."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {_AUDIT} FROM network_audit ORDER BY id DESC LIMIT $1", min(limit, 100)
    )
    return [Audit(**dict(row)) for row in rows]


async def list_differences(
    work: UnitOfWork, audit_id: UUID, *, limit: int = 200
) -> Sequence[Difference]:
    """What one comparison found."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        "SELECT line_id, customer_id, number, field, here, there FROM network_difference"
        " WHERE audit_id = $1 ORDER BY number, line_id, field LIMIT $2",
        audit_id,
        min(limit, 1000),
    )
    return [Difference(**dict(row)) for row in rows]


async def lines_as_they_should_be(
    work: UnitOfWork, *, after: UUID | None, limit: int = 2000
) -> Sequence[NetworkLine]:
    """Our lines as a network ought to know them, by id: for one that is to be taught."""
    work.actor.require(permissions.WORK)
    rows = await work.db.fetch(f"{OURS} ORDER BY l.id LIMIT $3", after or NIL, _LAST, limit)
    return [
        NetworkLine(
            line_id=row["id"],
            number=row["number"],
            barred=row["barred"],
            iccid=row["iccid"],
            services=tuple(row["services"]),
        )
        for row in rows
    ]
