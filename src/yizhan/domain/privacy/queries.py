"""What the page of this room shows."""

from uuid import UUID

from yizhan.domain.privacy import permissions, store
from yizhan.domain.privacy.model import Erasure, Hold, Term
from yizhan.domain.privacy.service import AGED
from yizhan.platform.work import UnitOfWork


async def list_terms(work: UnitOfWork) -> list[Term]:
    """Everything that is kept for a time, with its term and when it was looked at last."""
    work.actor.require(permissions.READ)
    own, runs = await store.terms(work.db), await store.last_runs(work.db)
    return [
        Term(
            name=one.name,
            title=one.title,
            why=one.why,
            months=own.get(one.name, one.months),
            least=one.least,
            shipped=one.months,
            last_run_at=runs[one.name][0] if one.name in runs else None,
            last_rows=runs[one.name][1] if one.name in runs else 0,
        )
        for one in AGED
    ]


async def list_holds(
    work: UnitOfWork, customer_id: UUID | None = None, *, limit: int = 100
) -> list[Hold]:
    """Legal holds, open ones first."""
    work.actor.require(permissions.READ)
    return await store.holds(work.db, customer_id, limit=limit)


async def list_erasures(
    work: UnitOfWork, customer_id: UUID | None = None, *, limit: int = 100
) -> list[Erasure]:
    """Requests to be forgotten, waiting ones first."""
    work.actor.require(permissions.READ)
    return await store.erasures(work.db, customer_id, limit=limit)
