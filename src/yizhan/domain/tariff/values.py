"""The base of what a plan is made of, and where it was written."""

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """Compared by content, never changed."""


class Source(Value, frozen=True, kw_only=True):
    """Where in which file something was written, so that a refusal can point at it."""

    file: str
    line: int
