"""The query string of a list, by calling its parser; merge patch by the examples of RFC 7396."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.kernel.errors import Invalid
from yizhan.web.tmf.query import Filter, NotImplementedHere, merged, parse, selected

FILTERS = {
    "name": Filter("name {}"),
    "status": Filter("state {}", "choice", {"open": ("new", "taken"), "shut": ("closed",)}),
    "creationDate": Filter("opened_at {}", "moment"),
    "party.id": Filter("party_id {}", "uuid"),
    "due.value": Filter("due_fen {}", "fen"),
    "account.id": Filter("id IN (SELECT customer_id FROM account WHERE id {})", "uuid"),
}
ID = "01890000-0000-7000-8000-000000000000"


def asked(query: str) -> tuple[str, tuple[Any, ...]]:
    found = parse(query.encode(), FILTERS, newest_first="id DESC")
    return found.where, found.args


def test_nothing_asked_is_everything_newest_first() -> None:
    found = parse(b"", FILTERS, newest_first="id DESC")
    assert (found.where, found.order, found.offset, found.paged) == ("true", "id DESC", 0, False)


@pytest.mark.parametrize(
    "query", ["name=a,b", "name=a;b", "name=a&name=b", "name.eq=a,b", "name%3D%3Da,b"]
)
def test_values_may_be_listed_in_any_of_the_standards_ways(query: str) -> None:
    assert asked(query) == ("(name = ANY($1::text[]))", (["a", "b"],))


@pytest.mark.parametrize(
    ("query", "sign"),
    [
        ("creationDate.gte=2026-01-01", ">="),
        ("creationDate%3E%3D2026-01-01", ">="),
        ("creationDate>=2026-01-01", ">="),
        ("creationDate.lt=2026-01-01", "<"),
        ("creationDate%3C2026-01-01", "<"),
        ("creationDate<2026-01-01", "<"),
    ],
)
def test_comparing_by_suffix_or_by_sign(query: str, sign: str) -> None:
    where, args = asked(query)
    assert where == f"(opened_at {sign} $1)"
    assert args[0].isoformat() == "2026-01-01T00:00:00+00:00"


def test_conditions_are_joined_and_numbered() -> None:
    where, args = asked("status=open&name.ne=x&due.value.gt=36.60")
    assert where == (
        "(state = ANY($1::text[])) AND (NOT coalesce(name = ANY($2::text[]), false))"
        " AND (due_fen > $3)"
    )
    assert args == (["new", "taken"], ["x"], 3660)


def test_a_status_nobody_has_finds_nothing() -> None:
    assert asked("status=unheard") == ("(state = ANY($1::text[]))", ([],))


def test_an_href_is_an_id() -> None:
    where, args = asked(f"party.id=http://desk/party/individual/{ID}")
    assert str(args[0][0]) == ID and "party_id" in where


@pytest.mark.parametrize(
    "query",
    [
        "colour=red", "name.like=x", "limit=-1", "offset=many", "limit=99999999999",
        "creationDate=soon", "due.value.gt=1&due.value.gt=2", "status.regex=x", "sort=colour",
        "sort=-account.id", "name.regex=" + "x" * 101, "name=" + ",".join("abc" * 40),
    ],
)  # fmt: skip
def test_what_we_do_not_know_is_refused(query: str) -> None:
    with pytest.raises(Invalid):
        asked(query)


def test_a_jsonpath_filter_is_not_done_here() -> None:
    with pytest.raises(NotImplementedHere):
        asked("filter=note[?(@.author=='X')]")


def test_sorting_falls_back_to_the_newest() -> None:
    found = parse(b"sort=-creationDate,name", FILTERS, newest_first="id DESC")
    assert found.order == "opened_at DESC NULLS LAST, name, id DESC"


@given(st.binary(max_size=200))
def test_no_query_string_breaks_the_parser(raw: bytes) -> None:
    try:
        found = parse(raw, FILTERS, newest_first="id DESC")
    except (Invalid, NotImplementedHere):
        return
    assert found.where.count("$") == len(found.args)


BODY = {"id": "1", "href": "/1", "name": "x", "party": {"id": "2", "name": "y"},
        "note": [{"id": "a", "text": "b"}, {"id": "c", "text": "d"}]}  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (("name",), {"id": "1", "href": "/1", "name": "x"}),
        (("none",), {"id": "1", "href": "/1"}),
        (("colour",), {"id": "1", "href": "/1"}),
        (("party.name",), {"id": "1", "href": "/1", "party": {"name": "y"}}),
        (("note.id",), {"id": "1", "href": "/1", "note": [{"id": "a"}, {"id": "c"}]}),
        (None, BODY),
    ],
)
def test_fields_choose_and_id_and_href_stay(fields: Any, expected: Any) -> None:
    assert selected(BODY, fields) == expected


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_by_the_examples_of_rfc_7396(target: Any, patch: Any, result: Any) -> None:
    assert merged(target, patch) == result
