"""The word `yizhan`: finds the command that was asked for and runs it.

Every module in `yizhan.commands` is a command: its docstring is its help, `add_arguments` its
options, `run` its work. Only the one that is called is imported, so a small command starts fast.
"""

import argparse
import ast
import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from yizhan import commands

EXIT_TROUBLE = 1
EXIT_INTERRUPTED = 130
EXIT_READ_ENOUGH = 141
EXPECTED = {
    "SettingsTrouble",
    "PostgresTrouble",
    "NoBinaries",
    "MigrationTrouble",
    "CommandTrouble",
    "BackupTrouble",
}
"""Errors that say what to do themselves: shown as a sentence, not as a traceback."""

_ABOUT = """\
Customer care for telecom operators: one record, exact bills, an adviser, a desk that serves.
运营商客户服务：一份客户记录、精确的账单、消费参谋、一站式工作台。"""

_MORE = """\
start here:
  yizhan up                      everything on this machine, with a made-up operator to try
  yizhan up --demo none          the same without the made-up data
  yizhan test                    every check there is; in a clone, as ./yizhan test
  yizhan COMMAND --help          what a command does, with examples

Every option that names a setting can also be given as a variable, for example YIZHAN_PORT=9000;
docs/settings.md lists them. --json makes a command answer in JSON on standard output.
Exit status: 0 done, 1 trouble (a sentence says which), 2 wrong arguments, 3 packages missing,
4 already running."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser(called=next((word for word in words if not word.startswith("-")), None))
    args = parser.parse_args(words)
    if args.command is None:
        parser.print_help()
        return 2
    try:
        status = int(_module(args.command).run(args))
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # who read has read enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_READ_ENOUGH
    except Exception as error:
        if type(error).__name__ in EXPECTED or hasattr(error, "facts"):
            said = str(error)
        else:
            said = importlib.import_module("yizhan.commands._database").words_for(error)
        if said is None:
            raise
        _tell(error, said, as_json=args.json)
        return EXIT_TROUBLE


def _tell(error: Exception, words: str, *, as_json: bool) -> None:
    if as_json:
        kind = getattr(error, "code", type(error).__name__)
        print(json.dumps({"error": kind, "message": words}, ensure_ascii=False))
    print(f"yizhan: {words}", file=sys.stderr)


def _parser(called: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="yizhan",
        description=_ABOUT,
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name in names():
        words = _docstring(name)
        sub = subparsers.add_parser(
            name.replace("_", "-"),
            help=words.splitlines()[0].rstrip("."),
            description=words,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if called == name.replace("_", "-"):
            _module(name).add_arguments(sub)
        sub.add_argument("--json", action="store_true", help="answer in JSON, for machines")
    return parser


def names() -> list[str]:
    """The commands there are."""
    found = (module.name for module in pkgutil.iter_modules(commands.__path__))
    order = ("up", "web", "worker", "migrate", "demo")
    return sorted(
        (name for name in found if not name.startswith("_") and name != "tests"),
        key=lambda name: (order.index(name) if name in order else len(order), name),
    )


def _docstring(name: str) -> str:
    path = Path(next(iter(commands.__path__))) / f"{name}.py"
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or name


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"yizhan.commands.{name.replace('-', '_')}")


if __name__ == "__main__":
    sys.exit(main())
