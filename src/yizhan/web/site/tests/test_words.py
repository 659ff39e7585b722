"""Every sentence of the customer's site has its Chinese words."""

import ast
import re
from pathlib import Path

from yizhan.i18n import chinese

SITE = Path(__file__).parents[1]
TEMPLATES = [*(SITE / "templates").rglob("*.html")]
_IN_TEMPLATE = re.compile(r"""\b_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
SPEAKERS = {"say": 1, "done": 2}
REFUSALS = {"Invalid", "Refused", "NotFound", "Conflict", "WrongPassword", "LockedOut", "Locked"}
SAID_LATER = {"said", "sentence"}
"""Names that hold a sentence until it is spoken."""
CODES = {"good", "bad", "warn", "info"}


def of_templates() -> set[str]:
    return {
        ast.literal_eval(found)
        for file in TEMPLATES
        for found in _IN_TEMPLATE.findall(file.read_text(encoding="utf-8"))
    }


def of_modules() -> set[str]:
    found: set[str] = set()
    for file in [*SITE.glob("*.py"), SITE.parent / "sessions.py"]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in SAID_LATER:
                found |= {one for one in _sentences(node.value) if " " in one}
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
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
    } - CODES


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
