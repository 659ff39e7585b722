"""Number prefixes of your own: added to the built-in table of zones, or put in place of its rows.

A record whose dialled number leads to no zone waits in quarantine (unknown_zone) until its prefix
is here. The file is CSV with the columns of the built-in table; a prefix that begins on the same
day takes the place of the one before. All of a file, or nothing of it.

  yizhan prefixes                                    your own rows
  yizhan prefixes --built-in > mine.csv              the house's table, to write after
  yizhan prefixes mine.csv --dry-run                 read only: what would be refused
  yizhan prefixes mine.csv                           keep them
  yizhan intake --replay --reason unknown_zone       then take in what waited for them
"""

import argparse
import asyncio
import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from yizhan import main
from yizhan.commands import _settings
from yizhan.commands._database import database
from yizhan.commands._settings import CommandTrouble
from yizhan.domain import usage
from yizhan.kernel.actor import SYSTEM
from yizhan.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    _settings.add_arguments(parser)
    parser.add_argument("file", nargs="?", type=Path, help="CSV with the rows to keep")
    parser.add_argument("--dry-run", action="store_true", help="read the file, keep nothing")
    parser.add_argument("--built-in", action="store_true", help="show the built-in table")


def run(args: argparse.Namespace) -> int:
    """Show, or keep."""
    if args.built_in:
        _show(usage.built_in_rows(), as_json=args.json)
        return 0
    rows = _read(args.file) if args.file else None
    if rows is not None and args.dry_run:
        _tell(rows, args)
        return 0
    settings = _settings.of(args)
    with database(settings) as url:
        opened = msgspec.structs.replace(settings, database_url=url)
        if rows is None:
            _show(asyncio.run(_own(opened)), as_json=args.json)
            return 0
        asyncio.run(_keep(opened, rows))
    _tell(rows, args)
    return 0


def _read(path: Path) -> list[usage.PrefixRow]:
    try:
        return usage.read_prefixes(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandTrouble(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise CommandTrouble(f"{path} is not UTF-8.") from None


async def _own(settings: Settings) -> Sequence[usage.PrefixRow]:
    async with main.open_works(settings, connections=1) as works, works.read(SYSTEM) as work:
        return await usage.list_prefixes(work)


async def _keep(settings: Settings, rows: Sequence[usage.PrefixRow]) -> None:
    async with main.open_works(settings, connections=1) as works, works.begin(SYSTEM) as work:
        for row in rows:
            await usage.put_prefix(work, row)


def _tell(rows: Sequence[usage.PrefixRow], args: argparse.Namespace) -> None:
    if args.json:
        print(json.dumps({"rows": len(rows), "kept": not args.dry_run}))
        return
    did = "could be kept" if args.dry_run else "are kept"
    print(f"{len(rows):,} prefixes {did}")
    if not args.dry_run:
        print("yizhan intake --replay --reason unknown_zone takes in what waited for them")


def _show(rows: Sequence[usage.PrefixRow], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([msgspec.to_builtins(row) for row in rows], ensure_ascii=False))
        return
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(usage.PREFIX_COLUMNS)
    for row in rows:
        out.writerow(
            [
                row.prefix, row.valid_from or "", row.valid_to or "", row.kind, row.zone, row.net,
                row.area, row.name.zh, row.name.en,
            ]
        )  # fmt: skip
