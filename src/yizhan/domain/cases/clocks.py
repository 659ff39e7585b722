"""The clocks of a case: how long, by whose rule, when stopped, and whether they were kept.

A clock carries the rule it was started under, so that a later rule never moves an earlier promise.
Stopping a clock is bounded: once the cap of its rule is used up it runs on, whoever is waited for.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from yizhan.kernel.text import Text


class ClockName(StrEnum):
    """What a clock measures."""

    FIRST_CONTACT = "first_contact"
    RESOLUTION = "resolution"
    TAKE = "take"
    FOLLOW_UP = "follow_up"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """How long something may take. Empty ``kind`` or ``class_code`` means any.

    ``mean_seconds`` is the mean the rule asks for beside its limit; it is measured, not clocked.
    ``basis`` is ``law``, ``promise`` or ``house``.
    """

    code: str
    clock: ClockName
    kind: str
    class_code: str
    limit_seconds: int
    mean_seconds: int | None
    warn_seconds: int
    pause_cap_seconds: int
    basis: str
    source: Text
    valid_from: date
    valid_to: date | None

    def holds(self, kind: str, class_code: str, day: date) -> bool:
        """Whether this rule is about such a case on such a day."""
        covers = (
            not self.class_code
            or class_code == self.class_code
            or class_code.startswith(self.class_code + ".")
        )
        in_force = self.valid_from <= day and (self.valid_to is None or day < self.valid_to)
        return covers and in_force and self.kind in ("", kind)


def pick(
    rules: Sequence[Rule], clock: ClockName, *, kind: str, class_code: str, day: date
) -> Rule | None:
    """The rule for *clock*: the one that names the class most closely; newest when alike."""
    fitting = [r for r in rules if r.clock == clock and r.holds(kind, class_code, day)]
    return max(
        fitting,
        key=lambda r: (len(r.class_code), len(r.kind), r.valid_from, -r.limit_seconds),
        default=None,
    )


class RuleBook(msgspec.Struct, frozen=True):
    """The rules in force on one day."""

    rules: Sequence[Rule]
    day: date

    def pick(self, clock: ClockName, *, kind: str, class_code: str) -> Rule | None:
        """See :func:`pick`."""
        return pick(self.rules, clock, kind=kind, class_code=class_code, day=self.day)


class Clock(msgspec.Struct, kw_only=True):
    """One running or ended measurement. ``round`` counts restarts under the same name."""

    clock: ClockName
    round: int
    rule_code: str
    basis: str
    source: Text
    started_at: datetime
    limit_seconds: int
    mean_seconds: int | None
    warn_seconds: int
    pause_cap_seconds: int
    paused_seconds: int = 0
    paused_since: datetime | None = None
    warned_at: datetime | None = None
    missed_at: datetime | None = None
    ended_at: datetime | None = None
    met: bool | None = None

    @property
    def running(self) -> bool:
        """Whether it still waits for what it measures."""
        return self.ended_at is None

    def paused_by(self, moment: datetime) -> int:
        """Seconds stopped up to *moment*, the cap respected."""
        seconds = self.paused_seconds
        if self.paused_since is not None and moment > self.paused_since:
            seconds += int((moment - self.paused_since).total_seconds())
        return min(seconds, self.pause_cap_seconds)

    def due_at(self, moment: datetime) -> datetime:
        """The deadline, counting stops up to *moment*."""
        return self.started_at + timedelta(seconds=self.limit_seconds + self.paused_by(moment))

    def warn_at(self, moment: datetime) -> datetime:
        """When to say that the deadline is near."""
        return self.due_at(moment) - timedelta(seconds=self.warn_seconds)

    def stop(self, now: datetime) -> None:
        """Stop for a wait. A rule without a cap for stops does not notice."""
        if self.running and self.paused_since is None:
            self.paused_since = now

    def go_on(self, now: datetime) -> None:
        """Run on after a wait."""
        self.paused_seconds = self.paused_by(now)
        self.paused_since = None

    def end(self, now: datetime) -> None:
        """What it measures has happened."""
        if self.running:
            self.go_on(now)
            self.met = now <= self.due_at(now)
            self.ended_at = now

    def drop(self, now: datetime) -> None:
        """It no longer matters: neither met nor missed."""
        if self.running:
            self.go_on(now)
            self.ended_at = now


def start(rule: Rule, *, now: datetime, round_: int = 1) -> Clock:
    """A clock under *rule* from this moment."""
    return Clock(
        clock=rule.clock,
        round=round_,
        rule_code=rule.code,
        basis=rule.basis,
        source=rule.source,
        started_at=now,
        limit_seconds=rule.limit_seconds,
        mean_seconds=rule.mean_seconds,
        warn_seconds=rule.warn_seconds,
        pause_cap_seconds=rule.pause_cap_seconds,
    )
