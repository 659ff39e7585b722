"""Every sentence a person may read has a Chinese one: those of templates, and those of refusals."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from string import Formatter

import pytest

from yizhan import i18n
from yizhan.kernel.errors import CareError
from yizhan.kernel.text import Text

SOURCE = Path(i18n.__file__).parents[1]
TEMPLATES = sorted(SOURCE.glob("web/**/templates/**/*.html"))
MODULES = sorted(
    file
    for file in SOURCE.rglob("*.py")
    if "tests" not in file.parts and file.name != "conftest.py"
)
SPOKEN = {"translate": 1, "say": 1, "done": 2, "_problem": 2, "message": 0}
"""Functions that speak, and which argument the sentence is."""
_IN_TEMPLATE = re.compile(r"""(?<![\w.])_\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")


def refusals() -> set[str]:
    """The names of all classes of refusals, of whatever room."""
    for file in MODULES:
        if file.parent.name != "commands" and file.name not in ("cli.py", "__main__.py"):
            import_module(".".join(file.relative_to(SOURCE.parent).with_suffix("").parts))

    def descendants(of: type) -> set[type]:
        return {of}.union(*(descendants(one) for one in of.__subclasses__()))

    return {one.__name__ for one in descendants(CareError)}


def in_templates() -> Iterator[tuple[str, str]]:
    for file in TEMPLATES:
        for found in _IN_TEMPLATE.finditer(file.read_text(encoding="utf-8")):
            yield file.name, (found[1] or found[2]).replace('\\"', '"').replace("\\'", "'")


def in_modules(names: set[str]) -> Iterator[tuple[str, str]]:
    for file in MODULES:
        where = str(file.relative_to(SOURCE))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            place = 0 if name in names else SPOKEN.get(name)
            if place is None or len(node.args) <= place:
                continue
            if place and isinstance(node.args[0], ast.Constant):
                continue  # says both languages itself
            said = node.args[place]
            if isinstance(said, ast.Constant) and isinstance(said.value, str) and " " in said.value:
                yield f"{where}:{node.lineno}", said.value


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_every_sentence_of_a_template_has_a_chinese_one() -> None:
    known = i18n.chinese()
    missing = sorted({f"{where}: {said}" for where, said in in_templates() if said not in known})
    assert not missing, "\n" + "\n".join(missing)


def test_every_refusal_has_a_chinese_sentence() -> None:
    known = i18n.chinese()
    missing = sorted(
        {f"{where}: {said}" for where, said in in_modules(refusals()) if said not in known}
    )
    assert not missing, "\n" + "\n".join(missing)


def test_both_languages_name_the_same_facts() -> None:
    for english, chinese in i18n.chinese().items():
        assert placeholders(chinese) <= placeholders(english), english


def test_every_chinese_sentence_is_chinese() -> None:
    for english, chinese in i18n.chinese().items():
        letters = re.sub(r"\{\w+\}", "", chinese)
        plain = not re.search(r"[A-Za-z]{3}", re.sub(r"\{\w+\}", "", english))
        assert plain or re.search(r"[\u3400-\u9fff]", letters), english


def test_a_sentence_is_spoken_with_its_facts() -> None:
    said = "Your role lacks the right “{permission}”. Ask a lead to do it or to grant it."
    assert "“bills.read”" in i18n.translate("en", said, permission="bills.read")
    assert "没有“bills.read”" in i18n.translate("zh", said, permission="bills.read")


def test_a_text_among_the_facts_speaks_the_same_language() -> None:
    fact = Text("套餐", "plan")
    assert i18n.translate("zh", "Save {what}", what=fact) == "Save 套餐"
    assert i18n.translate("en", "Save {what}", what=fact) == "Save plan"


def test_words_never_raise() -> None:
    assert i18n.translate("zh", "No such {thing}", other=1) == "No such {thing}"
    assert i18n.translate("zh", "100 % of {thing!}", thing=1) == "100 % of {thing!}"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "zh"), ("", "zh"), ("en", "en"), ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("fr,en;q=0.3", "en"), ("fr", "zh"),
        ("en;q=0.2,zh;q=0.9", "zh"), ("en;q=nonsense", "zh"), (";;;,,,", "zh"),
    ],
)  # fmt: skip
def test_the_browsers_wish_decides(accepted: str | None, language: str) -> None:
    assert i18n.language_of(accepted) == language
