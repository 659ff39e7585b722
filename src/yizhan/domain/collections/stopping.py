"""Making lines agree with what collections decided, by orders that touch the network."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from yizhan.domain import orders, subscriptions
from yizhan.domain.subscriptions import State, StopReason
from yizhan.platform.work import UnitOfWork

RETRY = timedelta(minutes=5)
"""When the network refused, or an order of the kind is still under way."""
_LEFT_ALONE = frozenset({State.TESTING, State.CLOSING, State.CLOSED})


async def lines_of(work: UnitOfWork, account_id: UUID) -> list[subscriptions.Line]:
    """The account's lines that can be stopped."""
    lines = await subscriptions.list_lines_of_account(work, account_id)
    return [one for one in lines if one.base_state not in _LEFT_ALONE]


async def stop(
    work: UnitOfWork, lines: Sequence[subscriptions.Line], *, one_way: bool, key: str
) -> int:
    """Order the stop for arrears of *lines*; how many orders are out."""
    done = 0
    for line in lines:
        if one_way and StopReason.ARREARS in line.stop_reasons:
            continue
        how = "one" if one_way else "all"
        done += await place(work, line, orders.Bar(one_way=one_way), f"{key}:{how}")
    return done


async def resume(work: UnitOfWork, lines: Sequence[subscriptions.Line], *, key: str) -> int:
    """Order *lines* back that are stopped for arrears; how many orders are out."""
    done = 0
    for line in lines:
        if StopReason.ARREARS in line.stop_reasons:
            done += await place(work, line, orders.Unbar(), key)
    return done


async def end(work: UnitOfWork, lines: Sequence[subscriptions.Line], *, key: str) -> int:
    """Order the end of *lines* that arrears stopped."""
    done = 0
    for line in lines:
        if StopReason.ARREARS in line.stop_reasons:
            done += await place(work, line, orders.EndForArrears(), key)
    return done


async def place(
    work: UnitOfWork, line: subscriptions.Line, change: orders.Change, key: str
) -> bool:
    """Place one order as the house; False when it cannot be placed now.

    What is refused now (an order of the kind is under way) is tried again by the caller's clock.
    """
    seen = await orders.preview(work, line.id, change)
    if not seen.allowed:
        return False
    await orders.place(
        work, line.id, change, confirmed=seen.token, key=f"{key}:{change.kind}:{line.id}"
    )
    return True


def again_at(now: datetime, tries: int) -> datetime:
    """When to try once more: five minutes, doubling up to a day."""
    return now + min(timedelta(days=1), RETRY * (1 << min(max(tries, 1) - 1, 10)))
