"""Rows of collections: rules, where accounts stand, late fees, disputes. All SQL of post-paid."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.collections.fees import Fee
from yizhan.domain.collections.flow import Step
from yizhan.domain.collections.model import Dunning, Rule
from yizhan.kernel.text import Text
from yizhan.platform.db import Connection

ROW = (
    "customer_id, account_id, step, step_at, rule, owed_fen, overdue_fen, disputed_fen, fees_fen,"
    " first_due, reminded_for, notice_at, end_notice_at, one_way_at, full_at, stop_asked_at,"
    " held_until, held_kind, held_reason, held_by, fee_through, round, tries, next_act, next_at"
)
_KEPT = tuple(ROW.replace(" ", "").split(","))[2:]
_SAVE = (
    "UPDATE dunning SET "
    + ", ".join(f"{name} = ${place}" for place, name in enumerate(_KEPT, 3))
    + " WHERE customer_id = $1 AND account_id = $2"
)
_RULE = (
    "code, tiers, segments, owed_from_fen, grace_days, reminder_days, one_way_days, full_days,"
    " end_days, notice_hours, minimum_fen, late_fee_permille, late_fee_cap_percent,"
    " defer_days_max, by_hand"
)


def row_of(row: Any) -> Dunning:
    """A row of `ROW` as a value."""
    return Dunning(**{**dict(row), "step": Step(row["step"])})


async def list_rules(db: Connection) -> list[Rule]:
    """The rules by priority."""
    rows = await db.fetch(f"SELECT zh, en, {_RULE} FROM collection_rule ORDER BY priority")
    found = []
    for row in rows:
        values = dict(row)
        values["name"] = Text(values.pop("zh"), values.pop("en"))
        values["tiers"], values["segments"] = tuple(values["tiers"]), tuple(values["segments"])
        found.append(Rule(**values))
    return found


async def begin(
    db: Connection, customer_id: UUID, account_id: UUID, rule: str, at: datetime
) -> None:
    """Make sure the account has its row."""
    await db.execute(
        "INSERT INTO dunning (customer_id, account_id, step, step_at, rule)"
        " VALUES ($1, $2, 'clear', $3, $4) ON CONFLICT DO NOTHING",
        customer_id,
        account_id,
        at,
        rule,
    )


async def lock(db: Connection, account_id: UUID) -> Dunning | None:
    """An account's row, held until the act ends; None if it never owed."""
    row = await db.fetchrow(
        f"SELECT {ROW} FROM dunning WHERE account_id = $1 FOR UPDATE", account_id
    )
    return row_of(row) if row else None


async def find(db: Connection, account_id: UUID) -> Dunning | None:
    """An account's row."""
    row = await db.fetchrow(f"SELECT {ROW} FROM dunning WHERE account_id = $1", account_id)
    return row_of(row) if row else None


async def save(db: Connection, row: Dunning) -> None:
    """Keep where it stands."""
    values = msgspec.structs.asdict(row) | {"step": row.step.value}
    await db.execute(_SAVE, row.customer_id, row.account_id, *(values[name] for name in _KEPT))


async def fees_of(db: Connection, customer_id: UUID, account_id: UUID) -> list[Fee]:
    """The late fees reckoned so far, oldest first."""
    rows = await db.fetch(
        "SELECT bill_id, day, base_fen, permille, fee_fen FROM late_fee"
        " WHERE customer_id = $1 AND account_id = $2 ORDER BY day, bill_id LIMIT 20000",
        customer_id,
        account_id,
    )
    return [Fee(**dict(row)) for row in rows]


async def add_fees(
    db: Connection, customer_id: UUID, account_id: UUID, fees: Sequence[Fee]
) -> None:
    """Keep what late fees were reckoned from."""
    await db.executemany(
        "INSERT INTO late_fee (customer_id, account_id, bill_id, day, base_fen, permille, fee_fen)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            (customer_id, account_id, one.bill_id, one.day, one.base_fen, one.permille, one.fee_fen)
            for one in fees
        ],
    )


async def disputes_of(
    db: Connection, customer_id: UUID, account_id: UUID
) -> list[tuple[UUID, UUID, int | None, datetime, datetime | None]]:
    """Bill, case, amount, from, to."""
    rows = await db.fetch(
        "SELECT bill_id, case_id, amount_fen, opened_at, closed_at FROM bill_dispute"
        " WHERE customer_id = $1 AND account_id = $2 ORDER BY opened_at LIMIT 500",
        customer_id,
        account_id,
    )
    return [tuple(row.values()) for row in rows]


async def begin_dispute(
    db: Connection,
    customer_id: UUID,
    account_id: UUID,
    bill_id: UUID,
    case_id: UUID,
    amount_fen: int | None,
    at: datetime,
) -> bool:
    """Note a complaint about a bill; False if it is noted and open already."""
    status = await db.execute(
        "INSERT INTO bill_dispute AS d (customer_id, account_id, bill_id, case_id, amount_fen,"
        " opened_at) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (customer_id, account_id, bill_id, case_id)"
        " DO UPDATE SET closed_at = NULL WHERE d.closed_at IS NOT NULL",
        customer_id,
        account_id,
        bill_id,
        case_id,
        amount_fen,
        at,
    )
    return bool(status == "INSERT 0 1")


async def end_disputes(
    db: Connection, customer_id: UUID, case_id: UUID, at: datetime
) -> list[tuple[UUID, UUID]]:
    """End what a case disputed: accounts and bills."""
    rows = await db.fetch(
        "UPDATE bill_dispute SET closed_at = $3 WHERE customer_id = $1 AND case_id = $2"
        " AND closed_at IS NULL RETURNING account_id, bill_id",
        customer_id,
        case_id,
        at,
    )
    return [(row["account_id"], row["bill_id"]) for row in rows]


async def reopen_disputes(
    db: Connection, customer_id: UUID, case_id: UUID
) -> list[tuple[UUID, UUID]]:
    """Take up again what a case disputed."""
    rows = await db.fetch(
        "UPDATE bill_dispute SET closed_at = NULL WHERE customer_id = $1 AND case_id = $2"
        " AND closed_at IS NOT NULL RETURNING account_id, bill_id",
        customer_id,
        case_id,
    )
    return [(row["account_id"], row["bill_id"]) for row in rows]


async def list_board(
    db: Connection,
    *,
    step: str | None,
    held: bool,
    limit: int,
    now: datetime,
) -> list[Dunning]:
    """Accounts that are dunned, the next act first."""
    rows = await db.fetch(
        f"SELECT {ROW} FROM dunning WHERE step NOT IN ('clear', 'billed')"
        " AND ($1::text IS NULL OR step = $1) AND (NOT $2 OR held_until > $3)"
        " ORDER BY (next_act = 'by_hand') DESC, next_at NULLS LAST, account_id LIMIT $4",
        step,
        held,
        now,
        limit,
    )
    return [row_of(row) for row in rows]


async def count_steps(db: Connection) -> list[tuple[str, int, int]]:
    """Step, accounts, fen overdue."""
    rows = await db.fetch(
        "SELECT step, count(*)::int AS accounts, coalesce(sum(overdue_fen), 0)::bigint AS fen"
        " FROM dunning WHERE step NOT IN ('clear', 'billed') GROUP BY step"
    )
    return [(row["step"], row["accounts"], row["fen"]) for row in rows]


async def late_fees_between(
    db: Connection, customer_id: UUID, account_id: UUID, limit: int
) -> list[tuple[UUID, date, date, int, int]]:
    """Late fees by bill: first day, last day, fen charged, most that was overdue."""
    rows = await db.fetch(
        "SELECT bill_id, min(day) AS first, max(day) AS last, sum(fee_fen)::bigint AS fee,"
        " max(base_fen)::bigint AS base FROM late_fee WHERE customer_id = $1 AND account_id = $2"
        " GROUP BY bill_id ORDER BY min(day) DESC LIMIT $3",
        customer_id,
        account_id,
        limit,
    )
    return [tuple(row.values()) for row in rows]


async def late_fee_of(
    db: Connection, customer_id: UUID, account_id: UUID, bill_id: UUID
) -> list[tuple[date, date, int, int, int, int]]:
    """A bill's late fees by what was overdue: first day, last day, days, thousandths, of, fen."""
    rows = await db.fetch(
        "SELECT min(day) AS first, max(day) AS last, count(*) AS days, permille, base_fen,"
        " sum(fee_fen)::bigint AS fee FROM late_fee"
        " WHERE customer_id = $1 AND account_id = $2 AND bill_id = $3"
        " GROUP BY permille, base_fen ORDER BY min(day) LIMIT 100",
        customer_id,
        account_id,
        bill_id,
    )
    return [tuple(row.values()) for row in rows]
