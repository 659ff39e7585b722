"""Volumes: rows taken in and accounts billed in a second, and whether that falls as they grow."""

import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from yizhan import main
from yizhan.bench import desk
from yizhan.domain import billing, usage
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.period import add_months, midnight
from yizhan.platform.work import Works

INTAKE_ROWS = (20_000, 80_000, 320_000)
"""Each four times the one before."""
BILL_PARTS = 4


async def intake(there: desk.House) -> dict[str, Any]:
    """CDRs as CSV through the whole intake: parsing, lines, classes, keys, journal."""
    numbers = [
        row["number"]
        for row in await desk.some(
            there.url, "SELECT number FROM line_number WHERE number LIKE '1301%' LIMIT $1", 2000
        )
    ]
    mapping = usage.built_in_mapping("standard")
    found = []
    with tempfile.TemporaryDirectory() as folder:
        async with main.open_works(there.settings, connections=2) as works:
            for rows in INTAKE_ROWS:
                file = Path(folder) / f"{rows}.csv"
                _write(file, numbers, rows)
                started = time.perf_counter()
                done = await usage.intake(works, file, mapping=mapping, actor=SYSTEM)
                taken = time.perf_counter() - started
                found.append(
                    {
                        "rows": rows,
                        "accepted": done.counts.accepted,
                        "seconds": round(taken, 2),
                        "rows_per_second": round(rows / taken),
                    }
                )
    return {"runs": found, "growth": _growth([run["rows_per_second"] for run in found])}


def _write(file: Path, numbers: list[str], rows: int) -> None:
    chance = random.Random(rows)
    start = datetime.now(UTC) - timedelta(days=3)
    with file.open("w", encoding="utf-8") as out:
        out.write("key,number,peer,at,service,quantity,direction\n")
        for row in range(rows):
            at = start + timedelta(seconds=chance.randrange(250_000))
            peer = chance.choice(("13002201234", "04518620017", "1791104518620017", "02223456789"))
            out.write(
                f"b{rows}-{row},{chance.choice(numbers)},{peer},{at:%Y-%m-%dT%H:%M:%SZ},"
                f"voice,{chance.randrange(1, 900)},out\n"
            )


async def billing_run(there: desk.House) -> dict[str, Any]:
    """The bills of the running month, as if it were over, a quarter of the accounts at a time."""
    found = []
    async with main.open_works(there.settings, connections=4) as works:
        async with works.read(SYSTEM) as work:
            month = work.today.replace(day=1)
        over = midnight(add_months(month, 1), works.zone) + timedelta(hours=3)
        then = Works(works.pool, clock=lambda: over, listeners=works.listeners, zone=works.zone)
        for part in range(BILL_PARTS):
            started = time.perf_counter()
            done = await billing.run(then, SYSTEM, month, part=(part, BILL_PARTS))
            taken = time.perf_counter() - started
            found.append(
                {
                    "accounts": done.billed,
                    "failed": done.failed,
                    "seconds": round(taken, 2),
                    "accounts_per_second": round(done.billed / taken, 1),
                }
            )
    return {"runs": found, "growth": _growth([run["accounts_per_second"] for run in found])}


def _growth(rates: list[float]) -> float:
    """The last rate as a share of the first: 1.0 is no loss with size."""
    return round(rates[-1] / rates[0], 2) if rates and rates[0] else 0.0
