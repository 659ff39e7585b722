"""What must always hold, as queries that find what does not.

A room exports ``INVARIANTS`` at its door. The house runs them hourly, by ``yizhan check`` and in
its simulations; whoever breaks one is named with an example.
"""

from typing import Any
from uuid import UUID

import msgspec

from yizhan.kernel.ids import NIL
from yizhan.kernel.text import Text
from yizhan.platform.db import Connection


class Invariant(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that must hold. ``sql`` returns the rows that break it, at most ``$1`` of them.

    Its columns are ``customer_id``, ``subject`` (uuid or null) and ``facts`` (jsonb): who, what,
    and the two figures that should have been one.
    """

    name: str
    title: Text
    proves: Text
    sql: str


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """One row that breaks an invariant."""

    customer_id: UUID
    subject: UUID | None
    facts: dict[str, Any]


async def breaches(db: Connection, invariant: Invariant, *, limit: int = 1000) -> list[Breach]:
    """What breaks *invariant* now, at most *limit* rows; empty when it holds."""
    return [
        Breach(
            customer_id=row["customer_id"] or NIL,
            subject=row["subject"],
            facts=dict(row["facts"] or {}),
        )
        for row in await db.fetch(invariant.sql, limit)
    ]
