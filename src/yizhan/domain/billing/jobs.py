"""The worker's part of billing: a run started from a page goes on here, a slice at a time."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from yizhan.domain.billing import service
from yizhan.domain.billing.run import Cursor
from yizhan.kernel.ids import NIL
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork


async def run(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Make some of the bills of a month. A slice that was killed is simply done again."""
    begin = Cursor(
        cycle_day=args.get("cycle_day", 0), after=UUID(args["after"]) if "after" in args else NIL
    )
    month = date.fromisoformat(args["month"])
    await service.go_on(work, UUID(args["run_id"]), month, begin)


JOBS: Mapping[str, Handler] = {service.RUN_JOB: run}
