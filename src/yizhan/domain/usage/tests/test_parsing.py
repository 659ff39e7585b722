"""Rows read, or refused by name: no database."""

import io
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain import usage
from yizhan.domain.usage import units
from yizhan.domain.usage.cutting import decode
from yizhan.domain.usage.intake import Source
from yizhan.domain.usage.model import REASONS, ROW_BYTES_MAX, Broken, Record, words
from yizhan.domain.usage.parsing import Parser
from yizhan.domain.usage.reading import lines
from yizhan.domain.usage.tests.town import HEADER, NOW, row
from yizhan.kernel.errors import Invalid

STANDARD = usage.built_in_mapping("standard")
BOM = b"\xef\xbb\xbf"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def parser(mapping: usage.Mapping = STANDARD, header: str = HEADER) -> Parser:
    return Parser(mapping, header.split(","), now=NOW)


def reason(line: str) -> str:
    with pytest.raises(Broken) as broken:
        parser().read(line)
    assert str(broken.value)
    return broken.value.reason


BROKEN = {
    "bad_character": row("1").replace("voice", "vo\x01ice"),
    "column_count": row("1") + ",more",
    "unbalanced_quote": row("1").replace("voice", '"voice'),
    "missing_field": row("1", quantity=""),
    "key_too_long": row("k" * 65),
    "field_too_long": row("1", partner="p" * 65),
    "bad_time": row("1", at="2026-02-30 10:00:00"),
    "future": row("1", at="2026-06-02 12:00:00"),
    "too_old": row("1", at="1999-12-31 23:59:59"),
    "bad_quantity": row("1", quantity="6O"),
    "negative_quantity": row("1", quantity="-1"),
    "absurd_quantity": row("1", quantity=str(8 * 86400)),
    "unknown_service": row("1", service="telex"),
    "unknown_value": row("1", direction="up"),
    "unknown_zone": row("1", zone="moon"),
    "bad_number": row("1", number="12"),
    "missing_partner": row("1", service="content", quantity="1"),
    "bad_amount": row("1", service="content", quantity="1", partner="p", amount="1.005"),
    "wrong_currency": row("1", currency="USD"),
    "unknown_action": row("1", action="undo", corrects="0"),
}


@pytest.mark.parametrize("wanted", BROKEN)
def test_a_broken_row_is_refused_by_its_own_name(wanted: str) -> None:
    assert reason(BROKEN[wanted]) == wanted


def test_a_fraction_of_a_second_is_refused_unless_the_mapping_rounds() -> None:
    assert reason(row("1", quantity="60.5")) == "inexact_quantity"
    body = STANDARD.body.replace(
        "quantity: {column: quantity}", "quantity: {column: quantity, unit: s, round: up}"
    )
    rounding = usage.parse_mapping(body)
    assert parser(rounding).read(row("1", quantity="60.5")).quantity == 61


def test_local_times_that_never_were_are_refused_and_those_twice_are_the_first() -> None:
    body = STANDARD.body.replace("Asia/Shanghai", "Europe/Berlin")
    berlin = parser(usage.parse_mapping(body))
    with pytest.raises(Broken) as gap:
        berlin.read(row("1", at="2026-03-29 02:30:00"))
    assert gap.value.reason == "time_gap"
    twice = berlin.read(row("1", at="2025-10-26 02:30:00"))
    assert twice.at == datetime(2025, 10, 26, 0, 30, tzinfo=UTC).timestamp()
    after = berlin.read(row("1", at="2025-10-26 03:30:00"))
    assert after.at == datetime(2025, 10, 26, 2, 30, tzinfo=UTC).timestamp()


def test_bytes_that_are_no_text_and_lines_without_end_are_refused() -> None:
    with pytest.raises(Broken) as broken:
        decode(b"1,\xff", "utf-8")
    assert broken.value.reason == "bad_encoding" and broken.value.facts["at"] == 3
    with pytest.raises(Broken) as broken:
        decode(b"x" * (ROW_BYTES_MAX + 1), "utf-8")
    assert broken.value.reason == "too_long"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('{"key": "1"', "not_json"),
        ("[1, 2]", "not_an_object"),
        ('{"key": {"a": 1}}', "unknown_value"),
        ('{"key": "1"}', "missing_field"),
        ('{"key": "1", "service": ["voice"]}', "unknown_value"),
        ("[" * 10_000, "not_json"),
    ],
)
def test_broken_json_is_refused_by_name(line: str, wanted: str) -> None:
    reader = Parser(usage.built_in_mapping("standard-jsonl"), None, now=NOW)
    with pytest.raises(Broken) as broken:
        reader.read(line)
    assert broken.value.reason == wanted


def test_every_reason_has_words_in_both_languages_for_its_facts() -> None:
    assert len(REASONS) >= 30
    for code, text in REASONS.items():
        assert text.zh and text.en and text.zh != text.en
        for language in (text.zh, text.en):
            assert language.count("{") == language.count("}"), code


def test_megabytes_with_decimals_become_bytes_exactly() -> None:
    read = units.quantity("MB")
    assert read("34.429") == 34_429_000
    assert units.quantity("MiB")("0.5") == 524_288
    assert units.quantity("h:m:s")("1:02:03") == 3723
    with pytest.raises(Broken, match="no whole number"):
        units.quantity("MiB")("34.429")


@given(st.decimals(0, 10**9, allow_nan=False, places=3), st.sampled_from(["kB", "MB", "GB"]))
def test_a_decimal_quantity_is_never_off_by_one(value: Decimal, unit: str) -> None:
    factor = {"kB": 1000, "MB": 10**6, "GB": 10**9}[unit]
    assert units.quantity(unit)(str(value)) == value * factor


@given(st.datetimes(datetime(2000, 1, 2), datetime(2030, 1, 1)))  # noqa: DTZ001
def test_times_are_read_as_the_zone_of_the_source_has_them(local: datetime) -> None:
    local = local.replace(microsecond=0)
    for tz in (SHANGHAI, ZoneInfo("America/New_York")):
        exact = local.replace(tzinfo=tz)
        if exact.astimezone(UTC).astimezone(tz).replace(tzinfo=None) != local:
            continue
        for form in ("iso", "%Y-%m-%d %H:%M:%S"):
            read = units.moment(form, tz)
            assert read(local.strftime("%Y-%m-%d %H:%M:%S")) == exact.timestamp()
            assert read(local.strftime("%Y-%m-%d %H:%M:%S")) == exact.timestamp()
        tight = units.moment("%Y%m%d%H%M%S", tz)
        assert tight(local.strftime("%Y%m%d%H%M%S")) == exact.timestamp()


# ---------------------------------------------------------------- whatever comes in

_cell = st.one_of(
    st.sampled_from(
        ["", "voice", "sms", "data", "content", "out", "in", "60", "-1", "1e5", "NaN", "∞", "٣",
         "2026-05-02 12:00:00", "2026-05-02T12:00:00+08:00", "0000-00-00 00:00:00", "domestic",
         "13012345678", "+8613012345678", "17911", "0086", "00", "CNY", "replace", "1.00"]
    ),
    st.text(max_size=20),
)  # fmt: skip


@given(st.lists(_cell, min_size=len(HEADER.split(",")), max_size=len(HEADER.split(","))))
def test_any_row_of_the_right_width_is_read_or_refused(cells: list[str]) -> None:
    _read_or_refuse(parser(), ",".join(cells))


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    _read_or_refuse(parser(), text)
    _read_or_refuse(Parser(usage.built_in_mapping("standard-jsonl"), None, now=NOW), text)


@given(
    st.dictionaries(
        st.sampled_from(HEADER.split(",")),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _cell),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_cell, inner, max_size=2),
            max_leaves=3,
        ),
    )
)
def test_any_json_object_is_read_or_refused(row: dict[str, object]) -> None:
    import json

    reader = Parser(usage.built_in_mapping("standard-jsonl"), None, now=NOW)
    _read_or_refuse(reader, json.dumps(row))


def _read_or_refuse(reader: Parser, text: str) -> None:
    try:
        record = reader.read(text)
    except Broken as broken:
        told = words(broken.reason, broken.facts, broken.field)
        assert told.zh and told.en
    else:
        assert isinstance(record, Record)
        assert record.quantity >= 0
        for field in (record.key, record.partner, record.session, record.peer, record.number):
            assert field.isprintable() and len(field.encode()) <= 400


@given(st.lists(st.binary(max_size=30)), st.booleans(), st.integers(1, 9))
def test_lines_are_cut_the_same_however_the_file_is_read(
    pieces: list[bytes], ended: bool, resume: int
) -> None:
    data = b"\n".join(pieces) + (b"\n" if ended else b"")
    whole = list(lines(io.BytesIO(data)))
    bare = [line.removesuffix(b"\r") for line in data.removeprefix(BOM).split(b"\n")]
    assert [line for line, _ in whole] == [line for line in bare if line]
    if len(whole) > resume:
        rest = list(lines(io.BytesIO(data), whole[resume - 1][1]))
        assert rest == whole[resume:]


def test_a_line_longer_than_the_limit_is_told_and_the_next_one_read() -> None:
    data = b"a\n" + b"x" * (3 << 20) + b"\nb"
    found = list(lines(io.BytesIO(data)))
    assert [line[:1] for line, _ in found] == [b"a", b"x", b"b"]
    assert len(found[1][0]) == ROW_BYTES_MAX + 1
    assert found[1][1] == len(data) - 1


@given(st.lists(st.one_of(st.just(row("1")), st.text(max_size=40)), max_size=30))
def test_every_row_of_a_file_is_counted_once(rows: list[str]) -> None:
    rows = [one.replace("\n", " ") for one in rows]
    data = "\n".join([HEADER, *rows]).encode("utf-8", errors="replace")
    source = Source(io.BytesIO(data), STANDARD, now=NOW, number="")
    source.begin(0, 0)
    seen = 0
    while (batch := source.batch(7)).rows:
        seen += batch.rows
        assert len(batch.places) == len(batch.records)
    expected = [line for line in data.split(b"\n")[1:] if line.removesuffix(b"\r")]
    assert seen == len(expected)


# ---------------------------------------------------------------- mapping files


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("format: csv", "format: xml"), "xml"),
        (("Asia/Shanghai", "Asia/Nowhere"), "Asia/Nowhere"),
        (("key: {column: key}", "key: {}"), "key"),
        (("  service: {column: service}\n", ""), "service"),
        (("quantity: {column: quantity}", "quantity: {column: q, unit: furlong}"), "furlong"),
        (("format: iso", 'format: "%d.%m. %H:%M"'), "year"),
        (("fields:", "fields:\n  colour: {column: c}"), "colour"),
        (("source: standard", "source: standard\nsauce: x"), "sauce"),
        (("peer: {column: peer}", "peer: {column: peer, constant: x}"), "exactly one"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(change: tuple[str, str], problem: str) -> None:
    body = STANDARD.body.replace(*change)
    assert body != STANDARD.body
    with pytest.raises(Invalid, match=problem):
        usage.parse_mapping(body, file="mine.yaml")


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(Invalid, match=r"no column “quantity”. It has: key, number"):
        parser(header="key,number,at,service")


def test_the_mapping_files_that_come_with_the_house_are_read() -> None:
    assert {"standard", "standard-jsonl", "switch", "gateway", "partner", "phone-history"} == set(
        usage.built_in()
    )


def test_words_of_a_switch_are_translated() -> None:
    mapping = usage.built_in_mapping("switch")
    assert not isinstance(mapping.csv.header, bool)
    reader = Parser(mapping, mapping.csv.header, now=NOW)
    line = decode("7;13012345678;01087654321;20260502;203015;61;主叫;本地;校园".encode("gb18030"),
                  mapping.encoding)  # fmt: skip
    record = reader.read(line)
    assert (record.service, record.direction, record.place) == ("voice", "out", "campus")
    assert record.at == datetime(2026, 5, 2, 12, 30, 15, tzinfo=UTC).timestamp()
    with pytest.raises(Broken) as broken:
        reader.read(line.replace("主叫", "电报"))
    assert broken.value.reason == "unknown_service"
