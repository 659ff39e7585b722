"""Make the bills of a month for every account whose period is over.

Accounts that have their bill are passed over, so a run that was killed is simply started again.
Several processes work side by side, each on its own share of the accounts. An account that cannot
be billed is left out and named with the reason; exit status 1 tells that there was one. When there
was nothing to bill, it says why.

  yizhan bill --month 2026-01
  yizhan bill --month 2026-01 --workers 8 --json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import date, datetime
from multiprocessing import get_context
from multiprocessing.queues import Queue
from queue import Empty
from typing import Any
from uuid import UUID

import msgspec

from yizhan import i18n, main
from yizhan.commands import _settings
from yizhan.commands._database import database
from yizhan.commands._progress import Bar
from yizhan.commands._settings import CommandTrouble
from yizhan.domain import billing
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.text import Text
from yizhan.settings import Settings

FAILURES_SHOWN = 100
_LOOK_SECONDS = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    _settings.add_arguments(parser)
    parser.add_argument("--month", required=True, metavar="YYYY-MM", help="the month to bill")
    parser.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes side by side (as many as processors)",
    )
    parser.add_argument(
        "--batch", type=int, default=50, metavar="N", help="accounts in a transaction (50)"
    )


def run(args: argparse.Namespace) -> int:
    """Bill the month, and say what it came to."""
    month = _month(args.month)
    if not 1 <= args.workers <= 64 or not 1 <= args.batch <= 1000:
        raise CommandTrouble("Use 1 to 64 --workers and a --batch of 1 to 1000.")
    settings = _settings.of(args)
    with database(settings) as url:
        said = _bill(msgspec.structs.replace(settings, database_url=url), month, args)
    if args.json:
        print(json.dumps(said, ensure_ascii=False))
    else:
        print(
            f"{said['month']}: {said['billed']} bills, {said['total_fen'] / 100:.2f} in all,"
            f" {said['failed']} accounts failed, {said['accounts_per_second']} accounts/s"
        )
        if said["reason"]:
            print(f"  {said['reason']['en']}\n  {said['reason']['zh']}")
        for failure in said["failures"]:
            print(f"  account {failure['account_id']}: {failure['message']}")
    return 1 if said["failed"] else 0


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007
    except ValueError:
        raise CommandTrouble(f"“{text}” is not a month. Write it like 2026-01.") from None


def _bill(settings: Settings, month: date, args: argparse.Namespace) -> dict[str, Any]:
    run_id, accounts = asyncio.run(_begin(settings, month))
    begun = time.monotonic()
    outcome = _shares(settings, month, run_id, accounts, args)
    seconds = time.monotonic() - begun
    none = outcome.billed + outcome.failed == 0
    failures, reason = asyncio.run(_end(settings, month, run_id, none=none))
    return {
        "month": f"{month:%Y-%m}",
        "run_id": str(run_id),
        **msgspec.to_builtins(outcome),
        "seconds": round(seconds, 2),
        "accounts_per_second": round((outcome.billed + outcome.failed) / max(seconds, 0.001), 1),
        "reason": reason and msgspec.to_builtins(reason),
        "failures": [
            {"account_id": str(one.account_id), "code": one.code, "message": one.message}
            for one in failures
        ],
    }


async def _begin(settings: Settings, month: date) -> tuple[UUID, int]:
    async with main.open_works(settings, connections=2) as works:
        async with works.begin(SYSTEM) as work:
            run_id = await billing.begin_run(work, month)
        async with works.read(SYSTEM) as work:
            return run_id, await billing.count_waiting(work, month)


async def _end(
    settings: Settings, month: date, run_id: UUID, *, none: bool
) -> tuple[Sequence[billing.FailedAccount], Text | None]:
    """End the run; who could not be billed, and why there were *none* to bill."""
    async with main.open_works(settings, connections=2) as works:
        async with works.begin(SYSTEM) as work:
            await billing.end_run(work, run_id)
        async with works.read(SYSTEM) as work:
            failures = await billing.list_failures(work, month=month, limit=FAILURES_SHOWN)
            if not none:
                return failures, None
            sentence, facts = await billing.why_none(work, month)
    words = {language: i18n.translate(language, sentence, **facts) for language in ("zh", "en")}
    return failures, Text(**words)


def _shares(
    settings: Settings, month: date, run_id: UUID, accounts: int, args: argparse.Namespace
) -> billing.Outcome:
    """Let the workers do their shares and draw how far they are."""
    bar, done, outcome = Bar(), 0, billing.Outcome()
    context = get_context("spawn")
    told: Queue[int] = context.Queue()
    with ProcessPoolExecutor(
        args.workers, mp_context=context, initializer=_tell_to, initargs=(told,)
    ) as pool:
        shares: list[Future[billing.Outcome]] = [
            pool.submit(_share, settings, month, run_id, (k, args.workers), args.batch)
            for k in range(args.workers)
        ]
        while not all(share.done() for share in shares) or not told.empty():
            try:
                done += told.get(timeout=_LOOK_SECONDS)
            except Empty:
                continue
            if not args.json:
                bar("bills", min(done, accounts), max(accounts, 1))
        for share in shares:
            outcome += share.result()
    bar.close()
    return outcome


_told: list[Queue[int]] = []
"""In a worker: where it tells how far it is."""


def _tell_to(queue: Queue[int]) -> None:
    _told.append(queue)


def _share(
    settings: Settings,
    month: date,
    run_id: UUID,
    part: tuple[int, int],
    batch: int,
) -> billing.Outcome:
    """One worker's share, in its own process."""

    async def work() -> billing.Outcome:
        async with main.open_works(settings, connections=2) as works:
            return await billing.run(
                works,
                SYSTEM,
                month,
                part=part,
                batch=batch,
                run_id=run_id,
                progress=lambda billed, failed: _told[0].put(billed + failed),
            )

    return asyncio.run(work())
