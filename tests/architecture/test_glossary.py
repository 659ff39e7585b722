"""The glossary against the code: no word that nobody uses, no room without its word."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
TERMS = re.findall(r"^\| [^|]+ \| `(\w+)` \|", GLOSSARY, flags=re.MULTILINE)
CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for path in (ROOT / "src").rglob("*.py")
    if "tests" not in path.parts
)


def test_every_name_of_the_glossary_is_defined_in_the_code() -> None:
    defined = set(re.findall(r"^\s*(?:class|async def|def) (\w+)", CODE, flags=re.MULTILINE))
    defined |= set(re.findall(r"^(\w+)(?::[^=\n]+)? = ", CODE, flags=re.MULTILINE))
    tables = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "src").rglob("*.sql"))
    defined |= set(re.findall(r"CREATE TABLE (\w+)", tables))
    assert len(TERMS) > 25
    assert [term for term in TERMS if term not in defined] == []


def test_every_room_stands_in_the_glossary() -> None:
    rooms = {
        path.name
        for path in (ROOT / "src" / "yizhan" / "domain").iterdir()
        if (path / "__init__.py").exists()
    }
    listed = set(re.findall(r"^\| (\w+) \| [^|`]+ \| [^|`]+ \|$", GLOSSARY, flags=re.MULTILINE))
    assert rooms - listed == set()
