"""What the health page shows."""

from collections.abc import Sequence

import msgspec

from yizhan.domain.assurance import permissions, store
from yizhan.domain.assurance.checks import checks
from yizhan.domain.assurance.model import FailedJob, JobKind, Result, Run
from yizhan.kernel.errors import NotFound
from yizhan.platform.invariants import Invariant
from yizhan.platform.work import UnitOfWork


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The house at a glance: last results (broken first), last looks, jobs."""

    results: Sequence[Result]
    never_looked_at: Sequence[Invariant]
    runs: Sequence[Run]
    jobs: Sequence[JobKind]
    failed: Sequence[FailedJob]

    @property
    def well(self) -> bool:
        """Whether everything that was looked at holds and no job was set aside."""
        return all(result.holds for result in self.results) and not self.failed


async def health(work: UnitOfWork) -> Health:
    """Everything the health page shows."""
    work.actor.require(permissions.READ)
    known = checks()
    results = await store.latest(work.db, known)
    seen = {result.name for result in results}
    return Health(
        results=sorted(results, key=lambda result: (result.holds, result.name)),
        never_looked_at=[one for one in known if one.name not in seen],
        runs=await store.list_runs(work.db, limit=24),
        jobs=await store.job_kinds(work.db, now=work.now),
        failed=await store.failed_jobs(work.db, limit=50),
    )


async def list_failed_jobs(work: UnitOfWork, *, limit: int = 50) -> list[FailedJob]:
    """Jobs that were set aside, newest first."""
    work.actor.require(permissions.READ)
    return await store.failed_jobs(work.db, limit=limit)


async def history(work: UnitOfWork, name: str, *, limit: int = 48) -> list[Result]:
    """What one check found over time, newest first. Raises ``NotFound``."""
    work.actor.require(permissions.READ)
    return await store.history(work.db, named(name), limit=limit)


def named(name: str) -> Invariant:
    """The check with this name. Raises ``NotFound``."""
    one = next((one for one in checks() if one.name == name), None)
    if one is None:
        raise NotFound("There is no check “{name}”.", name=name[:80])
    return one
