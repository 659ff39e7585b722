"""The launcher of the embedded server, with real processes."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from yizhan.platform import postgres_binaries, postgres_tuning
from yizhan.platform.datalock import DataInUse
from yizhan.platform.postgres import Postgres, PostgresTrouble
from yizhan.platform.postgres_binaries import NoBinaries
from yizhan.platform.processes import alive, working_in

pytestmark = [pytest.mark.processes, pytest.mark.database]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that any account can enter; pytest's own cannot be."""
    made = Path(tempfile.mkdtemp(prefix="yizhan-postgres-"))
    made.chmod(0o711)
    yield made
    for pid in working_in(made / "pg" / "cluster"):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def server(folder: Path) -> Iterator[Postgres]:
    made = Postgres(folder / "pg", durable=False)
    yield made
    made.stop()


async def value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_what_was_written_is_there_after_a_restart(server: Postgres) -> None:
    server.start()
    await value(server.url, "CREATE TABLE kept AS SELECT 42 AS x")
    server.stop()
    server.start()
    assert await value(server.url, "SELECT x FROM kept") == 42


async def test_the_application_is_no_superuser_and_needs_its_password(server: Postgres) -> None:
    server.start()
    assert await value(server.url, "SELECT current_setting('is_superuser')") == "off"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await value(server.url.replace(server._credentials()["yizhan"], "guess"), "SELECT 1")
    assert (server.folder / "credentials.json").stat().st_mode & 0o777 == 0o600
    assert server.sockets.stat().st_mode & 0o777 == 0o700
    assert await value(server.url, "SHOW listen_addresses") == ""


async def test_text_is_ordered_by_code_point_and_its_case_is_known(server: Postgres) -> None:
    server.start()
    assert await value(server.url, "SELECT 'B' < 'a' AND lower('É') = 'é'") is True


def test_a_second_starter_is_told_who_runs(server: Postgres) -> None:
    server.start()
    with pytest.raises(DataInUse) as told:
        Postgres(server.folder, durable=False).start()
    assert told.value.pid == os.getpid()


async def test_a_server_that_was_killed_comes_back_with_what_it_had_promised(
    folder: Path,
) -> None:
    server = Postgres(folder / "pg")
    server.start()
    await value(server.url, "CREATE TABLE promised AS SELECT 7 AS x")
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    assert server.restart_if_dead()
    assert await value(server.url, "SELECT x FROM promised") == 7
    assert not server.restart_if_dead()
    server.stop()


_STARTER = """
import sys, time
from pathlib import Path
from yizhan.platform.postgres import Postgres
Postgres(Path(sys.argv[1])).start()
print("up", flush=True)
time.sleep(60)
"""


def start_elsewhere(folder: Path) -> subprocess.Popen[bytes]:
    """A server owned by another process of ours."""
    other = subprocess.Popen(
        [sys.executable, "-c", _STARTER, str(folder / "pg")], stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    assert other.stdout.readline() == b"up\n"
    other.stdout.close()
    return other


def test_dies_with_the_process_that_started_it(folder: Path) -> None:
    other = start_elsewhere(folder)
    assert working_in(folder / "pg" / "cluster")
    other.kill()
    other.wait()
    deadline = time.monotonic() + 20
    while working_in(folder / "pg" / "cluster") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert working_in(folder / "pg" / "cluster") == []


async def test_takes_over_at_once_what_a_killed_process_left(folder: Path) -> None:
    other = start_elsewhere(folder)
    server = Postgres(folder / "pg")
    await value(server.running_url(), "CREATE TABLE left_over AS SELECT 1 AS x")
    other.kill()
    other.wait()
    server.start()
    assert await value(server.url, "SELECT x FROM left_over") == 1
    server.stop()


def test_a_zombie_is_not_taken_for_a_running_server(server: Postgres) -> None:
    server.start()
    server.stop()
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    assert not alive(zombie.pid)
    for mark in (server.cluster / "postmaster.pid", server.sockets / ".s.PGSQL.5432.lock"):
        mark.write_text(f"{zombie.pid}\n{server.cluster}\n")
    server.start()
    assert asyncio.run(value(server.url, "SELECT 1")) == 1
    zombie.wait()


async def test_half_a_cluster_is_made_again(server: Postgres) -> None:
    server.folder.mkdir()
    half = server.folder / "cluster.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server.start()
    assert await value(server.url, "SELECT 1") == 1


async def test_a_long_path_does_not_break_the_socket(folder: Path) -> None:
    server = Postgres(folder / ("x" * 60) / ("长" * 20), durable=False)
    server.start()
    assert await value(server.url, "SELECT 1") == 1
    server.stop()
    shutil.rmtree(server.sockets)


def test_refuses_data_of_a_version_it_has_no_programs_for(server: Postgres) -> None:
    server.start()
    server.stop()
    (server.cluster / "PG_VERSION").write_text("14\n")
    with pytest.raises(NoBinaries, match=r"written by PostgreSQL 14.*Found: "):
        server.start()


def test_says_what_the_server_said_when_it_does_not_start(server: Postgres) -> None:
    server.start()
    server.stop()
    (server.cluster / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(PostgresTrouble, match="no_such_setting"):
        server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hide programs from other accounts")
async def test_programs_in_a_private_folder_are_copied_not_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = postgres_binaries.find()
    hidden = folder / "private"
    own = postgres_binaries.copied(found, hidden)
    hidden.chmod(0o700)
    monkeypatch.setenv("YIZHAN_PG_BIN", str(own.folder))
    server = Postgres(folder / "pg", durable=False)
    server.start()
    assert await value(server.url, "SELECT 1") == 1
    assert server.binaries.folder.is_relative_to(server.folder)
    assert hidden.stat().st_mode & 0o777 == 0o700
    server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="the server runs as whoever starts it, unless root")
def test_as_root_refuses_a_place_the_servers_account_cannot_enter(folder: Path) -> None:
    (folder / "home").mkdir(mode=0o700)
    with pytest.raises(PostgresTrouble, match=f"can enter {folder / 'home'}"):
        Postgres(folder / "home" / "pg").start()


def test_names_the_folder_that_holds_no_programs(tmp_path: Path) -> None:
    with pytest.raises(NoBinaries, match="YIZHAN_PG_BIN is "):
        postgres_binaries.find({"YIZHAN_PG_BIN": str(tmp_path)})


def test_only_throw_away_servers_go_without_syncs(tmp_path: Path) -> None:
    def chosen(durable: bool) -> set[str]:
        found = postgres_tuning.settings(
            durable=durable, sockets=tmp_path, port=1, statements=False, memory_bytes=2**33
        )
        return {found[name] for name in ("fsync", "synchronous_commit", "full_page_writes")}

    assert chosen(durable=True) == {"on"}
    assert chosen(durable=False) == {"off"}
