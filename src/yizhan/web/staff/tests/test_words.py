"""Every sentence of the desk has its Chinese words."""

import ast
import re
from pathlib import Path

from yizhan.domain import usage
from yizhan.i18n import chinese
from yizhan.web.staff.terms import QUARANTINE_REASON

STAFF = Path(__file__).parents[1]
TEMPLATES = [*(STAFF / "templates").rglob("*.html"), *(STAFF.parent / "templates").glob("*.html")]
_IN_TEMPLATE = re.compile(r"""\b_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
SPEAKERS = {"say": 1, "done": 2}
REFUSALS = {"Invalid", "Refused", "NotFound", "Conflict"}


def of_templates() -> set[str]:
    return {
        ast.literal_eval(found)
        for file in TEMPLATES
        for found in _IN_TEMPLATE.findall(file.read_text(encoding="utf-8"))
    }


def of_modules() -> set[str]:
    found: set[str] = set()
    for file in STAFF.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_SAID":
                assert isinstance(node.value, ast.Dict)
                found |= {ast.literal_eval(one) for one in node.value.values}
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            name = node.func.id
            place = SPEAKERS.get(name, 0 if name in REFUSALS else None)
            if place is not None and len(node.args) > place:
                found |= _sentences(node.args[place])
            found |= {
                keyword.value.value
                for keyword in node.keywords
                if name == "page"
                and keyword.arg == "title"
                and isinstance(keyword.value, ast.Constant)
            }
    return found


def _sentences(node: ast.expr) -> set[str]:
    return {
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and len(one.value) > 1
    } - {"good", "bad", "warn", "info", "approve"}


def test_every_sentence_of_the_templates_has_chinese_words() -> None:
    missing = sorted(of_templates() - set(chinese()))
    assert not missing, missing


def test_every_sentence_of_the_pages_has_chinese_words() -> None:
    missing = sorted(of_modules() - set(chinese()))
    assert not missing, missing


def test_both_languages_name_the_same_facts() -> None:
    wanted = of_templates() | of_modules()
    for english, words in chinese().items():
        if english in wanted:
            names = set(re.findall(r"{(\w+)", english))
            assert set(re.findall(r"{(\w+)", words)) == names, english


def test_every_reason_of_a_row_kept_aside_has_a_short_name() -> None:
    assert set(QUARANTINE_REASON) == set(usage.REASONS)
