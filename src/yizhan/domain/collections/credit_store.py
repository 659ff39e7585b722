"""Rows of prepaid credit, and whose usage a file brought."""

from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.collections.credit import Life, PrepaidRule, ValidityRule
from yizhan.domain.collections.flow import Credit
from yizhan.platform.db import Connection
from yizhan.platform.work import UnitOfWork

ROW = (
    "customer_id, account_id, state, state_at, valid_until, empty, period_start, charged_fen,"
    " rated_fen, overdraw_fen, low_told, expiry_told_for, tries, round, next_at"
)
_KEPT = tuple(ROW.replace(" ", "").split(","))[2:]
_SAVE = (
    "UPDATE prepaid_life SET "
    + ", ".join(f"{name} = ${place}" for place, name in enumerate(_KEPT, 3))
    + " WHERE customer_id = $1 AND account_id = $2"
)


def _life(row: Any) -> Life:
    return Life(**{**dict(row), "state": Credit(row["state"])})


async def lock(work: UnitOfWork, customer_id: UUID, account_id: UUID) -> Life:
    """The account's row, made when it is not there, held until the act ends."""
    await work.db.execute(
        "INSERT INTO prepaid_life (customer_id, account_id, state, state_at)"
        " VALUES ($1, $2, 'active', $3) ON CONFLICT DO NOTHING",
        customer_id,
        account_id,
        work.now,
    )
    row = await work.db.fetchrow(
        f"SELECT {ROW} FROM prepaid_life WHERE customer_id = $1 AND account_id = $2 FOR UPDATE",
        customer_id,
        account_id,
    )
    return _life(row)


async def find(db: Connection, account_id: UUID) -> Life | None:
    """The account's row."""
    row = await db.fetchrow(f"SELECT {ROW} FROM prepaid_life WHERE account_id = $1", account_id)
    return _life(row) if row else None


async def save(db: Connection, life: Life) -> None:
    """Keep where it stands."""
    values = msgspec.structs.asdict(life) | {"state": life.state.value}
    await db.execute(_SAVE, life.customer_id, life.account_id, *(values[one] for one in _KEPT))


async def rules(db: Connection) -> tuple[list[ValidityRule], PrepaidRule]:
    """How recharges extend, and the windows."""
    days = await db.fetch("SELECT from_fen, days FROM validity_rule ORDER BY from_fen LIMIT 100")
    row = await db.fetchrow(
        "SELECT window_days, lock_days, low_balance_fen, expiry_notice_days FROM prepaid_rule"
    )
    return [ValidityRule(**dict(one)) for one in days], PrepaidRule(**dict(row))


async def accounts_of_intake(db: Connection, intake_id: UUID) -> list[UUID]:
    """The prepaid accounts whose lines a file brought usage of; one statement for all."""
    rows = await db.fetch(
        "SELECT DISTINCT l.account_id FROM usage u JOIN usage_intake i ON i.id = u.intake_id"
        " JOIN line l ON l.id = u.line_id JOIN account a ON a.id = l.account_id"
        " WHERE u.intake_id = $1 AND u.received_at >= i.started_at"
        " AND a.payment_kind = 'prepaid'",
        intake_id,
    )
    return [row["account_id"] for row in rows]
