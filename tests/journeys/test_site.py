"""A customer on his own site: a bill understood, a change ordered and taken back, a complaint
begun by him and answered by an agent while he looks on."""

import re
from collections.abc import Iterator
from time import monotonic

import pytest
from playwright.sync_api import Browser, Page, expect

from . import axe
from .conftest import SignIn, new_context
from .desk import find, look
from .site_steps import OUTSIDE, come_in, every_page

CALLER, NEIGHBOUR = "13002208108", "13002208109"


def test_a_bill_is_understood_and_a_cheaper_plan_looked_at(page: Page, desk_url: str) -> None:
    come_in(page, desk_url, CALLER)
    expect(page.locator("#main")).to_contain_text("17911")
    page.goto(f"{desk_url}/my/bills")
    page.locator("main .rows a").first.click()
    expect(page.locator("main")).to_contain_text("220.00")
    expect(page.locator("main")).to_contain_text("112.00")
    page.goto(f"{desk_url}/my/advice")
    expect(page.locator("main .card.key")).to_contain_text("17911")
    look(page, "site-advice")
    page.locator("main form[action='/my/orders/preview'] button").first.click()
    expect(page.locator("main .card.key .figures")).to_be_visible()
    look(page, "site-preview")


def test_an_order_is_confirmed_and_taken_back(page: Page, desk_url: str) -> None:
    come_in(page, desk_url, NEIGHBOUR)
    page.goto(f"{desk_url}/my/plans")
    page.locator("main form:has(input[value='gsm_std']) button").click()
    page.locator("form[action='/my/orders'] .btn.primary").click()
    page.wait_for_url(re.compile(r"/my/orders/[0-9a-f-]{36}$"))
    page.locator("[data-flash] button").click()
    expect(page.locator("[data-flash]")).to_be_visible()
    expect(page.locator("main form[action$='/undo']")).to_have_count(0)


def test_begun_on_the_site_and_answered_at_the_desk(
    browser: Browser, desk_url: str, sign_in: SignIn
) -> None:
    agent = sign_in("chen.guang")
    own = new_context(browser, width=390)
    customer = own.new_page()
    try:
        come_in(customer, desk_url, CALLER)
        customer.goto(f"{desk_url}/my/matters/new?kind=consultation")
        customer.select_option("#f-class_code", "consultation.dialling")
        customer.fill("#f-subject", "怎样拨 17911")
        customer.locator("form[action='/my/matters/new'] .btn.primary").click()
        customer.wait_for_url(re.compile(r"/my/matters/[0-9a-f-]{36}$"))
        case = customer.url.rpartition("/")[2]
        find(agent, CALLER)
        agent.goto(f"{desk_url}/cases/{case}")
        expect(agent.locator("main")).to_contain_text("怎样拨 17911")
        agent.fill("#f-note-text", "先拨 17911，再拨区号和号码。")
        agent.check("#f-note-to_customer")
        agent.locator("form[action$='/note'] button").click()
        began = monotonic()
        expect(customer.locator(".talk")).to_contain_text("先拨 17911")
        assert monotonic() - began < 5, "he reads it without loading the page again"
        look(customer, "site-talk")
    finally:
        own.close()


@pytest.mark.parametrize(("language", "width"), [("zh-CN", 390)])
def test_every_page_of_the_site_is_for_everybody(
    browser: Browser, desk_url: str, language: str, width: int
) -> None:
    own = new_context(browser, language=language, width=width)
    page = own.new_page()
    wrong: list[str] = []
    try:
        for address in OUTSIDE:
            page.goto(desk_url + address)
            wrong += [f"{address}: {one}" for one in axe.violations(page)]
        come_in(page, desk_url, NEIGHBOUR)
        for address in every_page(page, desk_url):
            page.goto(desk_url + address)
            found = axe.violations(page) if width < 400 else axe.contrast(page)
            wrong += [f"{address}: {one}" for one in found]
            wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if wide > 0:
                wrong.append(f"{address}: {wide} px too wide at {width}")
    finally:
        own.close()
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A telephone of one's own."""
    own = new_context(browser, width=390)
    yield own.new_page()
    own.close()
