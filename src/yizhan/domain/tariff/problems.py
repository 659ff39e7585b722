"""What can be wrong with a plan, and the refusal that lists it."""

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from yizhan.kernel.errors import CareError, Invalid


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong: where, and why. ``message`` is a sentence with placeholders."""

    file: str
    line: int
    key: str
    message: str
    facts: dict[str, object]

    @property
    def reason(self) -> str:
        """The sentence, filled in."""
        try:
            return self.message.format(**self.facts)
        except (KeyError, IndexError, ValueError):
            return self.message

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        return f"{self.file}, line {self.line}: {key}{self.reason}"


class PlanRefused(Invalid):
    """The text is not a plan that could be sold. ``problems`` lists all that is wrong with it."""

    code: ClassVar[str] = "plan_refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        assert problems
        first = problems[0]
        message = "{file}, line {line}: {key}: {reason}"
        if not first.key:
            message = "{file}, line {line}: {reason}"
        elif len(problems) > 1:
            message = "{file}, line {line}: {key}: {reason} ({more} more)"
        super().__init__(
            message,
            field=first.key,
            file=first.file,
            line=first.line,
            key=first.key,
            reason=first.reason,
            more=len(problems) - 1,
        )
        self.problems = tuple(problems)


class Trouble(Exception):
    """Raised while reading one part of a document; collected into a ``PlanRefused``."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem

    @classmethod
    def of(cls, error: CareError, *, file: str, line: int, key: str) -> "Trouble":
        """A kernel refusal, placed."""
        return cls(Problem(file, line, key, error.message, dict(error.facts)))
