"""Words in two languages. The key is the English sentence; the Chinese one stands in ``zh/*.yaml``.

A sentence may hold ``{facts}``; both languages name the same ones. The files are read once.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from yizhan.kernel.text import Text

LANGUAGES = ("zh", "en")
FOLDER = Path(__file__).with_name("zh")


class DoubleTranslation(ValueError):
    """Two files translate the same sentence differently."""


@cache
def chinese() -> Mapping[str, str]:
    """Every English sentence with its Chinese one."""
    found: dict[str, str] = {}
    for file in sorted(FOLDER.glob("*.yaml")):
        for english, words in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).items():
            if found.setdefault(english, words) != words:
                raise DoubleTranslation(f"{file.name}: “{english}” already reads otherwise.")
    return found


def translate(language: str, message: str, /, **facts: object) -> str:
    """*message* in *language* (``zh`` or ``en``) with its *facts* put in.

    A sentence without a translation stays English, and a fact that is missing leaves the sentence
    as it was written: words for people never raise.
    """
    sentence = chinese().get(message, message) if language.startswith("zh") else message
    if not facts:
        return sentence
    spoken = {
        name: fact[language] if isinstance(fact, Text) else fact for name, fact in facts.items()
    }
    try:
        return sentence.format(**spoken)
    except (KeyError, IndexError, ValueError):
        return sentence


def both(message: str, /, **facts: object) -> Text:
    """*message* in both languages."""
    return Text(zh=translate("zh", message, **facts), en=translate("en", message, **facts))


def language_of(accepted: str | None, *, default: str = "zh") -> str:
    """The first language of ours in an ``Accept-Language`` header, by its weights."""
    best, weight = default, 0.0
    for part in (accepted or "")[:200].split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.lower().partition("-")[0]
        if language not in LANGUAGES:
            continue
        try:
            asked = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if asked > weight:
            best, weight = language, asked
    return best
