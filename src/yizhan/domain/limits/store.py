"""Caps, notices, stops and watched accounts on their tables."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.limits.model import (
    AtFull,
    Cap,
    CapKind,
    Rule,
    RuleVersion,
    Service,
    Stop,
    Watch,
)
from yizhan.platform.db import Connection
from yizhan.platform.work import UnitOfWork

CAP = "customer_id, id, line_id, kind, amount, at_full, set_at, set_by, reached_for, lifted_for"
STOP = "customer_id, line_id, service, held, ours, why, since, round, tries"
WATCH = (
    "customer_id, account_id, period_start, month_fen, unbilled_fen, owed_fen, credit_fen, over,"
    " round, looked_at"
)


def _cap(row: Any) -> Cap:
    values = dict(row)
    values["kind"], values["at_full"] = CapKind(values["kind"]), AtFull(values["at_full"])
    return Cap(**values)


async def caps_of_lines(db: Connection, line_ids: Collection[UUID]) -> dict[UUID, list[Cap]]:
    """The caps in force by line; lines without one are not there."""
    rows = await db.fetch(
        f"SELECT {CAP} FROM limit_cap WHERE line_id = ANY($1::uuid[]) AND ended_at IS NULL"
        " ORDER BY kind DESC",
        list(line_ids),
    )
    found: dict[UUID, list[Cap]] = {}
    for row in rows:
        found.setdefault(row["line_id"], []).append(_cap(row))
    return found


async def add_cap(db: Connection, cap: Cap) -> None:
    """A cap begins."""
    await db.execute(
        "INSERT INTO limit_cap (customer_id, id, line_id, kind, amount, at_full, set_at, set_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        cap.customer_id, cap.id, cap.line_id, cap.kind.value, cap.amount, cap.at_full.value,
        cap.set_at, cap.set_by,
    )  # fmt: skip


async def end_cap(work: UnitOfWork, cap: Cap) -> None:
    """A cap ends; its row stays."""
    await work.db.execute(
        "UPDATE limit_cap SET ended_at = $3 WHERE customer_id = $1 AND id = $2",
        cap.customer_id,
        cap.id,
        work.now,
    )


async def mark_cap(db: Connection, cap: Cap) -> None:
    """Keep for which period it is used up and for which it is lifted."""
    await db.execute(
        "UPDATE limit_cap SET reached_for = $3, lifted_for = $4 WHERE customer_id = $1 AND id = $2",
        cap.customer_id,
        cap.id,
        cap.reached_for,
        cap.lifted_for,
    )


# ---------------------------------------------------------------- notices


async def told_steps(
    db: Connection, customer_id: UUID, of_id: UUID, period_start: date
) -> dict[str, set[int]]:
    """The percentages told in a period, by subject."""
    rows = await db.fetch(
        "SELECT subject, percent FROM limit_notice"
        " WHERE customer_id = $1 AND of_id = $2 AND period_start = $3",
        customer_id,
        of_id,
        period_start,
    )
    found: dict[str, set[int]] = {}
    for row in rows:
        found.setdefault(row["subject"], set()).add(row["percent"])
    return found


async def add_notices(
    work: UnitOfWork,
    customer_id: UUID,
    of_id: UUID,
    subject: str,
    period_start: date,
    steps: Sequence[int],
    *,
    used: int,
    amount: int,
) -> bool:
    """Keep that *steps* were told, the last of them said; False when it was told before."""
    written = 0
    for step in steps:
        written = await work.db.fetchval(
            "INSERT INTO limit_notice (customer_id, of_id, subject, period_start, percent, sent,"
            " used, amount, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            " ON CONFLICT DO NOTHING RETURNING 1",
            customer_id, of_id, subject, period_start, step, step == steps[-1], used, amount,
            work.now,
        )  # fmt: skip
    return bool(written)


async def list_notices(
    db: Connection, customer_id: UUID, of_id: UUID, *, limit: int
) -> Sequence[Any]:
    """What was said of a line, newest first."""
    rows: Sequence[Any] = await db.fetch(
        "SELECT coalesce(c.kind, '') AS kind, n.percent, n.used, n.amount, n.at"
        " FROM limit_notice n LEFT JOIN limit_cap c"
        " ON c.customer_id = n.customer_id AND n.subject = 'cap:' || c.id"
        " WHERE n.customer_id = $1 AND n.of_id = $2 AND n.sent"
        " ORDER BY n.at DESC, n.percent DESC LIMIT $3",
        customer_id,
        of_id,
        limit,
    )
    return rows


# ---------------------------------------------------------------- stops


async def stops_of_lines(
    db: Connection, line_ids: Collection[UUID], *, lock: bool = False
) -> dict[tuple[UUID, Service], Stop]:
    """What limits do to lines, by line and service."""
    rows = await db.fetch(
        f"SELECT {STOP} FROM limit_stop WHERE line_id = ANY($1::uuid[])"
        f" ORDER BY line_id, service{' FOR UPDATE' if lock else ''}",
        list(line_ids),
    )
    return {
        (row["line_id"], Service(row["service"])): Stop(
            **{**dict(row), "service": Service(row["service"])}
        )
        for row in rows
    }


async def save_stop(db: Connection, stop: Stop) -> None:
    """Keep what a limit does to a service."""
    await db.execute(
        f"INSERT INTO limit_stop ({STOP}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " ON CONFLICT (customer_id, line_id, service) DO UPDATE SET held = $4, ours = $5, why = $6,"
        " since = $7, round = $8, tries = $9",
        stop.customer_id, stop.line_id, stop.service.value, stop.held, stop.ours, stop.why,
        stop.since, stop.round, stop.tries,
    )  # fmt: skip


# ---------------------------------------------------------------- accounts


async def lock_watch(work: UnitOfWork, customer_id: UUID, account_id: UUID, start: date) -> Watch:
    """The account's row, made when it is not there, held until the act ends."""
    await work.db.execute(
        "INSERT INTO limit_watch (customer_id, account_id, period_start, looked_at)"
        " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        customer_id,
        account_id,
        start,
        work.now,
    )
    row = await work.db.fetchrow(
        f"SELECT {WATCH} FROM limit_watch WHERE customer_id = $1 AND account_id = $2 FOR UPDATE",
        customer_id,
        account_id,
    )
    return Watch(**dict(row))


async def find_watch(db: Connection, account_id: UUID) -> Watch | None:
    """The account as it was last looked at."""
    row = await db.fetchrow(f"SELECT {WATCH} FROM limit_watch WHERE account_id = $1", account_id)
    return Watch(**dict(row)) if row else None


async def save_watch(db: Connection, watch: Watch) -> None:
    """Keep how it stands."""
    await db.execute(
        "UPDATE limit_watch SET period_start = $3, month_fen = $4, unbilled_fen = $5,"
        " owed_fen = $6, credit_fen = $7, over = $8, round = $9, looked_at = $10"
        " WHERE customer_id = $1 AND account_id = $2",
        *msgspec.structs.astuple(watch),
    )


async def rule(db: Connection) -> Rule:
    """The operator's rule of credit that is in force."""
    return (await rule_versions(db, limit=1))[0].rule


async def rule_versions(db: Connection, *, limit: int) -> Sequence[RuleVersion]:
    """The rule's versions, the newest, which is in force, first."""
    rows = await db.fetch(
        "SELECT version, warn_percent, exempt_tiers, exempt_segments, reason, set_at, by_name"
        " FROM limit_rule ORDER BY version DESC LIMIT $1",
        limit,
    )
    return [
        RuleVersion(
            rule=Rule(
                warn_percent=row["warn_percent"],
                exempt_tiers=tuple(row["exempt_tiers"]),
                exempt_segments=tuple(row["exempt_segments"]),
            ),
            version=row["version"],
            reason=row["reason"],
            set_at=row["set_at"],
            by_name=row["by_name"],
        )
        for row in rows
    ]


async def add_rule(work: UnitOfWork, one: RuleVersion) -> None:
    """Keep a new version, which is in force from now on."""
    await work.db.execute(
        "INSERT INTO limit_rule (version, warn_percent, exempt_tiers, exempt_segments, reason,"
        " set_at, by_id, by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        one.version, one.rule.warn_percent, list(one.rule.exempt_tiers),
        list(one.rule.exempt_segments), one.reason, one.set_at, work.actor.id, one.by_name,
    )  # fmt: skip


# ---------------------------------------------------------------- who is to be looked at

_DUE = (
    "INSERT INTO limit_due (customer_id, account_id)"
    " SELECT DISTINCT a.customer_id, a.id FROM {source} ON CONFLICT DO NOTHING"
)


async def queue_intake(db: Connection, intake_id: UUID) -> None:
    """Queue the accounts whose lines a file brought usage of; one statement for all."""
    await db.execute(
        _DUE.format(
            source="usage u JOIN usage_intake i ON i.id = u.intake_id JOIN line l"
            " ON l.id = u.line_id JOIN account a ON a.id = l.account_id"
            " WHERE u.intake_id = $1 AND u.received_at >= i.started_at"
        ),
        intake_id,
    )


async def queue_line(db: Connection, line_id: UUID) -> None:
    """Queue the account that pays for a line."""
    await db.execute(
        _DUE.format(source="line l JOIN account a ON a.id = l.account_id WHERE l.id = $1"), line_id
    )


async def queue_unsettled(db: Connection) -> None:
    """Queue the accounts over their credit, or with a period that had no bill yet."""
    await db.execute(
        _DUE.format(
            source="limit_watch w JOIN account a ON a.id = w.account_id"
            " WHERE w.over OR w.unbilled_fen > 0"
        )
    )


async def take_due(db: Connection, limit: int) -> Iterable[UUID]:
    """Take the next accounts to be looked at out of the queue."""
    rows = await db.fetch(
        "DELETE FROM limit_due WHERE (customer_id, account_id) IN (SELECT customer_id, account_id"
        " FROM limit_due ORDER BY customer_id, account_id LIMIT $1 FOR UPDATE SKIP LOCKED)"
        " RETURNING account_id",
        limit,
    )
    return [row["account_id"] for row in rows]
