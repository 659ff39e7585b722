"""The real house, started by `yizhan up` with a small operator in it, and a real browser.

The house is started once for all journeys and stopped as an operator would. Journeys share its
people, so they speak of figures that no other journey changes.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

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
SUBSCRIBERS = 40
STOP_SECONDS = 60
WAIT_MS = 20_000
expect.set_options(timeout=WAIT_MS)


@dataclass
class House:
    """Where the desk answers, and what journeys found out or made in it."""

    url: str
    notes: dict[str, str] = field(default_factory=dict)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker("browser")
            item.add_marker("processes")


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """`yizhan up` in a folder of its own, until the last journey is over."""
    if not shutil.which(CHROMIUM):
        pytest.skip("chromium is missing: apt-get install chromium")
    folder = Path(tempfile.mkdtemp(prefix="yizhan-journeys-"))
    folder.chmod(0o711)
    errors = folder / "errors"
    command = [
        *(sys.executable, "-m", "yizhan.cli", "up", "--data", str(folder / "data")),
        *("--port", str(_free_port()), "--demo", "2004", "--subscribers", str(SUBSCRIBERS)),
    ]
    settings = {name: value for name, value in os.environ.items() if "YIZHAN" not in name}
    with errors.open("w") as complaints:
        up = subprocess.Popen(
            command, env=settings, stdout=subprocess.PIPE, stderr=complaints, text=True
        )
    try:
        assert up.stdout is not None
        ready = next((line for line in up.stdout if line.startswith("ready ")), None)
        assert ready is not None, errors.read_text()[-2000:]
        yield House(ready.removeprefix("ready ").strip().rstrip("/"))
        up.send_signal(signal.SIGTERM)
        assert up.wait(STOP_SECONDS) == 0, "it stops cleanly when asked to"
    finally:
        if up.poll() is None:
            up.kill()
            up.wait()
        if up.stdout is not None:
            up.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def desk_url(house: House) -> str:
    """The address of the desk."""
    return house.url


@pytest.fixture(scope="module")
def browser(house: House) -> Iterator[Browser]:
    """Debian's chromium, without a window. It holds the thread's event loop while it is open, so
    it goes before tests of other modules."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of one's own: no cookies yet."""
    made = new_context(browser)
    yield made
    made.close()


def new_context(browser: Browser, *, language: str = "zh-CN", width: int = 1440) -> BrowserContext:
    """A person's browser, which answers in good time or not at all."""
    made = browser.new_context(viewport={"width": width, "height": 900}, locale=language)
    made.set_default_timeout(WAIT_MS)
    return made


SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(context: BrowserContext, desk_url: str) -> SignIn:
    """Sign somebody in: his first page, in the language asked for."""

    def signed_in(login: str, *, language: str = "zh", password: str = PASSWORD) -> Page:
        page = context.new_page()
        enter(page, desk_url, login, password)
        speak(page, language)
        return page

    return signed_in


def enter(page: Page, desk_url: str, login: str, password: str = PASSWORD) -> None:
    """Fill in the sign-in form and wait for what comes after it."""
    page.goto(f"{desk_url}/sign-in")
    page.fill("#login", login)
    page.fill("#password", password)
    page.keyboard.press("Enter")
    page.wait_for_selector("#main, form[action='/password']")


def speak(page: Page, language: str) -> None:
    """Choose a language by the button in the header."""
    if not str(page.evaluate("document.documentElement.lang")).startswith(language):
        page.click("button[name=language]")
        page.wait_for_function(f"document.documentElement.lang.startsWith('{language}')")
