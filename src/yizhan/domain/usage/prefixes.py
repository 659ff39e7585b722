"""A file of number prefixes, as the operator brings them: read whole, or refused with its line."""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date

from yizhan.domain.tariff import classify
from yizhan.domain.usage.dialling import PrefixRow, prefix_row
from yizhan.kernel.errors import Invalid

COLUMNS = (
    "prefix", "valid_from", "valid_to", "kind", "zone", "net", "area", "name_zh", "name_en",
)  # fmt: skip
KINDS = ("area", "mobile", "intl", "special")
NETS = ("on", "off", "fixed")
NAME_CHARS_MAX = 80
_PREFIX = re.compile(r"[0-9]{1,15}")
_WORD = re.compile(r"[a-z0-9_]{1,40}")


def read_prefixes(text: str) -> list[PrefixRow]:
    """The rows of a CSV file with the columns of the built-in table (``COLUMNS``).

    Raises ``Invalid`` naming line and column; nothing of a file with an error is to be kept.
    """
    reader = csv.DictReader(text.removeprefix("\ufeff").splitlines())
    there = tuple(reader.fieldnames or ())
    if missing := [name for name in COLUMNS if name not in there]:
        raise Invalid(
            "The table lacks the columns {columns}. `yizhan prefixes --built-in` shows one.",
            columns=", ".join(missing),
        )
    rows: dict[tuple[str, date | None], PrefixRow] = {}
    for found in reader:
        line = reader.line_num
        cells = {name: (found[name] or "").strip() for name in COLUMNS}
        wrong = next(_wrong(cells), None)
        if wrong is not None:
            column, expected = wrong
            raise Invalid(
                "Line {line}, {column}: “{said}” is not {expected}.",
                field=column,
                line=line,
                column=column,
                said=cells[column][:80],
                expected=expected,
            )
        row = prefix_row(cells)
        if (row.prefix, row.valid_from) in rows:
            raise Invalid("Line {line}: {prefix} is there twice.", line=line, prefix=row.prefix)
        rows[row.prefix, row.valid_from] = row
    return list(rows.values())


def _wrong(cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Columns that do not hold what they should, and what that is."""
    kind, zone, net = cells["kind"], cells["zone"], cells["net"]
    if not _PREFIX.fullmatch(cells["prefix"]):
        yield "prefix", "1 to 15 digits"
    for column in ("valid_from", "valid_to"):
        if cells[column] and not _is_day(cells[column]):
            yield column, "a day like 2004-12-08"
    if cells["valid_to"] and cells["valid_from"] >= cells["valid_to"]:
        yield "valid_to", "after valid_from"
    if kind not in KINDS:
        yield "kind", ", ".join(KINDS)
    if not (kind == "mobile" and not zone) and not _is_zone(zone):
        yield "zone", "a zone like local, domestic.hebei, hkmo.hk, intl.B"
    if kind == "mobile" and not _WORD.fullmatch(net):
        yield "net", "the operator of the range, like unicom"
    if kind != "mobile" and net not in NETS:
        yield "net", ", ".join(NETS)
    if cells["area"] and not cells["area"].isdigit():
        yield "area", "an area code like 022"
    for column in ("name_zh", "name_en"):
        if not 1 <= len(cells[column]) <= NAME_CHARS_MAX:
            yield column, f"1 to {NAME_CHARS_MAX} characters"


def _is_day(said: str) -> bool:
    try:
        return date.fromisoformat(said).isoformat() == said
    except ValueError:
        return False


def _is_zone(zone: str) -> bool:
    try:
        classify(service="voice", direction="out", access="direct", zone=zone)
    except Invalid:
        return False
    return True
