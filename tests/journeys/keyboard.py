"""A person without a mouse: keys, and what the keyboard stands on. Nothing else can be done here,
and the page itself counts whether a mouse was there."""

import re
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

_COUNT_MICE = """
for (const kind of ["mousedown", "mousemove", "pointerdown", "touchstart", "wheel"]) {
  window.addEventListener(kind, (event) => {
    if (event.isTrusted) sessionStorage.setItem("mice", Number(sessionStorage.mice ?? 0) + 1);
  }, true);
}
"""
_FOCUSED = r"""
() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const text = (found) => found?.textContent.replace(/\s+/g, " ").trim() ?? "";
  const labelled = document.getElementById(one.getAttribute("aria-labelledby"));
  return {
    id: one.id,
    tag: one.tagName,
    name: one.getAttribute("aria-label") ?? (labelled ? text(labelled)
      : one.labels?.length ? text(one.labels[0]) : text(one)),
    ringed: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}
"""
TABS_MAX = 90


class Keyboard:
    """Keys on a page; each knows whether the keyboard can be seen where it stands."""

    def __init__(self, context: BrowserContext) -> None:
        context.add_init_script(_COUNT_MICE)
        self._page: Page = context.new_page()

    @property
    def seen(self) -> "Seen":
        """What a person reads on the page."""
        return Seen(self._page)

    def open(self, address: str) -> None:
        """Type an address into the browser."""
        self._page.goto(address)

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self._page.keyboard.press(key)

    def write(self, text: str) -> None:
        """Type into what has the focus."""
        self._page.keyboard.type(text)

    def go(self, key: str, address: str) -> None:
        """Press keys that lead to another page (`g p` is two); wait until it is there."""
        self.press(*key.split())
        self._page.wait_for_url(re.compile(address))

    def tab_to(self, name: str, *, back: bool = False) -> None:
        """Walk until the keyboard stands on what is called *name*, seeing it all the way."""
        passed = []
        for _ in range(TABS_MAX):
            self.press("Shift+Tab" if back else "Tab")
            found = self.focused()
            if found is None:
                continue
            self._is_seen(found)
            if re.search(name, str(found["name"])):
                return
            passed.append(found["name"])
        raise AssertionError(f"{name!r} cannot be reached; passed {passed}")

    def stands_on(self, name: str) -> None:
        """The focus is there, visibly, without anything having been pressed."""
        self._page.wait_for_function(
            f"(name) => {{ const one = ({_FOCUSED})();"
            " return one !== null && new RegExp(name).test(one.name); }",
            arg=name,
        )
        found = self.focused()
        assert found is not None
        self._is_seen(found)

    def focused(self) -> dict[str, Any] | None:
        """What has the focus; None when nothing has."""
        found: dict[str, Any] | None = self._page.evaluate(_FOCUSED)
        return found

    @staticmethod
    def _is_seen(found: dict[str, Any]) -> None:
        assert found["ringed"], f"one cannot see that the keyboard stands on {found}"
        assert found["inside"], f"the keyboard stands outside of the screen, on {found}"

    def used_no_mouse(self) -> None:
        """The page saw no mouse, pen or finger since it was first opened."""
        self._page.wait_for_load_state()
        assert self._page.evaluate("sessionStorage.getItem('mice')") is None


class Seen:
    """The page to the eye: asserts and reads, touches nothing."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def says(self, *words: str, where: str = "main") -> None:
        """Every sentence can be read there."""
        for one in words:
            expect(self.page.locator(where)).to_contain_text(one)

    def row(self, words: str) -> str:
        """The row of a table that says *words*."""
        return self.page.locator("main tr", has_text=words).first.inner_text()

    def flash(self, words: str) -> None:
        """What the last act had to say."""
        expect(self.page.locator("[data-flash]")).to_contain_text(words)

    def within(self, selector: str) -> str:
        """The text of a part."""
        return self.page.locator(selector).first.inner_text()
