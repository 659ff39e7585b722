"""The documents against the code: what they name is there, and what is there is named."""

import ast
import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

from yizhan import cli
from yizhan.domain import timeline
from yizhan.i18n import chinese

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "yizhan"
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md"), *SOURCE.rglob("README.md")])
FLOORS = ("bench", "commands", "demo", "kernel", "platform", "web")
PAGE_LINES = 66


def reference() -> dict[str, str]:
    path = ROOT / "tools" / "write_reference.py"
    spec = importlib.util.spec_from_file_location("write_reference", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.pages()
    assert isinstance(made, dict)
    return made


def test_the_reference_says_what_the_code_says() -> None:
    kept = {path.name: path.read_text("utf-8") for path in (DOCS / "reference").glob("*.md")}
    made = reference()
    assert kept.keys() == made.keys()
    stale = [name for name in made if kept[name] != made[name]]
    assert not stale, "write it anew: .venv/bin/python tools/write_reference.py"


def test_every_event_has_words_for_the_timeline() -> None:
    named = set(re.findall(r"^\| `([\w.]+)` ", reference()["events.md"], flags=re.MULTILINE))
    assert named - timeline.WORDS.keys() == {"demo.loaded"}
    assert timeline.WORDS.keys() <= named


def test_every_refusal_has_its_chinese_sentence() -> None:
    codes = reference()["errors.md"]
    assert codes.count("\n| `") > 40
    missing = []
    for file in sorted(SOURCE.rglob("*.py")):
        if "tests" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            sentence = _refusal(node)
            if sentence is not None and sentence not in chinese():
                missing.append(f"{file.relative_to(SOURCE)}: {sentence}")
    assert not missing, missing


def _refusal(node: ast.AST) -> str | None:
    """The sentence of ``raise Something("A sentence.")``, if it is one."""
    if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
        return None
    call = node.exc
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in _refusals() or not call.args or not isinstance(call.args[0], ast.Constant):
        return None
    return str(call.args[0].value)


def _refusals() -> set[str]:
    from yizhan.kernel.errors import CareError

    found, todo = {"CareError"}, [CareError]
    while todo:
        for kind in todo.pop().__subclasses__():
            found.add(kind.__name__)
            todo.append(kind)
    return found


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        wanted += extra
    names = {re.split(r"[<>=;\s\[]", one)[0].lower() for one in wanted}
    text = (DOCS / "decisions" / "0002-dependencies.md").read_text("utf-8").lower()
    rows = " ".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| "))
    listed = set(re.findall(r"[\w.-]+", rows))
    assert names - listed == set()
    assert not {"numpy", "sqlalchemy"} & listed


@pytest.mark.parametrize(
    "folder",
    [*sorted(p.parent for p in (SOURCE / "domain").glob("*/__init__.py")),
     *(SOURCE / floor for floor in FLOORS)],
    ids=lambda path: path.name,
)  # fmt: skip
def test_every_room_and_floor_has_its_page(folder: Path) -> None:
    page = folder / "README.md"
    assert page.exists(), f"{folder.name} has no README.md"
    assert re.match(rf"# {folder.name}\b", page.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_page_links_to_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    broken = [
        target
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_files_and_commands_a_page_names_are_there(page: Path) -> None:
    text = page.read_text("utf-8")
    named = re.findall(r"`((?:src|docs|tests|tools)/[\w./-]+)`", text)
    missing = [p for p in named if not ((ROOT / p).exists() or (page.parent / p).exists())]
    assert missing == []
    typed = set(re.findall(r"(?:`|^ *|\./)yizhan ([a-z]+)\b", text, flags=re.MULTILINE))
    assert typed - {name.replace("_", "-") for name in cli.names()} - {"test"} == set()


def test_a_decision_fits_on_one_page() -> None:
    decisions = sorted((DOCS / "decisions").glob("*.md"))
    assert len(decisions) > 8
    assert [p.name for p in decisions if len(p.read_text("utf-8").splitlines()) > PAGE_LINES] == []
    assert all(re.match(r"# \d+\. ", path.read_text("utf-8")) for path in decisions)
