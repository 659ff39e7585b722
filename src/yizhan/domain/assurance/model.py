"""The result of looking whether something holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.kernel.text import Text

EXAMPLES_MAX = 5
COUNT_MAX = 1000
"""Breaches are counted up to this many: beyond it the number says nothing more."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One check at one moment. ``breaches`` None: the check itself failed, ``error`` says how."""

    name: str
    title: Text
    proves: Text
    looked_at: datetime
    breaches: int | None
    examples: Sequence[dict[str, Any]]
    took_ms: int
    error: str | None

    @property
    def holds(self) -> bool:
        """Whether everything is as it must be."""
        return self.breaches == 0


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One look at everything. ``done`` results of ``checks`` are in, ``broken`` do not hold."""

    id: UUID
    started_at: datetime
    asked_by: str
    checks: int
    done: int
    broken: int


class JobKind(msgspec.Struct, frozen=True, kw_only=True):
    """How the jobs of one kind stand. ``oldest_due_at``: since when the longest waits."""

    kind: str
    waiting: int
    due: int
    failed: int
    oldest_due_at: datetime | None


class FailedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that was set aside after its last try."""

    id: UUID
    kind: str
    args: dict[str, Any]
    attempts: int
    failed_at: datetime
    last_error: str
