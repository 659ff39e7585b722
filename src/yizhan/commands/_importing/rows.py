"""Rows of a CSV or JSON lines file, one at a time, with the place each stood at."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from yizhan.commands._settings import CommandTrouble
from yizhan.kernel.errors import Invalid

FIELD_LENGTH_MAX = 10_000


class Row(msgspec.Struct, frozen=True):
    """A row as read: its line in the file, its values by column, and the same as text.

    ``problem`` says why it could not be read at all.
    """

    line: int
    values: Mapping[str, str]
    raw: str
    problem: Invalid | None = None


class Source:
    """An open file. ``position`` of ``size`` bytes are read."""

    def __init__(self, path: Path, *, form: str, encoding: str, rename: Mapping[str, str]) -> None:
        self.path = path
        self.form = form
        self.encoding = encoding
        self.rename = rename
        try:
            self.size = path.stat().st_size
        except OSError as error:
            raise CommandTrouble(f"{path} cannot be read: {error.strerror}.") from None
        self.columns: list[str] | None = None
        """Of a CSV file once its first row was read; JSON lines have none in common."""
        self._file: BinaryIO | None = None

    @property
    def position(self) -> int:
        """Bytes read so far, of ``size``."""
        return self._file.tell() if self._file and not self._file.closed else self.size

    def rows(self) -> Iterator[Row]:
        """All rows. Raises `CommandTrouble` for a file that is not what it was said to be."""
        with self.path.open("rb") as self._file:
            if self.form == "jsonl":
                yield from self._json_lines(self._file)
                return
            text = _as_text(self._file, self.encoding)
            yield from self._csv(text)
            text.detach()

    def _csv(self, text: io.TextIOWrapper) -> Iterator[Row]:
        csv.field_size_limit(FIELD_LENGTH_MAX)
        seen: list[str] = []
        reader = csv.reader(_watched(text, seen), strict=True)
        try:
            header = next(reader)
        except StopIteration:
            raise CommandTrouble(f"{self.path} is empty.") from None
        except csv.Error as error:
            raise CommandTrouble(f"{self.path}, line 1: {error}.") from None
        columns = [self.rename.get(name.strip(), name.strip()) for name in header]
        if doubled := {name for name in columns if columns.count(name) > 1}:
            raise CommandTrouble(f"{self.path}: the column {min(doubled)} stands there twice.")
        self.columns = columns
        while True:
            line = reader.line_num + 1
            seen.clear()
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(
                    line,
                    {},
                    _kept(seen),
                    Invalid("The row cannot be read as CSV: {error}.", error=str(error)),
                )
                continue
            if not any(value.strip() for value in values):
                continue
            yield self._row(line, columns, values)

    def _row(self, line: int, columns: list[str], values: list[str]) -> Row:
        raw = json.dumps(dict(zip(columns, values, strict=False)), ensure_ascii=False)
        raw = raw.encode("utf-8", "backslashreplace").decode()
        if len(values) != len(columns):
            raw = _kept([",".join(values)])
            said = Invalid(
                "The row has {fields} fields; the header has {columns}.",
                fields=len(values),
                columns=len(columns),
            )
            return Row(line, {}, raw, said)
        if any("\udc80" <= sign <= "\udcff" for value in values for sign in value):
            wrong = Invalid("The row holds bytes that are not {form}.", form=self.encoding)
            return Row(line, {}, raw, wrong)
        return Row(line, dict(zip(columns, values, strict=True)), raw)

    def _json_lines(self, file: BinaryIO) -> Iterator[Row]:
        for number, sent in enumerate(file, start=1):
            said = sent.strip()
            if not said:
                continue
            raw = json.dumps({"_raw": said.decode("utf-8", "backslashreplace")})
            if len(said) > 100 * FIELD_LENGTH_MAX:
                yield Row(number, {}, raw, Invalid("The row is too long to be one row."))
                continue
            try:
                found = msgspec.json.decode(said)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                problem = Invalid("The row is not JSON: {error}.", error=str(error))
                yield Row(number, {}, raw, problem)
                continue
            if not isinstance(found, dict):
                yield Row(number, {}, raw, Invalid("The row is not a JSON object."))
                continue
            values = {self.rename.get(name, name): _text(value) for name, value in found.items()}
            yield Row(number, values, json.dumps(values, ensure_ascii=False))


def _watched(text: Iterable[str], seen: list[str]) -> Iterator[str]:
    for line in text:
        seen.append(line)
        yield line


def _kept(lines: Iterable[str]) -> str:
    """What could not be taken apart, as it was."""
    return json.dumps({"_raw": "".join(lines)}, ensure_ascii=True)


def _as_text(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    try:
        return io.TextIOWrapper(
            file,
            encoding="utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding,
            errors="surrogateescape",
            newline="",
        )
    except LookupError:
        raise CommandTrouble(f"There is no encoding {encoding}.") from None


def _text(value: object) -> str:
    """A JSON value as it would stand in a CSV cell; lists are joined with semicolons."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ";".join(map(_text, value))
        case _:
            return str(value)
