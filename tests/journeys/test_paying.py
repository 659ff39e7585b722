"""Money on the customer's own site, from the form to the ledger: by wallet, code, bound card and
recharge card, for another and in part; and whatever a provider may do wrong in between."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from . import axe
from .conftest import SignIn, new_context
from .desk import begin, fen, find, look, verify
from .keyboard import Keyboard
from .paying import (
    Provider,
    closed_after_paying,
    decide,
    open_on,
    recharge,
    stands,
    start,
    to_provider,
)
from .site_steps import come_in

CALLER, NEIGHBOUR = "13002208108", "13002208109"


@pytest.fixture
def page(browser: Browser, desk_url: str) -> Iterator[Page]:
    """李建国's telephone, signed in."""
    own = new_context(browser, width=390)
    signed_in = own.new_page()
    come_in(signed_in, desk_url, CALLER)
    yield signed_in
    own.close()


def test_a_part_by_wallet_there_and_back(page: Page, desk_url: str) -> None:
    before = open_on(page, desk_url)
    start(page, desk_url, "20.00")
    look(page, "pay-started")
    to_provider(page)
    look(page, "pay-provider")
    decide(page)
    stands(page, "paid")
    expect(page.locator("#paying")).to_contain_text("¥20.00")
    assert axe.violations(page) == []
    look(page, "pay-paid")
    page.click("#paying a[href^='/my/payments/']")
    expect(page.locator("main")).to_contain_text("在线支付")
    assert axe.violations(page) == []
    look(page, "pay-receipt")
    assert open_on(page, desk_url) == before - 20_00


def test_a_code_is_scanned_with_another_telephone(
    browser: Browser, page: Page, desk_url: str
) -> None:
    wide, phone = new_context(browser, language="en-US"), new_context(browser, width=390)
    screen, scanner = wide.new_page(), phone.new_page()
    try:
        come_in(screen, desk_url, CALLER)
        order = start(screen, desk_url, "31.50", means="qr")
        expect(screen.locator("#paying svg")).to_be_visible()
        assert axe.violations(screen) == []
        look(screen, "pay-code-en")
        start(page, desk_url, "1.00")
        scanner.goto(f"{Provider.of(page).base}/pay/{order}")
        decide(scanner)
        expect(scanner.locator("main")).to_contain_text("支付成功")
        stands(screen, "paid")
        expect(screen.locator("#paying svg")).to_have_count(0)
        look(screen, "pay-code-paid-en")
    finally:
        wide.close()
        phone.close()


def test_a_card_is_bound_charged_and_removed(page: Page, desk_url: str) -> None:
    page.goto(f"{desk_url}/my/pay")
    page.click("button[name=kind][value=card]")
    page.click("main a[rel=noreferrer]")
    page.click("button[value=refuse]")
    expect(page.locator("main .badge.warn")).to_be_visible()
    page.goto(f"{desk_url}/my/pay")
    page.click("button[name=kind][value=card]")
    page.click("main a[rel=noreferrer]")
    page.click("button[value=allow]")
    expect(page.locator("main .badge.good")).to_be_visible()
    assert axe.violations(page) == []
    look(page, "pay-bound")
    page.click("main a.btn.primary")
    card = page.locator("input[name=means]").nth(1).get_attribute("value") or ""
    start(page, desk_url, "5.00", means=card)
    stands(page, "paid")
    page.goto(f"{desk_url}/my/pay")
    page.locator("form[action^='/my/pay/unbind/'] button").first.click()
    expect(page.locator("[data-flash]")).to_be_visible()
    expect(page.locator(f"input[name=means][value='{card}']")).to_have_count(0)


def test_for_another_number(browser: Browser, page: Page, desk_url: str) -> None:
    start(page, desk_url, "7.00", number=NEIGHBOUR)
    to_provider(page)
    decide(page)
    stands(page, "paid")
    expect(page.locator("#paying a[href^='/my/payments/']")).to_have_count(0)
    page.goto(f"{desk_url}/my/payments")
    expect(page.locator("main")).to_contain_text("为 130 0220 8109 缴费")
    look(page, "pay-for-another")
    other = new_context(browser, width=390)
    hers = other.new_page()
    try:
        come_in(hers, desk_url, NEIGHBOUR)
        hers.goto(f"{desk_url}/my/payments")
        expect(hers.locator("main .rows").first).to_contain_text("¥7.00")
    finally:
        other.close()


def test_refused_there_and_tried_again(page: Page, desk_url: str) -> None:
    before = open_on(page, desk_url)
    start(page, desk_url, "6.00")
    to_provider(page)
    decide(page, "refuse")
    stands(page, "refused")
    expect(page.locator("#paying .note.bad")).to_contain_text("没有扣款")
    assert axe.violations(page) == []
    look(page, "pay-refused")
    page.click("#paying a[href='/my/pay']")
    assert open_on(page, desk_url) == before


def test_the_provider_s_page_is_closed_and_the_word_comes_late_thrice_and_forged(
    page: Page, desk_url: str, sign_in: SignIn
) -> None:
    before = open_on(page, desk_url)
    order = start(page, desk_url, "9.00")
    here, provider = page.url, Provider.of(page)
    to_provider(page)
    page.goto(here)
    stands(page, "sent")
    provider.pull("behave", order_no=order, forged=True, silent=True)
    closed_after_paying(page, provider, order)
    page.goto(f"{here}?back=1")
    expect(page.locator("#paying")).to_contain_text("您已从支付方页面返回")
    provider.until_told(order, 1)
    stands(page, "sent")
    assert open_on(page, desk_url) == before, "a forged word moves nothing"
    page.goto(here)
    provider.pull("behave", order_no=order, copies=3)
    provider.pull("tell", order_no=order)
    stands(page, "paid")
    told = provider.until_told(order, 4)
    assert [one["last"] for one in told].count("200 success") == 3
    assert open_on(page, desk_url) == before - 9_00
    page.goto(f"{desk_url}/my/payments")
    expect(page.locator("main .rows").first.get_by_text("¥9.00", exact=True)).to_have_count(1)
    finance = sign_in("sun.rong")
    finance.goto(f"{desk_url}/reconciliation")
    expect(finance.locator("main tr", has_text=order)).to_have_count(1)


def test_nobody_tells_and_recharge_cards_meanwhile(
    page: Page, desk_url: str, sign_in: SignIn
) -> None:
    order = start(page, desk_url, "4.00")
    Provider.of(page).pull("behave", order_no=order, silent=True)
    to_provider(page)
    decide(page)
    stands(page, "paid")
    cards = _cards(sign_in("sun.rong"), desk_url)
    wrong = "0" * 18 + "1"
    before = open_on(page, desk_url)
    recharge(page, desk_url, cards[0])
    expect(page.locator("[data-flash]")).to_contain_text("30.00")
    assert open_on(page, desk_url) <= before - 30_00
    recharge(page, desk_url, cards[0])
    expect(page.locator(".errors")).to_be_visible()
    for left in ("2", "1", "0"):
        recharge(page, desk_url, wrong)
        expect(page.locator(".errors")).to_contain_text(left)
    assert axe.violations(page) == []
    look(page, "pay-card-wrong")
    recharge(page, desk_url, cards[1])
    expect(page.locator(".errors")).to_contain_text(re.compile(r"\d\d:\d\d 前不能再试"))
    look(page, "pay-card-locked")


def _cards(finance: Page, desk_url: str) -> list[str]:
    """Two recharge cards of 30 yuan, made, handed out and put into force; their secrets."""
    finance.goto(f"{desk_url}/vouchers")
    for name, value in (
        ("value", "30"),
        ("size", "2"),
        ("expires_on", "2099-01-01"),
        ("note", "journey"),
    ):
        finance.fill(f"#f-{name}", value)
    finance.locator("form[action='/vouchers'] button.primary").click()
    finance.wait_for_url(re.compile(r"/vouchers/batches/"))
    batch = finance.url
    give = finance.locator("form[action$='/print']")
    for _ in range(40):
        if give.count():
            break
        finance.wait_for_timeout(500)
        finance.goto(batch)
    finance.check("#f-sure")
    with finance.expect_download() as got:
        give.locator("button").click()
    text = got.value.path().read_text("utf-8-sig")
    finance.goto(batch)
    finance.fill("#f-sell-seller", "和平路代理点")
    finance.locator("form[action$='/activate'] button").click()
    expect(finance.locator("[data-flash]")).to_be_visible()
    return re.findall(r"\b\d{19}\b", text)


def test_taken_back_by_the_provider_while_he_looks(page: Page, desk_url: str) -> None:
    before = open_on(page, desk_url)
    order = start(page, desk_url, "8.00")
    provider = Provider.of(page)
    to_provider(page)
    decide(page)
    stands(page, "paid")
    provider.pull("reverse", order_no=order)
    stands(page, "reversed")
    assert axe.violations(page) == []
    look(page, "pay-reversed")
    page.click("#paying a[href^='/my/payments/']")
    expect(page.locator("main .note.bad")).to_be_visible()
    look(page, "pay-reversed-receipt")
    assert open_on(page, desk_url) == before


def test_sent_back_to_its_source_by_staff(page: Page, desk_url: str, sign_in: SignIn) -> None:
    before = open_on(page, desk_url)
    start(page, desk_url, "12.00")
    intent = page.url.rpartition("/")[2]
    to_provider(page)
    decide(page)
    stands(page, "paid")
    lead = sign_in("li.min")
    customer = find(lead, CALLER)
    begin(lead, purpose="payment")
    verify(lead, CALLER)
    lead.goto(f"{customer}/payments/online/{intent}")
    lead.fill("#f-amount", "5.00")
    lead.fill("#f-reason", "多付了")
    lead.locator("form[action$='/refund'] button").click()
    expect(lead.locator("[data-flash]")).to_contain_text("5.00")
    back = page.locator("#paying .note", has_text="5.00")
    expect(back).to_contain_text("已到账")
    look(page, "pay-sent-back")
    assert axe.violations(page) == []
    assert open_on(page, desk_url) == before - 7_00


def test_paid_with_keys_alone(browser: Browser, desk_url: str) -> None:
    own = new_context(browser)
    try:
        keys = Keyboard(own)
        keys.open(f"{desk_url}/my/sign-in")
        keys.write(CALLER)
        keys.press("Tab")
        keys.write("135790")
        keys.go("Enter", r"/my$")
        keys.open(f"{desk_url}/my/pay")
        keys.tab_to("金额")
        keys.press("Control+a")
        keys.write("3.00")
        keys.tab_to("下一步")
        keys.go("Enter", r"/my/pay/[0-9a-f-]{36}$")
        keys.tab_to("前往支付方")
        keys.go("Enter", r"/pay\?")
        keys.tab_to("Pay")
        keys.go("Enter", r"/my/pay/[0-9a-f-]{36}\?back=1$")
        expect(keys.seen.page.locator("#paying [data-state=paid]")).to_be_visible()
        keys.tab_to("查看收据")
        keys.go("Enter", r"/my/payments/[0-9a-f-]{36}$")
        assert fen(keys.seen.within(".sum .figure")) == 3_00
        keys.used_no_mouse()
    finally:
        own.close()
