"""axe-core on a page: what it finds against WCAG 2.2 A and AA, as lines one can act on."""

from pathlib import Path

from playwright.sync_api import Page

_SOURCE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """
async (only) => {
  const found = await axe.run(document, {runOnly: only, resultTypes: ["violations"]});
  return found.violations.map((violation) => [violation.id, violation.help,
    violation.nodes.map((node) => node.target.join(" ") + " | " + node.failureSummary)]);
}
"""
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """One line for each element that breaks a rule; none is what we want."""
    return _run(page, {"type": "tag", "values": _TAGS})


def contrast(page: Page) -> list[str]:
    """The same for colours alone: what another colour scheme can break."""
    return _run(page, {"type": "rule", "values": ["color-contrast"]})


def _run(page: Page, only: dict[str, object]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SOURCE.read_text(encoding="utf-8"))
    found = page.evaluate(_RUN, only)
    return [f"{rule}: {help} – {node}" for rule, help, nodes in found for node in nodes]
