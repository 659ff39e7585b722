"""axe-core on a page: what it finds against WCAG 2.2 A and AA, as lines one can act on."""

from pathlib import Path

from playwright.sync_api import Page

_SOURCE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """
async (rules) => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const found = await axe.run(document, {
    runOnly: rules ? {type: "rule", values: rules} : {type: "tag", values: tags},
  });
  return found.violations.map((violation) => [violation.id, violation.help,
    violation.nodes.map((node) => node.target.join(" ") + " | " + node.failureSummary)]);
}
"""


def violations(page: Page, *, rules: list[str] | None = None) -> list[str]:
    """One line for each element that breaks a rule (all of them by default); none is wanted."""
    page.evaluate(_SOURCE.read_text(encoding="utf-8"))
    found = page.evaluate(_RUN, rules)
    return [f"{rule}: {help} – {node}" for rule, help, nodes in found for node in nodes]
