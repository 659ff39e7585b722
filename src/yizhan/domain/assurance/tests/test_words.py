"""Every refusal of these rooms can be read in Chinese."""

import ast
import re
from pathlib import Path

import pytest

from yizhan import i18n

ROOMS = ("cases", "orders", "timeline", "assurance")


def messages() -> list[str]:
    found = set()
    for room in ROOMS:
        for path in (Path(__file__).parents[2] / room).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                call = node.exc if isinstance(node, ast.Raise) else None
                if isinstance(call, ast.Call) and call.args:
                    message = call.args[0]
                    if isinstance(message, ast.Constant) and isinstance(message.value, str):
                        found.add(message.value)
    return sorted(found)


@pytest.mark.parametrize("message", messages())
def test_a_refusal_reads_in_chinese_and_names_the_same_facts(message: str) -> None:
    chinese = i18n.chinese().get(message)
    assert chinese, message
    assert set(re.findall(r"{(\w+)}", chinese)) == set(re.findall(r"{(\w+)}", message))
