"""A handset chosen without signing in, paid at the provider, packed and handed over behind the
counter, given back without a reason, and the money on its way to where it came from."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from . import axe
from .conftest import enter, new_context
from .desk import look
from .site_steps import PASSWORDS

NEIGHBOUR = "13002208109"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A telephone of one's own."""
    own = new_context(browser, width=390)
    yield own.new_page()
    own.close()


@pytest.fixture
def counter(browser: Browser, desk_url: str) -> Iterator[Page]:
    """A clerk's screen."""
    own = new_context(browser)
    page = own.new_page()
    enter(page, desk_url, "zhou.jie")
    yield page
    own.close()


def test_a_handset_bought_and_given_back(
    browser: Browser, phone: Page, counter: Page, desk_url: str
) -> None:
    wrong: list[str] = []

    def see(page: Page, name: str) -> None:
        wrong.extend(f"{name}: {one}" for one in axe.violations(page))
        wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if wide > 0:
            wrong.append(f"{name}: {wide} px too wide")
        look(page, f"shop-{name}")

    address = _order(phone, desk_url, see)
    phone.locator("#purchase a.btn.primary").click()
    phone.locator("button[value=pay]").click()
    phone.goto(desk_url + address)
    expect(phone.locator("[data-state=paid]")).to_be_visible()

    counter.goto(f"{desk_url}/goods-orders")
    see(counter, "to-pack")
    counter.locator("main tbody a").last.click()
    counter.locator("button[value=pack]").click()
    expect(counter.locator("[data-state=packed]")).to_be_visible()
    expect(phone.locator("[data-state=packed]")).to_be_visible()
    see(phone, "packed")
    code = phone.locator(".pickup-code").inner_text()
    counter.fill("#f-code", code)
    see(counter, "hand-over")
    counter.locator("button[value=hand_over]").click()
    expect(counter.locator("[data-state=handed_over]")).to_be_visible()

    expect(phone.locator("[data-state=handed_over]")).to_be_visible()
    phone.locator("form[action$='/return'] button").click()
    expect(phone.locator("[data-flash]")).to_be_visible()
    see(phone, "giving-back")
    counter.goto(f"{desk_url}/goods-orders?view=returns")
    counter.locator("main tbody a").last.click()
    counter.locator("button[value=take_back]").click()
    expect(counter.locator("[data-state=returned]")).to_be_visible()
    see(counter, "returned")

    _agree(browser, desk_url)
    phone.goto(desk_url + address)
    expect(phone.locator("[data-state=returned]")).to_be_visible()
    expect(phone.locator(".note.good")).to_be_visible()
    see(phone, "refunded")
    for path, name in (("/goods", "stock"), ("/goods/titmouse_s1", "shelf")):
        counter.goto(desk_url + path)
        see(counter, name)
    assert not wrong, "\n".join(wrong)


def _order(phone: Page, desk_url: str, see) -> str:  # type: ignore[no-untyped-def]
    """From the window to an order that waits for its money; the order's address."""
    phone.goto(f"{desk_url}/shop")
    see(phone, "window")
    phone.locator("a.tile[href='/shop/goods/titmouse_s1']").click()
    see(phone, "goods")
    phone.locator("input[name=contract][value='']").check()
    phone.locator("form.buy button").click()
    phone.wait_for_url("**/shop/basket")
    see(phone, "basket")
    phone.locator("a[href='/shop/checkout']").click()
    see(phone, "who")
    phone.locator("main a.btn.primary").click()
    phone.fill("input[name=number]", NEIGHBOUR)
    phone.fill("input[name=password]", PASSWORDS[NEIGHBOUR])
    phone.keyboard.press("Enter")
    phone.wait_for_url(re.compile(r"^[^?]*/shop/checkout$"))
    phone.locator("input[value='pickup:heping']").check()
    see(phone, "checkout")
    phone.locator("form[action='/shop/checkout'] button.primary").click()
    phone.wait_for_url(re.compile(r"/my/purchases/[0-9a-f-]{36}$"))
    see(phone, "to-pay")
    return phone.url.removeprefix(desk_url)


def _agree(browser: Browser, desk_url: str) -> None:
    """A second person agrees to the refund: it is more than fifty yuan."""
    own = new_context(browser)
    try:
        page = own.new_page()
        enter(page, desk_url, "sun.rong")
        page.goto(f"{desk_url}/refunds")
        page.locator("button[value=approve]").last.click()
        expect(page.locator("[data-flash]")).to_be_visible()
    finally:
        own.close()
