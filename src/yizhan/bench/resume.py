"""From a payment's posting to the resume order being out: under the real worker of the house.

Accounts of the demo are stopped for arrears, then paid, a few at a time. The time runs from the
moment the payer has his receipt to the moment anybody can see the order, looked for every 5 ms.
"""

import asyncio
import statistics
import time
from typing import Any
from uuid import UUID

from yizhan import main
from yizhan.bench.desk import House
from yizhan.domain import ledger, payments, subscriptions
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.ids import new_id
from yizhan.platform.work import Works

PAYERS = 4
LOOK_SECONDS = 0.005
PATIENCE_SECONDS = 30.0
_CHOSEN = """
SELECT a.customer_id, a.id AS account_id, min(l.id::text)::uuid AS line_id
  FROM account a JOIN line l ON l.account_id = a.id
 WHERE a.payment_kind = 'postpaid' AND a.status = 'active' AND l.state = 'active'
 GROUP BY a.customer_id, a.id HAVING count(*) = 1 ORDER BY a.id LIMIT $1
"""
_STOPPED = """
INSERT INTO dunning (customer_id, account_id, step, step_at, rule, one_way_at)
VALUES ($1, $2, 'one_way', $3, 'standard', $3)
ON CONFLICT (customer_id, account_id) DO UPDATE SET step = 'one_way', one_way_at = $3
"""
_DUE = "SELECT count(*) FROM job WHERE run_at <= $1 AND failed_at IS NULL"
_OUT = "SELECT 1 FROM care_order WHERE line_id = $1 AND kind = 'unbar' AND placed_at >= $2"


async def resume(house: House, *, count: int = 200) -> dict[str, Any]:
    """Median and p99 of *count* payments, in milliseconds; ``lost``: no order in 30 seconds."""
    async with main.open_works(house.settings, connections=PAYERS + 2) as works:
        await _idle(works)
        async with works.read(SYSTEM) as work:
            rows = await work.db.fetch(_CHOSEN, count)
        stopped = [(row["customer_id"], row["account_id"], row["line_id"]) for row in rows]
        for customer_id, account_id, line_id in stopped:
            await _stop(works, customer_id, account_id, line_id)
        waiting = iter(stopped)
        found: list[float | None] = []

        async def payer() -> None:
            for customer_id, account_id, line_id in waiting:
                found.append(await _pay(works, customer_id, account_id, line_id))

        await asyncio.gather(*(payer() for _ in range(PAYERS)))
    seconds = sorted(one for one in found if one is not None)
    if not seconds:
        return {"payments": len(found), "lost": len(found)}
    return {
        "payments": len(found),
        "payers": PAYERS,
        "median_ms": round(statistics.median(seconds) * 1000, 1),
        "p99_ms": round(seconds[min(len(seconds) - 1, int(len(seconds) * 0.99))] * 1000, 1),
        "longest_ms": round(seconds[-1] * 1000, 1),
        "lost": len(found) - len(seconds),
    }


async def _idle(works: Works) -> None:
    """Wait until the worker has done what the demo left to be done."""
    while True:
        async with works.read(SYSTEM) as work:
            if not await work.db.fetchval(_DUE, work.now):
                return
        await asyncio.sleep(1)


async def _stop(works: Works, customer_id: UUID, account_id: UUID, line_id: UUID) -> None:
    async with works.begin(SYSTEM) as work:
        await subscriptions.change_state(
            work,
            line_id,
            subscriptions.State.STOPPED,
            reason=subscriptions.StopReason.ARREARS,
        )
        await work.db.execute(_STOPPED, customer_id, account_id, work.now)


async def _pay(works: Works, customer_id: UUID, account_id: UUID, line_id: UUID) -> float | None:
    async with works.begin(SYSTEM) as work:
        since = work.now
        owed = await ledger.balance_of(work, customer_id, account_id)
        await payments.take_cash(
            work, account_id=account_id, amount=max(100, owed.amount), key=str(new_id())
        )
    posted = time.perf_counter()
    while time.perf_counter() - posted < PATIENCE_SECONDS:
        async with works.read(SYSTEM) as work:
            if await work.db.fetchval(_OUT, line_id, since):
                return time.perf_counter() - posted
        await asyncio.sleep(LOOK_SECONDS)
    return None
