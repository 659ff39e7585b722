"""What may be refused.

* CareError
  x Invalid          the input cannot be understood: names the field and what would be right
  x Unauthenticated  we do not know who asks
  x Forbidden        we know, and this actor may not
  x NotFound         no such thing, or not yours to see
  x Refused          understood, and against a rule
  x Conflict         someone else changed it first; read again and retry
  x Unavailable      a neighbour system did not answer; safe to retry later

Errors carry facts, never HTTP. The message is an English sentence with ``{placeholders}``; the
Chinese one is looked up by that sentence. ``code`` is stable and is what machines match on.
"""

from typing import ClassVar

from yizhan.kernel.text import Text


class CareError(Exception):
    """Something anticipated: the caller can act on it, and nobody is paged."""

    code: ClassVar[str] = "care_error"

    def __init__(self, message: str, /, *, field: str | None = None, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.facts = facts

    def __str__(self) -> str:
        said = {k: v.en if isinstance(v, Text) else v for k, v in self.facts.items()}
        try:
            return self.message.format(**said)
        except (KeyError, IndexError, ValueError):
            return self.message


class Invalid(CareError):
    """The input cannot be understood. ``field`` says where."""

    code = "invalid"


class Unauthenticated(CareError):
    """We do not know who asks."""

    code = "unauthenticated"


class Forbidden(CareError):
    """This actor may not do this."""

    code = "forbidden"


class NotFound(CareError):
    """No such thing, or not yours to see."""

    code = "not_found"


class Refused(CareError):
    """Understood, and against a rule."""

    code = "refused"


class Conflict(CareError):
    """Someone else changed it first."""

    code = "conflict"


class Unavailable(CareError):
    """A neighbour system did not answer."""

    code = "unavailable"
