"""Bring the database to the shape this version expects.

Applies the numbered files of src/yizhan/migrations that are missing, each in one transaction.
`up` does this by itself; call it before starting `web` and `worker` on a database of your own.

  yizhan migrate --dry-run --database-url postgresql://yizhan@db/yizhan
"""

import argparse
import asyncio
import json

from yizhan.commands import _settings
from yizhan.commands._database import database
from yizhan.platform import migrate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    _settings.add_arguments(parser)
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be applied")


def run(args: argparse.Namespace) -> int:
    """Apply, or tell."""
    with database(_settings.of(args)) as url:
        names = asyncio.run(migrate.migrate(url, dry_run=args.dry_run))
    if args.json:
        print(json.dumps({"applied": [] if args.dry_run else names, "missing": names}))
        return 0
    for name in names:
        print(f"{'would apply' if args.dry_run else 'applied'} {name}")
    if not names:
        print("nothing to apply")
    return 0
