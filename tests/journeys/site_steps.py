"""What a customer does on his own site, as steps: come in, open every page."""

import re

from playwright.sync_api import Page

PASSWORDS = {"13002208108": "135790", "13002208109": "246801"}
"""Of the two customers of the article."""
OUTSIDE = (
    *("/my/sign-in", "/my/sign-in?way=code", "/my/help", "/my/offline"),
    *("/shop", "/shop?kind=sim", "/shop/plans", "/shop/goods/lark_f2", "/shop/basket"),
)
INSIDE = (
    *("/my", "/my/bills", "/my/records", "/my/advice", "/my/plans", "/my/plans/compare"),
    *("/my/lines", "/my/limits", "/my/orders", "/my/points"),
    *("/my/invoices", "/my/e-bill"),
    *("/my/matters", "/my/matters/new", "/my/matters/new?kind=complaint", "/my/payments"),
    "/my/purchases",
    *("/my/pay", "/my/messages", "/my/settings", "/my/new-password", "/my/all"),
)


def come_in(page: Page, url: str, number: str) -> None:
    """Sign in by number and service password, by the keyboard."""
    page.goto(f"{url}/my/sign-in")
    page.keyboard.type(number)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORDS[number])
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/my$"))


def every_page(page: Page, url: str) -> list[str]:
    """The address of every page of who is signed in."""
    page.goto(f"{url}/my/bills")
    bill = page.locator("main .rows a").first.get_attribute("href") or ""
    page.goto(f"{url}{bill}")
    records = page.locator("main a[href*='/records?']").first.get_attribute("href") or ""
    page.goto(f"{url}/my/matters")
    own = page.locator("main .rows a").first
    matter = [own.get_attribute("href") or ""] if own.count() else []
    return [*INSIDE, bill, records, *matter]
