"""Look whether everything holds that must: ledger, bills, events, cases, jobs.

Runs every invariant of the house against the database and keeps the results, as the hourly look
does. Exit status 1 when one does not hold.

With --extras it compares the rating engine with an independent oracle on random plans and months
instead; seeds already done are remembered, so a long run can be stopped and gone on with. Then it
starts a house of its own and sends the whole API made-up requests.

  yizhan check
  yizhan check --json --database-url postgresql://yizhan@db/yizhan
  yizhan check --extras --plans 20000 --workers 2 --examples 100
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from yizhan.commands import _settings
from yizhan.commands._database import database
from yizhan.commands._ports import free_port
from yizhan.commands._settings import CommandTrouble
from yizhan.domain import assurance
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.db import open_pool
from yizhan.platform.work import Works

if TYPE_CHECKING:
    from yizhan.bench.api import Said


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    _settings.add_arguments(parser)
    parser.add_argument("--extras", action="store_true", help="what takes long instead")
    parser.add_argument("--plans", type=int, default=1000, help="with --extras: how many (1000)")
    parser.add_argument("--first-seed", type=int, default=1_000_000, help="with --extras")
    parser.add_argument("--workers", type=int, default=2, help="with --extras: processes (2)")
    parser.add_argument(
        "--examples",
        type=int,
        default=30,
        help="with --extras: requests to each operation of the API; 0: none (30)",
    )


def run(args: argparse.Namespace) -> int:
    """Look, and say what does not hold."""
    if args.extras:
        return _extras(args)
    with database(_settings.of(args)) as url:
        results = asyncio.run(look(url))
    broken = [result for result in results if not result.holds]
    if args.json:
        json.dump(
            {"holds": not broken, "checks": msgspec.to_builtins(results)},
            sys.stdout,
            ensure_ascii=False,
        )
        print()
    else:
        for result in results:
            print(_line(result))
            for example in result.examples:
                print(f"      {json.dumps(msgspec.to_builtins(example), ensure_ascii=False)}")
        print(f"{len(results) - len(broken)} of {len(results)} hold")
    return 1 if broken else 0


def _extras(args: argparse.Namespace) -> int:
    from yizhan.bench import extras

    file = _settings.of(args).data / "check-extras.json"
    done = extras.comparisons(
        file,
        args.plans,
        first_seed=args.first_seed,
        workers=args.workers,
        told=_told,
    )
    requests = asyncio.run(_api(args.examples, args.first_seed)) if args.examples else None
    if args.json:
        print(json.dumps(done | {"api": msgspec.to_builtins(requests)}))
    else:
        print(
            f"{done['months']} months, {done['records']} records compared:"
            f" {len(done['differences'])} differences, {done['beyond']} beyond the oracle;"
            f" seeds recorded in {file}"
        )
        if requests is not None:
            for one in (*requests.problems, *requests.broken_invariants):
                print(one)
            print(
                f"{requests.examples} requests to {requests.operations} operations:"
                f" {requests.server_errors} server errors, {requests.undocumented} undocumented"
                f" answers, {len(requests.broken_invariants)} invariants broken afterwards"
            )
    wrong = requests is not None and (requests.problems or requests.broken_invariants)
    return 1 if done["differences"] or wrong else 0


async def _api(examples: int, seed: int) -> "Said":
    """The whole API of a house made for it."""
    try:
        from yizhan.bench import api, house
    except ImportError as error:
        raise CommandTrouble(
            f"{error.name} is missing: install yizhan[test], or leave this out by --examples 0."
        ) from error
    async with house.standing(subscribers=200, port=free_port("127.0.0.1", 8790, only=False)) as it:
        return await api.whole_api(it, examples=examples, first_seed=seed, told=_told)


def _told(words: str) -> None:
    print(f"… {words}", file=sys.stderr, flush=True)


async def look(url: str) -> Sequence[assurance.Result]:
    """Every invariant against the database at *url*, the results kept."""
    pool = await open_pool(url, max_size=2)
    try:
        async with Works(pool).begin(SYSTEM) as work:
            return await assurance.look_at_all(work)
    finally:
        await pool.close()


def _line(result: assurance.Result) -> str:
    if result.error:
        return f"ERROR {result.name}: {result.error}"
    if result.holds:
        return f"ok    {result.name} – {result.title.en} ({result.took_ms} ms)"
    return f"BROKEN {result.name} – {result.title.en}: {result.breaches}"
