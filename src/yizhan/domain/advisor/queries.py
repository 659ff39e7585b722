"""Reading advice that was given."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain import contacts
from yizhan.domain.advisor.permissions import GIVE
from yizhan.kernel.errors import NotFound
from yizhan.platform.work import UnitOfWork

_COLUMNS = (
    "customer_id, id, line_id, contact_id, at, actor_name, verdict, current_key, best_key,"
    " saving_fen, habit_saving_fen, months, usage_digest, catalogue_digest, result"
)


LIMIT_MAX = 200


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """Advice as it was given: the evidence."""

    customer_id: UUID
    id: UUID
    line_id: UUID | None
    contact_id: UUID | None
    at: datetime
    actor_name: str
    verdict: str
    current_key: str | None
    best_key: str | None
    saving_fen: int
    habit_saving_fen: int
    months: list[date]
    usage_digest: str
    catalogue_digest: str
    result: dict[str, Any]


async def get_advice(work: UnitOfWork, customer_id: UUID, advice_id: UUID) -> Given:
    """One advice. Raises ``NotFound``, ``Refused`` for an unverified caller, ``Forbidden``."""
    work.actor.require(GIVE)
    await contacts.require_verified(work, customer_id)
    row = await work.db.fetchrow(
        f"SELECT {_COLUMNS} FROM advice WHERE customer_id = $1 AND id = $2", customer_id, advice_id
    )
    if row is None:
        raise NotFound("There is no such advice.", advice_id=advice_id)
    return Given(**dict(row))


async def list_of_customer(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 20
) -> Sequence[Given]:
    """A customer's advice, newest first. Raises like ``get_advice``."""
    work.actor.require(GIVE)
    await contacts.require_verified(work, customer_id)
    rows = await work.db.fetch(
        f"SELECT {_COLUMNS} FROM advice WHERE customer_id = $1 ORDER BY id DESC LIMIT $2",
        customer_id,
        min(limit, LIMIT_MAX),
    )
    return [Given(**dict(row)) for row in rows]
