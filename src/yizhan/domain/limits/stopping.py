"""Making a line agree with its limits, by orders that touch the network.

A stop of outgoing service is the house's bar for overuse; a stop of data is the network's service
``data_barring`` switched on. What somebody else stopped is never lifted here.
"""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from yizhan.domain import messages, orders, subscriptions
from yizhan.domain.limits import events, store
from yizhan.domain.limits.model import Cap, Service, Stop, Watch
from yizhan.domain.limits.words import SERVICE
from yizhan.domain.subscriptions import Line, State, StopReason
from yizhan.platform.work import UnitOfWork

ALIGN = "limits.align"
DATA_BARRING = "data_barring"
"""The network's service that keeps a line from data; on while it is stopped."""
RETRY = timedelta(minutes=5)
_LEFT_ALONE = frozenset({State.TESTING, State.CLOSING, State.CLOSED})
_replace = msgspec.structs.replace


def wanted(service: Service, caps: list[Cap], watch: Watch | None, *, exempt: bool) -> str | None:
    """Why a service is to be stopped in the running period; None: it is not."""
    if watch is None:
        return None
    for cap in caps:
        stops = Service.OUTGOING if cap.kind.value == "spend" else Service.DATA
        if stops is service and cap.stops_in(watch.period_start):
            return cap.kind.value
    if service is Service.OUTGOING and watch.over and not exempt:
        return "credit"
    return None


async def align(
    work: UnitOfWork, line: Line, caps: list[Cap], watch: Watch | None, *, exempt: bool
) -> bool:
    """Order what the limits of *line* ask for, where it is otherwise; whether any stop is held."""
    if line.base_state in _LEFT_ALONE:
        return False
    kept = await store.stops_of_lines(work.db, [line.id], lock=True)
    held = False
    for service in Service:
        why = wanted(service, caps, watch, exempt=exempt)
        before = kept.get((line.id, service))
        if before is None and why is None:
            continue
        if before is None:
            before = Stop(
                customer_id=line.customer_id, line_id=line.id, service=service, held=False,
                why=why or "", since=work.now,
            )  # fmt: skip
        after = before.want(why, now=work.now)
        await _tell(work, line, before, after)
        after = await _carry_out(work, line, after)
        await store.save_stop(work.db, after)
        held = held or after.held
    return held


async def _tell(work: UnitOfWork, line: Line, before: Stop, after: Stop) -> None:
    if before.held == after.held:
        return
    kind = events.ServiceStopped if after.held else events.ServiceBack
    work.record(
        kind(
            customer_id=line.customer_id,
            line_id=line.id,
            number=line.number or "",
            service=after.service.value,
            why=after.why,
        )
    )
    if not after.held:
        await messages.send(
            work,
            customer_id=line.customer_id,
            template="cap_lifted",
            facts={"number": line.number or "", "service": SERVICE[after.service.value]},
            key=f"lifted:{line.id}:{after.service.value}:{after.round}",
        )


async def _carry_out(work: UnitOfWork, line: Line, stop: Stop) -> Stop:
    """Order the stop or its end unless it is so already; try again later what cannot be ordered."""
    if stop.service is Service.OUTGOING:
        so = StopReason.OVERUSE in line.stop_reasons
        change: orders.Change = orders.Bar(reason="overuse", one_way=True)
        if not stop.held:
            change = orders.Unbar(reason="overuse")
        # A line stopped for another reason costs nothing, and a one-way bar must not loosen it.
        possible = not stop.held or not line.stop_reasons
    else:
        so = DATA_BARRING in await subscriptions.features_of(work, line.id)
        change, possible = orders.SwitchFeature(feature=DATA_BARRING, on=stop.held), True
    if so == stop.held:
        return _replace(stop, ours=stop.ours and so, tries=0)
    if not stop.held and not stop.ours:
        return stop
    if possible and await _place(work, line.id, change, stop.key):
        return _replace(stop, ours=True)
    await later(work, line.id, stop.tries)
    return stop


async def _place(work: UnitOfWork, line_id: UUID, change: orders.Change, key: str) -> bool:
    seen = await orders.preview(work, line_id, change)
    if not seen.allowed:
        return False
    await orders.place(work, line_id, change, confirmed=seen.token, key=f"{key}:{line_id}")
    return True


async def later(work: UnitOfWork, line_id: UUID, tries: int) -> None:
    """Try again after five minutes, doubling up to a day."""
    await work.later(
        ALIGN, {"line_id": line_id}, run_at=again_at(work.now, tries), key=str(line_id)
    )


def again_at(now: datetime, tries: int) -> datetime:
    """When to try once more."""
    return now + min(timedelta(days=1), RETRY * (1 << min(tries, 10)))
