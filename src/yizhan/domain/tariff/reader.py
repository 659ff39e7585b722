"""Reading YAML with the place of every value at hand.

Values keep their written form, so no amount ever passes through a float, and every refusal can
say file, line and key.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NoReturn, TypeVar

import yaml

from yizhan.domain.tariff.problems import PlanRefused, Problem, Trouble
from yizhan.domain.tariff.quantity import Measure, parse_quantity
from yizhan.kernel.errors import CareError
from yizhan.kernel.text import Text

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LONGEST_TEXT = 4_000_000
_MOST_VALUES = 400_000
"""Values visited in one document; aliases inside aliases cannot blow it up."""
_AMOUNT = re.compile(r"-?\d{1,9}(\.\d{1,8})?\Z")
_NAME = re.compile(r"[a-z0-9][a-z0-9_.+-]{0,63}\Z", re.IGNORECASE)

_T = TypeVar("_T")
_D = TypeVar("_D")


class Document:
    """One document being read: its file, and what was found wrong so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.visited = 0

    def attempt(self, read: Callable[[], _T]) -> _T | None:
        """What *read* gives, or ``None`` with its trouble noted, so that reading goes on."""
        try:
            return read()
        except Trouble as trouble:
            self.problems.append(trouble.problem)
            return None

    def close(self) -> None:
        """Raise ``PlanRefused`` if anything was found wrong."""
        if self.problems:
            raise PlanRefused(sorted(self.problems, key=lambda problem: problem.line))


class Value:
    """A value of the document and where it stands."""

    __slots__ = ("document", "node", "path")

    def __init__(self, node: yaml.Node, document: Document, path: str) -> None:
        document.visited += 1
        self.node = node
        self.document = document
        self.path = path
        if document.visited > _MOST_VALUES:
            self.refuse("The document is too large: more than {most} values.", most=_MOST_VALUES)

    @property
    def line(self) -> int:
        """Counted from 1."""
        return int(self.node.start_mark.line) + 1

    def refuse(self, message: str, **facts: object) -> NoReturn:
        """Give up on this value."""
        raise Trouble(Problem(self.document.file, self.line, self.path, message, facts))

    def guard(self, call: Callable[[], _T]) -> _T:
        """What *call* gives; its refusal is placed here."""
        try:
            return call()
        except CareError as error:
            raise Trouble.of(
                error, file=self.document.file, line=self.line, key=self.path
            ) from error

    # ---- shapes

    @property
    def is_null(self) -> bool:
        """``null``, ``~`` or nothing."""
        return isinstance(self.node, yaml.ScalarNode) and self.node.tag.endswith(":null")

    @property
    def is_mapping(self) -> bool:
        """Whether it has keys."""
        return isinstance(self.node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        """Whether it is a sequence."""
        return isinstance(self.node, yaml.SequenceNode)

    def entries(self) -> list[tuple[str, "Value"]]:
        """Its keys and values in the order written; ``<<`` is merged, doubled keys refused."""
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse("Keys and values are needed here.")
        merged: dict[str, Value] = {}
        own: dict[str, Value] = {}
        for key_node, node in self.node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            value = Value(node, self.document, f"{self.path}.{key}" if self.path else key)
            if key == "<<":
                for source in value.list() if value.is_list else [value]:
                    for name, inherited in source.entries():
                        merged.setdefault(name, inherited)
            elif key in own:
                Value(key_node, self.document, value.path).refuse(
                    "The key is written twice; the first is on line {first}.", first=own[key].line
                )
            else:
                own[key] = value
        return list((merged | own).items())

    def fields(self, *required: str, optional: Iterable[str] = ()) -> "Fields":
        """Its values by key; refuses unknown and missing keys. ``null`` counts as missing."""
        known = {*required, *optional}
        found: dict[str, Value] = {}
        for key, value in self.entries():
            if key not in known:
                value.refuse(
                    "The key is not known here. Known: {known}.", known=", ".join(sorted(known))
                )
            if not value.is_null:
                found[key] = value
        for key in required:
            if key not in found:
                self.refuse("The key “{missing}” is missing.", missing=key)
        return Fields(found)

    def list(self) -> list["Value"]:
        """Its elements."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.refuse("A list is needed here.")
        return [
            Value(node, self.document, f"{self.path}[{index}]")
            for index, node in enumerate(self.node.value)
        ]

    # ---- scalars

    def word(self) -> str:
        """A scalar as written."""
        if not isinstance(self.node, yaml.ScalarNode):
            self.refuse("A single value is needed here.")
        return str(self.node.value)

    def name(self) -> str:
        """An identifier: letters, digits, ``_ . + -``, at most 64."""
        word = self.word()
        if not _NAME.match(word):
            self.refuse("“{word}” is no name: use letters, digits, _ and -.", word=word[:40])
        return word

    def words(self) -> tuple[str, ...]:
        """One scalar, or a list of them."""
        if self.is_list:
            return tuple(value.word() for value in self.list())
        return (self.word(),)

    def names(self) -> tuple[str, ...]:
        """One identifier, or a list of them."""
        if self.is_list:
            return tuple(value.name() for value in self.list())
        return (self.name(),)

    def one_of(self, known: Mapping[str, _T]) -> _T:
        """The value of one of the known words."""
        word = self.word()
        if word not in known:
            self.refuse("“{word}” is not one of: {known}.", word=word[:40], known=", ".join(known))
        return known[word]

    def flag(self) -> bool:
        """``true`` or ``false``."""
        return self.one_of({"true": True, "false": False})

    def whole(self, least: int = 0, most: int = 1_000_000_000) -> int:
        """A whole number within bounds."""
        word = self.word()
        if not re.fullmatch(r"-?\d{1,12}", word) or not least <= int(word) <= most:
            self.refuse(
                "“{word}” is not a whole number from {least} to {most}.",
                word=word[:40],
                least=least,
                most=most,
            )
        return int(word)

    def amount(self, *, negative: bool = False) -> Decimal:
        """An amount of yuan, up to eight decimals, as written."""
        word = self.word()
        if not _AMOUNT.match(word):
            self.refuse("“{word}” is not an amount. Write yuan, like “0.30”.", word=word[:40])
        if word.startswith("-") and not negative:
            self.refuse(
                "“{word}” is below zero. Say “allow_negative: true” on the rule if it is meant.",
                word=word,
            )
        return Decimal(word)

    def measured(self) -> tuple[int, Measure]:
        """A quantity with its unit."""
        word = self.word()
        return self.guard(lambda: parse_quantity(word))

    def quantity(self, measure: Measure, *, least: int = 0) -> int:
        """A quantity that must measure *measure*."""
        number, measured = self.measured()
        if measured is not measure:
            self.refuse(
                "“{word}” measures {measured}; {needed} is needed here.",
                word=self.word()[:40],
                measured=measured.value,
                needed=measure.value,
            )
        if number < least:
            self.refuse("“{word}” is too small.", word=self.word()[:40])
        return number

    def day(self) -> date:
        """A day, ``2004-03-01``."""
        try:
            return date.fromisoformat(self.word())
        except ValueError:
            self.refuse("“{word}” is no day. Write 2004-03-01.", word=self.word()[:40])

    def both(self) -> Text:
        """Words in Chinese and English, neither empty."""
        fields = self.fields("zh", "en")
        for language in ("zh", "en"):
            if not fields[language].word().strip():
                fields[language].refuse("The words are empty.")
        return Text(fields["zh"].word().strip(), fields["en"].word().strip())


class Fields:
    """The values of a mapping by key, with readers for those that may be missing."""

    def __init__(self, found: dict[str, Value]) -> None:
        self._found = found

    def __getitem__(self, key: str) -> Value:
        return self._found[key]

    def __contains__(self, key: str) -> bool:
        return key in self._found

    def get(self, key: str) -> Value | None:
        """The value, or ``None``."""
        return self._found.get(key)

    def read(self, key: str, read: Callable[[Value], _T], default: _D) -> _T | _D:
        """The value as *read* gives it, or *default*."""
        value = self._found.get(key)
        return default if value is None else read(value)

    def each(self, key: str, read: Callable[[Value], _T]) -> tuple[_T, ...]:
        """Each element of a list, in trouble or not: all that is wrong is noted."""
        value = self._found.get(key)
        if value is None:
            return ()
        kept = []
        for element in value.list():
            given = element.document.attempt(lambda element=element: read(element))  # type: ignore[misc]
            if given is not None:
                kept.append(given)
        return tuple(kept)


def documents(text: str, file: str) -> list[Value]:
    """The documents of a YAML text. Raises ``PlanRefused`` when it is no YAML."""
    if len(text) > _LONGEST_TEXT:
        raise PlanRefused([Problem(file, 1, "", "The file is too long.", {})])
    try:
        nodes = list(yaml.compose_all(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PlanRefused(
            [Problem(file, line, "", "This is not YAML: {why}.", {"why": str(error.problem)})]
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise PlanRefused(
            [Problem(file, 1, "", "This is not YAML: {why}.", {"why": str(error)[:200]})]
        ) from error
    return [Value(node, Document(file), "") for node in nodes if node is not None]
