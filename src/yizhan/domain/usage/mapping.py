"""Mapping files: how the rows of a source become usage records, written as YAML.

This module reads such a file and refuses it, naming the place, when it cannot be meant; rows are
read by ``parsing``. The language is described in the room's README.
"""

from collections.abc import Mapping as AnyMapping
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml

from yizhan.domain.tariff import Service
from yizhan.domain.usage import units
from yizhan.kernel.errors import Invalid, NotFound
from yizhan.kernel.text import Text

SERVICES = tuple(service.value for service in Service)
LIMITS: AnyMapping[str, int] = {
    "voice": 7 * 86_400,
    "sms": 1_000,
    "mms": 1_000,
    "data": 2**40,
    "content": 1_000,
}
"""The most one record may hold, unless the mapping says otherwise: a week, a thousand, 1 TiB."""
FIELDS = (
    "number",
    "peer",
    "at",
    "service",
    "quantity",
    "direction",
    "access",
    "zone",
    "net",
    "roam",
    "place",
    "partner",
    "amount",
    "currency",
    "session",
    "sequence",
    "action",
    "corrects",
)


class FieldRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a field comes from: one column, several (joined by a blank, or summed), a constant.

    ``values`` translates the text, ``otherwise`` stands for any other (without it, others are
    refused); ``default`` stands for an empty one.
    """

    column: str | None = None
    columns: tuple[str, ...] = ()
    sum: tuple[str, ...] = ()
    constant: str | int | None = None
    values: dict[str, str] | None = None
    otherwise: str | None = None
    default: str | None = None
    format: str = "iso"
    unit: str = ""
    round: str = "refuse"
    first: int = 0
    """For ``sequence``: the number a source gives to the first part of a session."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns it looks at."""
        return (self.column,) if self.column is not None else self.columns or self.sum


class KeyRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes a record the same record: columns, or, where a source has no key, its content.

    By content, rows that look alike are told apart by counting them within the file.
    """

    column: str | None = None
    columns: tuple[str, ...] = ()
    content: bool = False


class Csv(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The shape of a CSV source. A record is one line; a line break inside quotes is refused."""

    delimiter: str = ","
    header: bool | tuple[str, ...] = True
    may_lack: bool = False
    """Whether columns other than those of key, time, service and quantity may be missing."""


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One mapping file."""

    mapping: str
    text: Text
    source: str
    format: str = "csv"
    encoding: str = "utf-8"
    csv: Csv = Csv()
    time_zone: str = "Asia/Shanghai"
    home_area: str = ""
    not_before: date = date(2000, 1, 1)
    ahead_seconds: int = 300
    """How far a source's clock may run ahead of ours."""
    currency: str = "CNY"
    key: KeyRule
    limits: dict[str, int] = {}
    fields: dict[str, Any]
    body: str = ""
    """The file itself."""

    @property
    def hash(self) -> str:
        """Names this text of the mapping."""
        return sha256(self.body.encode()).hexdigest()

    @property
    def tz(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.time_zone)

    def rule(self, field: str) -> FieldRule | None:
        """How a field other than the quantity is found; ``None`` when it is not."""
        raw = self.fields.get(field)
        return None if raw is None else _field(raw, field)

    def quantities(self) -> dict[str, FieldRule]:
        """How the quantity is found, by service; ``""`` for one rule for all."""
        raw = self.fields["quantity"]
        if set(raw) & set(SERVICES):
            return {service: _field(one, f"quantity.{service}") for service, one in raw.items()}
        return {"": _field(raw, "quantity")}


def parse(body: str, *, file: str = "mapping") -> Mapping:
    """Read a mapping file. Raises ``Invalid`` naming file, place and what would be right."""
    try:
        raw = yaml.safe_load(body)
    except yaml.YAMLError as error:
        raise Invalid(
            "{file} is not YAML: {problem}", file=file, problem=str(error)[:300]
        ) from None
    if not isinstance(raw, dict):
        raise Invalid("{file} is no mapping: a YAML document of names and values is needed.",
                      file=file)  # fmt: skip
    try:
        mapping = msgspec.convert({**raw, "body": body}, Mapping, strict=False)
        _check(mapping)
    except (msgspec.ValidationError, Invalid) as error:
        raise Invalid("{file}: {problem}", file=file, problem=str(error)) from None
    return mapping


def _field(raw: Any, name: str) -> FieldRule:
    if isinstance(raw, dict):
        for key in ("values",):
            if isinstance(raw.get(key), dict):
                raw = {**raw, key: {_word(k): _word(v) for k, v in raw[key].items()}}
        for key in ("otherwise", "default", "constant"):
            if raw.get(key) is not None:
                raw = {**raw, key: _word(raw[key])}
    try:
        rule = msgspec.convert(raw, FieldRule, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid("{name}: {problem}", field=name, name=name, problem=str(error)) from None
    ways = [rule.column is not None, bool(rule.columns), bool(rule.sum), rule.constant is not None]
    if sum(ways) != 1:
        raise Invalid("{name}: say exactly one of column, columns, sum, constant.", name=name)
    return rule


def _word(value: object) -> str:
    """YAML reads ``yes``, ``on`` and ``17911`` as other things than words."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _check(mapping: Mapping) -> None:
    if mapping.format not in ("csv", "jsonl"):
        raise Invalid("format is “{word}”; use csv or jsonl.", word=mapping.format)
    if not mapping.source or len(mapping.source) > 40 or not mapping.source.isprintable():
        raise Invalid("source must be a short name of where the records come from.")
    if len(mapping.csv.delimiter) != 1:
        raise Invalid("csv.delimiter must be one character.")
    try:
        "".encode(mapping.encoding)
    except LookupError:
        raise Invalid("encoding “{word}” is unknown.", word=mapping.encoding) from None
    try:
        tz = mapping.tz
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid("time_zone “{word}” is unknown.", word=mapping.time_zone) from None
    if unknown := sorted(set(mapping.fields) - set(FIELDS)):
        raise Invalid("fields.{name} is no field. Use one of: {known}.", name=unknown[0],
                      known=", ".join(FIELDS))  # fmt: skip
    for needed in ("at", "service", "quantity"):
        if needed not in mapping.fields:
            raise Invalid("fields.{name} is missing.", name=needed)
    if unknown := sorted(set(mapping.limits) - set(SERVICES)):
        raise Invalid("limits.{name} is no service.", name=unknown[0])
    key = mapping.key
    if (key.column is not None) + bool(key.columns) + key.content != 1:
        raise Invalid("key: say exactly one of column, columns, content.")
    for field in mapping.fields:
        if field != "quantity":
            mapping.rule(field)
    if not isinstance(mapping.fields["quantity"], dict):
        raise Invalid("fields.quantity must say where it is found.")
    for service, rule in mapping.quantities().items():
        if service and service not in SERVICES:
            raise Invalid("fields.quantity.{name} is no service.", name=service)
        units.quantity(rule.unit, rule.round)
    at = mapping.rule("at")
    assert at is not None
    units.moment(at.format, tz)


def needed_columns(mapping: Mapping) -> tuple[str, ...]:
    """The columns no source of this mapping may lack."""
    if mapping.format == "jsonl" or not mapping.csv.may_lack:
        return columns_of(mapping)
    rules = [mapping.rule(field) for field in ("at", "service")]
    names = [name for rule in rules if rule is not None for name in rule.sources]
    names += [name for rule in mapping.quantities().values() for name in rule.sources]
    names += [mapping.key.column] if mapping.key.column is not None else mapping.key.columns
    return tuple(dict.fromkeys(names))


def columns_of(mapping: Mapping) -> tuple[str, ...]:
    """Every column the mapping looks at, each once, in a fixed order."""
    rules = [mapping.rule(field) for field in mapping.fields if field != "quantity"]
    rules += list(mapping.quantities().values())
    names = [name for rule in rules if rule is not None for name in rule.sources]
    names += [mapping.key.column] if mapping.key.column is not None else mapping.key.columns
    return tuple(dict.fromkeys(names))


@cache
def built_in() -> AnyMapping[str, Mapping]:
    """The mapping files that come with the house, by name."""
    folder = files("yizhan.domain.usage").joinpath("mappings")
    found = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            mapping = parse(file.read_text("utf-8"), file=file.name)
            found[mapping.mapping] = mapping
    return found


def built_in_mapping(name: str) -> Mapping:
    """One of them. Raises ``NotFound`` listing what there is."""
    try:
        return built_in()[name]
    except KeyError:
        raise NotFound(
            "There is no mapping “{name}”. There are: {known}.",
            name=name,
            known=", ".join(built_in()),
        ) from None
