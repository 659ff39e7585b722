"""Taxpayer numbers against published ones, titles, how much may be invoiced, what goes back."""

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from yizhan.domain import invoices
from yizhan.domain.invoices import model
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import NIL, new_id

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
REAL = ("91110000802100433B", "911100007109250324", "91440300708461136T")
"""Codes that companies print on their own pages."""


@pytest.mark.parametrize("code", REAL)
def test_a_published_code_is_taken(code: str) -> None:
    assert invoices.checked_code(code) == code
    title = invoices.checked_title("company", "  某某  公司 ", f" {code[:8].lower()} {code[8:]}")
    assert (title.name, title.taxpayer) == ("某某 公司", code)


@given(st.sampled_from(REAL), st.integers(0, 17), st.sampled_from(SIGNS))
def test_one_mistyped_sign_is_found(code: str, place: int, sign: str) -> None:
    assume(code[place] != sign)
    with pytest.raises(Invalid):
        invoices.checked_code(code[:place] + sign + code[place + 1 :])


@given(st.sampled_from(REAL), st.integers(0, 16))
def test_two_swapped_signs_are_found(code: str, place: int) -> None:
    assume(code[place] != code[place + 1])
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    with pytest.raises(Invalid):
        invoices.checked_code(swapped)


@pytest.mark.parametrize("code", ["", "123", "9111000080210043IB", "91110000802100433", "x" * 18])
def test_what_is_no_code(code: str) -> None:
    with pytest.raises(Invalid) as refused:
        invoices.checked_title("company", "某公司", code)
    assert refused.value.field == "taxpayer"


def test_a_person_has_no_taxpayer_number() -> None:
    assert invoices.checked_title("personal", "李建国", "").taxpayer == ""
    for kind, name, code, field in (
        ("personal", "李建国", REAL[0], "taxpayer"),
        ("personal", " ", "", "title"),
        ("personal", "x" * 101, "", "title"),
        ("firm", "x", "", "title_kind"),
    ):
        with pytest.raises(Invalid) as refused:
            invoices.checked_title(kind, name, code)
        assert refused.value.field == field


def test_how_much_is_left() -> None:
    room = invoices.Room(worth=100, invoiced=30, paid=200, invoiced_in_all=150)
    assert room.left == 50
    assert model.checked_amount(None, room) == 50 and model.checked_amount(20, room) == 20
    with pytest.raises(invoices.TooMuch):
        model.checked_amount(51, room)
    with pytest.raises(Invalid):
        model.checked_amount(0, room)
    none = invoices.Room(worth=100, invoiced=0, paid=100, invoiced_in_all=100)
    with pytest.raises(invoices.TooMuch):
        model.checked_amount(None, none)


def test_the_tax_of_a_part() -> None:
    assert model.tax_share(50, 100, 6) == 3 and model.tax_share(100, 100, 6) == 6
    assert model.tax_share(33, 100, 6) == 2 and model.tax_share(25, 100, 6) == 2
    assert model.tax_share(100, 0, 6) == 0 and model.tax_share(100, 100, 0) == 0


def an_invoice(amount: int, about: object = None) -> invoices.Invoice:
    return invoices.Invoice(
        customer_id=NIL, id=new_id(), account_id=NIL, colour="blue", year=2026, number=1,
        issued_at=datetime(2026, 1, 1, tzinfo=UTC), subject=invoices.Subject.PAYMENT,
        subject_id=about or new_id(), subject_number="1", title_kind="personal", title="x",  # type: ignore[arg-type]
        taxpayer="", amount_fen=amount, tax_fen=0, reverses=None, reason="", key="k",
        actor_name="",
    )  # fmt: skip


@given(st.lists(st.integers(1, 1000), max_size=12), st.integers(0, 6000), st.integers(0, 11))
def test_what_stays_is_never_more_than_was_paid(amounts: list[int], paid: int, place: int) -> None:
    standing = [an_invoice(amount) for amount in amounts]
    about = standing[place].subject_id if place < len(standing) else None
    gone = model.to_take_back(standing, paid=paid, about=about)
    stays = [one for one in standing if one not in gone]
    assert sum(one.amount_fen for one in stays) <= paid
    assert about is None or all(one.subject_id != about for one in stays)
    if about is None and sum(amounts) <= paid:
        assert gone == []
