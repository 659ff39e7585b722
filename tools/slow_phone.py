"""Measures the customer's site as a slow telephone sees it: four times less processor, 1.6 Mbit/s,
150 ms there and back.

    .venv/bin/python tools/slow_phone.py http://127.0.0.1:8000 [--runs 3] [--json]

Needs Debian's Chromium and a running house with the demo of 2004. For each page, first with an
empty cache and then again: when something was painted first, when the largest piece was, and the
bytes that came over the air. Medians of the runs.
"""

import argparse
import json
import statistics
from dataclasses import asdict, dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NUMBER, PASSWORD = "13002208108", "135790"
SIZE = {"width": 390, "height": 844}
CPU_TIMES_SLOWER = 4
DOWN_BITS, UP_BITS = 1_600_000, 750_000
ROUND_TRIP_MS = 150
SETTLE_MS = 1500
_PAINTS = """
() => new Promise((resolve) => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0;
  new PerformanceObserver((list) => {
    resolve([paint, list.getEntries().at(-1).startTime]);
  }).observe({type: "largest-contentful-paint", buffered: true});
  setTimeout(() => resolve([paint, paint]), 2000);
})
"""


@dataclass
class Look:
    """What one page took, with an empty cache or again."""

    page: str
    again: bool
    first_paint_ms: int
    largest_paint_ms: int
    bytes: int
    requests: int


def slow_down(page: Page) -> dict[str, int]:
    """Put the slow telephone between *page* and the world; what comes through is counted."""
    wire = page.context.new_cdp_session(page)
    counted = {"bytes": 0, "requests": 0}

    def finished(one: dict[str, Any]) -> None:
        counted["bytes"] += int(one["encodedDataLength"])
        counted["requests"] += 1

    wire.on("Network.loadingFinished", finished)
    wire.send("Network.enable")
    wire.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": ROUND_TRIP_MS,
            "downloadThroughput": DOWN_BITS / 8,
            "uploadThroughput": UP_BITS / 8,
        },
    )
    wire.send("Emulation.setCPUThrottlingRate", {"rate": CPU_TIMES_SLOWER})
    return counted


def telephone(browser: Browser, cookies: list[Any]) -> BrowserContext:
    """A telephone with nothing in its cache."""
    made = browser.new_context(viewport=SIZE, locale="zh-CN", service_workers="block")  # type: ignore[arg-type]
    made.add_cookies(cookies)
    return made


def look(context: BrowserContext, url: str, name: str, *, again: bool) -> Look:
    """Open one page and measure it."""
    page = context.new_page()
    counted = slow_down(page)
    page.goto(url, wait_until="load")
    page.wait_for_timeout(SETTLE_MS)
    first, largest = page.evaluate(_PAINTS)
    page.close()
    return Look(name, again, round(first), round(largest), counted["bytes"], counted["requests"])


def signed_in(browser: Browser, url: str) -> tuple[list[Any], str]:
    """The cookies of a customer who came in, and the address of his newest bill."""
    own = browser.new_context(locale="zh-CN")
    page = own.new_page()
    page.goto(f"{url}/my/sign-in")
    page.fill("#f-number", NUMBER)
    page.fill("#f-password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/my")
    page.goto(f"{url}/my/bills")
    bill = page.locator("main .rows a").first.get_attribute("href") or ""
    cookies = list(own.cookies())
    own.close()
    return cookies, bill


def measure(url: str, runs: int) -> list[Look]:
    """Medians over *runs*, page by page."""
    found: list[Look] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        cookies, bill = signed_in(browser, url)
        pages = (
            ("sign-in", "/my/sign-in", []),
            ("home", "/my", cookies),
            ("bill", bill, cookies),
            ("advice", "/my/advice", cookies),
        )
        for name, path, kept in pages:
            looks: list[Look] = []
            for _ in range(runs):
                own = telephone(browser, kept)
                looks += [look(own, url + path, name, again=again) for again in (False, True)]
                own.close()
            found += [
                median([one for one in looks if one.again is again]) for again in (False, True)
            ]
        browser.close()
    return found


def median(looks: list[Look]) -> Look:
    """The middle of several looks at one page, figure by figure."""
    rows = [asdict(one) for one in looks]
    middle = {
        name: round(statistics.median(row[name] for row in rows))
        for name in ("first_paint_ms", "largest_paint_ms", "bytes", "requests")
    }
    return Look(page=looks[0].page, again=looks[0].again, **middle)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="where the house answers")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.url.rstrip("/"), given.runs)
    if given.json:
        print(json.dumps([asdict(one) for one in found]))
        return
    print(
        f"{'page':<10}{'cache':<8}{'first paint':>12}{'largest':>10}{'bytes':>10}{'requests':>10}"
    )
    for one in found:
        kept = "kept" if one.again else "empty"
        print(
            f"{one.page:<10}{kept:<8}{one.first_paint_ms:>9} ms{one.largest_paint_ms:>7} ms"
            f"{one.bytes:>10,}{one.requests:>10}"
        )


if __name__ == "__main__":
    main()
