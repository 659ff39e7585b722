"""What billing tells."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class BillIssued(Event, frozen=True, kw_only=True):
    """A bill was made and posted; ``period_end`` is the first day after its period."""

    name: ClassVar[str] = "billing.bill_issued"
    bill_id: UUID
    account_id: UUID
    number: str
    period_start: date
    period_end: date
    total_fen: int
    due_date: date


class PeriodAdjusted(Event, frozen=True, kw_only=True):
    """A closed period came out differently with late records; the difference is on *bill_id*."""

    name: ClassVar[str] = "billing.period_adjusted"
    bill_id: UUID
    line_id: UUID
    period: str
    before_fen: int
    after_fen: int
    difference_fen: int


class BillRunStarted(Event, frozen=True, kw_only=True):
    """Somebody started the bills of a month."""

    name: ClassVar[str] = "billing.run_started"
    run_id: UUID
    month: str


class BillRunFinished(Event, frozen=True, kw_only=True):
    """A run came to its end."""

    name: ClassVar[str] = "billing.run_finished"
    run_id: UUID
    month: str
    billed: int
    failed: int
    total_fen: int
