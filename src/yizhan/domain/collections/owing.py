"""What an account owes, read from bills, ledger and disputes; and the posting of late fees."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain import billing, customers, ledger
from yizhan.domain.collections import events, store
from yizhan.domain.collections.fees import (
    Claim,
    Dispute,
    Fee,
    Movement,
    Open,
    late_fees,
    open_of,
)
from yizhan.domain.collections.flow import Step
from yizhan.domain.collections.model import Dunning, Rule, Standing, standing_of
from yizhan.domain.ledger import Bucket
from yizhan.kernel.period import midnight
from yizhan.platform.work import UnitOfWork

BILLS_MAX = 24
LATE_FEE = "late_fee"
_DAY = timedelta(days=1)


class Owing(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of what an account owes. ``owed_fen`` is without late fees."""

    claims: tuple[Claim, ...]
    movements: tuple[Movement, ...]
    fees: tuple[Fee, ...]
    disputes: tuple[Dispute, ...]
    owed_fen: int
    first_day: date
    """Movements before it are not known."""

    @property
    def fees_fen(self) -> int:
        """All late fees ever charged."""
        return sum(one.fee_fen for one in self.fees)

    @property
    def total_fen(self) -> int:
        """Owed with late fees."""
        return self.owed_fen + self.fees_fen

    def unpaid(self) -> Open:
        """What is open now."""
        others = [
            (m.day, m.amount_fen) for m in self.movements if m.amount_fen > 0 and not m.billed
        ]
        fees = [(one.day + _DAY, one.fee_fen) for one in self.fees if one.fee_fen]
        return open_of(self.claims, fees, others, self.total_fen)

    def standing(self, today: date) -> Standing:
        """What is overdue on *today*."""
        return standing_of(
            self.claims, self.unpaid(), self.disputes, owed_fen=self.total_fen, today=today
        )


async def look(work: UnitOfWork, account: customers.Account, rule: Rule) -> Owing:
    """Read what an account owes."""
    bills = await billing.list_bills(
        work, account.customer_id, account_id=account.id, limit=BILLS_MAX
    )
    zone = work.zone
    claims = tuple(
        Claim(
            bill_id=one.id,
            issued=one.issued_at.astimezone(zone).date(),
            due=one.due_date + timedelta(days=rule.grace_days),
            payable_fen=max(0, one.total_fen - one.settled_fen),
        )
        for one in bills
    )
    first_day = min((one.issued for one in claims), default=work.today)
    moved = await ledger.list_movements(
        work,
        account.customer_id,
        account.id,
        Bucket.RECEIVABLE,
        since=midnight(first_day, zone),
    )
    fees = tuple(await store.fees_of(work.db, account.customer_id, account.id))
    balance = await ledger.balance_of(work, account.customer_id, account.id)
    return Owing(
        claims=claims,
        movements=tuple(
            Movement(
                day=one.at.astimezone(zone).date(),
                amount_fen=one.debited,
                billed=one.kind == "bill",
            )
            for one in moved
            if one.kind != LATE_FEE
        ),
        fees=fees,
        disputes=tuple(
            _dispute(row, zone)
            for row in await store.disputes_of(work.db, account.customer_id, account.id)
        ),
        owed_fen=balance.amount - sum(one.fee_fen for one in fees),
        first_day=first_day,
    )


def _dispute(
    row: tuple[UUID, UUID, int | None, datetime, datetime | None], zone: ZoneInfo
) -> Dispute:
    bill_id, _, amount_fen, opened_at, closed_at = row
    return Dispute(
        bill_id=bill_id,
        amount_fen=amount_fen,
        first=opened_at.astimezone(zone).date(),
        last=closed_at.astimezone(zone).date() if closed_at else None,
    )


async def charge_late_fees(work: UnitOfWork, row: Dunning, owing: Owing, rule: Rule) -> Owing:
    """Post the late fees of the days that are over, once; the *owing* after it.

    0.3 % a day: see `fees.late_fees` for the rule and its source. Each bill's fee is a transfer of
    its own kind on the ledger, with the bill as its reference and the day in its key.
    """
    if row.step is Step.ENDED or not owing.claims:
        return owing
    dues = [one.due + _DAY for one in owing.claims if one.payable_fen > 0]
    first = row.fee_through or min(dues, default=work.today)
    first = max(first, owing.first_day)
    made = late_fees(
        owing.claims,
        owing.movements,
        owing.fees,
        owing.disputes,
        owed_fen=owing.owed_fen,
        first=first,
        until=work.today,
        terms=rule.terms,
    )
    if not made:
        return owing
    await store.add_fees(work.db, row.customer_id, row.account_id, made)
    await _post(work, row, made)
    return msgspec.structs.replace(owing, fees=owing.fees + tuple(made))


async def _post(work: UnitOfWork, row: Dunning, made: Sequence[Fee]) -> None:
    charged = [one for one in made if one.fee_fen]
    if not charged:
        return
    receivable = ledger.held(row.customer_id, row.account_id, Bucket.RECEIVABLE)
    await ledger.transfer(
        work,
        *(
            ledger.Entry(
                customer_id=row.customer_id,
                debit=receivable,
                credit=ledger.house(Bucket.REVENUE, LATE_FEE),
                amount=one.fee_fen,
                kind=LATE_FEE,
                key=f"late_fee:{one.bill_id}:{one.day}",
                reference=one.bill_id,
            )
            for one in charged
        ),
    )
    last = max(one.day for one in made)
    work.record(
        events.LateFeeCharged(
            customer_id=row.customer_id,
            account_id=row.account_id,
            amount_fen=sum(one.fee_fen for one in charged),
            base_fen=sum(one.base_fen for one in made if one.day == last),
            first_day=min(one.day for one in made),
            until_day=last + _DAY,
        )
    )
