"""Every page of the desk, in both languages, light and dark: nothing axe would object to."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from .axe import violations
from .conftest import EVERYTHING, SignIn, speak
from .pages import every_page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_breaks_a_rule(sign_in: SignIn, desk_url: str, language: str) -> None:
    page = sign_in(EVERYTHING, language=language)
    broken: dict[str, list[str]] = {}
    for name, address in every_page(page, desk_url):
        answer = page.goto(f"{desk_url}{address}")
        assert answer is not None and answer.status == 200, (name, address)
        page.wait_for_timeout(150)
        if found := violations(page):
            broken[name] = found
    assert not broken, _told(broken)


def test_the_dark_pages_keep_their_contrast(sign_in: SignIn, desk_url: str) -> None:
    page = sign_in(EVERYTHING)
    page.emulate_media(color_scheme="dark")
    broken: dict[str, list[str]] = {}
    for name, address in every_page(page, desk_url):
        page.goto(f"{desk_url}{address}")
        if found := violations(page, rules=["color-contrast"]):
            broken[name] = found
    assert not broken, _told(broken)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_front_door_breaks_no_rule(
    context: Iterator[Page], desk_url: str, language: str
) -> None:
    page = context.new_page()  # type: ignore[attr-defined]
    page.goto(f"{desk_url}/sign-in")
    speak(page, language)
    assert violations(page) == []
    page.fill("#login", "nobody")
    page.fill("#password", "wrong-password")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problem")
    assert violations(page) == []


def test_dialogs_break_no_rule(sign_in: SignIn, desk_url: str) -> None:
    page = sign_in(EVERYTHING)
    page.keyboard.press("?")
    page.wait_for_selector("#shortcut-sheet[open]")
    assert violations(page) == []


def _told(broken: dict[str, list[str]]) -> str:
    return "\n".join(f"{name}: {line}" for name, lines in broken.items() for line in lines)
