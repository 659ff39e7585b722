"""Paying on the site, as steps: fill in the form, pay at the provider's page, pull its strings."""

import json
import re
from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from playwright.sync_api import Page, expect

_opener = build_opener(ProxyHandler({}))


class Provider:
    """The strings of the provider that *up* plays, found by an address it is paid at."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.base = f"{parts.scheme}://{parts.netloc}"

    def pull(self, what: str, **said: object) -> Any:
        """Pull a string; what it answers."""
        asked = Request(
            f"{self.base}/control/{what}",
            data=json.dumps(said).encode(),
            headers={"content-type": "application/json"},
        )
        with _opener.open(asked, timeout=20) as answer:
            return json.load(answer)

    def order(self, order_no: str) -> dict[str, Any] | None:
        """What it has in its books of an order."""
        orders = self.pull("books")["orders"]
        return next((one for one in orders if one["order_no"] == order_no), None)

    def heard(self, order_no: str) -> list[dict[str, Any]]:
        """What it told us of an order, and what we answered."""
        notices = self.pull("books")["notices"]
        return [one for one in notices if order_no in one["parameters"]]


def start(
    page: Page, url: str, amount: str, *, means: str = "redirect", number: str | None = None
) -> str:
    """Fill in the form and go on; the number of the order."""
    page.goto(f"{url}/my/pay")
    if number is not None:
        page.check("input[name=whom][value=other]")
        page.fill("#f-number", number)
    page.fill("#f-amount", amount)
    page.check(f"input[name=means][value='{means}']")
    page.locator("form[action='/my/pay'] .btn.primary").click()
    page.wait_for_url(re.compile(r"/my/pay/[0-9a-f-]{36}$"))
    return page.url.rpartition("/")[2].replace("-", "")


def way(page: Page) -> str:
    """The address of the provider's page."""
    return page.locator("#paying a[rel=noreferrer]").get_attribute("href") or ""


def decide(page: Page, answer: str = "pay") -> None:
    """On the provider's page: pay or refuse."""
    page.click(f"button[value={answer}]")


def stands(page: Page, state: str) -> None:
    """The page says how the payment stands, by itself."""
    expect(page.locator(f"#paying [data-state={state}]")).to_be_visible()
