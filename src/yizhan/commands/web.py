"""Serve the pages and the APIs.

One process for each core by default; one that dies is replaced. For a machine that runs no
worker and no database of its own; `up` starts everything together.

  YIZHAN_DATABASE_URL=postgresql://yizhan@db/yizhan yizhan web --host 0.0.0.0 --port 8010
"""

import argparse
import logging
import multiprocessing
import signal
from collections.abc import Callable
from typing import Any

from granian import Granian
from granian.constants import Interfaces, Loops, RuntimeModes

from yizhan import main
from yizhan.commands import _settings
from yizhan.platform import logs
from yizhan.platform.garbage import collect_seldom
from yizhan.platform.processes import die_with_parent
from yizhan.platform.supervise import wait_to_be_told
from yizhan.settings import Settings

KILL_SECONDS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    _settings.add_arguments(parser)
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default: 8010)")
    parser.add_argument("--processes", type=int, help="processes (default: one for each core)")


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    wait_to_be_told()
    settings = _settings.of(args, host=args.host, port=args.port, web_processes=args.processes)
    logs.set_up(form=settings.log_format, level=settings.log_level, process="web")
    load = _loader(settings)
    multiprocessing.set_start_method("fork")  # the serving processes share what is loaded here
    server = Granian(
        "yizhan.main:create_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.web_process_count,
        runtime_mode=RuntimeModes.st,
        loop=Loops.uvloop,
        backlog=2048,
        log_access=False,
        log_enabled=False,
        respawn_failed_workers=True,
        respawn_interval=0.2,
        workers_kill_timeout=KILL_SECONDS,
        process_name=None,
    )
    logging.getLogger("granian").propagate = True
    server.serve(target_loader=load, wrap_loader=False)
    return 0


def _loader(settings: Settings) -> Callable[[], Any]:
    """Build the application once, for all serving processes; each promises to die with us.

    Nothing is open yet: each process opens its connections when its loop runs.
    """
    promise = die_with_parent(signal.SIGKILL)
    application = main.create_app(settings)
    collect_seldom()

    def load() -> Any:
        promise()
        return application

    return load
