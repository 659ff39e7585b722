"""Start everything on this machine: database, pages, worker, and a made-up operator to try.

Prints one line that begins with `ready` and the address, then the demo log-ins. Stop it with
Ctrl-C or SIGTERM. The second start on the same data takes seconds; what a killed one left behind
is taken over. Only this machine can reach it, unless --host says otherwise.

  yizhan up
  yizhan up --demo today --subscribers 10000 --data /var/lib/yizhan --port 8020
  yizhan up --demo none --database-url postgresql://yizhan@db/yizhan
"""

import argparse
import asyncio
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import msgspec
import structlog

from yizhan.commands import _demo_marks, _settings
from yizhan.commands._database import embedded, recreate
from yizhan.commands._ports import free_port, shown_address
from yizhan.commands._settings import CommandTrouble
from yizhan.platform import logs, migrate
from yizhan.platform.datalock import DataInUse, DataLock
from yizhan.platform.postgres import Postgres, PostgresTrouble
from yizhan.platform.processes import die_with_parent
from yizhan.platform.supervise import Child, stop_all
from yizhan.settings import Settings, environment

log = structlog.get_logger()

EXIT_IN_USE = 4
READY_PATH = "/health/ready"
READY_SECONDS = 180
_LOOK_SECONDS = 0.2
_FALLS_MAX = 4
_NETWORK_PORT = 8071
_PROVIDER_PORT = 8072


class _Stopped(BaseException):
    """Somebody asked us to stop. No `Exception`, so that nothing on the way swallows it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    _settings.add_arguments(parser)
    parser.add_argument(
        "--demo",
        choices=("2004", "today", "none"),
        help="made-up operator to load once (default: 2004 into a fresh embedded database)",
    )
    parser.add_argument(
        "--subscribers", type=int, default=2000, help="size of the made-up operator (2000)"
    )
    parser.add_argument(
        "--with-usage", type=int, default=10_000, help="how many of them have usage (10000)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same people")
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port (default: 8010, or the next free one)")


def run(args: argparse.Namespace) -> int:
    """Start, say so, look after everything, stop."""
    settings = _settings.of(args, host=args.host, port=args.port)
    logs.set_up(form=settings.log_format, level=settings.log_level)
    lock = DataLock(_open(settings.data))
    try:
        lock.take()
    except DataInUse as taken:
        _say_taken(taken, as_json=args.json)
        return EXIT_IN_USE
    with ExitStack() as stack:
        stack.callback(lock.release)
        try:
            _heed_signals(_stop)
            House(settings, args, lock, stack).stay_up()
        except _Stopped:
            _heed_signals(_ignore)
    return 0


def _open(folder: Path) -> Path:
    try:
        (folder / "log").mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CommandTrouble(
            f"The data folder {folder} cannot be made ({error.strerror}). Choose one with --data."
        ) from error
    return folder


def _say_taken(taken: DataInUse, *, as_json: bool) -> None:
    if as_json:
        said = {"error": "already_running", "pid": taken.pid, "address": taken.address}
        print(json.dumps(said | {"message": str(taken)}))
    print(f"yizhan: {taken}", file=sys.stderr)


def _stop(_: int, __: FrameType | None) -> None:
    raise _Stopped


def _ignore(_: int, __: FrameType | None) -> None:
    """Stopping is under way; being asked again changes nothing."""


def _heed_signals(how: Callable[[int, FrameType | None], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, how)


class House:
    """What runs, and the steps that bring it there. `stack` undoes them in reverse."""

    def __init__(
        self, settings: Settings, args: argparse.Namespace, lock: DataLock, stack: ExitStack
    ) -> None:
        self.settings, self.args, self.lock, self.stack = settings, args, lock, stack
        self.server: Postgres | None = None
        self.database_falls = 0
        self.web, self.worker = self.part("web"), self.part("worker")
        self.children: list[Child] = []
        self.simulators: list[Child] = []
        self.first_logins: list[dict[str, str]] = []

    def stay_up(self) -> None:
        """Everything, until a signal ends it."""
        self.choose_port()
        self.settings.secrets()
        self.load_ahead()
        self.start_database()
        self.migrate_and_load()
        self.start_network()
        self.start_provider()
        self.start(self.web)
        address = self.wait_until_ready()
        self.start(self.worker)
        self.lock.announce(address)
        self.say_ready(address)
        while True:
            time.sleep(_LOOK_SECONDS)
            self.look_after()

    def choose_port(self) -> None:
        """Settle on a port before anything slow happens."""
        explicit = self.args.port is not None or "YIZHAN_PORT" in os.environ
        port = free_port(self.settings.host, self.settings.port, only=explicit)
        self.settings = msgspec.structs.replace(
            self.settings, port=port, data_dir=str(self.settings.data.resolve())
        )

    def start_database(self) -> None:
        """The embedded server, unless the operator has one."""
        if self.settings.database_url:
            return
        server = embedded(self.settings.data)
        self.stack.callback(server.stop)
        server.start()
        self.server = server
        self.settings = msgspec.structs.replace(self.settings, database_url=server.url)

    def migrate_and_load(self) -> None:
        """Bring tables to their shape, and load the demo once if one is wanted."""
        marks = _demo_marks.Marks(self.settings.data)
        if marks.loading:
            self.begin_anew()
            marks.end()
        applied = asyncio.run(migrate.migrate(self.settings.database_url))
        fresh = any(name.startswith("0001_") for name in applied)
        wanted = self.args.demo or ("2004" if fresh and self.server else "none")
        loaded = marks.loaded
        if wanted == "none" and fresh:
            self.first_logins = self.make_first_administrator()
        if wanted == "none" or loaded == wanted:
            return
        if loaded is not None:
            raise CommandTrouble(
                f"This data holds the demo {loaded}, not {wanted}. Choose another folder with "
                f"--data, or leave --demo out."
            )
        marks.begin()
        self.run_demo(wanted)
        marks.end()

    def make_first_administrator(self) -> list[dict[str, str]]:
        """A house without a demo needs somebody who can add the others; shown this once."""
        made = subprocess.run(
            [sys.executable, "-m", "yizhan.cli", "admin", "--json"],
            stdout=subprocess.PIPE,
            env=self.environment(),
            check=True,
        )
        said = json.loads(made.stdout)
        if said["login"] is None:
            return []
        return [said | {"words": "to be changed at the first sign-in 首次登录须修改"}]

    def begin_anew(self) -> None:
        """A demo was cut off half-way; nobody was served from it yet, so it is made again."""
        if self.server is None:
            raise CommandTrouble(
                "Loading the demo was interrupted and your database holds a part of it. Empty the "
                f"database, remove {_demo_marks.Marks(self.settings.data).loading_file}, and "
                "start again."
            )
        asyncio.run(recreate(self.server))

    def run_demo(self, catalogue: str) -> None:
        """Load in a process of its own, whose memory is given back when it is done."""
        loading = subprocess.Popen(
            [
                sys.executable, "-m", "yizhan.cli", "demo", catalogue,
                "--subscribers", str(self.args.subscribers),
                "--with-usage", str(self.args.with_usage), "--seed", str(self.args.seed),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=self.environment(),
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )  # fmt: skip
        try:
            status = loading.wait()
        except _Stopped:
            loading.kill()
            loading.wait()
            raise
        if status != 0:
            raise CommandTrouble(f"The demo could not be loaded (status {status}).")

    def start_network(self) -> None:
        """A made-up operator gets a made-up network, which knows its lines from the start."""
        if self.settings.network_url or _demo_marks.Marks(self.settings.data).loaded is None:
            return
        port = free_port("127.0.0.1", _beside(_NETWORK_PORT, self.settings.port), only=False)
        register = self.settings.data / "network.jsonl"
        if not register.exists():
            from yizhan.commands import _network  # brings the whole house along: seconds

            asyncio.run(_network.write_register(self.settings, register))
        child = Child(
            "network",
            [sys.executable, "-m", "yizhan_sims.network", "--port", str(port), "--state",
             str(register)],
            self.environment() | {"NETWORK_SECRET": self.settings.network_key()},
            self.settings.data / "log" / "network.log",
        )  # fmt: skip
        self.settings = msgspec.structs.replace(
            self.settings, network_url=f"http://127.0.0.1:{port}"
        )
        self.stack.callback(stop_all, [child])
        child.start()
        self.simulators.append(child)

    def start_provider(self) -> None:
        """A made-up operator is paid through a made-up payment provider."""
        if self.settings.provider_url or _demo_marks.Marks(self.settings.data).loaded is None:
            return
        network = urlsplit(self.settings.network_url).port
        port = free_port(
            "127.0.0.1",
            _beside(_PROVIDER_PORT, self.settings.port),
            only=False,
            but=[network] if network else [],
        )
        child = Child(
            "provider",
            [sys.executable, "-m", "yizhan_sims.provider", "--port", str(port), "--data",
             str(self.settings.data / "provider"), "--zone", self.settings.time_zone],
            self.environment() | {"PROVIDER_SECRET": self.settings.provider_key()},
            self.settings.data / "log" / "provider.log",
        )  # fmt: skip
        self.settings = msgspec.structs.replace(
            self.settings, provider_url=f"http://127.0.0.1:{port}"
        )
        self.stack.callback(stop_all, [child])
        child.start()
        self.simulators.append(child)

    def load_ahead(self) -> None:
        """Let the pages load their code while the database starts, unless much comes before."""
        self.stack.callback(stop_all, [self.web])
        if self.settings.database_url or _demo_marks.Marks(self.settings.data).loaded:
            self.web.warm()

    def start(self, child: Child) -> None:
        """Start a part of the house, and stop it before what it stands on."""
        child.environment = self.environment()
        self.children.append(child)
        self.stack.callback(stop_all, [child])
        child.start()

    def part(self, name: str) -> Child:
        """A command that runs as long as we do."""
        arguments = [sys.executable, "-m", "yizhan.cli", name]
        return Child(name, arguments, {}, self.settings.data / "log" / f"{name}.log")

    def environment(self) -> dict[str, str]:
        """What a child is given: our surroundings and the settings as they were resolved."""
        return os.environ | environment(self.settings) | {"PYTHONUNBUFFERED": "1"}

    def wait_until_ready(self) -> str:
        """Ask the pages until they answer; returns their address."""
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(self.settings):
            broken = next((c for c in self.children if c.falls >= _FALLS_MAX), None)
            if broken or time.monotonic() > deadline:
                child = broken or self.children[0]
                raise CommandTrouble(
                    f"{child.name} does not come up. Its last words, from {child.log_file}:\n"
                    f"{child.last_words()}"
                )
            time.sleep(0.05)
            self.look_after()
        return shown_address(self.settings)

    def look_after(self) -> None:
        """Replace what has fallen, the database first."""
        self._look_after_database()
        now = time.monotonic()
        for child in [*self.children, *self.simulators]:
            child.look_after(now)

    def _look_after_database(self) -> None:
        """Start the database again when it has fallen, also when it falls while recovering."""
        if self.server is None:
            return
        try:
            if self.server.restart_if_dead():
                log.warning("database.fell", started="again")
            self.database_falls = 0
        except PostgresTrouble as trouble:
            self.database_falls += 1
            if self.database_falls >= _FALLS_MAX:
                raise
            log.warning("database.fell", started="not yet", error=str(trouble)[-300:])
            time.sleep(_LOOK_SECONDS * 2**self.database_falls)

    def say_ready(self, address: str) -> None:
        """The line that others wait for, then who may sign in."""
        logins = self.first_logins or _demo_marks.Marks(self.settings.data).logins
        if self.args.json:
            print(json.dumps({"ready": address, "logins": logins}, ensure_ascii=False), flush=True)
            return
        lines = [f"ready {address}", *_demo_marks.as_lines(logins)]
        print("\n".join(lines), flush=True)


def _beside(first: int, port: int) -> int:
    """Where to look for a free port first: houses that start together do not take the same."""
    return first + 2 * ((port - 8010) % 5000)


def _answers(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "") else settings.host  # noqa: S104
    connection = http.client.HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", READY_PATH)
        return connection.getresponse().status == 200
    except OSError:
        return False
    except http.client.HTTPException:
        return False
    finally:
        connection.close()
