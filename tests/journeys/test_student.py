"""The second call: a student asks for 休闲卡, which is no longer sold, and leaves with 校园A卡."""

import re

from playwright.sync_api import Page, expect

from .conftest import SignIn
from .desk import begin, finish, look, resident_id, row, said
from .pages import NEIGHBOUR, TRADER

FAMILY = (TRADER, NEIGHBOUR, "13012000002")
DOCUMENT = "99910020071115001"
"""Seventeen digits of a number that nobody has: there is no district 999100."""


def test_the_student_gets_the_card_that_fits(sign_in: SignIn) -> None:
    page = sign_in("wang.fan")
    page.click("nav.rail a:has-text('资费顾问')")
    the_questions_are_asked(page)
    page.click("[data-act=take-plan]")
    page.wait_for_url("**/new-customer**")
    expect(page.locator("#f-student")).to_have_value("yes")
    expect(page.locator("#f-home option:checked")).to_have_text("哈尔滨")
    page.fill("#f-name", "孙浩然")
    page.fill("#f-phone", "13912345019")
    page.fill("#f-document", resident_id(DOCUMENT))
    page.check("#f-original_seen")
    page.check("#f-agreed")
    look(page, "student-3-lead")
    page.click("form[action='/new-customer'] button.primary")
    expect(page.locator("h1")).to_contain_text("潜在客户")
    begin(page, purpose="order")
    page.click("[data-act=order]")
    number = the_line_is_ordered(page)
    the_line_is_in_use(page, number)
    finish(page, "开通校园A卡，设三个亲友号码，说明 17911 0451", disposition="ordered")


def the_questions_are_asked(page: Page) -> None:
    """Half of it to his friends, most of it on the campus, a fifth home to Harbin, over 17911."""
    for name, value in (
        ("minutes_out", 150),
        ("minutes_in", 150),
        ("long_distance_percent", 20),
        ("family_percent", 50),
        ("campus_percent", 90),
        ("messages", 120),
        ("megabytes", 0),
        ("spends", 60),
        ("age", 19),
    ):
        page.fill(f"#f-{name}", str(value))
    page.select_option("#f-home", label="哈尔滨 0451")
    page.select_option("#f-student", "yes")
    page.select_option("#f-asked_for", label="休闲卡")
    look(page, "student-1-questions")
    page.click("form[action='/guide'] button.primary")
    words = page.locator(".say")
    expect(words).to_contain_text("新休闲校园A卡大约每月 50.40 元")
    expect(words).to_contain_text("您说现在每月约 ¥60.00；换用后约 ¥50.40，每月省 ¥9.60。")
    gone = page.locator("li", has=page.get_by_text("休闲卡", exact=True))
    expect(gone).to_contain_text("不再销售")
    expect(gone).to_contain_text("新休闲校园A卡")
    expect(page.locator("main")).to_contain_text("更省的拨法：17911 0451 + 电话号码")
    offer = row(page, "新休闲校园A卡 月费 10 元")
    expect(page.locator("main")).to_contain_text("赠 130 条短信")
    expect(page.locator("main")).to_contain_text("3 个亲友号码")
    assert offer.count() <= 1
    look(page, "student-2-advice")


def the_line_is_ordered(page: Page) -> str:
    """Choose plan, number and three friends, read it out, confirm; the number."""
    page.select_option("#f-plan", "campus_a")
    page.fill("#f-ending", "68")
    free = page.locator("#free-numbers label")
    expect(free.first).to_contain_text(re.compile(r"68$"))
    number = re.sub(r"\D", "", free.first.inner_text())
    free.first.click()
    page.fill("#f-family_numbers", "，".join(FAMILY))
    look(page, "student-4-order")
    page.click("form[action$='/orders/preview'] button.primary")
    seen = page.locator("main")
    expect(seen).to_contain_text(f"新开 {number}：新休闲校园A卡")
    expect(seen).to_contain_text("赠 130 条国内短信")
    expect(seen).to_contain_text("亲情号码：" + ", ".join(FAMILY))
    expect(seen).to_contain_text("¥0.00 → ¥10.00")
    look(page, "student-5-preview")
    page.click("[data-act=confirm-order]")
    expect(said(page)).to_contain_text(f"新开 {number}")
    expect(page.locator("main .badge.good", has_text="竣工")).to_be_visible()
    return number


def the_line_is_in_use(page: Page, number: str) -> None:
    page.click("nav.tabs a:has-text('总览')")
    lines = page.locator("section:has(#lines-title)")
    spaced = f"{number[:3]} {number[3:7]} {number[7:]}"
    expect(lines).to_contain_text(spaced)
    expect(lines).to_contain_text("正使用")
    expect(lines).to_contain_text("新休闲校园A卡")
    expect(lines).to_contain_text("亲情号码 3 个")
    assert page.locator("h1 .badge").count() == 0, "no lead any more"
    look(page, "student-6-line")
    page.click("[data-act=verify]")
    page.fill("#evidence-document", resident_id(DOCUMENT)[-4:])
    page.locator("#evidence-document").press("Enter")
    expect(said(page)).to_have_text("来电者身份已核验：证件。")
    page.click("nav.tabs a:has-text('全程记录')")
    told = page.locator("main")
    expect(told).to_contain_text(re.compile(rf"订单 D\d+ 竣工：新开 {number}：新休闲校园A卡"))
    assert not re.search(r"[a-z]{3,}_[a-z]|\b[a-z]+\.[a-z]+_", told.inner_text())
    look(page, "student-7-timeline")
