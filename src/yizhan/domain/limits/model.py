"""Caps, credit and when they are told, as functions of what is known; nothing is read here.

Source: the operator's contract (over the credit limit a line is stopped whatever the payment
window; a data cap closes data until the next month); the pledge of selectable caps and of notices
of use. The percentages of the notices are the house's own.
"""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from yizhan.kernel.errors import Conflict, Invalid, NotFound, Refused
from yizhan.kernel.money import yuan
from yizhan.kernel.text import Text

MB = 1024 * 1024
CAP_STEPS = (50, 80, 100)
"""Percent of a customer's own cap at which he is told."""
ALLOWANCE_STEPS = (80, 100)
SPEND_MAX_FEN = 10_000_000
DATA_MAX_MB = 1_000_000


class CapKind(StrEnum):
    """What a cap is set on."""

    SPEND = "spend"
    DATA = "data"


class AtFull(StrEnum):
    """What happens when a cap is used up."""

    TELL = "tell"
    STOP = "stop"


class Service(StrEnum):
    """What a limit can stop."""

    OUTGOING = "outgoing"
    DATA = "data"


STOPS = {CapKind.SPEND: Service.OUTGOING, CapKind.DATA: Service.DATA}
"""Which service a cap stops: what costs is what goes out."""


class NoSuchCap(NotFound):
    """The line has no such cap."""

    code = "limits.no_such_cap"


class NothingToLift(Refused):
    """The cap stops nothing now."""

    code = "limits.nothing_to_lift"


class Cap(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's cap on a line: a row of ``limit_cap``. ``amount`` in fen, or in bytes."""

    customer_id: UUID
    id: UUID
    line_id: UUID
    kind: CapKind
    amount: int
    at_full: AtFull
    set_at: datetime
    set_by: str
    reached_for: date | None = None
    lifted_for: date | None = None

    def stops_in(self, period_start: date) -> bool:
        """Whether it stops its service in this period: used up, meant to stop, not lifted."""
        return (
            self.at_full is AtFull.STOP
            and self.reached_for == period_start
            and self.lifted_for != period_start
        )

    def seen(self, used: int, period_start: date) -> "Cap":
        """The cap after a look at what is used in the period."""
        reached = period_start if used >= self.amount else None
        return msgspec.structs.replace(self, reached_for=reached)

    def lift(self, period_start: date) -> "Cap":
        """Let it stop nothing until the period ends. Raises ``NothingToLift``."""
        if not self.stops_in(period_start):
            raise NothingToLift("This cap stops nothing at present.")
        return msgspec.structs.replace(self, lifted_for=period_start)


def cap_amount(kind: CapKind, number: int) -> int:
    """A cap as it is kept, from fen or MB. Raises ``Invalid``."""
    most = SPEND_MAX_FEN if kind is CapKind.SPEND else DATA_MAX_MB
    if not 1 <= number <= most:
        if kind is CapKind.SPEND:
            raise Invalid(
                "A spending cap is between 0.01 and {most} yuan a month.",
                field="amount",
                most=yuan(most),
            )
        raise Invalid("A data cap is between 1 and {most} MB a month.", field="amount", most=most)
    return number if kind is CapKind.SPEND else number * MB


def percent_of(used: int, amount: int) -> int:
    """How much of *amount* is used, in whole percent, rounded down."""
    return used * 100 // amount if amount > 0 else 0


def due_steps(
    used: int, amount: int, steps: Collection[int], told: Collection[int]
) -> tuple[int, ...]:
    """The steps reached and not told yet, rising. The last is said, the others are passed over."""
    if amount <= 0:
        return ()
    known = max(told, default=0)
    return tuple(one for one in sorted(steps) if one > known and used * 100 >= one * amount)


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """An account as it was last looked at: a row of ``limit_watch``. Amounts in fen."""

    customer_id: UUID
    account_id: UUID
    period_start: date
    month_fen: int = 0
    unbilled_fen: int = 0
    owed_fen: int = 0
    credit_fen: int = 0
    over: bool = False
    round: int = 0
    looked_at: datetime

    @property
    def used_fen(self) -> int:
        """What stands against the credit limit: owed, over and not billed, and the month so far."""
        return max(0, self.owed_fen + self.unbilled_fen + self.month_fen)

    @property
    def percent(self) -> int:
        """Of the credit limit, in whole percent; 0 without one."""
        return percent_of(self.used_fen, self.credit_fen)

    def seen(
        self,
        *,
        period_start: date,
        month_fen: int,
        owed_fen: int,
        credit_fen: int,
        billed: bool,
        now: datetime,
    ) -> "Watch":
        """The account after a look. *billed*: every period before this one has its bill.

        A period that is over and not billed yet still counts, by what it came to when last seen:
        else everybody would be under his limit on the first day of a month.
        """
        unbilled = self.unbilled_fen
        if period_start != self.period_start:
            unbilled += self.month_fen
        used = 0 if billed else unbilled
        return msgspec.structs.replace(
            self,
            period_start=period_start,
            month_fen=month_fen,
            unbilled_fen=used,
            owed_fen=owed_fen,
            credit_fen=credit_fen,
            over=0 < credit_fen < owed_fen + used + month_fen,
            looked_at=now,
        )


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's rule of credit: what a row of ``limit_rule`` says."""

    warn_percent: int = 80
    exempt_tiers: tuple[str, ...] = ()
    exempt_segments: tuple[str, ...] = ()

    def exempts(self, *, tier: str, segment: str) -> bool:
        """Whether a customer is told and never stopped over his credit."""
        return tier in self.exempt_tiers or segment in self.exempt_segments


class RuleVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the rule: who put it in force, when and why."""

    rule: Rule
    version: int
    reason: str
    set_at: datetime
    by_name: str


class RuleChanged(Conflict):
    """Somebody else changed the rule between looking at it and changing it."""

    code = "limits.rule_changed"


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """What limits do to a service of a line: a row of ``limit_stop``.

    ``held``: it is to be stopped. ``ours``: an order of ours asked for the stop, so that a stop of
    somebody else's is never lifted here. ``round`` and ``tries`` say which order it is.
    """

    customer_id: UUID
    line_id: UUID
    service: Service
    held: bool
    ours: bool = False
    why: str
    since: datetime
    round: int = 0
    tries: int = 0

    @property
    def key(self) -> str:
        """Of the order that carries it out."""
        return f"lim:{self.service.value}:{self.round}.{int(self.held)}.{self.tries}"

    def tried(self) -> "Stop":
        """After an order of it failed: another order the next time."""
        return msgspec.structs.replace(self, tries=self.tries + 1)

    def want(self, why: str | None, *, now: datetime) -> "Stop":
        """What is wanted now: a stop for the reason *why*, or none."""
        held = why is not None
        if held == self.held:
            return msgspec.structs.replace(self, why=why or self.why)
        return msgspec.structs.replace(
            self, held=held, why=why or self.why, since=now, round=self.round + held, tries=0
        )


def amount_words(kind: CapKind, amount: int) -> Text:
    """An amount of a cap in words."""
    if kind is CapKind.SPEND:
        return Text(f"{yuan(amount)} 元", f"{yuan(amount)} yuan")
    return volume_words(amount)


def volume_words(amount: int) -> Text:
    """Bytes in MB, to a tenth, rounded down."""
    tenths = amount * 10 // MB
    shown = f"{tenths // 10}.{tenths % 10}".removesuffix(".0")
    return Text(f"{shown} MB", f"{shown} MB")


def unit_words(unit: str, amount: int) -> Text:
    """Units of an allowance in words: seconds as whole minutes, bytes in MB, else a count."""
    match unit:
        case "s":
            return Text(f"{amount // 60} 分钟", f"{amount // 60} minutes")
        case "B":
            return volume_words(amount)
        case _:
            return Text(str(amount), str(amount))
