"""What a usage record is once read, what may be wrong with a row, and what an intake counted.

A row of a source ends in exactly one of three ways: accepted, known already (a duplicate), or
broken, which means quarantined with a reason. The reasons and their words are listed here.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha1
from typing import Any
from uuid import UUID

import msgspec

from yizhan.kernel.text import Text

ROW_BYTES_MAX = 64 * 1024
KEY_CHARS_MAX = 64
SESSION_CHARS_MAX = 64
PARTNER_CHARS_MAX = 64

REASONS: Mapping[str, Text] = {
    # the row as text
    "bad_encoding": Text("第 {at} 个字节不是 {encoding} 编码。", "Byte {at} is not {encoding}."),
    "bad_character": Text("含有控制字符。", "It holds a control character."),
    "too_long": Text(
        "超过 {limit} 字节，只保留开头。", "It is longer than {limit} bytes; its beginning is kept."
    ),
    "column_count": Text(
        "应有 {expected} 列，实有 {found} 列。", "{expected} columns were expected, {found} found."
    ),
    "unbalanced_quote": Text("引号没有配对。", "A quotation mark is not closed."),
    "bad_json": Text("不是合法的 JSON：{problem}", "It is not JSON: {problem}"),  # kept rows only
    "not_json": Text("从第 {at} 个字节起不是合法的 JSON。", "From byte {at} on it is not JSON."),
    "not_an_object": Text("JSON 不是一个对象。", "The JSON is not an object."),
    # its fields
    "missing_field": Text("缺少“{field}”。", "“{field}” is missing."),
    "key_too_long": Text(
        "记录号超过 {limit} 个字符。", "The key is longer than {limit} characters."
    ),
    "field_too_long": Text(
        "“{field}”超过 {limit} 个字符。", "“{field}” is longer than {limit} characters."
    ),
    "bad_time": Text(
        "“{value}”不是时间，应为 {format}。", "“{value}” is not a time; {format} is expected."
    ),
    "time_gap": Text(
        "当地钟表上没有“{value}”这一时刻（夏令时）。",
        "Local clocks never showed “{value}” (daylight saving).",
    ),
    "future": Text("时间“{value}”在将来。", "“{value}” lies in the future."),
    "too_old": Text("时间“{value}”早于 {limit}。", "“{value}” lies before {limit}."),
    "bad_quantity": Text("“{value}”不是数量。", "“{value}” is not a quantity."),
    "negative_quantity": Text("数量“{value}”为负。", "The quantity “{value}” is negative."),
    "inexact_quantity": Text(
        "“{value}{unit}”换算后不是整数，映射未说明如何取整。",
        "“{value}{unit}” is no whole number of units and the mapping does not say how to round.",
    ),
    "absurd_quantity": Text(
        "数量 {value} 超过一条话单（{service}）的上限 {limit}。",
        "{value} is more than one {service} record can hold ({limit}).",
    ),
    "unknown_service": Text("业务“{value}”未知。", "The service “{value}” is unknown."),
    "unknown_value": Text("“{field}”的值“{value}”未知。", "“{value}” is unknown for “{field}”."),
    "bad_number": Text("“{value}”不是电话号码。", "“{value}” is not a telephone number."),
    "unknown_zone": Text(
        "号码“{value}”没有对应的区域，请补号段表。",
        "No zone is known for “{value}”. Add its prefix to the table.",
    ),
    "missing_partner": Text("信息费记录没有合作方。", "A content record names no partner."),
    "bad_amount": Text("“{value}”不是金额。", "“{value}” is not an amount."),
    "wrong_currency": Text(
        "币种“{value}”不是 {expected}。", "The currency “{value}” is not {expected}."
    ),
    "unknown_action": Text("操作“{value}”未知。", "The action “{value}” is unknown."),
    # against what we know
    "unknown_line": Text("号码 {value} 从未归属任何线路。", "{value} never belonged to a line."),
    "number_unassigned": Text(
        "通话时号码 {value} 不属于任何线路。", "At that moment {value} belonged to no line."
    ),
    "line_terminated": Text(
        "线路 {value} 已于 {since} 销户。", "The line {value} was closed on {since}."
    ),
    "key_conflict": Text(
        "记录号 {value} 已有内容不同的记录。",
        "The key {value} is already that of a record with other content.",
    ),
    "session_gap": Text(
        "会话 {session} 缺第 {missing} 段。", "Part {missing} of session {session} is missing."
    ),
    "session_conflict": Text(
        "会话 {session} 的第 {sequence} 段已存在。",
        "Part {sequence} of session {session} is already here.",
    ),
    "correction_unknown": Text(
        "被更正的记录 {value} 不存在。", "The corrected record {value} is not here."
    ),
    "correction_repeated": Text(
        "记录 {value} 已被更正过。", "The record {value} was already corrected."
    ),
}
"""Why a row may be refused: code -> words with the facts' placeholders."""


class Broken(Exception):
    """A row cannot be taken in. ``reason`` is a key of ``REASONS``."""

    def __init__(self, reason: str, field: str = "", /, **facts: Any) -> None:
        assert reason in REASONS
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.facts = facts

    def __str__(self) -> str:
        return words(self.reason, self.facts, self.field).en


def words(reason: str, facts: Mapping[str, Any], field: str = "") -> Text:
    """What was wrong, for people."""
    known = REASONS[reason]
    values = {"field": field, **facts}
    return Text(known.zh.format(**values), known.en.format(**values))


class Record(msgspec.Struct, gc=False):
    """A row that could be read. Times are epoch seconds (whole or with a fraction).

    ``access``, ``zone`` and ``net`` are empty where the source does not carry them; ``action`` is
    ``""``, ``replace`` or ``cancel``, the last two naming the record they correct in ``corrects``.
    """

    key: str
    number: str
    at: float
    service: str
    quantity: int
    peer: str = ""
    direction: str = "out"
    access: str = ""
    zone: str = ""
    net: str = ""
    roam: str = "home"
    place: str = "none"
    partner: str = ""
    amount: int | None = None
    session: str = ""
    sequence: int = 0
    action: str = ""
    corrects: str = ""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How the rows of an intake ended. The first equals the sum of the next three."""

    rows_read: int = 0
    accepted: int = 0
    duplicates: int = 0
    quarantined: int = 0
    late: int = 0
    corrected: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            rows_read=self.rows_read + other.rows_read,
            accepted=self.accepted + other.accepted,
            duplicates=self.duplicates + other.duplicates,
            quarantined=self.quarantined + other.quarantined,
            late=self.late + other.late,
            corrected=self.corrected + other.corrected,
        )


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """The journal of one file. ``state`` is running, finished or stopped."""

    id: UUID
    source: str
    file: str
    size_bytes: int | None
    mapping_hash: str
    state: str
    started_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    offset_bytes: int
    counts: Counts
    known_before: bool = False
    """The same file was finished earlier: nothing was read now."""


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A row kept aside. ``raw`` is as received, ``edited`` as a person last put it."""

    id: UUID
    customer_id: UUID | None
    source: str
    intake_id: UUID
    row_number: int
    mapping_hash: str
    given: dict[str, str]
    header: list[str] | None
    reason: str
    field: str
    facts: dict[str, Any]
    raw: bytes
    edited: str | None
    state: str
    times: int
    received_at: datetime
    decided_at: datetime | None
    decided_by: str
    note: str
    file: str | None = None

    @property
    def message(self) -> Text:
        """What is wrong with it."""
        return words(self.reason, self.facts, self.field)

    @property
    def text(self) -> str:
        """The row as it would be read now; undecodable bytes are shown as escapes."""
        return (
            self.edited if self.edited is not None else self.raw.decode(errors="backslashreplace")
        )


def record_id(source: str, key: str) -> UUID:
    """The id of the record with this key of this source, the same at every intake."""
    return UUID(record_id_text(source, key))


def record_id_text(source: str, key: str) -> str:
    """As ``record_id``, as 32 figures. A name-based UUID (RFC 9562, version 5)."""
    digest = sha1(f"{source}\0{key}".encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:12]}5{digest[13:16]}{_VARIANT[digest[16]]}{digest[17:32]}"


_VARIANT = {figure: "89ab"[int(figure, 16) & 3] for figure in "0123456789abcdef"}
