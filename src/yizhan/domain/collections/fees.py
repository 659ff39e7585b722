"""Late fees, and which bills are still open: money fills the oldest debt first.

Pure, in whole fen. A debt is a bill, a late fee or another charge, with the day it began to be
owed. What an account owes is the newest part of its debts; all before is paid.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

import msgspec

_DAY = timedelta(days=1)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A bill as it is collected. ``due`` is the last day to pay it; amounts in fen."""

    bill_id: UUID
    issued: date
    due: date
    payable_fen: int


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """What of a bill is in dispute in ``[first, last)``; no amount: all of it; no end: still."""

    bill_id: UUID
    first: date
    last: date | None = None
    amount_fen: int | None = None


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """What changed the debt on a day, other than late fees: more owed is positive.

    ``billed``: part of a bill; other debits are debts of their own.
    """

    day: date
    amount_fen: int
    billed: bool = False


class Fee(msgspec.Struct, frozen=True, kw_only=True):
    """The late fee of one bill for one day: ``base_fen`` was overdue when the day ended.

    ``fee_fen`` is what this day adds to the fee in whole fen; it is often 0.
    """

    bill_id: UUID
    day: date
    base_fen: int
    permille: int
    fee_fen: int


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a late fee is reckoned: thousandths a day, and at most so much of the bill."""

    permille: int = 3
    cap_percent: int = 100


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """What is not paid, in fen: by bill, and of late fees."""

    bills: Mapping[UUID, int]
    fees_fen: int = 0


def open_of(
    claims: Sequence[Claim],
    fees: Sequence[tuple[date, int]],
    others: Sequence[tuple[date, int]],
    owed_fen: int,
) -> Open:
    """What *owed_fen* consists of: the newest debts, since money fills the oldest first.

    *fees* and *others* are debts by the day they began. On one day the bill is older.
    """
    debts: list[tuple[date, int, UUID | None, int]] = [
        (one.issued, 0, one.bill_id, one.payable_fen) for one in claims
    ]
    debts += [(day, 1, None, amount) for day, amount in others]
    debts += [(day, 2, None, amount) for day, amount in fees]
    debts.sort(key=lambda debt: debt[:2], reverse=True)
    left, open_bills, open_fees = max(0, owed_fen), {}, 0
    for _, kind, bill_id, amount in debts:
        unpaid = min(amount, left)
        left -= unpaid
        if bill_id is not None:
            open_bills[bill_id] = unpaid
        elif kind == 2:
            open_fees += unpaid
    return Open(bills=open_bills, fees_fen=open_fees)


def disputed(disputes: Sequence[Dispute], bill_id: UUID, day: date, open_fen: int) -> int:
    """How much of *open_fen* of a bill is in dispute at the end of *day*."""
    held = 0
    for one in disputes:
        if one.bill_id == bill_id and one.first <= day and (one.last is None or day < one.last):
            held += open_fen if one.amount_fen is None else one.amount_fen
    return min(open_fen, held)


def late_fees(
    claims: Sequence[Claim],
    movements: Sequence[Movement],
    earlier: Sequence[Fee],
    disputes: Sequence[Dispute],
    *,
    owed_fen: int,
    first: date,
    until: date,
    terms: Terms,
) -> list[Fee]:
    """The late fees of the days ``[first, until)``, day by day and bill by bill.

    0.3 % a day of what is overdue when the day ends, from the day after the due date (Telecom
    Regulations of 2000, article 35; contract of the operator). The thousandths of all days of a
    bill are added up and only whole fen are charged, so nothing is rounded against the customer
    and no day's remainder is lost. A late fee bears no late fee, what is in dispute bears none,
    and all fees of a bill stay within ``cap_percent`` of it.

    *owed_fen* is what the account owes now without any late fee, *movements* what changed that
    since *first*, *earlier* the fees of the days before.
    """
    made: list[Fee] = []
    thousandths: dict[UUID, int] = {}
    charged: dict[UUID, int] = {}
    debts: dict[date, int] = {}
    for fee in earlier:
        thousandths[fee.bill_id] = thousandths.get(fee.bill_id, 0) + fee.base_fen * fee.permille
        charged[fee.bill_id] = charged.get(fee.bill_id, 0) + fee.fee_fen
        debts[fee.day + _DAY] = debts.get(fee.day + _DAY, 0) + fee.fee_fen
    day = first
    while day < until:
        later = sum(one.amount_fen for one in movements if one.day > day)
        fees = [(begun, amount) for begun, amount in debts.items() if begun <= day]
        others = [
            (one.day, one.amount_fen)
            for one in movements
            if one.day <= day and one.amount_fen > 0 and not one.billed
        ]
        known = [one for one in claims if one.issued <= day]
        owed = owed_fen - later + sum(amount for _, amount in fees)
        unpaid = open_of(known, fees, others, owed).bills
        for claim in known:
            base = unpaid[claim.bill_id] if claim.due < day else 0
            base -= disputed(disputes, claim.bill_id, day, base)
            if base <= 0:
                continue
            grown = thousandths.get(claim.bill_id, 0) + base * terms.permille
            cap = claim.payable_fen * terms.cap_percent // 100
            before = charged.get(claim.bill_id, 0)
            fee_fen = max(0, min(grown // 1000, cap) - before)
            thousandths[claim.bill_id], charged[claim.bill_id] = grown, before + fee_fen
            debts[day + _DAY] = debts.get(day + _DAY, 0) + fee_fen
            made.append(
                Fee(
                    bill_id=claim.bill_id,
                    day=day,
                    base_fen=base,
                    permille=terms.permille,
                    fee_fen=fee_fen,
                )
            )
        day += _DAY
    return made
