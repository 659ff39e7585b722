"""Copy the database and the secrets into a new folder, while everything goes on working.

The copy is of one moment. Name one or more age recipients with --to, and it is sealed for them as
it is written: then even the machine that takes it cannot read it. Without, whoever reads the files
reads everything about every customer. With --keep the oldest copies in the folder are removed.

  yizhan backup /var/backups/yizhan --keep 14 --to age1...
  yizhan backup /mnt/copies --database-url postgresql://yizhan@db/yizhan
"""

import argparse
import asyncio
import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from yizhan.commands import _settings
from yizhan.commands._database import database
from yizhan.commands._settings import CommandTrouble
from yizhan.platform import backup


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    _settings.add_arguments(parser)
    parser.add_argument("into", metavar="DIR", type=Path, help="folder of the copies")
    parser.add_argument(
        "--to",
        metavar="RECIPIENT",
        action="append",
        default=[],
        help="age recipient (age1...) to seal the copy for; may be given again",
    )
    parser.add_argument("--keep", metavar="N", type=int, help="remove all but the newest N copies")


def run(args: argparse.Namespace) -> int:
    """Take a copy, and say where it lies."""
    if args.keep is not None and args.keep < 1:
        raise CommandTrouble("--keep must be at least 1: the copy just taken.")
    settings = _settings.of(args)
    settings.secrets()
    with database(settings) as url:
        folder = asyncio.run(
            backup.take(
                url, settings.secrets_path, args.into, now=datetime.now(UTC), recipients=args.to
            )
        )
    manifest = backup.read_manifest(folder)
    removed = _remove_old(args.into, args.keep) if args.keep else []
    if args.json:
        facts = {"folder": str(folder), "removed": [str(old) for old in removed]}
        print(json.dumps(facts | msgspec.to_builtins(manifest)))
        return 0
    size = sum(one.bytes for one in manifest.files) / 1e6
    print(f"{folder}: {sum(manifest.rows.values()):,} rows, {size:.1f} MB")
    for old in removed:
        print(f"removed {old}")
    if not manifest.sealed:
        print(
            "yizhan: the copy is not sealed; whoever reads it reads everything (see --to).",
            file=sys.stderr,
        )
    return 0


def _remove_old(into: Path, keep: int) -> list[Path]:
    """Remove complete copies beyond the newest *keep*; the names sort by time."""
    complete = sorted(path.parent for path in into.glob(f"yizhan-*Z/{backup.MANIFEST}"))
    old = complete[:-keep]
    for folder in old:
        shutil.rmtree(folder)
    return old
