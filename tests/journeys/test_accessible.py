"""Every page of the desk, in both languages, on a desk's screen and on a handset's, light and dark:
nothing axe would object to, no word of the other language, nothing wider than the screen."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .axe import contrast, violations
from .conftest import PASSWORD, House, SignIn, enter, new_context, speak
from .desk import begin, find, look
from .pages import (
    NEIGHBOUR,
    NOT_IN_THE_DEMO,
    OUTSIDE,
    PAGES,
    PARTS,
    every_page,
    page_routes,
)

EVERYTHING = "everything"
OWN_PASSWORD = "Tianjin-2004-all"
WIDE, NARROW = 1440, 390


@pytest.fixture
def everything(browser: Browser, house: House) -> str:
    """The login of somebody with every role; the administrator opens the account once."""
    if EVERYTHING not in house.notes:
        own = new_context(browser)
        _open_account(own.new_page(), house.url)
        own.clear_cookies()
        _choose_password(own.new_page(), house.url)
        own.close()
        house.notes[EVERYTHING] = OWN_PASSWORD
    return EVERYTHING


def _open_account(page: Page, desk_url: str) -> None:
    enter(page, desk_url, "admin")
    page.goto(f"{desk_url}/users")
    page.fill("#f-login", EVERYTHING)
    page.fill("#f-name", "全能")
    page.fill("#f-password", PASSWORD)
    for role in page.locator("form[action='/users'] input[name=roles]").all():
        role.check()
    page.click("form[action='/users'] button.primary")
    expect(page.locator("[data-flash]")).to_contain_text(EVERYTHING)


def _choose_password(page: Page, desk_url: str) -> None:
    """Whose password somebody else set gets nowhere before he has one of his own."""
    enter(page, desk_url, EVERYTHING)
    page.goto(f"{desk_url}/cases")
    page.wait_for_url("**/password")
    assert violations(page) == []
    page.fill("#old", PASSWORD)
    page.fill("#new", OWN_PASSWORD)
    page.fill("#again", OWN_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#main")


def addresses(page: Page, house: House) -> list[str]:
    """Every page; found once."""
    if "addresses" not in house.notes:
        house.notes["addresses"] = "\n".join(every_page(page, house.url))
    return house.notes["addresses"].split("\n")


def test_no_route_is_forgotten() -> None:
    routes = set(page_routes())
    assert routes == set(PAGES) | PARTS | OUTSIDE | NOT_IN_THE_DEMO


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_breaks_a_rule(
    sign_in: SignIn, house: House, everything: str, language: str
) -> None:
    page = sign_in(everything, language=language, password=OWN_PASSWORD)
    broken: list[str] = []
    for address in addresses(page, house):
        page.set_viewport_size({"width": WIDE, "height": 900})
        answer = page.goto(f"{house.url}{address}")
        assert answer is not None and answer.status == 200, address
        if page.locator("[data-chart]").count():
            expect(page.locator("[data-chart] canvas")).to_be_visible()
        name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", address)
        broken += [f"{name} {WIDE}: {one}" for one in violations(page)]
        broken += [f"{name}: {one}" for one in foreign_words(page, language)]
        page.set_viewport_size({"width": NARROW, "height": 844})
        broken += [f"{name} {NARROW}: {one}" for one in violations(page)]
        broken += [f"{name} {NARROW}: {one}" for one in too_wide(page)]
        look(page, f"page-{language}-{re.sub('[^a-z]+', '-', name)}")
        if language == "en":
            continue  # Colours do not depend on the language.
        page.emulate_media(color_scheme="dark")
        broken += [f"{name} dark: {one}" for one in contrast(page)]
        page.emulate_media(color_scheme="light")
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_front_door_breaks_no_rule(
    context: BrowserContext, desk_url: str, language: str
) -> None:
    page = context.new_page()
    page.goto(f"{desk_url}/sign-in")
    speak(page, language)
    assert violations(page) == []
    page.fill("#login", "nobody")
    page.fill("#password", "wrong-password")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problem")
    assert violations(page) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_opens_and_what_refuses_breaks_no_rule(sign_in: SignIn, language: str) -> None:
    """The page of an unverified caller, the dialogs, a form with errors, a refusal."""
    page = sign_in("chen.guang", language=language)
    page.keyboard.press("?")
    page.wait_for_selector("#shortcut-sheet[open]")
    assert violations(page) == []
    page.keyboard.press("Escape")
    customer = find(page, NEIGHBOUR)
    assert violations(page) == []
    begin(page)
    page.click("[data-act=verify]")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.click("[data-act=finish]")
    assert violations(page) == []
    page.click("#finish button.primary")
    page.goto(f"{customer}/cases/new")
    page.fill("#f-subject", "x")
    page.evaluate("document.querySelector('form.form').noValidate = true")
    page.click("form.form button.primary")
    expect(page.locator(".errors")).to_be_focused()
    assert violations(page) == []
    page.goto(f"{page.url.split('/customers')[0]}/users")
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []


CHINESE = re.compile(r"[\u4e00-\u9fff]+")
ENGLISH = re.compile(r"\b(?:the|and|of|is|to|for|from|with|by|not|no|yes|in|on)\b")


def foreign_words(page: Page, language: str) -> list[str]:
    """Sentences of the other language: what is marked with `lang`, names and data aside."""
    seen = str(
        page.evaluate(
            """() => {
              const copy = document.querySelector("main").cloneNode(true);
              const aside = "[lang], .notranslate, pre, code, .mono, textarea, input, script";
              copy.querySelectorAll(aside).forEach((one) => one.remove());
              return copy.textContent;
            }"""
        )
    )
    if language == "zh":
        lines = [line.strip() for line in seen.split("\n") if ENGLISH.search(line)]
        return [f"English: {line[:120]}" for line in lines]
    return []


def too_wide(page: Page) -> list[str]:
    """Whether one has to move the whole page sideways."""
    over = int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
    return [f"{over}px wider than the screen"] if over > 0 else []
