"""What a log line may not contain."""

import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from yizhan.platform import logs


@pytest.mark.parametrize(
    "leak",
    [
        "13002231234", "+86 130 0223 1234", "022-2345-6789", "12010119850412123X",
        "6222021234567890123", "wang@example.cn",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "refused {}.", "tel:{}", "({})", "{}: busy", "来自{} 的"])
def test_numbers_and_addresses_are_masked_wherever_they_stand(leak: str, around: str) -> None:
    assert leak not in logs.scrub({"error": [around.format(leak)]})["error"][0]


@pytest.mark.parametrize(
    "harmless",
    [
        "2004-12-08", "2004-12-08 10:11:12", "2004-12-08T10:11:12Z", "0.1234567", "10011",
        "0193e2a1-7b5c-7d3e-8f00-1234567890ab", "01931234-5678-7abc-8def-0123456789ab",
    ],
)  # fmt: skip
def test_days_moments_and_ids_stay_readable(harmless: str) -> None:
    assert logs.scrub(harmless) == harmless


def test_keys_of_a_person_are_masked_whatever_they_hold() -> None:
    assert logs.scrub({"full_name": "王芳", "pin": 1234, "rows": 3}) == {
        "full_name": logs.MASK, "pin": logs.MASK, "rows": 3,
    }  # fmt: skip


def test_the_password_in_an_address_is_masked() -> None:
    assert logs.scrub("to postgresql://yizhan:geheim@h/d") == "to postgresql://yizhan:***@h/d"


@given(st.from_regex(r"1[3-9]\d{9}", fullmatch=True), st.text(alphabet=" ,.()/=#\n", max_size=3))
def test_no_mobile_number_survives(number: str, edge: str) -> None:
    assert number not in logs.scrub(edge + number + edge)


def test_lines_of_libraries_are_scrubbed_too(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.root.handlers[:], logging.root.level
    try:
        logs.set_up(form="json")
        logging.getLogger("some.library").warning("could not call %s", "13002231234")
        structlog.get_logger().info("paid", number="1", rows=2)
    finally:
        logging.root.handlers[:], level = before
        logging.root.setLevel(level)
        structlog.reset_defaults()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert lines[0]["event"] == "could not call ***"
    assert (lines[1]["event"], lines[1]["number"], lines[1]["rows"]) == ("paid", "***", 2)
