"""What product and administration do: plans refused and published, keys, locks, codes, rights."""

import base64
import hashlib
import hmac
import struct
import time

import httpx
from playwright.sync_api import Browser, Page, expect

from .conftest import SignIn, enter, new_context, speak
from .desk import begin, find, look, said

LOCKED = "13012000025"


def test_a_plan_broken_five_ways_is_refused_with_its_place_and_a_good_one_is_published(
    sign_in: SignIn, desk_url: str
) -> None:
    page = sign_in("zheng.kai")
    page.goto(f"{desk_url}/plans/new?from_id=zhuoyue")
    good = page.input_value("#f-text").replace("plan: zhuoyue", "plan: zhuoyue_old", 1)
    good = good.replace("on_sale: [2002-01-01, null]", "on_sale: [2002-01-01, 2002-12-31]")
    broken = (
        (("version: 1", "versoin: 1"), "第 3 行", "versoin", "这里没有这个键"),
        (("  - id: local\n", "  - id: roam_in\n"), "第", "roam_in", ""),
        (('price: "0.30"\n    per: 60s', 'price: "free"\n    per: 60s'), "第", "price", "free"),
        (('total: "220.00"', 'total: "219.99"'), "第 213 行", "examples.direct_month", "219.99"),
        (("name: {zh:", "name: {zh: ["), "第 4 行", "", "不是 YAML"),
    )
    for (old, new), line, key, reason in broken:
        assert old in good, old
        publish(page, desk_url, good.replace(old, new, 1))
        errors = page.locator(".errors")
        expect(errors).to_contain_text(f"卓越旧卡.yaml {line}")
        expect(errors).to_contain_text(key)
        expect(errors).to_contain_text(reason)
        expect(page.locator("#f-text")).to_have_value(good.replace(old, new, 1))
    look(page, "behind-1-plan-refused")
    publish(page, desk_url, good)
    expect(said(page)).to_have_text("卓越联合卡 第 1 版已发布。")
    publish(page, desk_url, good.replace("version: 1", "version: 2", 1))
    expect(said(page)).to_have_text("卓越联合卡 第 2 版已发布。")
    expect(page.locator("main")).to_contain_text("3 个中 3 个成立")
    expect(page.locator("section:has(#ver-title) li")).to_have_count(2)


def publish(page: Page, desk_url: str, text: str) -> None:
    """Send a text as the product manager does."""
    page.goto(f"{desk_url}/plans/new")
    page.fill("#f-file", "卓越旧卡.yaml")
    page.fill("#f-text", text)
    page.click("form[action='/plans/new'] button.primary")


def test_a_system_calls_with_the_secret_shown_once(sign_in: SignIn, desk_url: str) -> None:
    page = sign_in("admin")
    page.goto(f"{desk_url}/clients")
    page.fill("#f-name", "对账系统")
    page.click("form[action='/clients'] button.primary")
    expect(page.locator(".errors")).to_contain_text("请至少选择一项权限")
    page.check("input[value='customers.search']")
    page.click("form[action='/clients'] button.primary")
    client, secret = page.locator(".note.good dd.mono").all_inner_texts()
    look(page, "behind-3-client")
    page.goto(f"{desk_url}/clients")
    assert secret not in page.content()
    page.click("a[href='/api/docs']")
    expect(page.locator("h1")).to_have_text("接口说明")
    given = httpx.post(
        f"{desk_url}/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(client, secret),
    ).json()
    assert given["scope"] == "customers.search"
    with httpx.Client(
        base_url=f"{desk_url}/api/v1",
        headers={"Authorization": f"Bearer {given['access_token']}", "Accept-Language": "zh"},
    ) as system:
        found = system.get("/search", params={"q": "13002208108"}).json()["items"]
        assert [(one["number"], one["name_masked"]) for one in found] == [("C1000001", "李*国")]
        refused = system.get("/cases")
        assert refused.status_code == 403 and "查看工单" in refused.json()["message"]
        page.goto(f"{desk_url}/clients")
        page.click(f"li:has-text('{client}') form[action$='/disable'] button")
        expect(said(page)).to_have_text("密钥已失效。")
        assert system.get("/search", params={"q": "13002208108"}).status_code == 401


def test_three_wrong_answers_lock_a_way_and_a_call_back_opens_the_record(
    sign_in: SignIn, desk_url: str
) -> None:
    page = sign_in("wang.fan")
    find(page, LOCKED)
    begin(page)
    for told in ("还可尝试 2 次", "还可尝试 1 次", "已锁定一天"):
        if not page.locator("#verify[open]").count():
            page.click("[data-act=verify]")
        page.fill("#evidence-document", "0000")
        page.click("section:has(#method-document) button.primary")
        expect(said(page)).to_contain_text(told)
    expect(page.locator("#evidence-document")).to_have_count(0)
    expect(page.locator("section:has(#method-document)")).to_contain_text("锁定至")
    look(page, "behind-4-locked")
    page.click("section:has(#method-call_back) button.primary")
    expect(said(page)).to_have_text("来电者身份已核验：回拨。")
    expect(page.locator("#timeline")).to_contain_text("身份核验通过：回拨")
    page.click("[data-act=finish]")
    page.click("#finish button.primary")
    expect(page.locator(".contact-bar.live")).to_have_count(0)


def test_one_time_codes_are_set_up_asked_for_and_switched_off(
    sign_in: SignIn, desk_url: str, browser: Browser
) -> None:
    page = sign_in("zheng.kai")
    page.goto(f"{desk_url}/me")
    page.click("form[action='/me/codes'] button")
    secret = page.locator("p.mono.lead").inner_text().replace(" ", "")
    page.fill("#f-code", "000000")
    page.click("form[action='/me/codes/confirm'] button")
    expect(page.locator(".errors")).to_contain_text("验证码不正确")
    page.fill("#f-code", code(secret, -1))
    page.click("form[action='/me/codes/confirm'] button")
    expect(said(page)).to_have_text("动态验证码已开启，登录时需要输入。")
    fresh = new_context(browser).new_page()
    fresh.goto(f"{desk_url}/sign-in")
    fresh.fill("#login", "zheng.kai")
    fresh.fill("#password", "Tianjin-1001")
    fresh.keyboard.press("Enter")
    expect(fresh.locator("#problem")).to_contain_text("请连同密码再输入一次")
    fresh.fill("#password", "Tianjin-1001")
    fresh.fill("#code", code(secret, 0))
    fresh.keyboard.press("Enter")
    fresh.wait_for_selector("#main")
    fresh.context.close()
    page.goto(f"{desk_url}/me")
    page.click("form[action='/me/codes/off'] button")
    expect(said(page)).to_contain_text("动态验证码已关闭")


def code(secret: str, step: int) -> str:
    """The code of an authenticator app (RFC 6238), some half minutes from now."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def test_a_role_changed_counts_from_the_next_request(
    sign_in: SignIn, desk_url: str, browser: Browser
) -> None:
    worker = new_context(browser).new_page()
    enter(worker, desk_url, "wu.bo")
    speak(worker, "en")
    answer = worker.goto(f"{desk_url}/bill-runs")
    assert answer is not None and answer.status == 200
    page = sign_in("admin")
    for held, status in ((False, 403), (True, 200)):
        page.goto(f"{desk_url}/roles/back_office")
        page.set_checked("input[value='billing.run']", held)
        page.click("form[action='/roles/back_office'] button.primary")
        expect(said(page)).to_contain_text("下一次操作起生效")
        answer = worker.goto(f"{desk_url}/bill-runs")
        assert answer is not None and answer.status == status
    speak(worker, "zh")
    worker.context.close()
