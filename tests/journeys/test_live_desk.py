"""The first screen about a customer follows what others do, also while it is still on its way."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .conftest import SignIn, enter, new_context
from .desk import find, look

NUMBER = "13012000006"
STREAM = re.compile("/live/customers/")


@pytest.fixture
def colleague(browser: Browser, desk_url: str) -> Iterator[Page]:
    """Somebody else at another desk."""
    own = new_context(browser)
    page = own.new_page()
    enter(page, desk_url, "wang.fan")
    yield page
    own.close()


def opens_a_case(page: Page, customer: str, subject: str) -> None:
    page.goto(f"{customer}/cases/new")
    page.select_option("#f-class_code", index=1)
    page.fill("#f-subject", subject)
    page.locator("#f-subject").press("Enter")
    expect(page.locator("#case-title")).to_contain_text(subject)


def test_the_first_screen_follows_what_others_do(sign_in: SignIn, colleague: Page) -> None:
    page = sign_in("chen.guang")
    held: list[Route] = []
    page.route(STREAM, lambda route: held.append(route))
    customer = find(page, NUMBER)
    opens_a_case(colleague, customer, "Rang while the page was on its way")
    expect(page.locator("#open-cases")).not_to_contain_text("Rang while")
    while not held:
        page.wait_for_timeout(50)
    page.unroute(STREAM)  # lets go what was held
    expect(page.locator("#open-cases")).to_contain_text("Rang while the page was on its way")
    link = page.locator("#open-cases a").first
    link.focus()
    stood = link.get_attribute("href")
    opens_a_case(colleague, customer, "Rang again")
    expect(page.locator("#open-cases")).to_contain_text("Rang again")
    assert page.evaluate("document.activeElement.getAttribute('href')") == stood
    look(page, "live-desk")
