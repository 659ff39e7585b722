"""Takes the pictures of the documents: a house with the demo, a real browser, both languages.

    .venv/bin/python tools/screenshots.py [--keep DIR]

Needs Debian's Chromium. `--keep` uses (and leaves) a folder of data instead of a fresh one.
"""

import argparse
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parents[1] / "docs" / "images"
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
PASSWORD = "Tianjin-1001"  # noqa: S105  the demo's
TRADER = "13002208108"
SERVICE_PASSWORD = "135790"  # noqa: S105  the demo's
SIZE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
BYTES_MAX = 250_000
STUDENT = {
    "minutes_out": "110",
    "minutes_in": "40",
    "long_distance_percent": "25",
    "family_percent": "35",
    "campus_percent": "80",
    "messages": "120",
    "age": "19",
}


@contextmanager
def house(folder: Path) -> Iterator[str]:
    """The address of a house with the demo of 2004."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "yizhan.cli", "up", "--data", str(folder), "--demo", "2004"]
    up = subprocess.Popen(
        [*command, "--subscribers", "200", "--port", str(port), "--json"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert up.stdout is not None
        yield str(json.loads(up.stdout.readline())["ready"]).rstrip("/")
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(60)


def speak(page: Page, language: str) -> None:
    """Choose the language of the page by its button."""
    if not str(page.evaluate("document.documentElement.lang")).startswith(language):
        page.click("button[name=language]")
        page.wait_for_function(f"document.documentElement.lang.startsWith('{language}')")


def sign_in(browser: Browser, base: str, language: str, login: str) -> Page:
    """The first page of a member of staff."""
    locale = "zh-CN" if language == "zh" else "en-GB"
    context = browser.new_context(viewport=SIZE, locale=locale, color_scheme="light",  # type: ignore[arg-type]
                                  reduced_motion="reduce")  # fmt: skip
    page = context.new_page()
    page.goto(f"{base}/sign-in")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#main")
    speak(page, language)
    return page


def take(page: Page, name: str) -> None:
    """One picture, small enough to be kept with the code."""
    page.wait_for_load_state("load")
    page.evaluate("document.querySelectorAll('[data-flash]').forEach((one) => one.remove())")
    page.evaluate("document.activeElement && document.activeElement.blur()")
    page.wait_for_timeout(600)
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path, full_page=False)
    size = path.stat().st_size
    assert size < BYTES_MAX, f"{path.name} has {size} bytes"
    print(f"{path.name}  {size // 1000} kB")


def first_call(page: Page, base: str, language: str) -> None:
    """The 108 caller: verified, on one screen, his bill, the advice."""
    page.goto(f"{base}/search?q={TRADER}")
    page.wait_for_url("**/customers/**")
    page.keyboard.press("b")
    page.wait_for_selector(".contact-bar.live")
    page.keyboard.press("v")
    page.wait_for_selector("#evidence-service_password:focus")
    page.keyboard.type(SERVICE_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#timeline")
    page.wait_for_selector("[hx-get$='/advice/card'] .badge")
    take(page, f"customer-{language}")
    page.keyboard.press("2")
    page.wait_for_url("**/bills")
    page.keyboard.press("w")
    page.wait_for_url("**/bills/*")
    take(page, f"bill-{language}")
    page.keyboard.press("a")
    page.wait_for_url("**/advice")
    page.wait_for_timeout(1000)
    take(page, f"advice-{language}")


def second_call(page: Page, base: str, language: str) -> None:
    """The student: advice from stated habits."""
    page.goto(f"{base}/guide")
    for field, value in STUDENT.items():
        page.fill(f"#f-{field}", value)
    page.select_option("#f-student", "yes")
    page.select_option("#f-asked_for", "xiuxian")
    home = page.locator("#f-home option[value^='heilongjiang|451']")
    page.select_option("#f-home", home.get_attribute("value") or "")
    page.click("form[action='/guide'] button.primary")
    page.wait_for_load_state("load")
    take(page, f"habits-{language}")


def on_a_phone(browser: Browser, base: str, language: str) -> None:
    """The customer's site: home, the bill and the advice, side by side."""
    locale = "zh-CN" if language == "zh" else "en-GB"
    phone = browser.new_context(viewport=PHONE, locale=locale, color_scheme="light",  # type: ignore[arg-type]
                                reduced_motion="reduce")  # fmt: skip
    page = phone.new_page()
    page.goto(f"{base}/my/sign-in")
    page.fill("input[name=number]", TRADER)
    page.fill("input[name=password]", SERVICE_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#glance")
    speak(page, language)
    seen = []
    for address in ("/my", "/my/bills", "/my/advice"):
        page.goto(f"{base}{address}")
        if address == "/my/bills":
            page.locator("main a[href*='/my/bills/']").first.click()
            page.wait_for_url("**/my/bills/*")
        page.wait_for_timeout(800)
        seen.append(b64encode(page.screenshot()).decode())
    phone.close()
    frame = browser.new_context(viewport={"width": 980, "height": 690}).new_page()
    pictures = "".join(f'<img src="data:image/png;base64,{one}">' for one in seen)
    frame.set_content(
        "<style>body{margin:0;display:flex;gap:20px;padding:20px;background:#d9d6cd}"
        f"img{{width:300px;border-radius:14px}}</style>{pictures}"
    )
    take(frame, f"site-{language}")


def main() -> None:
    """All pictures in both languages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path)
    chosen = parser.parse_args().keep
    folder = chosen or Path(tempfile.mkdtemp(prefix="yizhan-pictures-"))
    folder.chmod(0o711)
    PICTURES.mkdir(exist_ok=True)
    try:
        with house(folder) as base, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            for language, login in (("zh", "chen.guang"), ("en", "wang.fan")):
                page = sign_in(browser, base, language, login)
                first_call(page, base, language)
                second_call(page, base, language)
                on_a_phone(browser, base, language)
            browser.close()
    finally:
        if chosen is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
