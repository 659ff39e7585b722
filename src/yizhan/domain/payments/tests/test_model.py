"""Who may decide on what, and what can be taken: checked without a database."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from yizhan.domain.payments.model import (
    Adjustment,
    AlreadyDecided,
    AlreadyReversed,
    NotToday,
    OwnRequest,
    Receipt,
    checked_amount,
    checked_key,
    right_for,
)
from yizhan.kernel.actor import Actor, ActorKind
from yizhan.kernel.errors import Forbidden, Invalid

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
LEAD = frozenset({"adjustments.approve"})
MANAGER = LEAD | {"adjustments.approve_large"}
FINANCE = LEAD | {"adjustments.approve_any"}


def somebody(permissions: frozenset[str], number: int = 9) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=UUID(int=number), name="王", permissions=permissions)


def adjustment(amount: int, **changes: object) -> Adjustment:
    values: dict[str, object] = {
        "customer_id": UUID(int=1),
        "id": UUID(int=2),
        "account_id": UUID(int=3),
        "direction": "credit",
        "amount": amount,
        "reason": "goodwill",
        "note": "三天无信号",
        "bill_id": None,
        "key": "k",
        "state": "requested",
        "requested_by": UUID(int=8),
        "requested_by_name": "李",
        "requested_at": NOW,
        "deadline": NOW + timedelta(hours=48),
    }
    return Adjustment(**(values | changes))  # type: ignore[arg-type]


def receipt(**changes: object) -> Receipt:
    values: dict[str, object] = {
        "customer_id": UUID(int=1),
        "id": UUID(int=2),
        "account_id": UUID(int=3),
        "at": NOW,
        "kind": "payment",
        "method": "cash",
        "bucket": "prepaid",
        "amount": 5000,
        "balance_after": 5000,
        "till_id": UUID(int=9),
        "day": date(2026, 3, 1),
        "till_code": 7,
        "number": 12,
        "actor_name": "王",
    }
    return Receipt(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "rights", "allowed"),
    [
        (50_00, LEAD, True),
        (50_01, LEAD, False),
        (50_01, MANAGER, True),
        (500_00, MANAGER, True),
        (500_01, MANAGER, False),
        (500_01, FINANCE, True),
        (10_00, FINANCE, True),
        (10_00, frozenset({"adjustments.request"}), False),
    ],
)
def test_the_amount_says_who_decides(amount: int, rights: frozenset[str], allowed: bool) -> None:
    if allowed:
        adjustment(amount).check_decidable(somebody(rights), now=NOW)
    else:
        with pytest.raises(Forbidden) as refused:
            adjustment(amount).check_decidable(somebody(rights), now=NOW)
        assert refused.value.facts["permission"] == right_for(amount)


def test_nobody_decides_on_his_own_request() -> None:
    with pytest.raises(OwnRequest):
        adjustment(100).check_decidable(somebody(FINANCE, 8), now=NOW)


def test_decides_once_and_in_time() -> None:
    with pytest.raises(AlreadyDecided):
        adjustment(100, state="refused").check_decidable(somebody(LEAD), now=NOW)
    with pytest.raises(AlreadyDecided):
        adjustment(100).check_decidable(somebody(LEAD), now=NOW + timedelta(hours=48))


@pytest.mark.parametrize("amount", [0, -100, 50_000_01])
def test_takes_more_than_nothing_and_at_most_fifty_thousand(amount: int) -> None:
    with pytest.raises(Invalid) as refused:
        checked_amount(amount)
    assert refused.value.field == "amount" and "50000.00" in str(refused.value)


def test_takes_the_smallest_and_the_largest_amount() -> None:
    assert (checked_amount(1), checked_amount(50_000_00)) == (1, 50_000_00)


@pytest.mark.parametrize("key", ["", "x" * 101, "a\nb"])
def test_refuses_a_key_that_is_none(key: str) -> None:
    with pytest.raises(Invalid):
        checked_key(key)


def test_a_receipt_says_day_till_and_number() -> None:
    assert receipt().receipt == "20260301-0007-00012"


OTHER = UUID(int=77)


def test_reverses_only_a_payment_of_today_that_stands() -> None:
    receipt().check_reversible(today=date(2026, 3, 1), by=OTHER)
    with pytest.raises(NotToday):
        receipt().check_reversible(today=date(2026, 3, 2), by=OTHER)
    with pytest.raises(AlreadyReversed):
        receipt(reversed_by=UUID(int=5)).check_reversible(today=date(2026, 3, 1), by=OTHER)
    with pytest.raises(AlreadyReversed):
        receipt(kind="reversal").check_reversible(today=date(2026, 3, 1), by=OTHER)
