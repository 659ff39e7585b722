"""Which rule a clock runs under."""

from datetime import date

from yizhan.domain.cases.clocks import ClockName, pick
from yizhan.domain.cases.tests.book import rule

RESOLUTION = ClockName.RESOLUTION


def test_the_rule_that_names_the_class_most_closely_wins() -> None:
    rules = [
        rule(RESOLUTION, 1, code="any"),
        rule(RESOLUTION, 2, code="kind", kind="complaint"),
        rule(RESOLUTION, 3, code="class", kind="complaint", class_code="complaint.fees"),
    ]

    def code(kind: str, class_code: str) -> str:
        found = pick(rules, RESOLUTION, kind=kind, class_code=class_code, day=date(2004, 12, 8))
        assert found is not None
        return found.code

    assert code("complaint", "complaint.fees.roaming") == "class"
    assert code("complaint", "complaint.feesomething") == "kind"
    assert code("fault", "fault.voice") == "any"


def test_a_rule_holds_from_its_first_day_up_to_not_including_its_last() -> None:
    rules = [
        rule(RESOLUTION, 48, code="old", valid_to=date(2005, 1, 1)),
        rule(RESOLUTION, 24, code="new", valid_from=date(2005, 1, 1)),
    ]

    def code(day: date) -> str | None:
        found = pick(rules, RESOLUTION, kind="fault", class_code="fault", day=day)
        return found.code if found else None

    assert code(date(2004, 12, 31)) == "old"
    assert code(date(2005, 1, 1)) == "new"
    assert code(date(1999, 12, 31)) is None


def test_without_a_rule_there_is_no_clock() -> None:
    assert pick([], RESOLUTION, kind="fault", class_code="fault", day=date(2005, 1, 1)) is None
