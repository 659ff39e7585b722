"""Identifiers by the million are UUIDv7, ascending, and each another."""

from itertools import islice, pairwise
from uuid import UUID

from yizhan.kernel.ids import moment_of, new_id
from yizhan.platform.bulkids import driver_id, fresh_ids


def test_they_ascend_and_never_repeat_over_many_blocks() -> None:
    made = list(islice(fresh_ids(), 20_000))
    assert all(before < after for before, after in pairwise(made))
    assert len(set(made)) == len(made)
    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {UUID(int=0x8 << 60 | 0x7 << 76).variant}


def test_they_carry_about_the_present_moment() -> None:
    one = next(fresh_ids())
    assert abs((moment_of(one) - moment_of(new_id())).total_seconds()) < 1


def test_the_drivers_type_is_the_same_identifier() -> None:
    one = new_id()
    assert driver_id(one) == one
    assert hash(driver_id(one)) == hash(one)
    assert driver_id(driver_id(one)) is not None
