"""Identifiers in the order they were made."""

from datetime import UTC, datetime, timedelta

from yizhan.kernel.ids import moment_of, new_id


def test_what_is_made_later_is_greater() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_is_a_version_7_that_knows_its_moment() -> None:
    made = new_id()
    assert made.version == 7
    assert abs(moment_of(made) - datetime.now(UTC)) < timedelta(seconds=5)
