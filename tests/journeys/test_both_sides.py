"""Begun on the site and finished by an agent, begun by an agent and finished on the site: a
complaint with a picture, a plan change. How long each waits for the other is printed."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import SignIn, enter, new_context
from .desk import begin, find, finish, look, said, verify
from .site_steps import come_in

NUMBER = "13002208109"
ID = "[0-9a-f]{8}-[0-9a-f-]{27}"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
_WATCH = """
([where, words]) => {
  window.seenAt = 0;
  const watch = () => {
    const there = document.querySelector(where)?.textContent.includes(words);
    if (there && !window.seenAt) window.seenAt = Date.now();
  };
  new MutationObserver(watch).observe(document.body, {subtree: true, childList: true});
  watch();
}
"""


@dataclass
class Clock:
    """How long what one does takes to be seen by the other."""

    seconds: dict[str, float] = field(default_factory=dict)

    def watch(self, page: Page, where: str, words: str) -> None:
        """From now on, note when *words* can be read there; nobody loads the page again."""
        page.evaluate(_WATCH, [where, words])
        assert page.evaluate("window.seenAt") == 0, f"{words} is there already"

    def seen(self, page: Page, what: str, since: float) -> None:
        """Wait until it is seen, and note the seconds since the button was pressed."""
        page.wait_for_function("() => window.seenAt > 0")
        self.seconds[what] = page.evaluate("window.seenAt") / 1000 - since


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Prints what it measured when the journey is over."""
    kept = Clock()
    yield kept
    for what, seconds in kept.seconds.items():
        print(f"{seconds:6.3f} s from the button to the other's screen: {what}")


@pytest.fixture
def customer(browser: Browser, desk_url: str) -> Iterator[Page]:
    """A customer with a telephone, signed in."""
    own = new_context(browser, width=390)
    page = own.new_page()
    come_in(page, desk_url, NUMBER)
    yield page
    own.close()


@pytest.fixture
def agent(sign_in: SignIn) -> Iterator[Page]:
    """An agent with the same customer on the line, and the record open."""
    page = sign_in("chen.guang")
    record = find(page, NUMBER)
    begin(page)
    verify(page, NUMBER)
    yield page
    page.goto(record)
    finish(page, "journey")


def record_of(agent: Page) -> str:
    """The address of the record, with its live timeline."""
    found = re.match(rf".*/customers/{ID}", agent.url)
    assert found is not None, agent.url
    return found[0]


def open_record(agent: Page, record: str) -> None:
    """Look at the record and wait for its live news."""
    agent.goto(record)
    agent.wait_for_selector("[data-live-state=open]")


def test_a_complaint_of_the_site_is_answered_at_the_desk(
    customer: Page, agent: Page, browser: Browser, desk_url: str, clock: Clock
) -> None:
    record = record_of(agent)
    open_record(agent, record)
    customer.goto(f"{desk_url}/my/matters/new?kind=complaint")
    customer.select_option("#f-class_code", "complaint.fees.long_distance")
    customer.fill("#f-subject", "长途费多收")
    customer.set_input_files(
        "#f-file", {"name": "../账单.png", "mimeType": "image/png", "buffer": PNG}
    )
    clock.watch(agent, "#timeline", "长途费多收")
    pressed = time.time()
    customer.click("form[action='/my/matters/new'] .btn.primary")
    customer.wait_for_url(re.compile(rf"/my/matters/{ID}$"))
    clock.seen(agent, "complaint, from the site to the desk", pressed)
    look(agent, "both-1-timeline")
    case = f"{desk_url}/cases/{customer.url.rpartition('/')[2]}"
    customer.wait_for_selector("#matter[data-live-state=open]")
    agent.goto(case)
    expect(agent.locator("section:has(#files-title)")).to_contain_text("账单.png")
    agent.click("[data-act=case-take]")
    agent.locator("form[action$='/answer'] [name=answer]").fill("核实多收，双倍退还 7.20 元。")
    agent.locator("form[action$='/answer'] button").first.click()
    expect(said(agent)).to_be_visible()
    lead = new_context(browser).new_page()
    enter(lead, desk_url, "li.min")
    lead.goto(case)
    clock.watch(customer, "#matter", "双倍退还 7.20 元")
    pressed = time.time()
    lead.click("[data-act=case-approve]")
    clock.seen(customer, "its answer, from the desk to the site", pressed)
    look(customer, "both-2-answer")
    customer.click("#matter button[value=satisfied]")
    expect(customer.locator("[data-flash]")).to_be_visible()
    lead.goto(case)
    expect(lead.locator("main")).to_contain_text("满意")
    expect(lead.locator("main")).to_contain_text("归档")
    lead.context.close()


def test_a_fault_taken_at_the_desk_is_settled_on_the_site(
    customer: Page, agent: Page, desk_url: str, clock: Clock
) -> None:
    record = record_of(agent)
    customer.goto(f"{desk_url}/my")
    customer.wait_for_selector("#glance[data-live-state=open]")
    agent.goto(f"{record}/cases/new")
    agent.select_option("#f-class_code", "fault.voice")
    agent.fill("#f-subject", "家里没有信号")
    clock.watch(customer, "#glance", "家里没有信号")
    pressed = time.time()
    agent.click("form.form button.primary")
    agent.wait_for_url(re.compile(rf"/cases/{ID}$"))
    case = agent.url
    clock.seen(customer, "fault, from the desk to the site", pressed)
    look(customer, "both-3-home")
    open_record(agent, record)
    customer.click("#glance a:has-text('家里没有信号')")
    clock.watch(agent, "#timeline", "撤销")
    pressed = time.time()
    customer.click("form[action$='/withdraw'] button")
    clock.seen(agent, "withdrawn, from the site to the desk", pressed)
    agent.goto(case)
    expect(agent.locator("main")).to_contain_text("撤销")


def test_a_plan_change_of_the_site_is_taken_back_at_the_desk(
    customer: Page, agent: Page, desk_url: str, clock: Clock
) -> None:
    record = record_of(agent)
    open_record(agent, record)
    customer.goto(f"{desk_url}/my/plans")
    customer.locator("main form:has(input[value='gsm_std']) button").click()
    clock.watch(agent, "#timeline", "GSM 标准")
    pressed = time.time()
    customer.locator("form[action='/my/orders'] .btn.primary").click()
    customer.wait_for_url(re.compile(rf"/my/orders/{ID}$"))
    clock.seen(agent, "plan change, from the site to the desk", pressed)
    customer.wait_for_selector("#order[data-live-state=open]")
    agent.goto(f"{record}/orders/{customer.url.rpartition('/')[2]}")
    clock.watch(customer, "#order .badge", "已撤销")
    pressed = time.time()
    agent.click("[data-act=undo-order]")
    clock.seen(customer, "taken back, from the desk to the site", pressed)
    expect(customer.locator("#order form")).to_have_count(0)
    look(customer, "both-4-order")


def test_a_plan_change_of_the_desk_is_taken_back_on_the_site(
    customer: Page, agent: Page, desk_url: str, clock: Clock
) -> None:
    record = record_of(agent)
    customer.goto(f"{desk_url}/my")
    customer.wait_for_selector("#glance[data-live-state=open]")
    agent.goto(f"{record}/orders/new?kind=change_plan&plan=gsm_std&when=next_month")
    agent.click("form[action$='/orders/preview'] button.primary")
    clock.watch(customer, "#glance", "GSM 标准")
    pressed = time.time()
    agent.click("[data-act=confirm-order]")
    agent.wait_for_url(re.compile(rf"/orders/{ID}$"))
    clock.seen(customer, "plan change, from the desk to the site", pressed)
    agent.wait_for_selector("#order-part[data-live-state=open]")
    customer.click("#glance a:has-text('GSM 标准')")
    clock.watch(agent, "#order-part", "已撤销")
    pressed = time.time()
    customer.click("form[action$='/undo'] button")
    clock.seen(agent, "taken back, from the site to the desk", pressed)
    expect(customer.locator("[data-flash]")).to_be_visible()
