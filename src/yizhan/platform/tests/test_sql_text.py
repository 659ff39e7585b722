"""Cutting scripts into statements."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.platform.sql_text import Statement, statements


def test_counts_lines_from_one_and_skips_comments_before_a_statement() -> None:
    script = "-- head; er\n\nSELECT 1;\n/* a ; /* b ; */ c */\n  SELECT\n 2;\n-- end\n"
    assert statements(script) == [Statement("SELECT 1", 3), Statement("SELECT\n 2", 5)]


@pytest.mark.parametrize(
    "hidden",
    [
        "SELECT 'a;b''c;'",
        'SELECT ";" FROM "x;""y"',
        r"SELECT E'a\';b'",
        "DO $$ BEGIN; END $$",
        "DO $x$ SELECT $$;$$; $x$",
        "SELECT 1 -- one; two\n + 2",
        "SELECT /* ; */ 1",
    ],
)
def test_a_semicolon_inside_something_ends_nothing(hidden: str) -> None:
    assert [one.text for one in statements(f"{hidden};\n{hidden}")] == [hidden, hidden]


def test_a_positional_parameter_is_no_dollar_quote() -> None:
    assert len(statements("SELECT $1; SELECT $2")) == 2


@given(st.lists(st.sampled_from(["SELECT 1", "SELECT ';'", "SELECT $$;$$", "-- x;\nSELECT 2"])))
def test_joins_back_to_as_many_statements(parts: list[str]) -> None:
    assert len(statements(";\n".join(parts))) == len(parts)


@given(st.text(alphabet="ab'\"$;-/*\n\\E "))
def test_never_loses_its_way(script: str) -> None:
    found = statements(script)
    assert all(one.text in script and 1 <= one.line <= script.count("\n") + 1 for one in found)
