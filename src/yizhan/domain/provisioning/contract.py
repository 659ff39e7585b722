"""What a network adapter must be able to do. Channels implement it; this room never sees a wire.

A request has an id. The network does the same id once, however often it is sent, and tells under
that id how it stands. A line is named by its own id, so that a new number confuses nobody.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from yizhan.kernel.errors import Forbidden


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the network is to do for a line."""

    id: UUID
    line_id: UUID
    number: str
    action: str
    facts: Mapping[str, str]


class Verdict(StrEnum):
    """How the network says a request stands. UNKNOWN: it has never heard of it, or forgot."""

    DONE = "done"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """The network's answer. ``code`` and ``reason`` are its own."""

    verdict: Verdict
    code: str = ""
    reason: str = ""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What the network says of a request unasked. ``nonce`` is of this one message."""

    nonce: str
    request_id: UUID
    said: Said


class NetworkLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as the network knows it."""

    line_id: UUID
    number: str
    barred: bool = False
    iccid: str = ""
    services: tuple[str, ...] = ()


class NoAnswer(Exception):
    """The network did not answer, or not in words: nobody knows what it did."""


class NotTheNetwork(Forbidden):
    """What came in the network's name is not its word: signature, moment or form are wrong."""

    code = "not_the_network"


class Ear(Protocol):
    """Knows the network's word from another's."""

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """A notice whose signature and moment are right. Raises ``NotTheNetwork``, saying why."""
        ...


class Network(Protocol):
    """The network, as whoever sits at the wire presents it. Every act raises ``NoAnswer``."""

    async def send(self, ask: Ask) -> Said:
        """Ask; the same id again has no second effect."""

    async def look(self, request_id: UUID) -> Said:
        """How a request stands."""

    async def list_lines(self, *, after: UUID | None, limit: int) -> Sequence[NetworkLine]:
        """Lines the network knows, by their id."""
