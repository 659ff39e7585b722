"""The desk's own ways: signing in, finding while one types, change, shortcuts, live news."""

import re

from playwright.sync_api import Page, Route, expect

from .conftest import SignIn
from .desk import SERVICE_PASSWORDS
from .pages import TRADER, customer_address


def test_a_wrong_password_is_refused_in_words(sign_in: SignIn, context, desk_url: str) -> None:  # type: ignore[no-untyped-def]
    page: Page = context.new_page()
    page.goto(f"{desk_url}/sign-in")
    page.fill("#login", "chen.guang")
    page.fill("#password", "not this one")
    page.keyboard.press("Enter")
    expect(page.locator("#problem")).to_have_text("用户名或密码不正确。")
    expect(page.locator("#login")).to_have_value("chen.guang")


def test_a_page_asked_for_before_signing_in_is_opened_after(context, desk_url: str) -> None:  # type: ignore[no-untyped-def]
    page: Page = context.new_page()
    page.goto(f"{desk_url}/cases")
    page.fill("#login", "chen.guang")
    page.fill("#password", "Tianjin-1001")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{desk_url}/cases")


def test_the_search_bar_finds_by_number_while_one_types(sign_in: SignIn) -> None:
    page = sign_in("chen.guang")
    page.keyboard.press("/")
    page.keyboard.type(TRADER[:9], delay=20)
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(page.locator("#search")).to_have_attribute("aria-expanded", "true")
    assert "李建国" not in options.first.inner_text(), "names are masked in the list"
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/**")
    expect(page.locator("h1")).to_contain_text("李建国")


def test_cash_is_taken_once_and_printed(sign_in: SignIn, desk_url: str) -> None:
    page = sign_in("zhou.jie")
    address = customer_address(page, desk_url)
    page.goto(f"{desk_url}{address}")
    page.keyboard.press("p")
    page.wait_for_url("**/payments/new")
    expect(page.locator("#f-amount")).to_be_focused()
    page.fill("#f-amount", "36.605")
    page.keyboard.press("Enter")
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator("#e-amount")).to_contain_text("36.605")
    expect(page.locator("#f-amount")).to_have_value("36.605")
    page.fill("#f-amount", "36.60")
    page.fill("#f-tendered", "50")
    expect(page.locator("#change")).to_have_text("¥13.40")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/payments/[0-9a-f-]{36}"))
    receipt = page.locator(".receipt")
    expect(receipt).to_contain_text("¥36.60")
    expect(receipt).to_contain_text("¥13.40")
    page.emulate_media(media="print")
    expect(page.locator(".top")).to_be_hidden()
    expect(receipt).to_be_visible()


def test_shortcuts_can_be_changed_and_switched_off(sign_in: SignIn) -> None:
    page = sign_in("chen.guang")
    page.keyboard.press("?")
    expect(page.locator("#shortcut-sheet[open]")).to_be_visible()
    page.fill("#key-nav-cases", "x")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    page.wait_for_url("**/cases")
    page.keyboard.press("?")
    page.check("[data-keys-off]")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.keyboard.press("/")
    expect(page.locator("#search")).not_to_be_focused()
    assert page.url.endswith("/cases"), "no shortcut works any more"


def test_what_is_typed_on_the_way_goes_into_the_field_and_is_no_shortcut(
    sign_in: SignIn, desk_url: str
) -> None:
    """The page is held back until all is typed: by its scripts, then as a whole."""
    page = sign_in("li.min")
    address = f"{desk_url}{customer_address(page, desk_url)}"
    page.goto(address)
    page.keyboard.press("b")
    page.wait_for_selector(".contact-bar.live")
    kept_back: list[Route] = []
    page.route("**/staff-*.js", lambda one: kept_back.append(one))
    page.goto(address, wait_until="commit")
    page.wait_for_selector("[data-act=verify]")
    page.keyboard.type("v135")
    page.wait_for_function("window.earlyKeys.length === 4")
    for one in kept_back:
        one.continue_()
    page.unroute("**/staff-*.js")
    password = page.locator("#evidence-service_password")
    expect(password).to_have_value("135")
    expect(password).to_be_focused()
    page.keyboard.press("Escape")

    def leave(keys: str, pattern: str, typed: str) -> None:
        kept_back.clear()
        page.route(pattern, lambda one: kept_back.append(one))
        with page.expect_request(pattern):
            for key in keys.split():
                page.keyboard.press(key)
        page.keyboard.type(typed)
        page.keyboard.press("Backspace")
        for one in kept_back:
            one.continue_()
        page.unroute(pattern)
        page.wait_for_url(pattern)

    leave("p", "**/payments/new", "12x")
    owed = page.locator("#f-amount")
    expect(owed).not_to_have_value("")
    expect(owed).not_to_have_value(re.compile("12$"))  # what stands there is not written over
    page.goto(address)
    leave("g n", "**/new-customer", "123x")
    expect(page.locator("#f-name")).to_have_value("123")


def test_who_moves_on_before_a_page_has_faded_in_makes_no_error(
    sign_in: SignIn, desk_url: str
) -> None:
    page = sign_in("li.min")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    address = f"{desk_url}{customer_address(page, desk_url)}"
    for path in ("/bills", "/cases", "", "/bills", "/cases", ""):
        page.goto(f"{address}{path}", wait_until="commit")
    page.wait_for_load_state()
    assert errors == []


def test_a_role_without_the_right_is_told_so(sign_in: SignIn, desk_url: str) -> None:
    page = sign_in("chen.guang")
    answer = page.goto(f"{desk_url}/users")
    assert answer is not None and answer.status == 403
    expect(page.get_by_role("alert")).to_contain_text("staff.manage")


def test_the_timeline_tells_of_a_payment_at_once(sign_in: SignIn, desk_url: str, browser) -> None:  # type: ignore[no-untyped-def]
    """One looks, another takes money: the first sees it without doing anything."""
    page = sign_in("li.min")
    address = customer_address(page, desk_url)
    page.goto(f"{desk_url}{address}")
    page.keyboard.press("b")
    page.wait_for_selector(".contact-bar.live")
    page.keyboard.press("v")
    page.keyboard.type(SERVICE_PASSWORDS[TRADER])
    page.keyboard.press("Enter")
    expect(page.locator("#timeline")).to_be_visible()
    page.wait_for_selector("[data-live-state=open]")
    other = browser.new_context(locale="zh-CN")
    clerk = other.new_page()
    clerk.goto(f"{desk_url}/sign-in")
    clerk.fill("#login", "zhou.jie")
    clerk.fill("#password", "Tianjin-1001")
    clerk.keyboard.press("Enter")
    clerk.wait_for_selector("#main")
    clerk.goto(f"{desk_url}{address}/payments/new")
    clerk.fill("#f-amount", "12.34")
    clerk.keyboard.press("Enter")
    clerk.wait_for_selector(".receipt")
    expect(page.locator("#timeline")).to_contain_text("12.34", timeout=5000)
    other.close()
