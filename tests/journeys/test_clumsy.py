"""Hostile and clumsy use: what each gets for an answer, in words that say what to do."""

import html
import re
from uuid import uuid4

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, expect

from .conftest import SignIn, enter, new_context
from .desk import begin, find, finish, look, said, verify
from .pages import NEIGHBOUR, TRADER, customer_address

HIDDEN = "核验来电者身份后才显示账单与详单"


def post(page: Page, address: str, **fields: object) -> tuple[int, str]:
    """Send a form without the page that shows it: the status, and what is said of it."""
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    form = {name: str(value) for name, value in fields.items()}
    base = re.match(r"https?://[^/]+", page.url)
    assert base is not None
    answer = page.request.post(
        f"{base[0]}{address}", form={"_csrf_token": token or "", **form}, max_redirects=0
    )
    return answer.status, words(answer)


def words(answer: APIResponse) -> str:
    """What an answer says went wrong."""
    found = re.search(
        r'<div class="errors".*?</div>|<p role="alert">.*?</p>|class="note (?:bad|warn).*?</div>',
        answer.text(),
        re.S,
    )
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[0])).split()) if found else ""


@pytest.fixture
def trader(sign_in: SignIn, desk_url: str) -> tuple[Page, str]:
    """陈光's page, and the address of the 108 caller; nobody is verified."""
    page = sign_in("chen.guang")
    return page, customer_address(page, desk_url)


@pytest.mark.parametrize(
    ("amount", "answer"),
    [
        ("", "请填写此项。"),
        ("0", "金额必须大于 0 且不超过 50000.00 元"),
        ("-5", "金额必须大于 0"),
        ("1e3", "“1e3”不是金额。请以元书写，如 108 或 36.60。"),
        ("36.605", "“36.605”不是金额。"),
        ("99999999999", "不超过 50000.00 元"),
    ],
)
def test_an_amount_that_is_none_is_not_taken(
    sign_in: SignIn, desk_url: str, amount: str, answer: str
) -> None:
    page = sign_in("zhou.jie")
    customer = customer_address(page, desk_url)
    page.goto(f"{desk_url}{customer}/payments/new")
    account = page.locator("input[name=account]").input_value()
    status, told = post(
        page, f"{customer}/payments/new", account=account, amount=amount, key=uuid4()
    )
    assert status == 422 and answer in told


def test_forms_over_their_limits_say_the_limit(trader: tuple[Page, str]) -> None:
    page, customer = trader
    case = {"class_code": "consultation.bill", "subject": "长", "key": uuid4()}
    for change, status, answer in (
        ({"subject": ""}, 422, "此项不能为空。"),
        ({"subject": "长" * 201}, 422, "共 201 字，最多 200 字。"),
        ({"description": "长" * 4001}, 422, "共 4001 字，最多 4000 字。"),
        ({"class_code": "nothing"}, 422, "没有工单分类“nothing”。"),
    ):
        found, told = post(page, f"{customer}/cases/new", **{**case, **change})
        assert found == status and answer in told, told
    for fields, answer in (
        ({"name": ""}, "请填写此项。"),
        ({"name": "名" * 121}, "姓名超过 120 个字符。"),
        ({"name": "某", "phone": "12"}, "“12”不是电话号码。"),
        ({"name": "某", "document_kind": "resident_id", "document": "999100200711150010"}, "末位"),
    ):
        status, told = post(page, "/new-customer", **fields)
        assert status == 422 and answer in told, told
    status, told = post(page, "/guide", minutes_out="99999999")
    assert status == 422 and "请填写 0 到 44640 的整数。" in told


def test_what_was_typed_stays_and_the_error_stands_beside_it(trader: tuple[Page, str]) -> None:
    page, customer = trader
    page.goto(page.url.split("/customers")[0] + f"{customer}/cases/new")
    page.select_option("#f-class_code", "consultation.tariff")
    page.evaluate("document.querySelector('#f-subject').removeAttribute('maxlength')")
    page.fill("#f-subject", "问" * 240)
    page.fill("#f-description", "原话")
    page.click("form.form button.primary")
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator("#e-subject")).to_contain_text("共 240 字，最多 200 字。")
    expect(page.locator("#f-subject")).to_have_value("问" * 240)
    expect(page.locator("#f-description")).to_have_value("原话")
    expect(page.locator("#f-class_code")).to_have_value("consultation.tariff")
    look(page, "clumsy-too-long")
    page.locator(".errors a").click()
    expect(page.locator("#f-subject")).to_be_focused()


def test_an_unverified_caller_is_told_nothing_by_any_address(trader: tuple[Page, str]) -> None:
    page, customer = trader
    base = page.url.split("/customers")[0]
    page.goto(f"{base}{customer}")
    begin(page)
    verify(page, TRADER)
    page.goto(f"{base}{customer}/bills")
    bill = page.locator("main table a").first.get_attribute("href") or ""
    page.goto(f"{base}{bill}")
    records = page.locator("a[href*='/records']").first.get_attribute("href") or ""
    page.goto(f"{base}{customer}/advice")
    keep = page.locator("form[action*='/advice/']").get_attribute("action") or ""
    finish(page, "")
    page.goto(f"{base}{customer}")
    begin(page)
    parts = (f"{customer}/advice/card", f"{customer}/timeline")
    for address in (bill, records, f"{customer}/usage", *parts):
        answer = page.request.get(f"{base}{address}")
        source = answer.text()
        assert "220.00" not in source and "112.00" not in source, address
        assert "核验" in source, address
    status, told = post(page, keep)
    assert status == 409
    assert told == "来电者尚未核验身份。请核对服务密码、证件或验证码，或回拨登记的号码。"
    page.goto(f"{base}{customer}")
    finish(page, "")


def test_a_method_is_locked_after_three_wrong_answers(sign_in: SignIn) -> None:
    page = sign_in("wang.fan")
    customer = find(page, "13012000005")
    begin(page)
    for left in (2, 1, 0):
        page.click("[data-act=verify]") if left == 2 else None
        page.fill("#evidence-document", "0000")
        page.locator("#evidence-document").press("Enter")
        told = f"还可尝试 {left} 次" if left else "锁定一天"
        expect(said(page)).to_contain_text(told)
    expect(page.locator("#method-document .badge.bad")).to_contain_text("锁定至")
    expect(page.locator("#evidence-document")).to_have_count(0)
    look(page, "clumsy-locked")
    page.goto(customer)
    finish(page, "", disposition="abandoned")


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("/users", "staff.manage"),
        ("/plans/new", "plans.publish"),
        ("/bill-runs", "billing.run"),
        ("/system", "health.read"),
        ("/audit", "audit.read"),
        ("/intake", "intake.run"),
        ("/approvals", "adjustments.approve"),
    ],
)
def test_a_role_without_the_right_is_told_which_and_whom_to_ask(
    sign_in: SignIn, desk_url: str, address: str, right: str
) -> None:
    page = sign_in("chen.guang")
    assert page.locator(f"nav.rail a[href='{address}']").count() == 0, "the way is not even shown"
    answer = page.request.get(f"{desk_url}{address}")
    assert answer.status == 403
    told = words(answer)
    assert re.search(rf"您的角色没有“[^“a-z]+ \({right}\)”权限。请班组长代办或授权。", told), told


def test_an_agent_takes_no_money_and_a_clerk_makes_no_bills(
    trader: tuple[Page, str],
) -> None:
    page, customer = trader
    for address in (f"{customer}/payments/new", "/bill-runs", "/users", "/plans/new"):
        status, told = post(page, address, amount="1", key=uuid4())
        assert status == 403 and "请班组长代办或授权。" in told
    answer = page.request.post(page.url.split("/customers")[0] + f"{customer}/cases/new", form={})
    assert answer.status == 403 and words(answer) == "此表单已过期。请刷新页面后重试。"


def test_the_bill_of_another_customer_is_not_shown_by_its_address(
    trader: tuple[Page, str], desk_url: str
) -> None:
    page, customer = trader
    other = customer_address(page, desk_url, NEIGHBOUR)
    page.goto(f"{desk_url}{customer}")
    begin(page)
    verify(page, TRADER)
    page.goto(f"{desk_url}{customer}/bills")
    bill = (page.locator("main table a").first.get_attribute("href") or "").rpartition("/")[2]
    hidden = page.goto(f"{desk_url}{other}/bills")
    assert hidden is not None
    expect(page.get_by_role("heading", name=HIDDEN)).to_be_visible()
    expect(page.locator(".contact-bar")).to_contain_text("请先结束")
    page.goto(f"{desk_url}{other}/bills/{bill}")
    assert "220.00" not in page.content()
    status, told = post(page, f"{other}/contact", channel="call_centre", purpose="bill")
    assert (status, told) == (409, "您正处于另一次接触中，请先结束。")
    answer = page.request.get(f"{desk_url}{customer}/bills/{uuid4()}")
    assert answer.status == 404 and words(answer) == "没有这张账单。"
    page.goto(f"{desk_url}{customer}")
    finish(page, "")


def test_who_may_see_both_still_finds_no_bill_under_the_wrong_name(
    sign_in: SignIn, desk_url: str
) -> None:
    page = sign_in("zhao.li")
    customer = customer_address(page, desk_url)
    other = customer_address(page, desk_url, NEIGHBOUR)
    page.goto(f"{desk_url}{customer}/bills")
    bill = (page.locator("main table a").first.get_attribute("href") or "").rpartition("/")[2]
    answer = page.request.get(f"{desk_url}{other}/bills/{bill}")
    assert answer.status == 404 and words(answer) == "没有这张账单。"


def test_a_payment_sent_twice_is_taken_once(sign_in: SignIn, desk_url: str) -> None:
    page = sign_in("zhou.jie")
    customer = customer_address(page, desk_url, "13012000006")
    page.goto(f"{desk_url}{customer}/payments/new")
    page.fill("#f-amount", "23.40")
    page.locator("form.form button.primary").dblclick()
    expect(page.locator(".receipt")).to_contain_text("¥23.40")
    number = page.locator(".receipt dd").first.inner_text()
    page.go_back()
    already = page.locator("form.form .note.warn")
    expect(already).to_contain_text(f"今日已收：{number} · ¥23.40")
    look(page, "clumsy-back-to-payment")
    page.goto(f"{desk_url}{customer}/payments")
    assert page.locator("main tbody tr", has_text="23.40").count() == 1


def test_a_form_that_took_one_amount_does_not_take_another(sign_in: SignIn, desk_url: str) -> None:
    page = sign_in("zhou.jie")
    customer = customer_address(page, desk_url, "13012000008")
    page.goto(f"{desk_url}{customer}/payments/new")
    account = page.locator("input[name=account]").first.input_value()
    form = {"account": account, "key": uuid4()}
    address = f"{customer}/payments/new"
    assert post(page, address, **form, amount="9.90") == (303, "")
    assert post(page, address, **form, amount="9.90") == (303, "")
    status, told = post(page, address, **form, amount="9.91")
    assert status == 422 and "此表单已收过另一笔金额，请先核对缴费记录" in told
    page.goto(f"{desk_url}{customer}/payments")
    assert page.locator("main tbody tr", has_text="9.90").count() == 1


def test_two_who_send_the_same_form_at_once_take_it_once(sign_in: SignIn, desk_url: str) -> None:
    page = sign_in("zhou.jie")
    customer = customer_address(page, desk_url, "13012000007")
    page.goto(f"{desk_url}{customer}/payments/new")
    landed = page.evaluate(
        """async () => {
          const form = document.querySelector("form.form");
          form.querySelector("#f-amount").value = "31.70";
          const send = () => fetch(form.action, {method: "POST", body: new FormData(form)});
          const answers = await Promise.all([send(), send(), send(), send()]);
          return answers.map((one) => new URL(one.url).pathname);
        }"""
    )
    assert len(set(landed)) == 1 and "/payments/" in landed[0]
    page.goto(f"{desk_url}{customer}/payments")
    assert page.locator("main tbody tr", has_text="31.70").count() == 1


def test_the_back_button_shows_nothing_after_signing_out(
    context: BrowserContext, sign_in: SignIn, desk_url: str
) -> None:
    page = sign_in("chen.guang")
    page.goto(f"{desk_url}{customer_address(page, desk_url)}")
    expect(page.locator("h1")).to_contain_text("李建国")
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in")
    page.go_back()
    expect(page.locator("#login")).to_be_visible()
    assert "李建国" not in page.content()


def test_a_session_that_ended_says_so_and_leads_back(
    sign_in: SignIn, desk_url: str, browser: Browser
) -> None:
    page = sign_in("sun.rong")
    customer = customer_address(page, desk_url)
    page.goto(f"{desk_url}{customer}/adjustments/new")
    page.fill("#f-amount", "5")
    page.fill("#f-note", "写到一半")
    own = new_context(browser)
    admin = own.new_page()
    enter(admin, desk_url, "admin")
    admin.goto(f"{desk_url}/users")
    admin.click("main table a:text-is('sun.rong')")
    while admin.locator("form[action$='/end-session'] button").count():
        admin.locator("form[action$='/end-session'] button").first.click()
        expect(said(admin)).to_be_visible()
    own.close()
    page.click("form.form button.primary")
    expect(page.locator("#login")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text(
        "登录已过期。请重新登录后继续；未提交的内容需重新填写。"
    )
    look(page, "clumsy-session-ended")
    page.fill("#login", "sun.rong")
    page.fill("#password", "Tianjin-1001")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{desk_url}{customer}/adjustments/new")


def test_a_language_is_chosen_on_the_answer_to_a_form_too(sign_in: SignIn, desk_url: str) -> None:
    page = sign_in("zhou.jie")
    page.goto(f"{desk_url}{customer_address(page, desk_url)}/payments/new")
    page.fill("#f-amount", "x")
    page.click("form.form button.primary")
    expect(page.locator("#e-amount")).to_be_visible()
    page.click("button[name=language]")
    expect(page.locator("h2")).to_contain_text(["Take a payment"])
    page.click("button[name=language]")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


@pytest.mark.parametrize(
    ("address", "status", "answer"),
    [
        ("/nowhere", 404, "没有这个页面。"),
        ("/customers/xyz", 404, "没有这个页面。"),
        ("/customers/01890000-0000-7000-8000-000000000000", 404, "没有该客户。"),
        ("/customers/{id}/bills?before=never", 400, "请求无法解析：before"),
        ("/search?q=" + "1" * 5000, 400, "请求无法解析：q"),
    ],
)
def test_an_address_that_leads_nowhere_says_so(
    trader: tuple[Page, str], desk_url: str, address: str, status: int, answer: str
) -> None:
    page, customer = trader
    found = page.request.get(desk_url + address.replace("{id}", customer.rpartition("/")[2]))
    assert (found.status, words(found)) == (status, answer)
