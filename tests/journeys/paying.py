"""Paying on the site, as steps: fill in the form, pay at the provider's page, pull its strings."""

import json
import re
from html import unescape
from time import sleep
from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from playwright.sync_api import Page, expect

from .desk import fen

TOLD_TRIES = 200
_opener = build_opener(ProxyHandler({}))


class Provider:
    """The strings of the provider that *up* plays, found by an address it is paid at."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.base = f"{parts.scheme}://{parts.netloc}"

    @classmethod
    def of(cls, page: Page) -> "Provider":
        """The provider that the page of a payment leads to."""
        return cls(page.locator("#paying a[rel=noreferrer]").get_attribute("href") or "")

    def pull(self, what: str, **said: object) -> Any:
        """Pull a string; what it answers."""
        asked = Request(
            f"{self.base}/control/{what}",
            data=json.dumps(said).encode(),
            headers={"content-type": "application/json"},
        )
        with _opener.open(asked, timeout=20) as answer:
            return json.load(answer)

    def until_told(self, order_no: str, times: int) -> list[dict[str, Any]]:
        """What it told us of an order and what we answered, once it did so often enough."""
        for _ in range(TOLD_TRIES):
            notices = self.pull("books")["notices"]
            told = [one for one in notices if order_no in one["parameters"] and one["done"]]
            if len(told) >= times:
                return told
            sleep(0.1)
        raise AssertionError(f"told {len(told)} times, not {times}")


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


def pay_at_once(page: Page, url: str, amount: str, answer: str = "pay") -> tuple[str, Provider]:
    """The same without looking at pages, for a journey that needs many; order and provider."""
    request = page.context.request
    form = request.get(f"{url}/my/pay").text()
    hidden = re.findall(r'name="(_csrf_token|key|account)" value="([^"]+)"', form)
    said = dict(reversed(hidden)) | {"whom": "self", "amount": amount, "means": "redirect"}
    begun = request.post(f"{url}/my/pay", form=said, headers={"origin": url})
    order = begun.url.rpartition("/")[2].replace("-", "")
    link = re.search(r'href="(http[^"]+/pay\?[^"]+)"', begun.text())
    assert link is not None, begun.text()[:500]
    provider = Provider(link[1])
    request.get(unescape(link[1]))
    request.post(f"{provider.base}/pay/{order}", form={"answer": answer}, max_redirects=0)
    wanted = f'data-state="{"paid" if answer == "pay" else "refused"}"'
    for _ in range(TOLD_TRIES):
        if wanted in request.get(f"{begun.url}/state").text():
            return order, provider
        sleep(0.1)
    raise AssertionError(f"{order} is not {wanted}")


def to_provider(page: Page) -> None:
    """Follow the way to the provider's page."""
    page.click("#paying a[rel=noreferrer]")
    page.wait_for_selector("button[value=pay]")


def decide(page: Page, answer: str = "pay") -> None:
    """On the provider's page: pay or refuse."""
    page.click(f"button[value={answer}]")


def closed_after_paying(page: Page, provider: Provider, order: str) -> None:
    """Pay there and close that page: nobody comes back from it."""
    link = page.locator("#paying a[rel=noreferrer]").get_attribute("href") or ""
    page.request.get(link)
    page.request.post(f"{provider.base}/pay/{order}", form={"answer": "pay"}, max_redirects=0)


def stands(page: Page, state: str) -> None:
    """The page says how the payment stands, by itself."""
    expect(page.locator(f"#paying [data-state={state}]")).to_be_visible()


def recharge(page: Page, url: str, secret: str) -> None:
    """Key a recharge card in."""
    page.goto(f"{url}/my/pay")
    page.fill("#f-secret", secret)
    page.locator("form[action='/my/pay/voucher'] button").click()
    page.wait_for_load_state()


def open_on(page: Page, url: str) -> int:
    """What is open on the account's bills, in fen; less than 0: so much lies there."""
    page.goto(f"{url}/my/pay")
    said = page.locator("#h-amount").inner_text()
    found = re.search(r"¥([\d,.]+)", said)
    if found is None:
        return 0
    return -fen(found[1]) if "已预存" in said else fen(found[1])
