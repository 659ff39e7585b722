"""The first call of the article: a customer on 卓越联合卡 does not understand his bill of 220.00.
The agent walks through it, advises 17911, and keeps a case; then a clerk takes money."""

import re
from datetime import date, timedelta

from playwright.sync_api import Browser, Page, expect

from .conftest import SignIn, enter, new_context
from .desk import begin, fen, find, finish, look, row, said, verify
from .pages import TRADER

HIDDEN = "核验来电者身份后才显示账单与详单"


def last_month(page: Page) -> str:
    """The month before this one, as the Chinese pages write it."""
    today = date.fromisoformat(
        str(page.evaluate("new Intl.DateTimeFormat('sv', {timeZone: 'Asia/Shanghai'}).format()"))
    )
    month = today.replace(day=1) - timedelta(days=1)
    return f"{month.year} 年 {month.month} 月"


def test_the_caller_is_served_to_the_end(sign_in: SignIn, desk_url: str, browser: Browser) -> None:
    page = sign_in("chen.guang")
    expect(page.locator("h1")).to_have_text("陈光，您好")
    customer = find(page, TRADER)
    expect(page.locator("h1")).to_contain_text("李建国")
    begin(page)
    nothing_is_told_before_he_is_verified(page, customer)
    verify(page, TRADER)
    expect(said(page)).to_have_text("来电者身份已核验：服务密码。")
    expect(page.locator("#timeline")).to_contain_text("身份核验通过：服务密码")
    expect(page.locator("section[hx-get$='/advice/card']")).to_contain_text("省 64.00 元")
    look(page, "108-1-customer")
    the_bill_is_walked_through(page)
    the_advice_is_given(page)
    number = a_case_is_opened_and_answered(page)
    finish(page, "已改拨 17911，客户致谢")
    expect(said(page)).to_have_text("接触已结束。")
    receipt = a_clerk_takes_his_money(browser, desk_url, customer)
    begin(page)
    verify(page, TRADER)
    the_timeline_tells_it_all(page, customer, number, receipt)
    finish(page, "")
    the_reading_was_audited(browser, desk_url)


def nothing_is_told_before_he_is_verified(page: Page, customer: str) -> None:
    for path in ("", "/bills", "/usage", "/advice", "/timeline"):
        page.goto(f"{customer}{path}")
        expect(page.get_by_role("heading", name=HIDDEN)).to_be_visible()
        source = page.content()
        assert "220.00" not in source and "108.00" not in source, path
        assert "出账" not in source, path
    look(page, "108-0-hidden")
    page.goto(customer)


def the_bill_is_walked_through(page: Page) -> None:
    page.click("nav.tabs a:has-text('账单')")
    page.wait_for_url("**/bills")
    month = last_month(page)
    page.click(f"main table a:has-text('{month}')")
    expect(page.locator("main .big.money").first).to_have_text("¥220.00")
    expect(row(page, "本地通话费")).to_contain_text("72 次共 360 分钟，108.00 元")
    expect(row(page, "长途通话费")).to_contain_text("32 次共 160 分钟，112.00 元")
    look(page, "108-2-bill")
    bill = page.url
    assert records_of(page, bill, "长途通话费") == (32, 112_00)
    expect(page.locator(".arith").first).to_have_text("50×6 秒，每 6 秒 0.07 元 = 3.50 元")
    look(page, "108-3-records")
    assert records_of(page, bill, "本地通话费") == (72, 108_00)
    expect(page.locator(".arith").first).to_have_text("5×1 分钟，每 1 分钟 0.30 元 = 1.50 元")
    page.goto(bill)


def records_of(page: Page, bill: str, item: str) -> tuple[int, int]:
    """How many records stand behind an item of the bill and what they come to, over all pages."""
    page.goto(bill)
    row(page, item).get_by_role("link").click()
    count = total = 0
    while True:
        expect(page.locator("#rec-title")).to_be_visible()
        shares = page.locator("td[data-label='元']").evaluate_all(
            "cells => cells.map((cell) => cell.firstChild.textContent)"
        )
        count += len(shares)
        total += sum(fen(share) for share in shares)
        further = page.locator("nav.pager a")
        if further.count() == 0:
            return count, total
        further.click()
        page.wait_for_url(re.compile("offset="))


def the_advice_is_given(page: Page) -> None:
    page.click("[data-act=advice]")
    page.wait_for_url("**/advice")
    words = page.locator(".say")
    expect(words).to_contain_text("由 220.00 元变为 156.00 元，省 64.00 元")
    assert "如何拨打家乡电话" not in page.inner_text("main"), "he is at home"
    cells = row(page, "套餐不变，长途改拨 17911").locator("td.num").all_inner_texts()
    now = row(page, "现用").locator("td.num").all_inner_texts()
    months, total, saved = cells[:6], cells[6], cells[7]
    assert months[-1] == "¥156.00" and now[5].startswith("¥220.00")
    assert sum(map(fen, months)) == fen(total)
    assert sum(fen(cell.split()[0]) for cell in now[:6]) == fen(now[6])
    assert fen(now[6]) - fen(total) == fen(saved)
    expect(page.locator(".chart canvas")).to_be_visible()
    look(page, "108-4-advice")
    page.click("[data-act=keep-advice]")
    expect(said(page)).to_have_text("建议及其数据已记入全程记录。")


def a_case_is_opened_and_answered(page: Page) -> str:
    page.click("[data-act=open-case]")
    page.select_option("#f-class_code", "consultation.bill")
    page.fill("#f-subject", "不了解手机的计费")
    page.fill("#f-description", "认为公司在计费上存在问题")
    page.click("form.form button.primary")
    page.wait_for_url(re.compile(r"/cases/[0-9a-f-]{36}$"))
    heading = page.locator("#case-title")
    expect(heading).to_contain_text("不了解手机的计费")
    expect(page.locator("main")).to_contain_text("呼叫中心")
    look(page, "108-5-case")
    page.select_option("#f-answer-outcome", index=0)
    page.fill("#f-answer-answer", "账单逐项说明；长途改拨 17911 后该月为 156.00 元。")
    page.click("form[action$='/answer'] button.primary")
    expect(said(page)).to_have_text("工单已回单。")
    page.fill("#f-note-text", "客户满意")
    page.click("form[action$='/note'] button")
    expect(page.locator("#notes-title + *, .card:has(#notes-title)").last).to_contain_text(
        "客户满意"
    )
    look(page, "108-6-answered")
    return heading.inner_text().split()[0]


def a_clerk_takes_his_money(browser: Browser, desk_url: str, customer: str) -> str:
    """周洁 at her desk takes 150.50 and gives change of 200; returns the receipt's number."""
    own = new_context(browser)
    clerk = own.new_page()
    enter(clerk, desk_url, "zhou.jie")
    clerk.goto(customer)
    clerk.click("[data-act=pay]")
    clerk.fill("#f-amount", "150.50")
    clerk.fill("#f-tendered", "200")
    expect(clerk.locator("#change")).to_have_text("¥49.50")
    look(clerk, "108-7-payment")
    clerk.click("form.form button.primary")
    receipt = clerk.locator(".receipt")
    expect(receipt).to_contain_text("¥150.50")
    expect(receipt).to_contain_text("¥49.50")
    expect(receipt).to_contain_text("周洁")
    look(clerk, "108-8-receipt")
    number = receipt.locator("dd").first.inner_text()
    own.close()
    return number


def the_timeline_tells_it_all(page: Page, customer: str, case: str, receipt: str) -> None:
    page.goto(f"{customer}/timeline")
    told = page.locator("main").inner_text()
    for sentence in (
        f"缴费 150.50 元，收据 {receipt}",
        "已改拨 17911，客户致谢",
        f"工单 {case} 回单",
        f"新建咨询工单 {case}：话费与账单 – 不了解手机的计费",
        "给出消费建议（按 6 个月的使用）：套餐不变，长途先拨 17911，可省",
        "身份核验通过：服务密码",
        "接触开始（呼叫中心）",
    ):
        assert sentence in told, sentence
    assert not re.search(r"[a-z]{3,}_[a-z]|\b[a-z]+\.[a-z]+_", told), "no code for a machine"
    groups = page.locator("main section.card:has(.head)").all_inner_texts()
    one = next(group for group in groups if case in group)
    assert "给出消费建议" in one and "接触结束" in one, "what was done in the call stands together"
    look(page, "108-9-timeline")
    page.goto(customer)


def the_reading_was_audited(browser: Browser, desk_url: str) -> None:
    own = new_context(browser)
    page = own.new_page()
    enter(page, desk_url, "zhao.li")
    page.goto(f"{desk_url}/audit?customer=C1000001")
    read = page.locator("main")
    expect(read).to_contain_text("陈光")
    expect(read).to_contain_text("账单")
    look(page, "108-a-audit")
    own.close()
