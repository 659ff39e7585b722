"""Cuts an SQL script into its statements, so that a failing one can be named by its line.

Knows what may hide a semicolon: quoted text, quoted names, dollar quotes, comments (which nest),
and the bodies of `BEGIN ATOMIC` functions are not used in our scripts.
"""

import re
from dataclasses import dataclass

_PIECE = re.compile(
    r"""
      (?P<line_comment> --[^\n]* )
    | (?P<block_start>  /\* )
    | (?P<escape_text>  \b[eE]'(?:[^'\\]|\\.|'')*' )
    | (?P<text>         '(?:[^']|'')*' )
    | (?P<name>         "(?:[^"]|"")*" )
    | (?P<dollar>       (?<![A-Za-z0-9_$])\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$ )
    | (?P<end>          ; )
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_EDGE = re.compile(r"/\*|\*/")


@dataclass(frozen=True)
class Statement:
    """One statement and the line of the script on which it begins, counted from 1."""

    text: str
    line: int


def statements(script: str) -> list[Statement]:
    """The statements of a script in order, without their semicolons and without empty ones."""
    found: list[Statement] = []
    start = position = 0
    while piece := _PIECE.search(script, position):
        position = piece.end()
        match piece.lastgroup:
            case "block_start":
                position = _after_block(script, position)
            case "dollar":
                close = script.find(piece.group(), position)
                position = len(script) if close < 0 else close + len(piece.group())
            case "end":
                _keep(found, script, start, piece.start())
                start = position
            case _:
                pass
    _keep(found, script, start, len(script))
    return found


def _after_block(script: str, position: int) -> int:
    """Where a block comment opened before `position` ends; such comments nest."""
    depth = 1
    while depth and (edge := _BLOCK_EDGE.search(script, position)):
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return position if depth == 0 else len(script)


def _keep(found: list[Statement], script: str, start: int, end: int) -> None:
    begin = start + _leading(script[start:end])
    text = script[begin:end].rstrip()
    if text:
        found.append(Statement(text, script.count("\n", 0, begin) + 1))


def _leading(text: str) -> int:
    """How much white space and comment stands before the first word."""
    position = 0
    while True:
        rest = text[position:]
        position += len(rest) - len(rest.lstrip())
        if text.startswith("--", position):
            newline = text.find("\n", position)
            position = len(text) if newline < 0 else newline + 1
        elif text.startswith("/*", position):
            position = _after_block(text, position + 2)
        else:
            return position
