"""Money and people that need a second pair of eyes: reversals, adjustments by their amount, cases
under review, lists that move while one looks."""

import re

from playwright.sync_api import Browser, Locator, Page, expect

from .conftest import SignIn, enter, new_context
from .desk import find, look, said

PAYER, ADJUSTED, COMPLAINER = "13012000021", "13012000022", "13012000023"


def other(browser: Browser, desk_url: str, login: str) -> Page:
    """A colleague at another desk."""
    page = new_context(browser).new_page()
    enter(page, desk_url, login)
    return page


def test_who_took_money_does_not_take_it_back(
    sign_in: SignIn, desk_url: str, browser: Browser
) -> None:
    clerk = sign_in("zhou.jie")
    customer = find(clerk, PAYER)
    receipt, before = pay(clerk, customer, "20.50")
    expect(clerk.locator("form[action$='/reverse']")).to_have_count(0)
    lead = other(browser, desk_url, "li.min")
    lead.goto(receipt)
    lead.click("summary:has-text('冲正此笔缴费')")
    lead.fill("#f-reason", "收错账户")
    lead.click("form[action$='/reverse'] button")
    expect(said(lead)).to_have_text("缴费已冲正。")
    expect(lead.locator(".receipt")).to_contain_text("−¥20.50")
    expect(lead.locator(".receipt")).to_contain_text("收错账户")
    look(lead, "second-1-reversed")
    lead.click("a:has-text('被冲正的收据')")
    expect(lead.locator(".receipt")).to_contain_text("已冲正")
    own, after = pay(lead, customer, "20.50")
    assert after == before, "the reversal left the balance as it was"
    lead.goto(own)
    expect(lead.locator("main")).to_contain_text("须由他人冲正")
    expect(lead.locator("form[action$='/reverse']")).to_have_count(0)
    lead.context.close()


def pay(page: Page, customer: str, amount: str) -> tuple[str, str]:
    """Take *amount*; the receipt's address and the balance after it."""
    page.goto(f"{customer}/payments/new")
    page.fill("#f-amount", amount)
    page.click("form.form button.primary")
    expect(page.locator(".receipt")).to_contain_text(f"¥{amount}")
    balance = page.locator("dt:has-text('缴后余额') + dd").inner_text()
    return page.url.partition("?")[0], balance


def test_an_adjustment_is_decided_by_whom_its_amount_allows(
    sign_in: SignIn, desk_url: str, browser: Browser
) -> None:
    agent = sign_in("wang.fan")
    customer = find(agent, ADJUSTED)
    amounts = ("50.00", "50.01", "500.00", "500.01")
    for amount in amounts:
        agent.goto(f"{customer}/adjustments/new")
        agent.fill("#f-amount", amount)
        agent.fill("#f-note", f"多收 {amount} 元")
        agent.click("form.form button.primary")
        expect(said(agent)).to_have_text("账务调整已提交，等待第二人审批。")
    for login, may in (
        ("li.min", [1, 0, 0, 0]),
        ("zhao.li", [0, 1, 1, 0]),
        ("sun.rong", [0, 0, 1, 1]),
    ):
        page = other(browser, desk_url, login)
        page.goto(f"{desk_url}/approvals")
        offered = [decision(page, amount).locator("form").count() for amount in amounts]
        assert offered == may, login
        if login == "li.min":
            expect(decision(page, "50.01")).to_contain_text("¥500.00 以内由经理审批")
            decision(page, "50.00").locator("button.primary").click()
            expect(said(page)).to_have_text("已同意并入账。")
        if login == "zhao.li":
            decision(page, "50.01").locator("button.danger").click()
            expect(page.locator(".errors")).to_contain_text("请说明原因")
            decision(page, "50.01").locator("input[name=note]").fill("没有依据")
            decision(page, "50.01").locator("button.danger").click()
            expect(said(page)).to_have_text("已拒绝。")
        if login == "sun.rong":
            decision(page, "500.01").locator("button.primary").click()
            expect(said(page)).to_have_text("已同意并入账。")
        look(page, f"second-2-{login}")
        page.context.close()
    agent.goto(f"{customer}/payments")
    table = agent.locator("section:has(#adjusted-title) tbody")
    for amount, state in zip(amounts, ("已同意", "已拒绝", "待审批", "已同意"), strict=True):
        row = table.locator("tr", has=agent.get_by_text(f"¥{amount}", exact=True))
        expect(row).to_contain_text(state)


def decision(page: Page, amount: str) -> Locator:
    """The card of one adjustment."""
    return page.locator("section.card", has_text=f"多收 {amount} 元")


def test_a_complaint_goes_through_review_while_others_look_on(
    sign_in: SignIn, desk_url: str, browser: Browser
) -> None:
    lead = other(browser, desk_url, "li.min")
    lead.goto(desk_url)
    lead.wait_for_selector("#home-cases[data-live-state=open]")
    waiting = int(lead.locator("#home-cases dd").first.inner_text())
    agent = sign_in("wang.fan")
    customer = find(agent, COMPLAINER)
    agent.goto(f"{customer}/cases/new")
    agent.select_option("#f-class_code", "complaint.fees.call_charge")
    agent.fill("#f-subject", "多收通话费")
    agent.fill("#f-description", "11 月 3 日一次通话收了两次")
    agent.click("form.form button.primary")
    agent.wait_for_url(re.compile(r"/cases/[0-9a-f-]{36}$"))
    case = agent.url
    expect(lead.locator("#home-cases dd").first).to_have_text(str(waiting + 1))
    clocks = agent.locator("section:has(#clocks-title)")
    expect(clocks).to_contain_text("首次回复")
    expect(clocks).to_contain_text("48 小时")
    act(agent, "dispatch", reason="请核对原始话单")
    back = other(browser, desk_url, "wu.bo")
    back.goto(case)
    back.click("[data-act=case-take]")
    expect(said(back)).to_have_text("您已接手此工单。")
    act(back, "hold", until="2020-01-01T10:00")
    expect(back.locator(".errors")).to_contain_text("须在将来")
    back.goto(case)
    act(back, "hold")
    expect(clocks_of(back)).to_contain_text("停计")
    back.click("[data-act=case-resume]")
    act(back, "answer", answer="核实重复计费，退 3.60 元")
    expect(said(back)).to_have_text("工单已回单。")
    expect(back.locator("form[action$='/send_back'], form[action$='/approve']")).to_have_count(0)
    lead.goto(case)
    lead.click("[data-act=case-approve]")
    expect(said(lead)).to_have_text("审核通过。")
    agent.goto(case)
    act(agent, "follow_up")
    expect(said(agent)).to_have_text("回访已记录。")
    act(agent, "reopen", reason="客户来电称未收到退款")
    expect(said(agent)).to_have_text("工单已重开。")
    look(agent, "second-3-reopened")
    lead.context.close()
    back.context.close()


def clocks_of(page: Page) -> Locator:
    """The clocks of a case."""
    return page.locator("section:has(#clocks-title)")


def act(page: Page, name: str, **fields: str) -> None:
    """Do one of the acts of a case, unfolding it first where it is folded."""
    form = page.locator(f"form[action$='/{name}']")
    if not form.is_visible():
        page.click(f"details[data-act=case-{name}] summary")
    for field, value in fields.items():
        form.locator(f"[name={field}]").fill(value)
    with page.expect_navigation():
        form.locator("button").first.click()
