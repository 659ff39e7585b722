"""Reading the club: a member, his points, the rule, the tiers."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from yizhan.domain.club import permissions, store
from yizhan.domain.club.model import Member, Published, Run
from yizhan.kernel.actor import ActorKind
from yizhan.platform.work import UnitOfWork


class Points(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer has, and when it ends."""

    total: int
    by_day: Mapping[date, int]
    """Points by the first day they are gone, the soonest first."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A reward somebody had."""

    id: UUID
    at: datetime
    reward: str
    points: int
    credit_fen: int
    actor_name: str


def may_read(work: UnitOfWork, customer_id: UUID) -> None:
    """A customer sees his own; anybody else needs the right."""
    if work.actor.kind is ActorKind.CUSTOMER and work.actor.id == customer_id:
        return
    work.actor.require(permissions.READ)


async def find_member(work: UnitOfWork, customer_id: UUID) -> Member | None:
    """A customer's standing, whence we know it and until when; None if nobody looked yet."""
    may_read(work, customer_id)
    return await store.member(work.db, customer_id)


async def points_of(work: UnitOfWork, customer_id: UUID) -> Points:
    """A customer's points."""
    may_read(work, customer_id)
    lots = await store.lots_of(work, customer_id)
    kept = {day: lots[day] for day in sorted(lots) if day > work.today}
    return Points(total=sum(kept.values()), by_day=kept)


async def list_rewards(work: UnitOfWork, customer_id: UUID, *, limit: int = 50) -> Sequence[Taken]:
    """The rewards a customer had, the latest first."""
    may_read(work, customer_id)
    rows = await work.db.fetch(
        "SELECT id, at, reward, points, credit_fen, actor_name FROM club_reward"
        " WHERE customer_id = $1 ORDER BY id DESC LIMIT $2",
        customer_id,
        limit,
    )
    return [Taken(**dict(row)) for row in rows]


async def rule(work: UnitOfWork) -> Published:
    """The rule in force. It is no secret."""
    return await store.rule(work.db)


async def list_rules(work: UnitOfWork, *, limit: int = 50) -> Sequence[Published]:
    """The rule's versions, the newest first."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        "SELECT version, rule, note, published_at, by_name FROM club_rule"
        " ORDER BY version DESC LIMIT $1",
        limit,
    )
    return [store.published(row) for row in rows]


async def count_tiers(work: UnitOfWork) -> Mapping[str, int]:
    """How many members each tier has, without the standard one."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        "SELECT tier, count(*)::int AS members FROM club_member WHERE tier <> 'none' GROUP BY tier"
    )
    return {row["tier"]: row["members"] for row in rows}


async def list_members(
    work: UnitOfWork, tier: str, *, limit: int = 50, after: UUID | None = None
) -> Sequence[Member]:
    """The members of a tier; *after* is the id of the last one already seen."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {store.MEMBER} FROM club_member WHERE tier = $1 AND tier <> 'none'"
        " AND ($3::uuid IS NULL OR customer_id > $3) ORDER BY customer_id LIMIT $2",
        tier,
        limit,
        after,
    )
    return [Member(**dict(row)) for row in rows]


async def list_runs(work: UnitOfWork, *, limit: int = 12) -> Sequence[Run]:
    """The latest runs, the newest first."""
    work.actor.require(permissions.READ)
    return await store.runs(work.db, limit=limit)
