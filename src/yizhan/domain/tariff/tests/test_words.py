"""Every refusal of the language and of rating can be read in Chinese."""

import ast
import re
from pathlib import Path

import pytest

from yizhan import i18n

ROOMS = [Path(__file__).parents[1], Path(__file__).parents[2] / "rating"]
PLACE_OF_MESSAGE = {
    "refuse": 0,
    "Invalid": 0,
    "RatingError": 0,
    "NoPrice": 0,
    "AddOnsClash": 0,
    "_at": 2,
    "Problem": 3,
}


def messages() -> list[str]:
    found = set()
    for path in (path for room in ROOMS for path in room.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            place = PLACE_OF_MESSAGE.get(name)
            if place is None or len(node.args) <= place:
                continue
            if isinstance(node.args[place], ast.Constant):
                found.add(node.args[place].value)
    return sorted(found)


@pytest.mark.parametrize("message", messages())
def test_a_refusal_reads_in_chinese_and_names_the_same_facts(message):
    chinese = i18n.chinese().get(message)
    assert chinese, message
    assert set(re.findall(r"{(\w+)}", chinese)) == set(re.findall(r"{(\w+)}", message))
