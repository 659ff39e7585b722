"""The decisions about customers, called."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain.customers import model
from yizhan.domain.customers.model import DocumentKind
from yizhan.kernel.errors import Invalid


def test_an_identity_number_is_checked_by_its_last_character() -> None:
    # The specimen of GB 11643: 11010519491231002X.
    assert model.id_check_character("11010519491231002") == "X"
    assert (
        model.clean_document_number(DocumentKind.RESIDENT_ID, "110105 19491231 002x")
        == "11010519491231002X"
    )
    with pytest.raises(Invalid, match="does not fit"):
        model.clean_document_number(DocumentKind.RESIDENT_ID, "110105194912310021")


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_one_mistyped_digit_is_always_found(first: str, place: int, by: int) -> None:
    whole = first + model.id_check_character(first)
    wrong = whole[:place] + str((int(whole[place]) + by) % 10) + whole[place + 1 :]
    with pytest.raises(Invalid):
        model.clean_document_number(DocumentKind.RESIDENT_ID, wrong)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王明", "王*"),
        ("王小明", "王*明"),
        ("欧阳小明", "欧**明"),
        ("天津市和平商贸", "天津***商贸"),
        ("John Smith", "J*** S****"),
    ],
)
def test_a_masked_name_tells_no_name(name: str, masked: str) -> None:
    assert model.mask_name(name) == masked


@given(st.text("0123456789ABCX", min_size=4, max_size=30))
def test_a_masked_document_shows_four_characters_at_most(number: str) -> None:
    masked = model.mask_document(number)
    assert len(masked) == len(number)
    assert len(masked.replace("*", "")) <= 4


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("022-2345 6789", "02223456789"),
        ("+86 138 0000 0001", "13800000001"),
        ("Ａ1000001", "a1000001"),
        ("TS-20041208-0001", "ts200412080001"),
        ("王 小明", "王小明"),
        ("  John   SMITH ", "john smith"),
    ],
)
def test_a_key_is_the_same_however_it_is_typed(typed: str, key: str) -> None:
    assert model.search_text(typed) == key


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = model.search_text(text)
    assert model.search_text(once) == once


@given(st.text(min_size=1, max_size=40))
def test_every_accepted_name_can_be_masked_and_found(text: str) -> None:
    try:
        name = model.clean_name(text)
    except Invalid:
        return
    assert model.mask_name(name)
    assert model.name_keys(name)


def test_an_age_band_turns_on_the_birthday() -> None:
    born = date(2004, 6, 1)
    assert model.age_band(born, date(2030, 5, 31)) == "18-25"
    assert model.age_band(born, date(2030, 6, 1)) == "26-35"


def test_a_cycle_day_is_one_every_month_has() -> None:
    with pytest.raises(Invalid, match="every month"):
        model.clean_cycle_day(29)
