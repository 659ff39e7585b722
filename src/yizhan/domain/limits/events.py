"""What happens to limits: caps set, told, reached; services stopped by them and brought back."""

from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class LineEvent(Event, frozen=True, kw_only=True):
    """Something about a line's limits."""

    line_id: UUID
    number: str


class SpendCapSet(LineEvent, frozen=True, kw_only=True):
    """The line may cost ``cap_fen`` in a bill month; then ``at_full``: tell or stop."""

    name: ClassVar[str] = "limits.spend_cap_set"
    cap_fen: int
    at_full: str


class DataCapSet(LineEvent, frozen=True, kw_only=True):
    """The line may load ``cap_mb`` in a bill month; then ``at_full``: tell or stop."""

    name: ClassVar[str] = "limits.data_cap_set"
    cap_mb: int
    at_full: str


class CapRemoved(LineEvent, frozen=True, kw_only=True):
    """A cap is no more."""

    name: ClassVar[str] = "limits.cap_removed"
    kind: str


class CapLifted(LineEvent, frozen=True, kw_only=True):
    """A cap stops nothing any more until its month ends."""

    name: ClassVar[str] = "limits.cap_lifted"
    kind: str


class SpendCapTold(LineEvent, frozen=True, kw_only=True):
    """The customer was told how much of his spending cap is used."""

    name: ClassVar[str] = "limits.spend_cap_told"
    percent: int
    used_fen: int
    cap_fen: int


class DataCapTold(LineEvent, frozen=True, kw_only=True):
    """The customer was told how much of his data cap is used."""

    name: ClassVar[str] = "limits.data_cap_told"
    percent: int
    used_mb: int
    cap_mb: int


class AllowanceTold(LineEvent, frozen=True, kw_only=True):
    """The customer was told how much of an allowance of his plan is used."""

    name: ClassVar[str] = "limits.allowance_told"
    percent: int
    allowance: str


class ServiceStopped(LineEvent, frozen=True, kw_only=True):
    """A limit asks that a service of the line be stopped."""

    name: ClassVar[str] = "limits.service_stopped"
    service: str
    why: str


class ServiceBack(LineEvent, frozen=True, kw_only=True):
    """No limit stops the service any more."""

    name: ClassVar[str] = "limits.service_back"
    service: str
    why: str


class CreditWarned(Event, frozen=True, kw_only=True):
    """The account comes near its credit limit."""

    name: ClassVar[str] = "limits.credit_warned"
    account_id: UUID
    percent: int
    used_fen: int
    credit_fen: int


class CreditExceeded(Event, frozen=True, kw_only=True):
    """The account is over its credit limit; ``exempt`` ones are told and not stopped."""

    name: ClassVar[str] = "limits.credit_exceeded"
    account_id: UUID
    used_fen: int
    credit_fen: int
    exempt: bool


class CreditBack(Event, frozen=True, kw_only=True):
    """The account is under its credit limit again."""

    name: ClassVar[str] = "limits.credit_back"
    account_id: UUID
    used_fen: int
    credit_fen: int


class CreditRuleChanged(Event, frozen=True, kw_only=True):
    """The operator warns of credit, or spares customers, by another rule."""

    name: ClassVar[str] = "limits.credit_rule_changed"
    version: int
    before_percent: int
    warn_percent: int
    exempt_tiers: tuple[str, ...]
    exempt_segments: tuple[str, ...]
    reason: str
