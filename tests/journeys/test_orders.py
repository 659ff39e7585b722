"""Orders on the desk: a plan change looked at, confirmed and taken back; and the second call of
the article, in which a student who asks for a withdrawn card leaves with the campus card."""

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


def test_the_neighbour_saves_nothing_by_17911_and_is_told_so(
    sign_in: SignIn, desk_url: str
) -> None:
    page = sign_in("chen.guang")
    address = customer_address(page, desk_url, NEIGHBOUR)
    page.goto(f"{desk_url}{address}")
    verify(page, SERVICE_PASSWORD)
    page.goto(f"{desk_url}{address}/bills")
    page.keyboard.press("w")
    page.wait_for_url("**/bills/*")
    bill = page.locator("main")
    expect(bill).to_contain_text("¥108.00")
    expect(bill).to_contain_text("71.40")
    expect(bill).to_contain_text("36.60")
    page.keyboard.press("a")
    page.wait_for_url("**/advice")
    expect(page.locator(".say")).to_contain_text("最低消费")
    page.keyboard.press("f")
    page.locator("#finish .btn.primary").click()
    page.wait_for_selector("[data-flash]")


def test_a_change_is_looked_at_confirmed_and_taken_back(sign_in: SignIn, desk_url: str) -> None:
    page = sign_in("wang.fan")
    address = customer_address(page, desk_url, NEIGHBOUR)
    page.goto(f"{desk_url}{address}")
    verify(page, SERVICE_PASSWORD)
    page.keyboard.press("o")
    page.wait_for_url("**/orders/new")
    page.locator("main form .btn.primary").click()
    expect(page.locator(".errors")).to_be_focused()
    page.select_option("#f-plan", "gsm_std")
    page.check("input[name=when][value=next_month]")
    page.locator("main form .btn.primary").click()
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


def test_a_student_gets_the_campus_card(sign_in: SignIn, desk_url: str) -> None:
    """Asked for 休闲卡: withdrawn. Nineteen, from Heilongjiang, studying here: 校园A卡."""
    page = sign_in("wang.fan")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/guide")
    page.fill("#f-minutes_out", "150")
    page.fill("#f-minutes_in", "120")
    page.fill("#f-long_distance_percent", "20")
    page.fill("#f-family_percent", "40")
    page.fill("#f-campus_percent", "60")
    page.fill("#f-messages", "120")
    page.fill("#f-spends", "60")
    page.fill("#f-age", "19")
    page.select_option("#f-student", "yes")
    page.select_option("#f-home", label="哈尔滨 0451")
    page.select_option("#f-asked_for", "xiuxian")
    page.locator("#f-minutes_out").press("Enter")
    page.wait_for_selector(".say")
    advice = page.locator("main")
    expect(advice).to_contain_text("不再销售")
    expect(advice).to_contain_text("17911 0451")
    page.goto(f"{desk_url}/new-customer?plan=campus_a")
    page.fill("#f-name", "王小雪")
    page.fill("#f-phone", "02223501234")
    page.select_option("#f-student", "yes")
    page.select_option("#f-home", label="哈尔滨")
    page.check("#f-agreed")
    page.locator("#f-name").press("Enter")
    page.wait_for_url("**/orders/new**")
    expect(page.locator("#f-plan")).to_have_value("campus_a")
    page.locator("#free-numbers label").first.click()
    page.fill("#f-family_numbers", "045186200171, 13011110001, 13011110002")
    page.locator("#f-family_numbers").press("Enter")
    page.wait_for_url("**/orders/preview")
    expect(page.locator("main")).to_contain_text("校园A卡")
    page.keyboard.press("y")
    page.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}"))
    expect(page.locator("[data-flash]")).to_be_visible()
