"""Load a made-up operator: people, lines, usage, bills and staff to sign in as.

Everything is synthetic and made from one seed. It goes into an empty database only; a database
that holds this demo already is left alone.

  yizhan demo 2004                          the plans of 2004, 2,000 subscribers
  yizhan demo today --subscribers 50000     a present-day catalogue
"""

import argparse
import asyncio
import json
from typing import Any

import msgspec

from yizhan import demo, main
from yizhan.commands import _demo_marks, _settings
from yizhan.commands._database import database
from yizhan.commands._progress import Bar
from yizhan.commands._settings import CommandTrouble
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.ids import NIL
from yizhan.platform import migrate
from yizhan.platform.garbage import collect_seldom
from yizhan.platform.work import Works
from yizhan.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    _settings.add_arguments(parser)
    parser.add_argument("catalogue", choices=("2004", "today"), help="which catalogue of plans")
    parser.add_argument("--subscribers", type=int, default=2000, help="how many (2000)")
    parser.add_argument(
        "--with-usage", type=int, default=10_000, help="how many of them have usage (10000)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same people")


def run(args: argparse.Namespace) -> int:
    """Load it, unless it is there."""
    settings = _settings.of(args)
    marks = _demo_marks.Marks(settings.data)
    collect_seldom()
    with database(settings) as url:
        said = asyncio.run(_load(msgspec.structs.replace(settings, database_url=url), args, marks))
    if args.json:
        print(json.dumps(said, ensure_ascii=False))
    else:
        print("\n".join(_demo_marks.as_lines(marks.logins)))
    return 0


async def _load(
    settings: Settings, args: argparse.Namespace, marks: _demo_marks.Marks
) -> dict[str, Any]:
    bar = Bar()
    await migrate.migrate(settings.database_url)
    async with main.open_works(settings) as works:
        there = await demo.loaded(works)
        if there is not None and there != args.catalogue:
            raise CommandTrouble(
                f"This database holds the demo {there}. Use another one for {args.catalogue}."
            )
        if there is not None:
            return {"catalogue": there, "loaded": False}
        await _refuse_own_data(works)
        report = await demo.load(
            works,
            catalogue=args.catalogue,
            subscribers=args.subscribers,
            with_usage=args.with_usage,
            seed=args.seed,
            progress=bar,
            database_url=settings.database_url,
        )
    bar.close()
    said: dict[str, Any] = msgspec.to_builtins(report)
    marks.keep(args.catalogue, said.get("logins", []))
    return {"catalogue": args.catalogue, "loaded": True, **said}


async def _refuse_own_data(works: Works) -> None:
    """An operator with customers of his own never gets made-up ones among them."""
    async with works.read(SYSTEM) as work:
        if await work.db.fetchval("SELECT 1 FROM event WHERE customer_id <> $1 LIMIT 1", NIL):
            raise CommandTrouble(
                "This database holds customers already; the demo goes into an empty one only. "
                "Choose another with --data or --database-url."
            )
