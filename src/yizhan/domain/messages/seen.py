"""Which messages a customer has not seen yet on his own site. Codes and passwords do not count."""

from uuid import UUID

from yizhan.kernel.actor import ActorKind
from yizhan.kernel.errors import Forbidden
from yizhan.platform.db import Connection
from yizhan.platform.work import UnitOfWork

COUNTED_MAX = 100
"""More than so many are not counted."""


async def count_unseen(db: Connection, customer_id: UUID) -> int:
    """How many he has not seen, up to `COUNTED_MAX`; one short look into an index."""
    return int(
        await db.fetchval(
            "SELECT count(*) FROM (SELECT FROM message WHERE customer_id = $1 AND seen_at IS NULL"
            " AND NOT secret LIMIT $2) unseen",
            customer_id,
            COUNTED_MAX,
        )
    )


async def mark_seen(work: UnitOfWork, customer_id: UUID) -> frozenset[UUID]:
    """His list is before him: what it has is seen from now on; which ones were new to him.

    Each is marked once. One that is sent meanwhile stays unseen until the list is looked at again.
    Nobody but the customer himself sees for him.
    """
    actor = work.actor
    if actor.kind is not ActorKind.CUSTOMER or actor.id != customer_id:
        raise Forbidden("Only the customer himself marks his messages as read.")
    rows = await work.db.fetch(
        "UPDATE message SET seen_at = $2 WHERE customer_id = $1 AND seen_at IS NULL"
        " AND NOT secret RETURNING id",
        customer_id,
        work.now,
    )
    return frozenset(row["id"] for row in rows)
