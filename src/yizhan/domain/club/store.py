"""Rules, members, earned bills, rewards and runs on their tables; points in the ledger."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain import ledger
from yizhan.domain.club.model import Member, Published, Reward, Rule, Run
from yizhan.domain.ledger import Bucket
from yizhan.platform.db import Connection
from yizhan.platform.work import UnitOfWork

MEMBER = (
    "customer_id, tier, origin, mean_fen, rule_version, since, valid_until, evaluated_at, reason,"
    " manager_id, manager_name"
)
RUN = "id, month, started_at, started_by, finished_at, looked_at, changed, points"
POINTS = ledger.house(Bucket.REWARD, "club")
"""The other side of every point."""
GIVEN = ledger.house(Bucket.WRITE_OFF, "club_rewards")
"""What rewards cost us."""


def lot(customer_id: UUID, expires_on: date) -> ledger.Holder:
    """A customer's points that end on one day. They are the member's, not one account's."""
    return ledger.Holder(
        customer_id=customer_id,
        account_id=customer_id,
        bucket=Bucket.POINTS,
        name=expires_on.isoformat(),
    )


async def lots_of(work: UnitOfWork, customer_id: UUID) -> Mapping[date, int]:
    """A customer's points by the day they end."""
    found = await ledger.balances_by_name(work, customer_id, customer_id, Bucket.POINTS)
    return {date.fromisoformat(name): one.amount for name, one in found.items() if one.amount > 0}


async def rule(db: Connection) -> Published:
    """The rule in force: the newest."""
    row = await db.fetchrow(
        "SELECT version, rule, note, published_at, by_name FROM club_rule"
        " ORDER BY version DESC LIMIT 1"
    )
    return published(row)


def published(row: Any) -> Published:
    """A version of the rule, from its row."""
    return Published(**dict(row) | {"rule": msgspec.convert(row["rule"], Rule)})


async def add_rule(work: UnitOfWork, rule: Rule, version: int, note: str) -> None:
    """Keep a new version."""
    await work.db.execute(
        "INSERT INTO club_rule (version, rule, note, published_at, by_id, by_name)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        version,
        msgspec.to_builtins(rule),
        note,
        work.now,
        work.actor.id,
        work.actor.name,
    )


async def member(db: Connection, customer_id: UUID, *, lock: bool = False) -> Member | None:
    """A customer's standing; None if nobody looked yet."""
    rest = " FOR UPDATE" if lock else ""
    row = await db.fetchrow(
        f"SELECT {MEMBER} FROM club_member WHERE customer_id = $1{rest}", customer_id
    )
    return Member(**dict(row)) if row else None


async def put_member(db: Connection, one: Member) -> None:
    """Keep a standing."""
    await db.execute(
        f"INSERT INTO club_member ({MEMBER}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " ON CONFLICT (customer_id) DO UPDATE SET tier = excluded.tier, origin = excluded.origin,"
        " mean_fen = excluded.mean_fen, rule_version = excluded.rule_version,"
        " since = excluded.since, valid_until = excluded.valid_until,"
        " evaluated_at = excluded.evaluated_at, reason = excluded.reason,"
        " manager_id = excluded.manager_id, manager_name = excluded.manager_name",
        *msgspec.structs.astuple(one),
    )


async def add_earned(
    db: Connection,
    customer_id: UUID,
    bill_id: UUID,
    *,
    points: int,
    expires_on: date,
    now: datetime,
) -> int:
    """Keep that a bill gave points, for which time it did; 0 if those it gave before stand."""
    times = await db.fetchval(
        "INSERT INTO club_earned AS e (customer_id, bill_id, points, expires_on, at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (customer_id, bill_id) DO UPDATE"
        " SET points = excluded.points, expires_on = excluded.expires_on, at = excluded.at,"
        "     taken_back_at = NULL, times = e.times + 1"
        " WHERE e.taken_back_at IS NOT NULL RETURNING times",
        customer_id,
        bill_id,
        points,
        expires_on,
        now,
    )
    return int(times or 0)


async def take_back_earned(
    work: UnitOfWork, customer_id: UUID, bills: Sequence[UUID], *, payment_id: UUID
) -> tuple[int, int]:
    """Write that these bills gave their points for nothing; points and bills it was true of."""
    row = await work.db.fetchrow(
        "WITH gone AS (UPDATE club_earned SET taken_back_at = $3 WHERE customer_id = $1"
        " AND bill_id = ANY($2::uuid[]) AND taken_back_at IS NULL RETURNING *),"
        " kept AS (INSERT INTO club_taken_back"
        " (customer_id, bill_id, times, payment_id, points, at)"
        " SELECT customer_id, bill_id, times, $4, points, $3 FROM gone)"
        " SELECT coalesce(sum(points), 0)::bigint AS points, count(*)::int AS bills FROM gone",
        customer_id,
        list(bills),
        work.now,
        payment_id,
    )
    return int(row["points"]), int(row["bills"])


async def owed(db: Connection, customer_id: UUID) -> tuple[int, int]:
    """Points a customer is to give back, and how often something was taken towards it."""
    row = await db.fetchrow(
        "SELECT points, round FROM club_owed WHERE customer_id = $1 FOR UPDATE", customer_id
    )
    return (row["points"], row["round"]) if row else (0, 0)


async def owe(db: Connection, customer_id: UUID, points: int) -> None:
    """More is to be given back."""
    await db.execute(
        "INSERT INTO club_owed AS o (customer_id, points, round) VALUES ($1, $2, 0)"
        " ON CONFLICT (customer_id) DO UPDATE SET points = o.points + excluded.points",
        customer_id,
        points,
    )


async def pay_owed(db: Connection, customer_id: UUID, points: int) -> None:
    """Some of it was taken."""
    await db.execute(
        "UPDATE club_owed SET points = points - $2, round = round + 1 WHERE customer_id = $1",
        customer_id,
        points,
    )


async def add_reward(
    work: UnitOfWork, customer_id: UUID, given: Reward, *, id: UUID, account_id: UUID, key: str
) -> bool:
    """Keep a reward; False if its key was used before."""
    status = await work.db.execute(
        "INSERT INTO club_reward (customer_id, id, at, reward, points, credit_fen, account_id, key,"
        " actor_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (customer_id, key)"
        " DO NOTHING",
        customer_id,
        id,
        work.now,
        given.id,
        given.points,
        given.credit_fen,
        account_id,
        key,
        work.actor.name,
    )
    return bool(status == "INSERT 0 1")


async def run(db: Connection, run_id: UUID, *, lock: bool = False) -> Run:
    """One run, which is there."""
    rest = " FOR UPDATE" if lock else ""
    return Run(**dict(await db.fetchrow(f"SELECT {RUN} FROM club_run WHERE id = $1{rest}", run_id)))


async def runs(db: Connection, *, limit: int) -> Sequence[Run]:
    """The latest runs."""
    rows = await db.fetch(f"SELECT {RUN} FROM club_run ORDER BY started_at DESC LIMIT $1", limit)
    return [Run(**dict(row)) for row in rows]
