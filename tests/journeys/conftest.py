"""A desk that runs: a database with the demo in it, the web server and the worker as processes,
and a real browser. Made once for all journeys; each signs in for itself."""

import asyncio
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from yizhan import demo, main, settings
from yizhan.domain import staff
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.postgres import Postgres

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "Tianjin-1001"
EVERYTHING = "everything"
SUBSCRIBERS = 24
DATABASE = "journeys"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker("browser")
            item.add_marker("processes")


@pytest.fixture(scope="session")
def assets() -> None:
    """The bundled files the pages ask for."""
    path = ROOT / "tools" / "build_assets.py"
    spec = importlib.util.spec_from_file_location("build_assets", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.build(quiet=True)


@pytest.fixture(scope="session")
def desk_url(
    postgres_server: Postgres,
    template: str,
    assets: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Where the desk answers, with the operator of 2004 in it."""
    folder = tmp_path_factory.mktemp("desk")
    url = asyncio.run(_filled(postgres_server, template, folder))
    environment = {
        **os.environ,
        "YIZHAN_DATA_DIR": str(folder),
        "YIZHAN_DATABASE_URL": url,
        "YIZHAN_LOG_LEVEL": "warning",
    }
    port = _free_port()
    program = [sys.executable, "-m", "yizhan.cli"]
    web = subprocess.Popen([*program, "web", "--port", str(port), "--processes", "1"],
                           env=environment, start_new_session=True)  # fmt: skip
    worker = subprocess.Popen([*program, "worker"], env=environment, start_new_session=True)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(base)
        yield base
    finally:
        for child in (web, worker):
            child.send_signal(signal.SIGTERM)
        for child in (web, worker):
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


async def _filled(server: Postgres, template: str, folder: Path) -> str:
    admin = await asyncpg.connect(server.admin_url)
    try:
        await admin.execute(
            f"CREATE DATABASE {DATABASE} TEMPLATE {template} STRATEGY file_copy OWNER yizhan"
        )
    finally:
        await admin.close()
    url = server.url_of(DATABASE)
    chosen = settings.load({}, data_dir=str(folder), database_url=url)
    async with main.open_works(chosen) as works:
        await demo.load(
            works, catalogue="2004", subscribers=SUBSCRIBERS, seed=1, progress=lambda *_: None
        )
        async with works.begin(SYSTEM) as work:
            await staff.create_user(
                work,
                login=EVERYTHING,
                name="全能",
                roles=[role.name for role in staff.ROLES],
                password=PASSWORD,
                change_due=False,
            )
    return url


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(base: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{base}/health/ready", timeout=2):
                return
        except OSError:
            assert time.monotonic() < deadline, "the desk does not answer"
            time.sleep(0.2)


@pytest.fixture(scope="module")
def browser(desk_url: str) -> Iterator[Browser]:
    """Debian's chromium, without a window. It holds the thread's event loop while it is open, so
    it comes after the desk and goes before tests of other modules."""
    if not shutil.which(CHROMIUM):
        pytest.skip("chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of one's own: no cookies yet."""
    made = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    made.set_default_timeout(20_000)
    yield made
    made.close()


SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(context: BrowserContext, desk_url: str) -> SignIn:
    """Sign somebody in: his first page, in the language asked for."""

    def signed_in(login: str, *, language: str = "zh") -> Page:
        page = context.new_page()
        page.goto(f"{desk_url}/sign-in")
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("#main")
        speak(page, language)
        return page

    return signed_in


def speak(page: Page, language: str) -> None:
    """Choose a language by the button in the header."""
    if not str(page.evaluate("document.documentElement.lang")).startswith(language):
        page.click("button[name=language]")
        page.wait_for_function(f"document.documentElement.lang.startsWith('{language}')")
