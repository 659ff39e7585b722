"""The provider's file of the day against our books: twelve differences of twelve kinds are planted,
every one is found and has a case, and finance sees them all on one page."""

import re
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from . import axe
from .conftest import SignIn, new_context
from .desk import begin, find, look, verify
from .paying import Provider, pay_at_once
from .site_steps import come_in

CALLER = "13002208108"
REASON = "对账演练"
TRIES, PAUSE_MS = 100, 250


@pytest.fixture
def page(browser: Browser, desk_url: str) -> Iterator[Page]:
    """李建国's telephone, signed in."""
    own = new_context(browser, width=390)
    signed_in = own.new_page()
    come_in(signed_in, desk_url, CALLER)
    yield signed_in
    own.close()


def test_twelve_planted_differences_are_found_each_with_a_case(
    page: Page, desk_url: str, sign_in: SignIn
) -> None:
    lost, other_sum, twice, back, large, taken_back, taken_less = (
        pay_at_once(page, desk_url, amount)[0]
        for amount in ("10.01", "10.02", "10.03", "30.04", "60.05", "10.06", "10.07")
    )
    refused, provider = pay_at_once(page, desk_url, "10.08", "refuse")
    for order in (taken_back, taken_less):
        provider.pull("reverse", order_no=order)
        provider.until_told(order, 2)
    lead = sign_in("li.min")
    customer = find(lead, CALLER)
    begin(lead, purpose="payment")
    verify(lead, CALLER)
    for order, amount in ((back, "5.01"), (back, "5.02"), (large, "55.03")):
        _refund(lead, customer, order, amount)
    sent = _sent(lead, customer, provider, back)
    lead.context.clear_cookies()
    finance = sign_in("sun.rong")
    waits = _waiting(finance, desk_url)

    finance.goto(f"{desk_url}/reconciliation")
    day = finance.input_value("#f-day")
    plant = _planter(provider, day)
    wanted = {
        ("缴费：对方有、我方无", plant("add", order_no="a" * 32, amount_fen=777)),
        ("缴费：我方有、对方无", plant("drop", order_no=lost)),
        ("缴费：金额不一致", plant("amount", order_no=other_sum, amount_fen=1)),
        ("缴费：对方重复", plant("double", order_no=twice)),
        ("缴费：状态不一致", plant("add", order_no=refused, amount_fen=1008)),
        ("退款：对方有、我方无", plant("add", moved="refund", order_no=back, refund_no="b" * 32)),
        ("退款：我方有、对方无", plant("drop", refund_no=sent[0])),
        ("退款：金额不一致", plant("amount", refund_no=sent[1], amount_fen=2)),
        (
            "退款：状态不一致",
            plant("add", moved="refund", order_no=large, refund_no=waits, amount_fen=5503),
        ),
        ("撤回：我方有、对方无", plant("drop", moved="reversal", order_no=taken_back)),
        ("撤回：金额不一致", plant("amount", moved="reversal", order_no=taken_less, amount_fen=3)),
        ("撤回：状态不一致", plant("add", moved="reversal", order_no=twice, amount_fen=1003)),
    }
    finance.click("form[action='/reconciliation'] button.primary")
    finance.wait_for_url(f"**/reconciliation/{day}")
    for _ in range(TRIES):  # the cases are opened a moment after
        if finance.get_by_text("正在建单").count() == 0:
            break
        finance.wait_for_timeout(PAUSE_MS)
        finance.reload()
    assert wanted <= _found(finance)
    numbers = {case for *_, case in _rows(finance)}
    assert len(numbers) == len(_rows(finance)), "each has a case of its own"
    assert all(re.search(r"\d", one) for one in numbers)
    look(finance, "settlement-zh-1440")
    assert axe.violations(finance) == []
    finance.set_viewport_size({"width": 390, "height": 844})
    assert axe.violations(finance) == []
    look(finance, "settlement-zh-390")
    finance.set_viewport_size({"width": 1440, "height": 900})
    before = _rows(finance)
    finance.click("form[action='/reconciliation'] button")
    expect(finance.locator("[data-flash]")).to_be_visible()
    assert _rows(finance) == before, "again: nothing is told or opened twice"


def _refund(lead: Page, customer: str, order: str, amount: str) -> None:
    """Ask for money to go back; more than 50 yuan waits for a second person."""
    lead.goto(f"{customer}/payments/online/{UUID(order)}")
    lead.fill("#f-amount", amount)
    lead.fill("#f-reason", REASON)
    lead.locator("form[action$='/refund'] button").click()
    expect(lead.locator("[data-flash]")).to_be_visible()


def _sent(lead: Page, customer: str, provider: Provider, order: str) -> list[str]:
    """The numbers of the two refunds that were sent, once our page says that they arrived."""
    for _ in range(TRIES):
        lead.goto(f"{customer}/payments/online/{UUID(order)}")
        if lead.locator("main li", has_text="已到账").count() == 2:
            refunds = provider.pull("books")["refunds"]
            return [one["refund_no"] for one in refunds if one["order_no"] == order]
        lead.wait_for_timeout(PAUSE_MS)
    raise AssertionError("the refunds did not arrive")


def _waiting(finance: Page, desk_url: str) -> str:
    """The number of the refund that waits for a second person."""
    finance.goto(f"{desk_url}/refunds")
    form = finance.locator("form[action^='/refunds/']").last
    return (form.get_attribute("action") or "").rpartition("/")[2].replace("-", "")


def _planter(provider: Provider, day: str) -> Callable[..., str]:
    def plant(kind: str, **said: object) -> str:
        row = {"amount_fen": 1, "provider_no": "P0"} if kind == "add" else {}
        provider.pull("plant", day=day, kind=kind, **(row | said))
        return str(said.get("refund_no") or said["order_no"])

    return plant


def _rows(finance: Page) -> list[tuple[str, str, str]]:
    """Kind, number and case of every difference on the page."""
    return [
        (
            one.locator("th").inner_text().strip(),
            one.locator("code").inner_text().strip(),
            one.locator("td").last.inner_text().strip(),
        )
        for one in finance.locator("main table tbody tr").all()
    ]


def _found(finance: Page) -> set[tuple[str, str]]:
    return {(kind, number) for kind, number, _ in _rows(finance)}
