"""The steps of dunning carried out: tell, stop, resume, end. Each gives the row after it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, assert_never
from uuid import UUID

import msgspec

from yizhan.domain import customers, messages
from yizhan.domain.collections import events, stopping
from yizhan.domain.collections.flow import STOPPED, Act, Step
from yizhan.domain.collections.model import END_NOTICE, Dunning, Rule, Standing
from yizhan.platform.work import UnitOfWork

_replace = msgspec.structs.replace


async def do(work: UnitOfWork, row: Dunning, act: Act, stand: Standing, rule: Rule) -> Dunning:
    """Carry out *act*."""
    match act:
        case Act.REMIND:
            return await _remind(work, row, stand)
        case Act.FALL_DUE:
            return _fall_due(work, row, stand)
        case Act.ANNOUNCE:
            return await _announce(work, row, stand, rule)
        case Act.STOP_ONE_WAY | Act.STOP_FULL:
            return await _stop(work, row, one_way=act is Act.STOP_ONE_WAY)
        case Act.ANNOUNCE_END:
            return await _announce_end(work, row)
        case Act.END:
            return await _end(work, row)
        case Act.RESUME:
            return await _resume(work, row, stand, rule)
        case Act.SETTLE:
            return _settled(work, row)
        case Act.LATE_FEE | Act.NOTHING:
            return row
        case _ as never:
            assert_never(never)


async def align(work: UnitOfWork, row: Dunning) -> None:
    """Order again what an answer of the network left undone: a stop that came after the money."""
    lines = await stopping.lines_of(work, row.account_id)
    if row.step in STOPPED:
        await stopping.stop(work, lines, one_way=row.step is Step.ONE_WAY, key=_key(row))
    elif row.step is not Step.ENDED:
        await stopping.resume(work, lines, key=_key(row))


def _key(row: Dunning) -> str:
    """Of an order: the account's round and how often it was tried say which one it is."""
    return f"dun:{row.round}.{row.tries}"


async def tell(
    work: UnitOfWork, customer_id: UUID, template: str, key: str, facts: Mapping[str, Any]
) -> None:
    """Send the customer a message, once for its key."""
    await messages.send(work, customer_id=customer_id, template=template, facts=facts, key=key)


async def _number_of(work: UnitOfWork, row: Dunning) -> str:
    """What the customer knows the account by: its first line, else its own number."""
    for line in await stopping.lines_of(work, row.account_id):
        if line.number:
            return line.number
    return (await customers.get_account(work, row.account_id)).number


async def _remind(work: UnitOfWork, row: Dunning, stand: Standing) -> Dunning:
    assert stand.next_due is not None
    account = await customers.get_account(work, row.account_id)
    await tell(
        work,
        row.customer_id,
        "payment_reminder",
        f"reminder:{row.account_id}:{stand.next_due}",
        {
            "number": account.number,
            "amount_fen": stand.owed_fen,
            "due_date": stand.next_due.isoformat(),
        },
    )
    work.record(
        events.Reminded(
            customer_id=row.customer_id,
            account_id=row.account_id,
            amount_fen=stand.owed_fen,
            due_date=stand.next_due,
        )
    )
    return _replace(row, step=Step.REMINDED, step_at=work.now, reminded_for=stand.next_due)


def _fall_due(work: UnitOfWork, row: Dunning, stand: Standing) -> Dunning:
    if stand.first_due is None:
        # What fell due is in dispute or paid: nothing is chased.
        return _replace(row, step=Step.BILLED, step_at=work.now, reminded_for=stand.next_due)
    work.record(
        events.FellDue(
            customer_id=row.customer_id,
            account_id=row.account_id,
            amount_fen=stand.chased_fen,
            due_date=stand.first_due,
        )
    )
    return _replace(row, step=Step.OVERDUE, step_at=work.now, notice_at=None, stop_asked_at=None)


async def _announce(work: UnitOfWork, row: Dunning, stand: Standing, rule: Rule) -> Dunning:
    stop_at = work.now + timedelta(hours=rule.notice_hours)
    await tell(
        work,
        row.customer_id,
        "stop_notice",
        f"stop:{row.account_id}:{work.now:%Y%m%d%H}",
        {
            "number": await _number_of(work, row),
            "amount_fen": stand.chased_fen,
            "stop_at": stop_at,
        },
    )
    work.record(
        events.StopAnnounced(
            customer_id=row.customer_id,
            account_id=row.account_id,
            amount_fen=stand.chased_fen,
            stop_at=stop_at,
        )
    )
    return _replace(row, step=Step.NOTICED, step_at=work.now, notice_at=work.now)


async def _stop(work: UnitOfWork, row: Dunning, *, one_way: bool) -> Dunning:
    lines = await stopping.lines_of(work, row.account_id)
    ordered = await stopping.stop(work, lines, one_way=one_way, key=_key(row))
    how = Step.ONE_WAY if one_way else Step.FULL
    await tell(
        work,
        row.customer_id,
        "line_stopped_outgoing" if one_way else "line_stopped",
        f"stopped:{row.account_id}:{row.round}:{how.value}",
        {"number": await _number_of(work, row), "amount_fen": row.overdue_fen},
    )
    work.record(
        events.Stopped(
            customer_id=row.customer_id,
            account_id=row.account_id,
            amount_fen=row.overdue_fen,
            how=how.value,
            lines=ordered,
        )
    )
    after = _replace(row, step=how, step_at=work.now, tries=0)
    if one_way:
        return _replace(after, one_way_at=work.now)
    return _replace(after, full_at=work.now)


async def _announce_end(work: UnitOfWork, row: Dunning) -> Dunning:
    end_at = work.now + END_NOTICE
    await tell(
        work,
        row.customer_id,
        "contract_ending",
        f"ending:{row.account_id}:{row.round}",
        {
            "number": await _number_of(work, row),
            "amount_fen": row.overdue_fen,
            "end_at": end_at,
        },
    )
    work.record(
        events.EndAnnounced(
            customer_id=row.customer_id,
            account_id=row.account_id,
            amount_fen=row.overdue_fen,
            end_at=end_at,
        )
    )
    return _replace(row, end_notice_at=work.now)


async def _end(work: UnitOfWork, row: Dunning) -> Dunning:
    lines = await stopping.lines_of(work, row.account_id)
    ordered = await stopping.end(work, lines, key=_key(row))
    work.record(
        events.Ended(
            customer_id=row.customer_id,
            account_id=row.account_id,
            amount_fen=row.owed_fen,
            lines=ordered,
        )
    )
    return _replace(row, step=Step.ENDED, step_at=work.now, tries=0)


async def _resume(work: UnitOfWork, row: Dunning, stand: Standing, rule: Rule) -> Dunning:
    lines = await stopping.lines_of(work, row.account_id)
    ordered = await stopping.resume(work, lines, key=_key(row))
    why = "paid"
    if stand.chased_fen >= rule.minimum_fen:
        why = "deferred"
    elif stand.disputed_fen:
        why = "dispute"
    work.record(
        events.Resumed(
            customer_id=row.customer_id, account_id=row.account_id, why=why, lines=ordered
        )
    )
    step = Step.OVERDUE if why == "deferred" else Step.BILLED
    return _replace(
        _forget(row), step=step, step_at=work.now, round=row.round + 1, tries=0,
        held_until=row.held_until if why == "deferred" else None,
        held_kind=row.held_kind if why == "deferred" else None,
    )  # fmt: skip


def _settled(work: UnitOfWork, row: Dunning) -> Dunning:
    return _replace(
        _forget(row), step=Step.CLEAR, step_at=work.now, tries=0, held_until=None, held_kind=None,
        held_reason=None, held_by=None,
    )  # fmt: skip


def _forget(row: Dunning) -> Dunning:
    return _replace(
        row, notice_at=None, end_notice_at=None, one_way_at=None, full_at=None, stop_asked_at=None
    )
