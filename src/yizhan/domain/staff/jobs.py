"""Sweeping up: ended sessions and forgotten tries, once an hour."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from yizhan.domain.staff import store
from yizhan.platform.jobs import Handler
from yizhan.platform.work import UnitOfWork

SWEEP = "staff.sweep"
EVERY = timedelta(hours=1)


async def sweep(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Sweep, and come back in an hour."""
    await store.drop_expired(work.db, now=work.now)
    await work.later(SWEEP, {}, run_at=work.now + EVERY, key="hourly")


JOBS: dict[str, Handler] = {SWEEP: sweep}
