"""Reading what the network was asked, for the queue and for what it was asked for."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from yizhan.domain.provisioning import permissions, store
from yizhan.domain.provisioning.flow import OPEN, State
from yizhan.domain.provisioning.model import Request, Step
from yizhan.platform.work import UnitOfWork


async def get(work: UnitOfWork, request_id: UUID) -> Request:
    """One request; raises ``NotFound``."""
    work.actor.require(permissions.READ)
    return await store.load(work.db, request_id)


async def list_of_reference(work: UnitOfWork, reference: UUID) -> Sequence[Request]:
    """What was asked for an order, and how it stands; who may see the order may see this."""
    return await store.list_of_reference(work.db, reference)


async def steps_of(work: UnitOfWork, requests: Sequence[Request]) -> Mapping[UUID, list[Step]]:
    """The steps of requests already read."""
    found: dict[UUID, list[Step]] = {one.id: [] for one in requests}
    for step in await store.list_steps(work.db, list(found)):
        found[step.request_id].append(step)
    return found


async def list_queue(
    work: UnitOfWork, *, state: State | None = None, after: UUID | None = None, limit: int = 50
) -> Sequence[Request]:
    """Requests in one state, or all that are open; newest first."""
    work.actor.require(permissions.READ)
    states = [state.value] if state else [one.value for one in OPEN]
    return await store.list_by_state(work.db, states, after=after, limit=min(limit, 500))


async def count_by_state(work: UnitOfWork) -> Mapping[str, int]:
    """How many requests are open or failed, by state."""
    work.actor.require(permissions.READ)
    return await store.counts(work.db)
