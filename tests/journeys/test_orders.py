"""Orders on the desk: a plan change looked at, confirmed and taken back."""

import re

from playwright.sync_api import Page, expect

from .conftest import SignIn
from .pages import customer_address

NEIGHBOUR, SERVICE_PASSWORD = "13002208109", "246801"


def verify(page: Page, password: str) -> None:
    """Begin a contact and verify the caller, by keys."""
    page.keyboard.press("b")
    page.wait_for_selector(".contact-bar.live")
    page.keyboard.press("v")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    page.wait_for_selector(".contact-bar .badge.good")


def test_a_change_is_looked_at_confirmed_and_taken_back(sign_in: SignIn, desk_url: str) -> None:
    page = sign_in("wang.fan")
    address = customer_address(page, desk_url, NEIGHBOUR)
    page.goto(f"{desk_url}{address}")
    verify(page, SERVICE_PASSWORD)
    page.keyboard.press("o")
    page.wait_for_url("**/orders/new")
    page.locator("form[action$=preview] .btn.primary").click()
    expect(page.locator(".errors")).to_be_focused()
    page.select_option("#f-plan", "gsm_std")
    page.check("input[name=when][value=next_month]")
    page.locator("form[action$=preview] .btn.primary").click()
    page.wait_for_url("**/orders/preview")
    expect(page.locator("main")).to_contain_text("GSM 标准")
    page.keyboard.press("y")
    page.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}"))
    expect(page.locator("[data-flash]")).to_contain_text("GSM 标准")
    page.keyboard.press("z")
    expect(page.locator("[data-flash]")).to_contain_text("订单已撤销")
    expect(page.locator("main")).to_contain_text("已撤销")
    page.keyboard.press("f")
    page.locator("#finish .btn.primary").click()
    page.wait_for_selector("[data-flash]")
