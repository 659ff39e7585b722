"""Late fees against a slow and plain oracle, and what money fills first."""

from collections import deque
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain.collections.fees import (
    Claim,
    Dispute,
    Movement,
    Terms,
    late_fees,
    open_of,
)

DAY = timedelta(days=1)
START = date(2026, 1, 1)
JAN, FEB = UUID(int=1), UUID(int=2)


def claim(bill_id: UUID, issued: date, due: date, fen: int) -> Claim:
    return Claim(bill_id=bill_id, issued=issued, due=due, payable_fen=fen)


def fees_of(claims, moves, until, *, owed, disputes=(), terms=None, first=START):
    return late_fees(
        claims, moves, [], list(disputes), owed_fen=owed, first=first, until=until,
        terms=terms or Terms(),
    )  # fmt: skip


def test_a_hundred_yuan_ten_days_late_cost_three_yuan() -> None:
    bill = claim(JAN, date(2026, 1, 1), date(2026, 1, 31), 10_000)
    made = fees_of([bill], [], date(2026, 2, 11), owed=10_000)
    assert [one.day for one in made] == [date(2026, 2, day) for day in range(1, 11)]
    assert sum(one.fee_fen for one in made) == 10 * 30  # 10000 fen x 3 / 1000 = 30 fen a day


def test_no_day_s_remainder_is_lost_or_rounded_up() -> None:
    bill = claim(JAN, date(2026, 1, 1), date(2026, 1, 31), 1_234)
    made = fees_of([bill], [], date(2026, 2, 11), owed=1_234)
    assert made[0].fee_fen == 3  # 3.702
    assert sum(one.fee_fen for one in made) == 37  # 37.02, not ten times 3


def test_the_day_of_payment_costs_nothing() -> None:
    bill = claim(JAN, date(2026, 1, 1), date(2026, 1, 31), 10_000)
    paid = Movement(day=date(2026, 2, 3), amount_fen=-10_000)
    made = fees_of([bill], [paid], date(2026, 3, 1), owed=0)
    assert [one.day.day for one in made] == [1, 2]


def test_a_fee_never_exceeds_the_bill() -> None:
    bill = claim(JAN, date(2026, 1, 1), date(2026, 1, 31), 1_000)
    made = fees_of([bill], [], date(2027, 12, 31), owed=1_000)
    assert sum(one.fee_fen for one in made) == 1_000


def test_what_is_in_dispute_bears_no_fee() -> None:
    bill = claim(JAN, date(2026, 1, 1), date(2026, 1, 31), 10_000)
    held = Dispute(bill_id=JAN, first=date(2026, 2, 3), last=date(2026, 2, 6), amount_fen=4_000)
    made = fees_of([bill], [], date(2026, 2, 11), owed=10_000, disputes=[held])
    assert [one.base_fen for one in made] == [10_000] * 2 + [6_000] * 3 + [10_000] * 5


def test_money_fills_the_oldest_debt_first_late_fees_among_them() -> None:
    bills = [
        claim(JAN, date(2026, 1, 1), date(2026, 1, 31), 10_000),
        claim(FEB, date(2026, 3, 1), date(2026, 3, 31), 5_000),
    ]
    fee = [(date(2026, 2, 2), 300)]
    assert open_of(bills, fee, [], 15_300).bills == {JAN: 10_000, FEB: 5_000}
    after = open_of(bills, fee, [], 5_300)  # 100 yuan paid: the January bill
    assert (after.bills, after.fees_fen) == ({JAN: 0, FEB: 5_000}, 300)
    assert open_of(bills, fee, [], 5_000).fees_fen == 0


class Oracle:
    """One queue of debts, a day at a time, money from the front, fractions of a fen."""

    def __init__(self, terms: Terms) -> None:
        self.queue: deque[list[object]] = deque()
        self.credit, self.terms = 0, terms
        self.exact: dict[UUID, Fraction] = {}
        self.charged: dict[UUID, int] = {}

    def owe(self, kind: object, amount: int) -> None:
        self.queue.append([kind, amount])
        self._fill()

    def pay(self, amount: int) -> None:
        self.credit += amount
        self._fill()

    def _fill(self) -> None:
        while self.credit and self.queue:
            part = min(self.credit, self.queue[0][1])
            self.credit -= part
            self.queue[0][1] -= part
            if self.queue[0][1] == 0:
                self.queue.popleft()

    def close(self, day: date, dues: dict[UUID, Claim]) -> int:
        made = 0
        for kind, amount in list(self.queue):
            bill = dues.get(kind)
            if bill is None or day <= bill.due:
                continue
            self.exact[kind] = self.exact.get(kind, Fraction(0)) + Fraction(
                amount * self.terms.permille, 1000
            )
            cap = Fraction(bill.payable_fen * self.terms.cap_percent, 100)
            whole = int(min(self.exact[kind], cap))
            made += whole - self.charged.get(kind, 0)
            self.charged[kind] = whole
        return made


@given(
    bills=st.lists(st.integers(1, 60_000), min_size=1, max_size=4),
    payments=st.lists(st.tuples(st.integers(0, 150), st.integers(1, 80_000)), max_size=6),
    charges=st.lists(st.tuples(st.integers(0, 150), st.integers(1, 9_000)), max_size=3),
    cap=st.sampled_from([1, 5, 100]),
    slices=st.lists(st.integers(1, 160), max_size=4),
)
def test_the_sum_is_what_a_day_by_day_oracle_finds(bills, payments, charges, cap, slices) -> None:
    """Whatever is billed, paid and charged, and however often the reckoning is interrupted."""
    terms, days = Terms(cap_percent=cap), 160
    claims = [
        claim(UUID(int=n + 1), START + n * 31 * DAY, START + (n * 31 + 20) * DAY, fen)
        for n, fen in enumerate(bills)
    ]
    dues = {one.bill_id: one for one in claims}
    oracle, owed = Oracle(terms), {}
    for n in range(days):
        day = START + n * DAY
        for one in claims:
            if one.issued == day:
                oracle.owe(one.bill_id, one.payable_fen)
        for at, fen in charges:
            if at == n:
                oracle.owe("other", fen)
        if n and owed.get(day):
            oracle.owe("fee", owed[day])
        for at, fen in payments:
            if at == n:
                oracle.pay(fen)
        owed[day + DAY] = oracle.close(day, dues)

    moves = [Movement(day=START + at * DAY, amount_fen=-fen) for at, fen in payments]
    moves += [Movement(day=START + at * DAY, amount_fen=fen) for at, fen in charges]
    moves += [Movement(day=one.issued, amount_fen=one.payable_fen, billed=True) for one in claims]
    made: list = []
    stops = sorted({*slices, days})
    first = START
    for stop in stops:
        until = START + stop * DAY
        now = sum(one.amount_fen for one in moves if one.day < until)
        seen = [one for one in moves if one.day < until]
        known = [one for one in claims if one.issued < until]
        made += late_fees(
            known, seen, made, [], owed_fen=now, first=first, until=until, terms=terms
        )
        first = until
    got: dict[UUID, int] = {}
    for one in made:
        got[one.bill_id] = got.get(one.bill_id, 0) + one.fee_fen
    assert {k: v for k, v in got.items() if v} == {k: v for k, v in oracle.charged.items() if v}
