"""What happens to usage."""

from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class IntakeFinished(Event, frozen=True, kw_only=True):
    """A file was read to its end."""

    name: ClassVar[str] = "usage.intake_finished"
    intake_id: UUID
    file: str
    rows_read: int
    accepted: int
    duplicates: int
    quarantined: int
    late: int
    corrected: int


class UsageArrivedLate(Event, frozen=True, kw_only=True):
    """Records came, or were reversed, in a period of the line that was billed already."""

    name: ClassVar[str] = "usage.arrived_late"
    line_id: UUID
    records: int


class UsageCorrected(Event, frozen=True, kw_only=True):
    """A record was reversed; ``replaced`` tells whether another took its place."""

    name: ClassVar[str] = "usage.corrected"
    line_id: UUID
    record_id: UUID
    replaced: bool


class QuarantinedCorrected(Event, frozen=True, kw_only=True):
    """A person edited a quarantined row."""

    name: ClassVar[str] = "usage.quarantined_corrected"
    quarantined_id: UUID
    reason: str


class QuarantinedReplayed(Event, frozen=True, kw_only=True):
    """A quarantined row was read again and taken in; ``line_id`` is the line it was usage of.

    ``accepted``: there is usage now that was not there before; else it had come already.
    """

    name: ClassVar[str] = "usage.quarantined_replayed"
    quarantined_id: UUID
    reason: str
    line_id: UUID
    accepted: bool


class QuarantinedDismissed(Event, frozen=True, kw_only=True):
    """A person decided that a quarantined row is not to be taken in."""

    name: ClassVar[str] = "usage.quarantined_dismissed"
    quarantined_id: UUID
    reason: str
    note: str
