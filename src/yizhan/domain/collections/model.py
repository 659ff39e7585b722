"""What is done about an account that owes, as a function of what is known; nothing is read here.

Sources: pay window and late fee of the operator's contract; Telecom Regulations (2000), article 35:
a stop after 30 days overdue at the earliest, the end after 60 days of stop at the earliest; notice
24 hours before a stop (Order 36 of the ministry, article 10).
"""

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.collections.fees import Claim, Dispute, Open, Terms, disputed
from yizhan.domain.collections.flow import STOPPED, Act, Step
from yizhan.kernel.errors import Invalid, Refused
from yizhan.kernel.text import Text

HOUR_OF_ACTS = time(10, 0)
"""Notices and stops come at ten in the morning, when somebody can be asked."""
HOUR_OF_FEES = time(1, 0)
END_NOTICE = timedelta(days=15)
STOP_DAYS_MIN = 30
"""Telecom Regulations (2000), article 35: no stop before 30 days overdue."""


class NothingToDun(Refused):
    """There is nothing overdue on the account."""

    code = "collections.nothing_overdue"


class TooEarly(Refused):
    """Before the law allows a stop."""

    code = "collections.too_early"


class TooLong(Refused):
    """A deferral beyond what the rule allows."""

    code = "collections.deferral_too_long"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """How a kind of customer is dunned; see the table ``collection_rule``."""

    code: str
    name: Text
    tiers: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    owed_from_fen: int | None = None
    grace_days: int = 0
    reminder_days: int = 3
    one_way_days: int = 30
    full_days: int = 7
    end_days: int = 90
    notice_hours: int = 24
    minimum_fen: int = 500
    late_fee_permille: int = 3
    late_fee_cap_percent: int = 100
    defer_days_max: int = 15
    by_hand: bool = False

    def fits(self, *, tier: str, segment: str, owed_fen: int) -> bool:
        """Whether it is meant for this customer and amount; without conditions: for all."""
        if not self.tiers and not self.segments and self.owed_from_fen is None:
            return True
        large = self.owed_from_fen is not None and owed_fen >= self.owed_from_fen
        return tier in self.tiers or segment in self.segments or large

    @property
    def terms(self) -> Terms:
        """The late fee."""
        return Terms(permille=self.late_fee_permille, cap_percent=self.late_fee_cap_percent)


class Dunning(msgspec.Struct, frozen=True, kw_only=True):
    """Where an account stands: a row of the table ``dunning``. Amounts in fen."""

    customer_id: UUID
    account_id: UUID
    step: Step
    step_at: datetime
    rule: str
    owed_fen: int = 0
    overdue_fen: int = 0
    disputed_fen: int = 0
    fees_fen: int = 0
    first_due: date | None = None
    reminded_for: date | None = None
    notice_at: datetime | None = None
    end_notice_at: datetime | None = None
    one_way_at: datetime | None = None
    full_at: datetime | None = None
    stop_asked_at: datetime | None = None
    held_until: datetime | None = None
    held_kind: str | None = None
    held_reason: str | None = None
    held_by: str | None = None
    fee_through: date | None = None
    round: int = 0
    tries: int = 0
    next_act: str = ""
    next_at: datetime | None = None

    def held(self, now: datetime) -> bool:
        """Whether stops wait for a promise or a hold."""
        return self.held_until is not None and now < self.held_until

    def defer(
        self, until: datetime, kind: str, reason: str, by: str, *, rule: Rule, now: datetime
    ) -> "Dunning":
        """Let it wait until a moment. Raises ``NothingToDun``, ``TooLong``, ``Invalid``."""
        if self.step in (Step.CLEAR, Step.ENDED) or self.owed_fen <= 0:
            raise NothingToDun("Nothing is owed on this account.")
        if not 2 <= len(reason.strip()) <= 300:
            raise Invalid("Say why, in 2 to 300 characters.", field="reason")
        if until <= now:
            raise Invalid("A deferral must end in the future.", field="until")
        if kind == "promise" and until > now + timedelta(days=rule.defer_days_max):
            raise TooLong(
                "A deferral may last at most {days} days here. Ask a lead for a hold.",
                days=rule.defer_days_max,
            )
        return msgspec.structs.replace(
            self,
            held_until=until,
            held_kind=kind,
            held_reason=reason.strip(),
            held_by=by,
            notice_at=None,
            stop_asked_at=None,
        )

    def ask_stop(self, rule: Rule, *, now: datetime, zone: ZoneInfo) -> "Dunning":
        """A person wants the stop. Raises ``NothingToDun``, ``TooEarly``."""
        if self.step not in (Step.OVERDUE, Step.NOTICED) or self.first_due is None:
            raise NothingToDun("There is nothing overdue to stop this account for.")
        earliest = moment(self.first_due + timedelta(days=STOP_DAYS_MIN + 1), time(0), zone)
        if now < earliest - timedelta(hours=rule.notice_hours):
            raise TooEarly(
                "Nobody is stopped before 30 days overdue. The earliest day is {day}.",
                day=f"{earliest.astimezone(zone):%Y-%m-%d}",
            )
        return msgspec.structs.replace(
            self,
            stop_asked_at=now,
            held_until=None,
            held_kind=None,
            held_reason=None,
            held_by=None,
        )


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What an account owes at a moment. ``chased_fen``: overdue, not in dispute, with late fees."""

    owed_fen: int
    overdue_fen: int
    disputed_fen: int
    fees_fen: int
    chased_fen: int
    first_due: date | None
    """The oldest due date missed, of what is not in dispute."""
    next_due: date | None
    """The next due date of what is open and not yet due."""


def standing_of(
    claims: tuple[Claim, ...],
    unpaid: Open,
    disputes: tuple[Dispute, ...],
    *,
    owed_fen: int,
    today: date,
) -> Standing:
    """What is overdue, what of it is in dispute, and since when."""
    overdue = held = chased = 0
    first_due: date | None = None
    next_due: date | None = None
    for claim in claims:
        open_fen = unpaid.bills.get(claim.bill_id, 0)
        if open_fen <= 0:
            continue
        if claim.due >= today:
            next_due = min(next_due or claim.due, claim.due)
            continue
        overdue += open_fen
        part = disputed(disputes, claim.bill_id, today, open_fen)
        held += part
        if open_fen > part:
            chased += open_fen - part
            first_due = min(first_due or claim.due, claim.due)
    return Standing(
        owed_fen=owed_fen,
        overdue_fen=overdue,
        disputed_fen=held,
        fees_fen=unpaid.fees_fen,
        chased_fen=chased + unpaid.fees_fen if chased else 0,
        first_due=first_due,
        next_due=next_due,
    )


class Next(msgspec.Struct, frozen=True, kw_only=True):
    """What to do, and when; ``by_hand``: only when a person says so. No moment: nothing."""

    act: Act = Act.NOTHING
    at: datetime | None = None
    by_hand: bool = False


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A local day and hour as a moment."""
    return datetime.combine(day, at, tzinfo=zone)


def next_act(row: Dunning, stand: Standing, rule: Rule, *, now: datetime, zone: ZoneInfo) -> Next:
    """The next act for an account, due when its moment is not after *now*."""
    if row.step is Step.ENDED:
        return Next()
    if stand.chased_fen < rule.minimum_fen:
        return _nothing_to_chase(row, stand, rule, now=now, zone=zone)
    if row.step in STOPPED and row.held(now):
        return Next(act=Act.RESUME, at=now)
    if row.step not in STOPPED and row.held(now):
        due = row.step not in (Step.OVERDUE, Step.NOTICED)
        return Next(act=Act.FALL_DUE, at=now) if due else _wait(row)
    return _chase(row, stand, rule, now=now, zone=zone)


def _wait(row: Dunning) -> Next:
    return Next(act=Act.ANNOUNCE, at=row.held_until)


def _nothing_to_chase(
    row: Dunning, stand: Standing, rule: Rule, *, now: datetime, zone: ZoneInfo
) -> Next:
    if row.step in STOPPED:
        return Next(act=Act.RESUME, at=now)
    if stand.next_due is not None:
        if row.reminded_for != stand.next_due:
            day = stand.next_due - timedelta(days=rule.reminder_days)
            return Next(act=Act.REMIND, at=moment(day, HOUR_OF_ACTS, zone))
        return Next(
            act=Act.FALL_DUE, at=moment(stand.next_due + timedelta(days=1), HOUR_OF_FEES, zone)
        )
    if stand.overdue_fen > 0:
        # In dispute or too small to stop for: late fees may go on, nothing else does.
        return Next()
    return Next(act=Act.SETTLE, at=now) if row.step is not Step.CLEAR else Next()


def _chase(row: Dunning, stand: Standing, rule: Rule, *, now: datetime, zone: ZoneInfo) -> Next:
    assert stand.first_due is not None
    match row.step:
        case Step.CLEAR | Step.BILLED | Step.REMINDED:
            return Next(act=Act.FALL_DUE, at=now)
        case Step.OVERDUE | Step.NOTICED:
            return _towards_stop(row, stand.first_due, rule, zone)
        case Step.ONE_WAY:
            assert row.one_way_at is not None
            return Next(act=Act.STOP_FULL, at=row.one_way_at + timedelta(days=rule.full_days))
        case Step.FULL:
            assert row.full_at is not None
            end = row.full_at + timedelta(days=rule.end_days)
            if row.end_notice_at is None:
                return Next(act=Act.ANNOUNCE_END, at=end - END_NOTICE)
            return Next(
                act=Act.END, at=max(end, row.end_notice_at + END_NOTICE), by_hand=rule.by_hand
            )
    raise AssertionError(row.step)


def _towards_stop(row: Dunning, first_due: date, rule: Rule, zone: ZoneInfo) -> Next:
    notice = timedelta(hours=rule.notice_hours)
    day = moment(first_due + timedelta(days=rule.one_way_days), HOUR_OF_ACTS, zone)
    day += timedelta(days=1)
    asked = row.stop_asked_at is not None
    if row.stop_asked_at is not None:
        day = min(day, row.stop_asked_at + notice)
    if row.notice_at is None:
        return Next(act=Act.ANNOUNCE, at=day - notice)
    return Next(
        act=Act.STOP_ONE_WAY,
        at=max(day, row.notice_at + notice),
        by_hand=rule.by_hand and not asked,
    )
