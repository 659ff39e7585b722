"""Take in files of call records (CSV, JSON lines, either packed with gzip).

Each row is accepted, known already, or kept in quarantine with its reason. A file that was stopped
in the middle, even by a power cut, goes on where it stood; a finished one is not read again.

  yizhan intake cdr-20041101.csv --mapping switch
  yizhan intake history.csv --mapping phone-history --number 13012345678
  yizhan intake --list-mappings               what comes with the house
  yizhan intake --show-mapping standard       to write one of your own after it
  yizhan intake cdr.csv --mapping mine.yaml --dry-run       what would be kept aside
  yizhan intake --replay --reason unknown_line              after the lines were added
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from yizhan import main
from yizhan.commands import _settings
from yizhan.commands._database import database
from yizhan.commands._progress import Bar
from yizhan.commands._settings import CommandTrouble
from yizhan.commands.rate import mapping_of
from yizhan.domain import usage
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works
from yizhan.settings import Settings

Done = TypeVar("Done")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    _settings.add_arguments(parser)
    parser.add_argument("files", metavar="FILE", nargs="*", help="“-” is standard input")
    parser.add_argument("--mapping", metavar="NAME|FILE", help="how the files are to be read")
    parser.add_argument("--source", metavar="NAME",
                        help="where the keys are unique (default: the mapping's)")  # fmt: skip
    parser.add_argument("--number", default="", help="the line, where a file names none")
    parser.add_argument("--home-area", default="", metavar="CODE",
                        help="area code of lines that have none")  # fmt: skip
    parser.add_argument("--batch-rows", type=int, default=usage.BATCH_ROWS, metavar="N")
    parser.add_argument("--again", action="store_true", help="read a finished file once more")
    parser.add_argument("--force", action="store_true",
                        help="take in a file of which nothing fits")  # fmt: skip
    parser.add_argument(
        "--dry-run", action="store_true", help="take the files in and back out again"
    )
    parser.add_argument("--replay", action="store_true", help="read quarantined rows again")
    parser.add_argument("--reason", help="with --replay: only these")
    parser.add_argument("--list-mappings", action="store_true")
    parser.add_argument("--show-mapping", metavar="NAME")


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    if args.list_mappings:
        return _list(args)
    if args.show_mapping:
        print(usage.built_in_mapping(args.show_mapping).body, end="")
        return 0
    if not args.files and not args.replay:
        raise CommandTrouble("Name a file to take in, or see yizhan intake --help.")
    if not 1 <= args.batch_rows <= 200_000:
        raise CommandTrouble("--batch-rows must be 1 to 200000.")
    settings = _settings.of(args)
    with database(settings) as url:
        said = asyncio.run(_take(msgspec.structs.replace(settings, database_url=url), args))
    if args.json:
        print(json.dumps(said, ensure_ascii=False))
    return 0


def _list(args: argparse.Namespace) -> int:
    known = usage.built_in()
    if args.json:
        print(json.dumps({name: msgspec.to_builtins(one.text) for name, one in known.items()},
                         ensure_ascii=False))  # fmt: skip
        return 0
    for name, one in known.items():
        print(f"{name:16} {one.format:6} {one.text.en} {one.text.zh}")
    return 0


def _mapping(args: argparse.Namespace, file: str) -> usage.Mapping:
    if args.mapping is None and file == "-":
        return usage.built_in_mapping("standard")
    found = mapping_of(args.mapping, Path(file))
    if found is None:
        raise CommandTrouble(
            f"{file} does not have the columns of the standard mapping. Name one with --mapping; "
            "yizhan intake --list-mappings shows them."
        )
    return found


async def _take(settings: Settings, args: argparse.Namespace) -> Any:
    async with main.open_works(settings, connections=3) as works:
        if args.replay:
            taken = await usage.replay_all(works, SYSTEM, reason=args.reason, source=args.source)
            if not args.json:
                print(f"{taken:,} quarantined rows were taken in")
            return {"replayed": taken}
        said = []
        for name in args.files:
            if args.dry_run:
                tried = await _one(works, args, name, usage.try_intake)
                said.append({"file": name, **msgspec.to_builtins(tried)})
                if not args.json:
                    _tell_trial(name, tried)
                continue
            done = await _one(works, args, name, usage.intake)
            said.append(msgspec.to_builtins(done))
            if not args.json:
                _tell(name, done)
        return said


async def _one(
    works: Works, args: argparse.Namespace, name: str, take: Callable[..., Awaitable[Done]]
) -> Done:
    bar = Bar()

    def tell(counts: usage.Counts, done: int, size: int | None) -> None:
        bar(Path(name).name[:28], done, size or done * 2)

    try:
        return await take(
            works,
            sys.stdin.buffer if name == "-" else Path(name),
            mapping=_mapping(args, name),
            actor=SYSTEM,
            name=args.source,
            number=args.number,
            home_area=args.home_area,
            again=args.again,
            force=args.force,
            batch_rows=args.batch_rows,
            progress=tell,
        )
    except OSError as error:
        raise CommandTrouble(f"{name} cannot be read: {error.strerror}.") from error
    finally:
        bar.close()


def _tell(name: str, done: usage.Intake) -> None:
    counts = done.counts
    before = " (taken in before; nothing was read)" if done.known_before else ""
    print(
        f"{name}: {counts.rows_read:,} rows{before}: {counts.accepted:,} accepted, "
        f"{counts.duplicates:,} known already, {counts.quarantined:,} in quarantine, "
        f"{counts.late:,} late, {counts.corrected:,} corrections"
    )


def _tell_trial(name: str, tried: usage.TrialRun) -> None:
    _tell(name, tried.intake)
    print("  dry run: nothing was kept")
    for reason, count in tried.reasons.items():
        print(f"  {count:>12,}  {reason}")
    for row in tried.rows:
        print(f"  row {row.row}: {row.message.en} {row.message.zh}")
    if (more := sum(tried.reasons.values()) - len(tried.rows)) > 0:
        print(f"  … and {more:,} more")
