"""Put a copy made by `backup` back: into a new data folder, or an empty database of your own.

Everything is checked before anything is written, the database is filled all or nothing, its tables
are counted against the copy, and everything that must always hold is looked at. Nothing that
exists is overwritten. A restored house goes on with the clocks and messages that were due when the
copy was taken: to look at a copy only, do not start its worker.

  yizhan restore /var/backups/yizhan/yizhan-20261122T020000Z --data /var/lib/yizhan-new
  yizhan restore COPY --identity key.txt --database-url postgresql://yizhan@db/empty --data DIR
"""

import argparse
import asyncio
import json
from pathlib import Path

from yizhan.commands import _settings
from yizhan.commands._database import database
from yizhan.commands._settings import CommandTrouble
from yizhan.commands.check import look
from yizhan.platform import backup
from yizhan.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    _settings.add_arguments(parser)
    parser.add_argument("copy", metavar="COPY", type=Path, help="the folder of one copy")
    parser.add_argument(
        "--identity", metavar="FILE", type=Path, help="file of the age key, for a sealed copy"
    )


def run(args: argparse.Namespace) -> int:
    """Check, fill, count, look."""
    settings = _settings.of(args)
    manifest = backup.read_manifest(args.copy)
    backup.look_over(args.copy, manifest)
    identity = _identity(args.identity)
    settings.data.mkdir(parents=True, exist_ok=True)
    backup.put_back_secrets(args.copy, manifest, settings.secrets_path, identity=identity)
    broken = _fill(args.copy, manifest, settings, identity)
    rows = sum(manifest.rows.values())
    if args.json:
        said = {"rows": rows, "taken_at": manifest.taken_at.isoformat(), "broken": broken}
        print(json.dumps(said))
    else:
        print(f"{rows:,} rows of {manifest.taken_at:%Y-%m-%d %H:%M} UTC are back")
        for name in broken:
            print(f"BROKEN {name}: see `yizhan check`")
    return 1 if broken else 0


def _fill(copy: Path, manifest: backup.Manifest, settings: Settings, identity: str) -> list[str]:
    with database(settings) as url:
        asyncio.run(backup.put_back(copy, manifest, url, scratch=settings.data, identity=identity))
        return [result.name for result in asyncio.run(look(url)) if not result.holds]


def _identity(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandTrouble(f"{path} cannot be read ({error.strerror}).") from error
