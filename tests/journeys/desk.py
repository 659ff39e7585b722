"""What an agent does all day, as steps of a journey with the mouse: find, begin, verify, finish."""

import os
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

SERVICE_PASSWORDS = {"13002208108": "135790", "13002208109": "246801"}
"""Of the two customers of the article."""

_SHOTS = os.environ.get("YIZHAN_SHOTS", "")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def look(page: Page, name: str) -> None:
    """Keep a picture of the page, if `YIZHAN_SHOTS` names a folder."""
    if _SHOTS:
        page.evaluate("window.scrollTo(0, 0)")
        page.screenshot(path=str(Path(_SHOTS) / f"{name}.png"), full_page=True)


def find(page: Page, number: str) -> str:
    """Type a number into the search bar and open what it finds; the customer's address."""
    page.fill("#search", number)
    page.locator("#search-results [role=option]").first.click()
    page.wait_for_url(re.compile(r"/customers/[0-9a-f-]{36}$"))
    return page.url


def begin(page: Page, *, channel: str = "call_centre", purpose: str = "bill") -> None:
    """Begin a contact."""
    page.select_option("#contact-channel", channel)
    page.select_option("#contact-purpose", purpose)
    page.click("[data-act=begin-contact]")
    expect(page.locator(".contact-bar.live")).to_be_visible()


def verify(page: Page, number: str) -> None:
    """Verify the caller by his service password."""
    page.click("[data-act=verify]")
    page.fill("#evidence-service_password", SERVICE_PASSWORDS[number])
    page.locator("#evidence-service_password").press("Enter")
    expect(page.locator(".contact-bar .badge.good")).to_be_visible()


def finish(page: Page, note: str, *, disposition: str = "answered") -> None:
    """Finish the contact with a note."""
    page.click("[data-act=finish]")
    page.select_option("#f-disposition", disposition)
    page.fill("#f-note", note)
    page.click("#finish button.primary")
    expect(page.locator(".contact-bar.live")).to_have_count(0)


def row(page: Page, words: str) -> Locator:
    """The row of a table that says *words*."""
    return page.locator("main tr", has_text=words).first


def said(page: Page) -> Locator:
    """What the last act had to say."""
    return page.locator("[data-flash]").first


def fen(text: str) -> int:
    """An amount as a page writes it, in fen."""
    digits = re.sub(r"[^\d.−-]", "", text).replace("−", "-")
    whole, _, part = digits.partition(".")
    return int(whole + part.ljust(2, "0"))


def resident_id(first_17: str) -> str:
    """A resident identity number with its check digit (GB 11643)."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True))
    return first_17 + "10X98765432"[total % 11]
