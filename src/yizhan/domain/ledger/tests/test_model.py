"""What may be done to a transfer, checked without a database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from yizhan.domain.ledger.model import (
    AlreadySettled,
    Balance,
    Bucket,
    Entry,
    Expired,
    State,
    Transfer,
    held,
    house,
)
from yizhan.kernel.errors import Invalid

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
CUSTOMER, ACCOUNT = UUID(int=1), UUID(int=2)


def pending(**changes: object) -> Transfer:
    values: dict[str, object] = {
        "customer_id": CUSTOMER,
        "id": UUID(int=3),
        "at": NOW,
        "kind": "call",
        "state": State.PENDING,
        "debit_account": UUID(int=4),
        "credit_account": UUID(int=5),
        "amount": 500,
        "reserved": 500,
        "key": "call:1",
        "expires_at": NOW + timedelta(minutes=5),
    }
    return Transfer(**(values | changes))  # type: ignore[arg-type]


def test_posts_the_whole_when_no_amount_is_named() -> None:
    assert pending().posting(None, now=NOW) == 500


def test_posts_a_part() -> None:
    assert pending().posting(120, now=NOW) == 120


@pytest.mark.parametrize("amount", [0, -1, 501])
def test_never_posts_more_than_is_held(amount: int) -> None:
    with pytest.raises(Invalid):
        pending().posting(amount, now=NOW)


def test_posts_nothing_from_the_moment_of_expiry_on() -> None:
    with pytest.raises(Expired):
        pending().posting(None, now=NOW + timedelta(minutes=5))


@pytest.mark.parametrize("state", [State.POSTED, State.VOIDED])
def test_settles_once(state: State) -> None:
    with pytest.raises(AlreadySettled):
        pending(state=state).posting(None, now=NOW)
    with pytest.raises(AlreadySettled):
        pending(state=state).voiding()


def test_shows_a_receivable_as_what_is_owed() -> None:
    balance = Balance(bucket=Bucket.RECEIVABLE, debits_posted=10800, credits_posted=5000)
    assert balance.amount == 5800


def test_shows_a_prepaid_balance_as_what_is_owned_less_what_is_held() -> None:
    balance = Balance(
        bucket=Bucket.PREPAID, debits_posted=1000, credits_posted=5000, debits_pending=300
    )
    assert (balance.amount, balance.reserved, balance.available) == (4000, 300, 3700)


def test_an_account_has_the_same_id_everywhere() -> None:
    assert str(house(Bucket.REVENUE, "usage").id) == str(house(Bucket.REVENUE, "usage").id)
    assert house(Bucket.REVENUE, "usage").id != house(Bucket.REVENUE, "fee").id
    assert held(CUSTOMER, ACCOUNT, Bucket.PREPAID).id != held(CUSTOMER, ACCOUNT, Bucket.GIFT).id


@pytest.mark.parametrize("amount", [0, -5, 10**15 + 1])
def test_refuses_an_amount_that_moves_nothing_or_too_much(amount: int) -> None:
    with pytest.raises(Invalid):
        Entry(
            customer_id=CUSTOMER,
            debit=house(Bucket.CASH, "t"),
            credit=held(CUSTOMER, ACCOUNT, Bucket.PREPAID),
            amount=amount,
            kind="cash",
            key="k",
        ).check()


def test_refuses_two_customers_in_one_transfer() -> None:
    with pytest.raises(AssertionError):
        Entry(
            customer_id=CUSTOMER,
            debit=held(UUID(int=9), ACCOUNT, Bucket.PREPAID),
            credit=held(CUSTOMER, ACCOUNT, Bucket.PREPAID),
            amount=1,
            kind="gift",
            key="k",
        ).check()
