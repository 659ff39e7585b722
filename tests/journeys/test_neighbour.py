"""The neighbour on the same plan: calls of 71.40 and a bill of 108.00, which no dialling lowers."""

from playwright.sync_api import expect

from .conftest import SignIn
from .desk import begin, find, finish, look, row, verify
from .pages import NEIGHBOUR
from .test_caller_108 import last_month


def test_below_the_minimum_17911_saves_nothing(sign_in: SignIn) -> None:
    page = sign_in("chen.guang")
    find(page, NEIGHBOUR)
    expect(page.locator("h1")).to_contain_text("张淑芬")
    begin(page)
    verify(page, NEIGHBOUR)
    page.click("nav.tabs a:has-text('账单')")
    page.click(f"main table a:has-text('{last_month(page)}')")
    expect(page.locator("main .big.money").first).to_have_text("¥108.00")
    expect(row(page, "本地通话费").locator("td.num")).to_have_text("¥50.40")
    expect(row(page, "长途通话费").locator("td.num")).to_have_text("¥21.00")
    added = row(page, "最低消费")
    expect(added).to_contain_text("最低消费 108.00 元；您的费用合计 71.40 元；补足 36.60 元")
    expect(added.locator("td.num")).to_have_text("¥36.60")
    look(page, "neighbour-1-bill")
    page.click("[data-act=advice]")
    page.wait_for_url("**/advice")
    expect(page.locator(".say")).to_contain_text("通话费在最低消费以内，改拨 17911 不会少付。")
    expect(page.locator(".card.key .badge")).to_have_text("不必更换套餐")
    assert page.get_by_text("套餐不变，长途改拨 17911").count() == 0
    assert page.get_by_text("推荐", exact=True).count() == 0, "what is not worth it is not praised"
    look(page, "neighbour-2-advice")
    page.click("[data-act=keep-advice]")
    expect(page.locator("[data-flash]")).to_be_visible()
    finish(page, "说明最低消费")
