"""`yizhan up` with real processes: from nothing to ready, and through every way to die."""

import asyncio
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from yizhan.commands._database import embedded
from yizhan.platform.processes import alive

pytestmark = pytest.mark.processes

PATIENCE_SECONDS = 60


class Up:
    """A running `up` in a folder."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.out = folder / "out"
        with self.out.open("wb") as out, (folder / "err").open("wb") as err:
            self.process = subprocess.Popen(
                [*COMMAND, "up", "--data", str(folder), "--demo", "none", *arguments],
                stdout=out,
                stderr=err,
                env=ENVIRONMENT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.out.read_text()

    def ready(self) -> str:
        """The address it announced."""
        wait_until(lambda: "ready " in self.said or self.process.poll() is not None)
        assert self.said.startswith("ready "), (self.folder / "err").read_text()
        return self.said.split()[1]

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


COMMAND = [sys.executable, "-m", "yizhan.cli"]
ENVIRONMENT = {
    name: text for name, text in os.environ.items() if not name.startswith("YIZHAN_")
} | {"YIZHAN_WEB_PROCESSES": "1"}


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="yizhan-up-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def up(folder: Path) -> Iterator[Up]:
    started = Up(folder, "--port", str(unused_port()))
    yield started
    if started.process.poll() is None:
        started.stop()


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: object, seconds: float = PATIENCE_SECONDS) -> None:
    assert callable(true)
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def answers(address: str) -> bool:
    where = urlsplit(address)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def children(pid: int) -> dict[str, int]:
    """The direct children of `up` by what they are."""
    found = {}
    listed = subprocess.run(
        ["ps", "-ww", "--ppid", str(pid), "-o", "pid=,args="],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    for line in listed.splitlines():
        number, words = line.split(None, 1)
        for name in ("web", "worker", "postgres"):
            if words.endswith(f" {name}") or f"bin/{name} " in words:
                found[name] = int(number)
    return found


def test_a_second_one_is_told_and_sigterm_frees_everything(up: Up) -> None:
    address = up.ready()
    assert answers(address)
    wait_until(lambda: "log-ins" in up.said)
    assert "admin" in up.said and "to be changed at the first sign-in" in up.said
    assert [line for line in up.said.splitlines() if line.startswith("ready")] == up.said.split(
        "\n"
    )[:1]
    second = subprocess.run(
        [*COMMAND, "up", "--data", str(up.folder), "--json"],
        capture_output=True, text=True, env=ENVIRONMENT, check=False,
    )  # fmt: skip
    assert second.returncode == 4
    told = json.loads(second.stdout)
    assert (told["error"], told["pid"], told["address"]) == (
        "already_running", up.process.pid, address,
    )  # fmt: skip
    held = list(children(up.process.pid).values())
    assert len(held) == 3
    assert up.stop() == 0
    assert not any(alive(pid) for pid in held)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", urlsplit(address).port))
    for name in ("secrets.json", "lock"):
        assert (up.folder / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("victim", ["web", "worker", "postgres"])
def test_a_killed_child_is_replaced_and_pages_answer_again(up: Up, victim: str) -> None:
    address = up.ready()
    before = children(up.process.pid)
    os.kill(before[victim], signal.SIGKILL)
    wait_until(lambda: children(up.process.pid).get(victim, before[victim]) != before[victim])
    wait_until(lambda: answers(address))
    assert up.stop(signal.SIGINT) == 0


def test_after_its_own_kill_the_next_one_has_all_that_was_written(folder: Path) -> None:
    port = str(unused_port())
    first = Up(folder, "--port", port)
    first.ready()

    async def ask(query: str) -> object:
        connection = await asyncpg.connect(embedded(folder).running_url())
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    asyncio.run(ask("CREATE TABLE written AS SELECT 11 AS x"))
    held = children(first.process.pid)
    first.process.kill()
    first.process.wait()
    second = Up(folder, "--port", port)
    assert second.ready() == f"http://127.0.0.1:{port}/"
    assert not any(alive(pid) for pid in held.values())
    assert asyncio.run(ask("SELECT x FROM written")) == 11
    (folder / "demo-loading").touch()
    assert second.stop() == 0

    third = Up(folder, "--port", port)
    third.ready()
    assert asyncio.run(ask("SELECT to_regclass('written')::text")) is None, "half a demo is no data"
    assert third.stop() == 0


def test_stops_while_it_is_still_starting(folder: Path) -> None:
    starting = Up(folder, "--port", str(unused_port()))
    wait_until(lambda: (folder / "secrets.json").exists())
    time.sleep(0.3)
    assert starting.stop() == 0
    assert starting.said == ""


def test_a_wanted_port_that_is_taken_is_an_error_that_names_it(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = Up(folder, "--port", str(port))
        assert refused.process.wait(PATIENCE_SECONDS) == 1
    assert f"Port {port} of 127.0.0.1 is taken" in (folder / "err").read_text()


def test_runs_on_a_database_of_the_operators_own_without_any_demo(
    folder: Path, empty_database: str
) -> None:
    own = Up(folder, "--port", str(unused_port()), "--database-url", empty_database)
    own.ready()
    assert children(own.process.pid).keys() == {"web", "worker"}
    assert not (folder / "postgres").exists()
    wait_until(lambda: own.said.count("\n") == 3)
    assert own.said.count("Tianjin") == 0, "no demo, so nobody but the first administrator"
    assert own.stop() == 0
