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
from .keyboard import Keyboard
from .site_steps import OUTSIDE, PASSWORDS, come_in, every_page
from .test_accessible import too_wide

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


@pytest.mark.parametrize(
    ("language", "elder", "widths"),
    [("zh-CN", False, (390, 1440)), ("en", False, (1440, 390)), ("zh-CN", True, (390,))],
    ids=["zh", "en", "large"],
)
def test_every_page_of_the_site_is_for_everybody(
    browser: Browser, desk_url: str, language: str, elder: bool, widths: tuple[int, ...]
) -> None:
    """axe on every page, light and dark, and nothing wider than the screen."""
    own = new_context(browser, language=language, width=widths[0])
    if elder:
        own.add_cookies([{"name": "yizhan_elder", "value": "on", "url": desk_url}])
    page = own.new_page()
    wrong: list[str] = []

    def judge(address: str) -> None:
        answer = page.goto(desk_url + address)
        assert answer is not None and answer.status == 200, address
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            wrong.extend(f"{address} {width}: {one}" for one in axe.violations(page))
            wrong.extend(f"{address} {width}: {one}" for one in too_wide(page))
        if language == "en" or elder:  # Colours do not depend on the language.
            page.emulate_media(color_scheme="dark")
            wrong.extend(f"{address} dark: {one}" for one in axe.contrast(page))
            page.emulate_media(color_scheme="light")

    try:
        for address in OUTSIDE:
            judge(address)
        come_in(page, desk_url, NEIGHBOUR)
        for address in every_page(page, desk_url):
            judge(address)
    finally:
        own.close()
    assert not wrong, "\n".join(wrong)


def test_by_keys_alone_a_bill_is_understood_and_a_plan_changed(
    browser: Browser, desk_url: str
) -> None:
    own = new_context(browser, language="en-US")
    keys = Keyboard(own)
    keys.open(f"{desk_url}/my/sign-in")
    keys.stands_on("Your number")
    keys.write(CALLER)
    keys.press("Tab")
    keys.write(PASSWORDS[CALLER])
    keys.go("Enter", r"/my$")
    keys.tab_to("^Bills$")
    keys.go("Enter", r"/my/bills$")
    keys.tab_to(r"¥220\.00")
    keys.go("Enter", r"/my/bills/[0-9a-f-]{36}$")
    keys.seen.says("160 min in all, 112.00", "Harbin")
    look(keys.seen.page, "site-keys-bill")
    keys.tab_to("Show the records: Long distance")
    keys.go("Enter", r"/records\?")
    keys.seen.says("Harbin")
    keys.tab_to("^Advice$")
    keys.go("Enter", r"/my/advice$")
    keys.seen.says("dial 17911", where="main .card.key")
    keys.tab_to("Compare what the plans offer")
    keys.go("Enter", r"/my/plans\?")
    keys.tab_to("Three side by side")
    keys.go("Enter", r"/my/plans/compare\?")
    keys.tab_to("Change to it: GSM Standard")
    keys.go("Enter", r"/my/orders/preview$")
    keys.seen.says("GSM Standard")
    look(keys.seen.page, "site-keys-preview")
    keys.tab_to("Confirm: order it")
    keys.go("Enter", r"/my/orders/[0-9a-f-]{36}$")
    keys.tab_to("^Undo$")
    keys.press("Enter")
    keys.seen.flash("taken back")
    keys.used_no_mouse()
    own.close()


def test_the_site_is_an_app_and_keeps_nothing_personal(browser: Browser, desk_url: str) -> None:
    own = new_context(browser, width=390)
    page = own.new_page()
    come_in(page, desk_url, CALLER)
    page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    page.goto(f"{desk_url}/my/bills")
    wire = own.new_cdp_session(page)
    errors = wire.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [one for one in errors if one["errorId"] != "in-incognito"] == []
    kept = page.evaluate(
        """async () => {
          const found = [];
          for (const name of await caches.keys())
            for (const one of await (await caches.open(name)).keys()) found.push(one.url);
          return found.map((one) => new URL(one).pathname);
        }"""
    )
    assert "/my/offline" in kept
    assert [one for one in kept if not one.startswith("/assets/")] == ["/my/offline"]
    own.set_offline(True)
    page.goto(f"{desk_url}/my/bills")
    expect(page.locator("h1")).to_have_text("没有网络")
    look(page, "site-offline")
    own.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A telephone of one's own."""
    own = new_context(browser, width=390)
    yield own.new_page()
    own.close()
