"""Periods, stretches of plans, what is open of a bill: checked without a database."""

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain.billing.model import (
    Bill,
    BillLine,
    Cycle,
    bill_id_of,
    contained_tax,
    revenue_by_kind,
    stretches,
    tax_of,
    with_standing,
)
from yizhan.domain.billing.phrasing import exact, quantity
from yizhan.domain.subscriptions import Product, ProductKind
from yizhan.kernel.text import Text

TZ = ZoneInfo("Asia/Shanghai")
JANUARY = Cycle(date(2026, 1, 1), date(2026, 2, 1)).moments(TZ)


def product(
    plan: str, start: datetime, end: datetime | None = None, kind: ProductKind = ProductKind.PLAN
) -> Product:
    return Product(
        customer_id=UUID(int=1),
        id=UUID(int=2),
        line_id=UUID(int=3),
        kind=kind,
        plan_id=plan,
        version=1,
        valid_from=start,
        valid_to=end,
        term_until=None,
        order_id=None,
    )


def at(month: int, day: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, tzinfo=TZ)


def test_a_plan_held_throughout_is_one_whole_stretch() -> None:
    (one,) = stretches([product("a", at(6, 1, 2025))], JANUARY, TZ)
    assert (one.active_from, one.active_to, one.months_since_start) == (None, None, 7)


def test_a_change_makes_two_stretches_that_touch() -> None:
    first, second = stretches(
        [product("a", at(6, 1, 2025), at(1, 11)), product("b", at(1, 11))], JANUARY, TZ
    )
    assert first.active_to == second.active_from == date(2026, 1, 11)
    assert (first.ended_by, second.started_by) == ("change", "change")
    assert first.end == second.start


def test_a_line_begun_in_the_month_began_by_start() -> None:
    (one,) = stretches([product("a", at(1, 20))], JANUARY, TZ)
    assert (one.active_from, one.started_by, one.months_since_start) == (
        date(2026, 1, 20),
        "start",
        0,
    )


def test_an_add_on_counts_for_every_stretch_it_touches() -> None:
    first, second = stretches(
        [
            product("a", at(6, 1, 2025), at(1, 11)),
            product("b", at(1, 11)),
            product("pack", at(1, 20), None, ProductKind.ADD_ON),
        ],
        JANUARY,
        TZ,
    )
    assert first.add_ons == () and second.add_ons == (("pack", 1),)


@pytest.mark.parametrize(
    ("begun", "months"),
    [
        (at(1, 1), 0),
        (at(1, 31), 0),
        (at(12, 31, 2025), 1),
        (at(12, 1, 2025), 1),
        (at(1, 1, 2025), 12),
    ],
)
def test_the_month_a_plan_began_in_counts_as_one(begun: datetime, months: int) -> None:
    (one,) = stretches([product("a", begun)], JANUARY, TZ)
    assert one.months_since_start == months


def test_a_cycle_of_the_fifteenth_runs_into_the_next_month() -> None:
    cycle = Cycle.of_month(date(2026, 1, 1), 15)
    assert cycle == Cycle(date(2026, 1, 15), date(2026, 2, 15))
    assert cycle.before == Cycle(date(2025, 12, 15), date(2026, 1, 15))
    assert cycle.due_date(date(2026, 2, 16)) == date(2026, 3, 14)
    assert cycle.due_date(date(2026, 3, 5)) == date(2026, 4, 14)
    assert cycle.due_date(date(2026, 9, 20)) == date(2026, 10, 14)
    assert Cycle.containing(date(2026, 2, 14), 15) == cycle


def line(kind: str, amount: int, **facts: object) -> BillLine:
    return BillLine(
        line_id=None,
        kind=kind,
        key="VAT" if kind == "tax" else "k",
        item="",
        amount=amount,
        text=Text("x", "x"),
        facts=facts,
    )


def test_what_is_earned_is_the_bill_and_contained_tax_leaves_again() -> None:
    lines = [
        line("recurring", 39_00),
        line("usage", 5_00),
        line("discount", -4_00),
        line("tax", 0, included=True, counted=2_26),
    ]
    assert revenue_by_kind(lines) == {"recurring": 39_00, "usage": 5_00, "reduction": -4_00}
    assert contained_tax(lines) == {"VAT": 2_26}
    assert tax_of(lines) == 2_26


def bill(month: int, total: int, settled: int = 0) -> Bill:
    start = date(2026, month, 1)
    return Bill(
        customer_id=UUID(int=1),
        account_id=UUID(int=2),
        id=bill_id_of(UUID(int=2), start),
        number=f"2026{month:02d}",
        period_start=start,
        period_end=date(2026, month + 1, 1),
        total_fen=total,
        tax_fen=0,
        settled_fen=settled,
        issued_at=datetime(2026, month + 1, 1, tzinfo=UTC),
        due_date=date(2026, month + 2, 1),
        origin="run",
    )


@given(st.lists(st.integers(-500, 5000), min_size=1, max_size=8), st.integers(-9000, 30000))
def test_what_is_open_of_bills_never_passes_what_is_owed(totals: list[int], owed: int) -> None:
    bills = [bill(9 - n, total) for n, total in enumerate(totals)]
    stood = with_standing(bills, owed, today=date(2026, 3, 1))
    assert sum(one.open_fen for one in stood) == min(
        max(0, owed), sum(max(0, total) for total in totals)
    )
    older_open = False
    for one in reversed(stood):
        if older_open:
            assert one.open_fen == max(0, one.total_fen)
        older_open = older_open or one.open_fen > 0


def test_a_bill_that_came_late_takes_nothing_from_what_was_paid_before() -> None:
    late = msgspec.structs.replace(
        bill(1, 24450), issued_at=datetime(2026, 11, 22, tzinfo=UTC), due_date=date(2026, 12, 31)
    )
    stood = with_standing([bill(3, 21000), bill(2, 18000), late], 24450, today=date(2026, 11, 23))
    assert [(one.number, one.state) for one in stood] == [
        ("202601", "open"),
        ("202603", "paid"),
        ("202602", "paid"),
    ]


@pytest.mark.parametrize(
    ("amount", "scale", "said"),
    [
        (100, 100, "1.00"),
        (7, 1000, "0.007"),
        (-5, 10, "-0.50"),
        (1, 3, "≈0.3333"),
        (0, 100, "0.00"),
    ],
)
def test_amounts_are_exact_or_say_so(amount: int, scale: int, said: str) -> None:
    assert exact(amount, scale) == said


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [
        (21_600, "s", "360 min"),
        (61, "s", "1 min 1 s"),
        (6, "s", "6 s"),
        (3 * 1024**3 // 2, "B", "1.5 GB"),
        (1024, "B", "1 KB"),
        (30, "count", "30"),
    ],
)
def test_quantities_are_said_as_people_say_them(amount: int, unit: str, said: str) -> None:
    assert quantity(amount, unit).en == said
