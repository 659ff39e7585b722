"""Options that several commands share, and the settings they lead to."""

import argparse
from pathlib import Path

from yizhan import settings as house


class CommandTrouble(RuntimeError):
    """A command cannot do what was asked; the message says why and what to do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the data lies: needed by every command that touches the database."""
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="folder of the data (default: ./data)"
    )
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="a PostgreSQL 15 or newer of your own instead of the embedded one",
    )


def of(args: argparse.Namespace, **more: object) -> house.Settings:
    """The settings under the given arguments. Raises `SettingsTrouble`."""
    data = getattr(args, "data", None)
    return house.load(
        data_dir=str(data.resolve()) if data else None,
        database_url=getattr(args, "database_url", None),
        **more,
    )
