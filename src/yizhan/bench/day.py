"""A day of a large operator replayed through the real stack, then everything that must hold.

The article tells of several hundred thousand payments and orders a day. They come over HTTP as
fast as the house takes them; afterwards the worker and the network finish what was left, what was
answered is compared with the books, and every invariant is looked at.
"""

import asyncio
from typing import Any

from yizhan import main as composed
from yizhan.bench import acts
from yizhan.bench.desk import CLIENTS, House
from yizhan.domain import assurance
from yizhan.kernel.actor import SYSTEM

ACTS_A_DAY = 300_000
MIX = {"cash": 45, "online": 25, "order": 30}
"""Shares of payments at the desk, payments online and orders; sign-ins are site and staff."""
REST_SECONDS = 3600.0
_DUE = "SELECT count(*) FROM job WHERE run_at <= now() AND failed_at IS NULL"
_BOOKS = {
    "cash": "SELECT count(*) FROM payment WHERE kind = 'payment' AND method = 'cash'",
    "online": acts.POSTED,
    "order": acts.PLACED,
}


async def day(there: House, *, scale: float, mix: dict[str, int]) -> dict[str, Any]:
    """Replay *scale* of a day's acts in the shares of *mix*; ``broken`` must be empty."""
    clock = asyncio.get_running_loop().time
    total = max(CLIENTS, round(ACTS_A_DAY * scale))
    before = {kind: await acts.counted(there, sql) for kind, sql in _BOOKS.items()}
    what = await acts.task(there, mix, total=total)
    begun = clock()
    acted = await acts.apart(what)
    replayed = clock() - begun
    after, stuck = await acts.settled(there, patience=REST_SECONDS)
    rested = await _rest(there, clock() + REST_SECONDS)
    answered = {kind: acted.kinds.get(kind, 0) for kind in _BOOKS if kind in mix}
    books = {kind: await acts.counted(there, _BOOKS[kind]) - before[kind] for kind in answered}
    return {
        "acts": total,
        "mix": mix,
        "seconds": round(replayed, 1),
        "per_second": round(total / replayed, 1),
        "p99_ms": acted.whole.p99_ms,
        "failed": acted.whole.failed,
        "statuses": acted.whole.statuses,
        "answered": answered,
        "in_the_books": books,
        "apart": sum(abs(books[kind] - answered[kind]) for kind in answered),
        "network_done_after_seconds": after,
        "orders_stuck": stuck,
        "worker_done_after_seconds": round(clock() - begun - replayed, 1),
        "jobs_left": rested,
        **await _invariants(there),
    }


async def _rest(there: House, until: float) -> int:
    """Wait until the worker has nothing due; how much is left."""
    clock = asyncio.get_running_loop().time
    while (left := await acts.counted(there, _DUE)) and clock() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.5)
    return left


async def _invariants(there: House) -> dict[str, Any]:
    opened = composed.open_works(there.settings, connections=2)
    async with opened as works, works.begin(SYSTEM) as work:
        looked = await assurance.look_at_all(work)
    broken = [f"{one.name} {one.error or ''}".strip() for one in looked if not one.holds]
    return {"invariants": len(looked), "broken": broken}


def mix_of(text: str) -> dict[str, int]:
    """Shares from ``cash=45,online=25,order=30``. Raises ``ValueError``."""
    found = {}
    for part in text.split(","):
        kind, _, share = part.partition("=")
        if kind not in acts.KINDS or not share.isdigit() or int(share) == 0:
            raise ValueError(f"{part!r}: give shares like cash=45, of {', '.join(acts.KINDS)}.")
        found[kind] = int(share)
    return found
