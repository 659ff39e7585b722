"""What every test may ask for: a real PostgreSQL, and in it a database of its own.

The server is started on first use, once per test process, without syncs to disk; every database
is a copy of one that was migrated once. `YIZHAN_TEST_PG_BIN` names the programs of another version.
"""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from yizhan import main
from yizhan.channels.network import HttpNetwork, Pump
from yizhan.domain import provisioning
from yizhan.kernel.actor import SYSTEM
from yizhan.platform import db, migrate
from yizhan.platform.datalock import DataInUse, DataLock
from yizhan.platform.jobs import Worker
from yizhan.platform.postgres import Postgres
from yizhan.platform.work import Works
from yizhan_sims.network import Mood, Register, Server, serve

# How long an example takes says more about the machine than about the code.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

DATABASE_FIXTURES = {"database", "empty_database", "pool", "works", "postgres_server"}
_STEM = "yizhan-test-"
_YOUNG_SECONDS = 120
_PLENTY_BYTES = 2 * 1024**3
_numbers = count(1)


def pytest_configure(config: pytest.Config) -> None:
    if binaries := os.environ.get("YIZHAN_TEST_PG_BIN"):
        os.environ["YIZHAN_PG_BIN"] = binaries
    config.addinivalue_line(
        "markers", "database: talks to PostgreSQL; set by itself for tests that ask for a database"
    )
    config.addinivalue_line("markers", "processes: starts real processes and takes seconds")
    config.addinivalue_line("markers", "browser: drives a real browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A running server that forgets everything afterwards."""
    _remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=_STEM, dir=_place()))
    folder.chmod(0o711)
    server = Postgres(folder / "pg", durable=False)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(postgres_server: Postgres) -> str:
    """The name of a migrated database that nobody uses but to copy it."""
    name = "template_yizhan"

    async def make() -> None:
        await _admin(postgres_server, f"CREATE DATABASE {name} OWNER yizhan")
        await migrate.migrate(postgres_server.url_of(name))

    asyncio.run(make())
    return name


@pytest.fixture
async def database(postgres_server: Postgres, template: str) -> AsyncIterator[str]:
    """The address of a fresh database with all tables and nothing in them."""
    async with _copy_of(postgres_server, template) as url:
        yield url


@pytest.fixture
async def empty_database(postgres_server: Postgres) -> AsyncIterator[str]:
    """The address of a database without any table."""
    async with _copy_of(postgres_server, "template1") as url:
        yield url


@pytest.fixture
async def pool(database: str) -> AsyncIterator[db.Pool]:
    """Connections to `database`."""
    async with await db.open_pool(database, min_size=1, max_size=8) as pool:
        yield pool


@pytest.fixture
def works(pool: db.Pool) -> Works:
    """Units of work on `database`, by the clock on the wall, with nobody listening."""
    return Works(pool)


class ObedientHouse:
    """The network's simulator on a port of its own, and the worker's part of the house."""

    def __init__(self, simulator: Server, network: HttpNetwork) -> None:
        self.simulator, self.network = simulator, network

    @property
    def url(self) -> str:
        """Where the simulator listens."""
        return f"http://127.0.0.1:{self.simulator.server_address[1]}"

    @property
    def register(self) -> Register:
        """What the network knows; look, and lay hands on it."""
        register = self.simulator.RequestHandlerClass.register  # type: ignore[attr-defined]
        assert isinstance(register, Register)
        return register

    def behave(self, mood: str, **more: Any) -> None:
        """Be so from now: done, late, refuse, silent, twice, break, forget; see `Mood`."""
        given = Mood(mood, **more)
        given.left = given.times
        self.register.moods.append(given)

    async def teach(self, works: Works) -> None:
        """Let the network know every line the house has."""
        async with works.read(SYSTEM) as work:
            lines = await provisioning.lines_as_they_should_be(work, after=None)
        await self.network.teach(lines)

    async def obey(self, works: Works) -> None:
        """Ask the network all that is due and do what follows, until nothing is due any more."""
        house = Works(works.pool, clock=works.clock, listeners=main.listeners(), zone=works.zone)
        pump = Pump(house, self.network)
        worker = Worker(house, main.handlers(), together=main.together())
        while await pump.run_due() + await worker.drain():
            pass

    async def compare(self, works: Works) -> None:
        """Do the comparison that was asked for."""
        await Pump(works, self.network).audit()


@asynccontextmanager
async def playing() -> AsyncIterator[ObedientHouse]:
    """The simulator of the network on a free port, and the wire to it."""
    simulator = serve(0)
    Thread(target=simulator.serve_forever, args=(0.02,), daemon=True).start()
    address = f"http://127.0.0.1:{simulator.server_address[1]}"
    async with HttpNetwork(address, patience=0.4) as wire:
        yield ObedientHouse(simulator, wire)
    simulator.shutdown()
    simulator.server_close()


@pytest.fixture
async def network() -> AsyncIterator[ObedientHouse]:
    """A network that obeys at once, over HTTP, until the test tells it to behave otherwise."""
    async with playing() as house:
        yield house


class _copy_of:
    """A database of its own for the length of a `with`."""

    def __init__(self, server: Postgres, template: str) -> None:
        self.server, self.template = server, template
        self.name = f"test_{os.getpid()}_{next(_numbers)}"

    async def __aenter__(self) -> str:
        await _admin(
            self.server,
            f"CREATE DATABASE {self.name} TEMPLATE {self.template} STRATEGY file_copy OWNER yizhan",
        )
        return self.server.url_of(self.name)

    async def __aexit__(self, *_: object) -> None:
        await _admin(self.server, f"DROP DATABASE {self.name} WITH (FORCE)")


async def _admin(server: Postgres, statement: str) -> None:
    connection = await asyncpg.connect(server.admin_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _place() -> str:
    """Memory if there is plenty: a copy of the template takes 20 ms there, 400 on a busy disk."""
    memory = Path("/dev/shm")
    plenty = memory.is_dir() and shutil.disk_usage(memory).free > _PLENTY_BYTES
    return str(memory) if plenty else tempfile.gettempdir()


def _remove_abandoned() -> None:
    """Remove the folders of test runs that were killed; a living run holds the lock of its own."""
    for folder in Path(_place()).glob(f"{_STEM}*"):
        found = folder.stat()
        young = time.time() - found.st_mtime < _YOUNG_SECONDS
        if young or found.st_uid != os.geteuid() or not (folder / "pg" / "lock").exists():
            continue
        lock = DataLock(folder / "pg")
        try:
            lock.take()
        except (DataInUse, OSError):
            continue
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()
