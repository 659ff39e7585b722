"""The desk in use: signing in, finding, the first call of the article by keyboard alone, a payment
with its receipt, a case with its answer."""

import re

from playwright.sync_api import Page, expect

from .conftest import SignIn
from .pages import TRADER, customer_address

SERVICE_PASSWORD = "135790"


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


def test_an_unverified_caller_sees_no_bill(sign_in: SignIn, desk_url: str) -> None:
    page = sign_in("wang.fan")
    address = customer_address(page, desk_url)
    for path in ("", "/bills", "/usage", "/advice", "/timeline"):
        page.goto(f"{desk_url}{address}{path}")
        expect(page.get_by_role("heading", name="核验来电者身份后才显示账单与详单")).to_be_visible()
        assert "220.00" not in page.locator("main").inner_text()


def test_the_108_caller_is_served_without_a_mouse(sign_in: SignIn) -> None:
    """Bill walked through, advice month by month, kept, contact finished: in English."""
    page = sign_in("chen.guang", language="en")
    keys = page.keyboard
    keys.press("Control+k")
    keys.type(TRADER, delay=10)
    expect(page.get_by_role("option").first).to_be_visible()
    keys.press("Enter")
    page.wait_for_url("**/customers/**")
    keys.press("b")
    expect(page.locator(".contact-bar")).to_contain_text("Not verified")
    keys.press("v")
    expect(page.locator("#evidence-service_password")).to_be_focused()
    keys.type("000001")
    keys.press("Enter")
    expect(page.locator("[data-flash]")).to_contain_text("2 tries are left")
    expect(page.locator("#evidence-service_password")).to_be_focused()
    keys.type(SERVICE_PASSWORD)
    keys.press("Enter")
    expect(page.locator(".contact-bar")).to_contain_text("Verified: service password")
    keys.press("2")
    page.wait_for_url("**/bills")
    keys.press("w")
    page.wait_for_url("**/bills/*")
    walked = page.locator("main")
    expect(walked).to_contain_text("¥220.00")
    expect(walked).to_contain_text("¥108.00")
    expect(walked).to_contain_text("¥112.00")
    keys.press("a")
    page.wait_for_url("**/advice")
    advice = page.locator("main")
    expect(advice).to_contain_text("¥156.00")
    expect(advice).to_contain_text("64.00 less")
    keys.press("k")
    expect(page.locator("[data-flash]")).to_contain_text("kept on the timeline")
    keys.press("f")
    expect(page.locator("#finish[open]")).to_be_visible()
    page.locator("#f-disposition").focus()
    keys.press("Tab")
    keys.type("Moves long distance to 17911.")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.locator("[data-flash]")).to_contain_text("The contact is finished.")
    expect(page.locator(".contact-bar")).to_contain_text("No contact under way.")


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


def test_a_case_is_opened_and_answered(sign_in: SignIn, desk_url: str) -> None:
    page = sign_in("wang.fan")
    page.goto(f"{desk_url}{customer_address(page, desk_url)}")
    page.keyboard.press("c")
    page.wait_for_url("**/cases/new")
    expect(page.locator("#f-class_code")).to_be_focused()
    page.select_option("#f-class_code", index=1)
    page.fill("#f-subject", "想知道怎样拨打 17911")
    page.locator("#f-subject").press("Enter")
    page.wait_for_url(re.compile(r"/cases/[0-9a-f-]{36}"))
    expect(page.locator("main")).to_contain_text("想知道怎样拨打 17911")
    page.keyboard.press("n")
    expect(page.locator("#f-note-text")).to_be_focused()
    page.keyboard.type("已说明拨号方式")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("已说明拨号方式")


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
    page.wait_for_timeout(400)
    assert page.url.endswith("/cases"), "no shortcut works any more"


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
    page.keyboard.type(SERVICE_PASSWORD)
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
