"""Pictures of the desk for the documentation, from a desk that runs with the demo in it.

    ./yizhan up --demo 2004 --port 8010
    python tools/screenshots.py --url http://127.0.0.1:8010 --to docs/pictures

Needs the Python package playwright and Debian's chromium. Each picture is taken in Chinese and in
English, some also dark and narrow; the walk is the first call of the article.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

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
LOGIN, PASSWORD = "chen.guang", "Tianjin-1001"
CALLER, SERVICE_PASSWORD = "13002208108", "135790"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8010", help="where the desk answers")
    parser.add_argument("--to", type=Path, default=Path("docs/pictures"), help="folder to fill")
    chosen = parser.parse_args()
    chosen.to.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for language in ("zh", "en"):
            _walk(browser, chosen.url, chosen.to, language)
        browser.close()


def _walk(browser: Browser, url: str, to: Path, language: str) -> None:
    def shot(page: Page, name: str) -> None:
        page.wait_for_load_state("networkidle")
        page.screenshot(path=to / f"{name}-{language}.png", full_page=True)

    with _page(browser, language, width=1440) as page:
        page.goto(f"{url}/sign-in")
        shot(page, "sign-in")
        _sign_in(page, language)
        shot(page, "home")
        customer = _find(page, url)
        shot(page, "customer-unverified")
        _verify(page)
        for name, path in (("customer", ""), ("advice", "/advice"), ("timeline", "/timeline")):
            page.goto(f"{customer}{path}", wait_until="load")
            page.wait_for_timeout(900)
            page.screenshot(path=to / f"{name}-{language}.png", full_page=True)
        page.goto(f"{customer}/bills")
        page.locator("main table a").first.click()
        shot(page, "bill")
        page.locator("main table a").first.click()
        shot(page, "records")
        page.goto(f"{url}/guide")
        shot(page, "guide")
        page.emulate_media(color_scheme="dark")
        page.goto(customer, wait_until="load")
        page.wait_for_timeout(900)
        page.screenshot(path=to / f"customer-dark-{language}.png", full_page=True)
        for width in (1024, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="light")
            page.goto(customer, wait_until="load")
            page.wait_for_timeout(900)
            page.screenshot(path=to / f"customer-{width}-{language}.png", full_page=True)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(customer)
        page.keyboard.press("f")
        page.locator("#finish .btn.primary").click()
        page.wait_for_load_state()


@contextmanager
def _page(browser: Browser, language: str, *, width: int) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale="zh-CN" if language == "zh" else "en-GB"
    )
    yield context.new_page()
    context.close()


def _sign_in(page: Page, language: str) -> None:
    page.fill("#login", LOGIN)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#main")
    if not str(page.evaluate("document.documentElement.lang")).startswith(language):
        page.click("button[name=language]")
        page.wait_for_load_state()


def _find(page: Page, url: str) -> str:
    page.goto(f"{url}/search?q={CALLER}")
    page.wait_for_url("**/customers/**")
    return page.url


def _verify(page: Page) -> None:
    if page.locator(".contact-bar.live").count() == 0:
        page.keyboard.press("b")
        page.wait_for_selector(".contact-bar.live")
    page.keyboard.press("v")
    page.fill("#evidence-service_password", SERVICE_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".contact-bar .badge.good")


if __name__ == "__main__":
    main()
