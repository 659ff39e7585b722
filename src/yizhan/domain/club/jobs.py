"""The club's clock and the slices of its monthly run."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain.club import run as running
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork


async def run(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Look at the next customers."""
    after = UUID(args["after"]) if "after" in args else None
    await running.go_on(work, UUID(args["run_id"]), after)


async def monthly(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """The first of the month."""
    await running.monthly(work, due=bool(args.get("due")))


JOBS: Mapping[str, Handler] = {running.RUN_JOB: run, running.MONTHLY: monthly}
