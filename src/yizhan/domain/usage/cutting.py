"""From the bytes of a row to its cells."""

import csv as csvlib
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from yizhan.domain.usage.mapping import Mapping, columns_of
from yizhan.domain.usage.model import ROW_BYTES_MAX, Broken

Cells = Sequence[str]

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_JSON = msgspec.json.Decoder(float_hook=str)
_JSON_BYTE = re.compile(r"\(byte (\d+)\)")


class Cutter:
    """Cuts the rows of one source."""

    def __init__(self, mapping: Mapping, header: Sequence[str] | None) -> None:
        """*header* names the columns of a CSV."""
        self._header = header
        self._json = mapping.format == "jsonl"
        self._delimiter = mapping.csv.delimiter
        self._paths = [tuple(name.split(".")) for name in columns_of(mapping)]

    def cells(self, line: str) -> Cells:
        """The cells of a row. Raises ``Broken`` when it cannot be cut."""
        if not line.isprintable() and _CONTROL.search(line):
            raise Broken("bad_character")
        if self._json:
            return self._from_json(line)
        if '"' in line:
            try:
                found = next(csvlib.reader([line], delimiter=self._delimiter, strict=True))
            except (csvlib.Error, StopIteration):
                raise Broken("unbalanced_quote") from None
        else:
            found = line.split(self._delimiter)
        assert self._header is not None
        if len(found) != len(self._header):
            raise Broken("column_count", expected=len(self._header), found=len(found))
        return found

    def _from_json(self, line: str) -> Cells:
        try:
            row = _JSON.decode(line)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise Broken("not_json", at=_byte_of(error)) from None
        if not isinstance(row, dict):
            raise Broken("not_an_object")
        return [_at_path(row, path) for path in self._paths]


def _at_path(row: Any, path: tuple[str, ...]) -> str:
    for name in path:
        if not isinstance(row, dict):
            return ""
        row = row.get(name)
    match row:
        case None:
            return ""
        case str():
            return row
        case bool():
            return "true" if row else "false"
        case int():
            return str(row)
        case _:
            raise Broken("unknown_value", path[-1], field=".".join(path), value=str(row)[:40])


def decode(raw: bytes, encoding: str) -> str:
    """The text of a row. Raises ``Broken`` (``bad_encoding``, ``too_long``)."""
    if len(raw) > ROW_BYTES_MAX:
        raise Broken("too_long", limit=ROW_BYTES_MAX)
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Broken("bad_encoding", at=error.start + 1, encoding=encoding) from None


def split_header(line: str, delimiter: str) -> list[str]:
    """The names in the first line of a CSV."""
    return [name.strip() for name in next(csvlib.reader([line], delimiter=delimiter), [])]


def _byte_of(error: Exception) -> int:
    """Where a JSON text went wrong, counted from 1; the decoder says it in words only."""
    found = _JSON_BYTE.search(str(error))
    return int(found[1]) + 1 if found else 1
