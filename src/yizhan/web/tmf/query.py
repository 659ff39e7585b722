"""The query string of a TM Forum list, as TMF630 has it: fields, paging, filters, sort.

Filters: ``status=a,b`` (or ``;``, or the name repeated) is either; a suffix ``.gt .gte .lt .lte
.eq .ne .regex`` or the sign itself (``creationDate>=2026-01-01``) compares. A filter we do not
know is an error, for to ignore it would answer with everybody's rows.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec

from yizhan.kernel.errors import Invalid, Unavailable

LIMIT_DEFAULT = 100
LIMIT_MAX = 1000
OFFSET_MAX = 100_000
VALUES_MAX = 100
REGEX_MAX = 100

Kind = Literal["text", "uuid", "moment", "day", "fen", "bool", "choice"]

_SIGNS = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt", "==": "eq", "!=": "ne"}
_SIGNED = re.compile(r"([\w.@]+?)(>=|<=|==|!=|>|<)(.*)", re.DOTALL)
_COMPARE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_TYPES: Mapping[Kind, str] = {
    "text": "text", "uuid": "uuid", "moment": "timestamptz", "day": "date", "fen": "bigint",
    "bool": "boolean", "choice": "text",
}  # fmt: skip


class NotImplementedHere(Unavailable):
    """Right by the standard, and not done here."""

    code = "not_implemented"


class Filter(msgspec.Struct, frozen=True):
    """An attribute that can be asked for. ``{}`` in *sql* is where the comparison goes.

    ``choices`` translate the standard's values to ours; one of theirs may be several of ours.
    """

    sql: str
    kind: Kind = "text"
    choices: Mapping[str, tuple[str, ...]] = {}
    sortable: bool = True

    @property
    def column(self) -> str | None:
        """What it sorts by; None where it stands in another table."""
        return self.sql.removesuffix(" {}") if self.sortable and self.sql.endswith(" {}") else None


class Query(msgspec.Struct, frozen=True):
    """What is asked for. ``paged`` when the caller said offset or limit himself."""

    fields: tuple[str, ...] | None
    offset: int
    limit: int
    paged: bool
    where: str
    args: tuple[Any, ...]
    order: str


def parse(raw: bytes, filters: Mapping[str, Filter], *, newest_first: str) -> Query:
    """The query of a list. Raises ``Invalid`` for what we do not know."""
    fields: tuple[str, ...] | None = None
    paging = {"offset": 0, "limit": LIMIT_DEFAULT}
    paged, order = False, newest_first
    asked: dict[tuple[str, str], list[str]] = {}
    for name, value in parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True):
        match name:
            case "fields":
                fields = tuple(part.strip() for part in value.split(",") if part.strip())
            case "offset" | "limit":
                paging[name] = _count(name, value)
                paged = True
            case "sort":
                order = _order(value, filters, newest_first)
            case "filter":
                raise NotImplementedHere("JSONPath filters are not supported. Filter by attribute.")
            case _:
                attribute, operator, said = _taken_apart(name, value, filters)
                asked.setdefault((attribute, operator), []).append(said)
    where, args = _where(asked, filters)
    limit = min(paging["limit"], LIMIT_MAX)
    return Query(fields, paging["offset"], limit, paged, where, tuple(args), order)


def _count(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or int(value[:10]) > OFFSET_MAX:
        raise Invalid(
            "“{name}” must be a whole number up to {most}.", field=name, name=name, most=OFFSET_MAX
        )
    return int(value)


def _taken_apart(name: str, value: str, filters: Mapping[str, Filter]) -> tuple[str, str, str]:
    if found := _SIGNED.fullmatch(name if not value else f"{name}={value}"):
        return _known(found[1], filters), _SIGNS[found[2]], found[3]
    stem, _, suffix = name.rpartition(".")
    if stem in filters and suffix in (*_COMPARE, "eq", "ne", "regex"):
        return stem, suffix, value
    return _known(name, filters), "eq", value


def _known(name: str, filters: Mapping[str, Filter]) -> str:
    if name not in filters:
        raise Invalid(
            "One cannot filter by “{name}” here. Known: {known}.",
            field=name[:60],
            name=name[:60],
            known=", ".join(filters),
        )
    return name


def _order(said: str, filters: Mapping[str, Filter], fallback: str) -> str:
    parts = []
    for part in filter(None, (piece.strip() for piece in said.split(","))):
        name = part.lstrip("+-")
        column = filters[name].column if name in filters else None
        if column is None:
            raise Invalid("One cannot sort by “{name}” here.", field="sort", name=name[:60])
        parts.append(f"{column} DESC NULLS LAST" if part.startswith("-") else column)
    return ", ".join([*parts, fallback])


def _where(
    asked: Mapping[tuple[str, str], Sequence[str]], filters: Mapping[str, Filter]
) -> tuple[str, list[Any]]:
    conditions: list[str] = []
    args: list[Any] = []
    for (name, operator), said in asked.items():
        one = filters[name]
        if operator == "regex":
            conditions.append(_regex(name, one, said, args))
            continue
        values = _values(name, one, said)
        if operator in _COMPARE:
            if len(values) != 1:
                raise Invalid("“{name}” compares with one value.", field=name, name=name)
            args.append(values[0])
            conditions.append(one.sql.format(f"{_COMPARE[operator]} ${len(args)}"))
            continue
        args.append(values)
        condition = one.sql.format(f"= ANY(${len(args)}::{_TYPES[one.kind]}[])")
        conditions.append(f"NOT coalesce({condition}, false)" if operator == "ne" else condition)
    return " AND ".join(f"({condition})" for condition in conditions) or "true", args


def _regex(name: str, one: Filter, said: Sequence[str], args: list[Any]) -> str:
    pattern = said[0]
    if one.kind != "text" or len(said) != 1 or len(pattern) > REGEX_MAX:
        raise Invalid("“{name}” cannot be matched by that pattern.", field=name, name=name)
    args.append(pattern)
    return one.sql.format(f"~ ${len(args)}")


def _values(name: str, one: Filter, said: Iterable[str]) -> list[Any]:
    pieces = [piece for text in said for piece in re.split(r"[,;]", text)]
    if len(pieces) > VALUES_MAX:
        raise Invalid("“{name}” has too many values.", field=name, name=name)
    values: list[Any] = []
    for piece in pieces:
        if one.kind == "choice":
            values += one.choices.get(piece, ())
        elif one.kind == "uuid":
            found = uuid_in(piece)
            values += [] if found is None else [found]
        else:
            values.append(_value(name, one.kind, piece))
    return values


def _value(name: str, kind: Kind, piece: str) -> Any:
    try:
        match kind:
            case "moment":
                moment = datetime.fromisoformat(piece)
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            case "day":
                return datetime.fromisoformat(piece).date()
            case "fen":
                return int(Decimal(piece) * 100)
            case "bool":
                return {"true": True, "false": False}[piece.lower()]
            case _:
                return piece
    except (ValueError, KeyError, InvalidOperation):
        raise Invalid(
            "“{text}” does not fit “{name}”.", field=name, name=name, text=piece[:60]
        ) from None


def uuid_in(text: str) -> UUID | None:
    """The id at the end of *text*: an id alone, or an href."""
    try:
        return UUID(text.rstrip("/").rpartition("/")[2])
    except ValueError:
        return None


def selected(body: dict[str, Any], fields: Sequence[str] | None) -> dict[str, Any]:
    """Only the asked attributes, with id and href; ``none`` is these two alone. Dots go inside."""
    if not fields:
        return body
    kept: dict[str, Any] = {name: body[name] for name in ("id", "href") if name in body}
    for field in fields:
        name, _, rest = field.partition(".")
        if name not in body or field == "none":
            continue
        kept[name] = _inside(kept.get(name), body[name], rest) if rest else body[name]
    return kept


def _inside(before: Any, value: Any, path: str) -> Any:
    if isinstance(value, list):
        held = before if isinstance(before, list) else [{}] * len(value)
        return [_inside(old, new, path) for old, new in zip(held, value, strict=True)]
    if not isinstance(value, dict):
        return value
    name, _, rest = path.partition(".")
    kept = dict(before) if isinstance(before, dict) else {}
    if name in value:
        kept[name] = _inside(kept.get(name), value[name], rest) if rest else value[name]
    return kept


def merged(target: Any, patch: Any) -> Any:
    """JSON merge patch (RFC 7396): null takes away, arrays are replaced whole."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
