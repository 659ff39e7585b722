"""Reading limits: a line's caps with what is used of them now, what they stop, what was told."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from yizhan.domain import billing, customers, subscriptions
from yizhan.domain.limits import looking, permissions, store
from yizhan.domain.limits.model import AtFull, CapKind, Service, percent_of
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.errors import NotFound
from yizhan.platform.work import UnitOfWork

NOTICES = 12


class CapNow(msgspec.Struct, frozen=True, kw_only=True):
    """A cap and what is used of it: ``amount`` and ``used`` in fen, or in bytes."""

    kind: CapKind
    amount: int
    used: int
    percent: int
    at_full: AtFull
    set_at: datetime
    set_by: str
    stops: bool
    """Used up, and it stops its service now."""
    lifted: bool
    """Used up, and lifted until the period ends."""


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """A service that limits hold stopped."""

    service: Service
    why: str
    since: datetime


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Something the customer was told of the line; ``kind`` of his cap, or empty: an allowance."""

    kind: CapKind | None
    percent: int
    used: int
    amount: int
    at: datetime


class LineLimits(msgspec.Struct, frozen=True, kw_only=True):
    """A line's limits in the running period."""

    line_id: UUID
    number: str
    period_start: date
    period_end: date
    spent_fen: int
    caps: Sequence[CapNow]
    stopped: Sequence[Stopped]
    told: Sequence[Told]


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """How an account stood against its credit limit when it was last looked at."""

    account_id: UUID
    credit_fen: int
    used_fen: int
    percent: int
    over: bool
    looked_at: datetime


async def of_line(
    work: UnitOfWork, line_id: UUID, *, current: billing.Current | None = None
) -> LineLimits:
    """A line's caps as they stand now. *current*: its account's month, if it is at hand."""
    line = await subscriptions.get_line(work, line_id)
    _may_read(work, line.customer_id)
    caps = (await store.caps_of_lines(work.db, [line_id])).get(line_id, [])
    now = current or await billing.current_month_of_line(work, line_id)
    loaded = (await looking.data_of(work, now, caps)).get(line_id, 0)
    spent = looking.spent(now, line)
    stops = await store.stops_of_lines(work.db, [line_id])
    start, shown = now.period_start, []
    for cap in caps:
        used = loaded if cap.kind is CapKind.DATA else spent
        shown.append(
            CapNow(
                kind=cap.kind,
                amount=cap.amount,
                used=used,
                percent=percent_of(used, cap.amount),
                at_full=cap.at_full,
                set_at=cap.set_at,
                set_by=cap.set_by,
                stops=cap.stops_in(start),
                lifted=cap.lifted_for == start,
            )
        )
    told = await store.list_notices(work.db, line.customer_id, line_id, limit=NOTICES)
    return LineLimits(
        line_id=line_id,
        number=line.number or "",
        period_start=start,
        period_end=now.period_end,
        spent_fen=spent,
        caps=shown,
        stopped=[
            Stopped(service=one.service, why=one.why, since=one.since)
            for one in stops.values()
            if one.held
        ],
        told=[
            Told(
                kind=CapKind(row["kind"]) if row["kind"] else None,
                percent=row["percent"],
                used=row["used"],
                amount=row["amount"],
                at=row["at"],
            )
            for row in told
        ],
    )


async def credit_of(work: UnitOfWork, account_id: UUID) -> Credit | None:
    """An account against its credit limit; None without one, or before the first look."""
    account = await customers.get_account(work, account_id)
    _may_read(work, account.customer_id)
    watch = await store.find_watch(work.db, account_id)
    if watch is None or not watch.credit_fen:
        return None
    return Credit(
        account_id=account_id,
        credit_fen=watch.credit_fen,
        used_fen=watch.used_fen,
        percent=watch.percent,
        over=watch.over,
        looked_at=watch.looked_at,
    )


def _may_read(work: UnitOfWork, customer_id: UUID) -> None:
    if work.actor.kind is ActorKind.CUSTOMER:
        if work.actor.id != customer_id:
            raise NotFound("There is no such line.")
        return
    work.actor.require(permissions.READ)
