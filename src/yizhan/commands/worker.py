"""Do the jobs: reactions to events, clocks, bill runs.

Any number of workers may run on one database; each job is done once. `up` starts one.

  YIZHAN_DATABASE_URL=postgresql://yizhan@db/yizhan yizhan worker
"""

import argparse

import uvloop

from yizhan import main
from yizhan.commands import _settings
from yizhan.platform import logs
from yizhan.platform.garbage import collect_seldom


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    _settings.add_arguments(parser)
    parser.add_argument("--concurrency", type=int, help="jobs at a time (default: 4)")


def run(args: argparse.Namespace) -> int:
    """Work until told to stop."""
    settings = _settings.of(args, worker_concurrency=args.concurrency)
    logs.set_up(form=settings.log_format, level=settings.log_level, process="worker")
    collect_seldom()
    uvloop.run(main.run_worker(settings))
    return 0
