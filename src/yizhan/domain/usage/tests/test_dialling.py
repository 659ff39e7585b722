"""Where dialled numbers lead."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain import usage
from yizhan.domain.usage.dialling import same_number
from yizhan.kernel.errors import Invalid
from yizhan.kernel.text import Text

TZ = ZoneInfo("Asia/Shanghai")
TABLE = usage.Dialling(usage.built_in_rows(), tz=TZ)
NOW = datetime(2026, 5, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("number", "access", "zone", "net", "peer"),
    [
        ("87654321", "direct", "local", "fixed", "87654321"),
        ("02287654321", "direct", "local", "fixed", "02287654321"),
        ("045187654321", "direct", "domestic.heilongjiang", "fixed", "045187654321"),
        ("17911045187654321", "17911", "domestic.heilongjiang", "fixed", "045187654321"),
        ("17911 0 451 8765-4321", "17911", "domestic.heilongjiang", "fixed", "045187654321"),
        ("1791100852 2345 6789", "17911", "hkmo.hk", "off", "0085223456789"),
        ("+12125550123", "direct", "intl.A", "off", "0012125550123"),
        ("00442079460958", "direct", "intl.B", "off", "00442079460958"),
        ("13804511234", "direct", "domestic.heilongjiang", "off", "13804511234"),
        ("013002212345", "direct", "local", "on", "13002212345"),
        ("+8613002212345", "direct", "local", "on", "13002212345"),
        ("0086 451 87654321", "direct", "domestic.heilongjiang", "fixed", "045187654321"),
        ("10010", "direct", "local.free", "on", "10010"),
        ("120", "direct", "local.free", "on", "120"),
        ("106550012345", "direct", "local", "off", "106550012345"),
        ("4008123123", "direct", "local", "fixed", "4008123123"),
    ],
)
def test_a_number_leads_where_its_longest_prefix_says(
    number: str, access: str, zone: str, net: str, peer: str
) -> None:
    assert TABLE.find(number, NOW, "022") == usage.Dialled(access, zone, net, peer)


@pytest.mark.parametrize(
    ("number", "reason"),
    [("18912345678", "unknown_zone"), ("1x2", "bad_number"), ("12", "bad_number")],
)
def test_a_number_nobody_knows_is_refused(number: str, reason: str) -> None:
    with pytest.raises(usage.Broken) as broken:
        TABLE.find(number, NOW, "022")
    assert broken.value.reason == reason


def test_the_table_holds_as_of_the_day_of_the_call() -> None:
    # 133 was Unicom's CDMA range until it went to Telecom on 1 October 2008, local time.
    before = datetime(2008, 9, 30, 15, 59, 59, tzinfo=UTC).timestamp()
    assert TABLE.find("13302212345", before, "022").net == "on"
    assert TABLE.find("13302212345", before + 1, "022").net == "off"


def test_the_operators_own_rows_come_before_the_built_in_ones() -> None:
    own = usage.PrefixRow(
        prefix="0451",
        valid_from=date(2026, 1, 1),
        kind="area",
        zone="domestic.near",
        net="fixed",
        area="0451",
        name=Text("近处", "near"),
    )
    table = usage.Dialling([own, *usage.built_in_rows()], tz=TZ)
    assert table.find("045187654321", NOW, "022").zone == "domestic.near"
    old = datetime(2025, 6, 1, tzinfo=UTC).timestamp()
    assert table.find("045187654321", old, "022").zone == "domestic.heilongjiang"


def test_numbers_have_names() -> None:
    assert TABLE.name_of("045187654321", NOW) == Text("哈尔滨", "Harbin")
    assert TABLE.name_of("13804511234", NOW) == Text("哈尔滨", "Harbin")
    assert TABLE.name_of("0012125550123", NOW) == Text("美国和加拿大", "United States and Canada")
    assert TABLE.name_of("87654321", NOW) is None


def test_family_numbers_are_the_same_with_and_without_area_code() -> None:
    assert same_number("87654321", "022") == same_number("022 87654321", "022")
    assert same_number("+8613002212345", "022") == "13002212345"


@given(st.text(alphabet="0123456789+-() x", max_size=26), st.sampled_from(["022", "0451", ""]))
def test_any_number_has_a_zone_or_a_reason(number: str, home: str) -> None:
    reason = ""
    try:
        found = TABLE.find(number, NOW, home)
    except usage.Broken as broken:
        reason = broken.reason
    assert reason in ("", "bad_number", "unknown_zone")
    if not reason:
        assert found.zone and found.net in ("on", "off", "fixed")
        assert found.access in ("direct", "17911")


def test_the_built_in_table_says_each_thing_once() -> None:
    rows = usage.built_in_rows()
    keys = [(row.prefix, row.valid_from) for row in rows]
    assert len(keys) == len(set(keys))
    assert all(row.name.zh and row.name.en for row in rows)


HEADER = "prefix,valid_from,valid_to,kind,zone,net,area,name_zh,name_en"


def test_a_table_of_prefixes_comes_back_as_it_was_written() -> None:
    good = "189,2009-01-01,,mobile,,telecom,022,天津电信,Telecom Tianjin"
    (row,) = usage.read_prefixes(f"\ufeff{HEADER}\r\n{good}\r\n")
    assert (row.prefix, row.valid_from, row.net, row.area) == (
        "189", date(2009, 1, 1), "telecom", "022",
    )  # fmt: skip
    found = usage.Dialling([row, *usage.built_in_rows()], tz=TZ).find("18912345678", NOW, "022")
    assert (found.zone, found.net) == ("local", "off")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("18x,,,mobile,,telecom,,甲,A", "Line 2, prefix"),
        ("189,soon,,mobile,,telecom,,甲,A", "Line 2, valid_from"),
        ("189,2009-01-01,2009-01-01,mobile,,telecom,,甲,A", "Line 2, valid_to"),
        ("189,,,pager,,telecom,,甲,A", "Line 2, kind"),
        ("0999,,,area,moon,fixed,0999,甲,A", "Line 2, zone"),
        ("0999,,,area,,fixed,0999,甲,A", "Line 2, zone"),
        ("0999,,,area,domestic.x,telecom,0999,甲,A", "Line 2, net"),
        ("0999,,,area,domestic.x,fixed,0999,,A", "Line 2, name_zh"),
        ("189,,,mobile,,telecom,,甲,A\n189,,,mobile,,unicom,,乙,B", "189 is there twice"),
    ],
)
def test_a_wrong_table_of_prefixes_is_refused_by_line_and_column(line: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        usage.read_prefixes(f"{HEADER}\n{line}\n")


def test_the_built_in_table_could_be_brought() -> None:
    lines = [
        f"{row.prefix},{row.valid_from or ''},{row.valid_to or ''},{row.kind},{row.zone},"
        f"{row.net},{row.area},{row.name.zh},{row.name.en}"
        for row in usage.built_in_rows()
    ]
    assert usage.read_prefixes("\n".join([HEADER, *lines])) == list(usage.built_in_rows())
